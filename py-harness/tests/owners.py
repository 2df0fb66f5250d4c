"""Objects that own C memory, used while Python shuts down.

The collector, a generator's end and the interpreter's end each call Python code that may still
use an owner. The owner is then alive or says that it is closed, and its memory is freed once.

It needs nothing but pyhello, so that any version of Python can run it::

    python owners.py FORM COUNT

It prints how many uses found the owner alive, how many closed, and, with the canary build of the
library, how many blocks are left. The canary build keeps what was freed last as it was, so that a
use after free shows only without it: under ``MALLOC_PERTURB_`` at once.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pyhello
from pyhello import Greeter, _hello

if TYPE_CHECKING:
    from collections.abc import Generator

PACKAGE = str(Path(pyhello.__file__).parent)
FORMS: dict[str, Callable[[int], None]] = {}
seen = {"alive": 0, "closed": 0}
kept: list[Any] = []

# Asked of the module, the system also looks in the library that the module was linked with.
live_blocks = getattr(ctypes.CDLL(_hello.__file__), "hello_canary_live_blocks", None)


def form(function: Callable[[int], None]) -> Callable[[int], None]:
    """Enters a form of use into the table."""
    FORMS[function.__name__] = function
    return function


class Owned:
    """A greeter, used."""

    def __init__(self, words: str = "Hi") -> None:
        self.words = words
        self.greeter = Greeter(words)

    def use(self) -> None:
        """Fails, unless it is alive and right, or says that it is closed."""
        try:
            assert self.greeter.greet("Ada") == f"{self.words}, Ada!"
            assert self.greeter.count >= 1
            seen["alive"] += 1
        except ValueError as error:
            if not str(error).endswith(" is closed"):
                raise
            seen["closed"] += 1


class Cyclic:
    """Refers to itself, so that the collector ends it, and uses what it has in `__del__`.

    What it has is made before it is: the collector begins with the oldest.
    """

    def __init__(self, owned: Owned) -> None:
        self.owned = owned
        self.myself = self

    def __del__(self) -> None:
        self.owned.use()


@form
def cycle(count: int) -> None:
    """An object's `__del__` uses what is in the same cycle."""
    for _ in range(count):
        Cyclic(Owned())


@form
def generator(count: int) -> None:
    """A generator that is in a cycle with itself uses it in `finally`."""

    def suspended(owned: Owned, myself: list[Any]) -> Generator[None, None, None]:
        try:
            yield
        finally:
            owned.use()

    for _ in range(count):
        myself: list[Any] = []
        myself.append(suspended(Owned(), myself))
        next(myself[0])


@form
def coroutine(count: int) -> None:
    """So does a coroutine."""

    class Stop:
        def __await__(self) -> Generator[None, None, None]:
            yield

    async def suspended(owned: Owned, myself: list[Any]) -> None:
        try:
            await Stop()
        finally:
            owned.use()

    for _ in range(count):
        myself: list[Any] = []
        myself.append(suspended(Owned(), myself))
        myself[0].send(None)


@form
def resurrection(count: int) -> None:
    """`__del__` brings it back to life. It is used again, and given up again."""

    class Back(Cyclic):
        def __del__(self) -> None:
            super().__del__()
            kept.append(self)

    for _ in range(count):
        Back(Owned())
        gc.collect()
        kept[-1].owned.use()
        if len(kept) == 10:
            kept.clear()
    kept.clear()


@form
def resurrection_by_a_thread(count: int) -> None:
    """`__del__` hands it to a thread, which is in the library when the collector goes on."""

    class Handed(Cyclic):
        def __del__(self) -> None:
            entered = threading.Event()

            def use() -> None:
                entered.set()
                self.owned.use()

            kept.append(threading.Thread(target=use))
            kept[-1].start()
            entered.wait()

    for number in range(count):
        handed = Handed(Owned("Hi" * 500_000))
        if number % 2:  # What it owns may be younger than it, too.
            handed.owned = Owned("Hi" * 500_000)
        del handed
        gc.collect()
        kept.pop().join()


@form
def closed_meanwhile(count: int) -> None:
    """`__del__` closes it and uses it."""

    class Closing(Cyclic):
        def __del__(self) -> None:
            self.owned.greeter.close()
            super().__del__()

    for _ in range(count):
        Closing(Owned())


@form
def thread(count: int) -> None:
    """A thread's own cycles end wherever the collector happens to run."""

    def work() -> None:
        for _ in range(count // 4):
            Cyclic(Owned())
            Owned().use()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


@form
def interrupt(_count: int) -> None:
    """Ctrl-C strikes in the constructor, at every event that Python reports."""
    struck = 0
    for use in (sys.settrace, sys.setprofile):
        at = 1
        while True:
            striker = Striker(at)
            use(striker.trace)
            try:
                greeter = Greeter("Hi")
                use(None)
                greeter.close()
            except KeyboardInterrupt:
                struck += 1
            finally:
                use(None)
            if striker.seen < at:
                break
            at += 1
            gc.collect()
            assert not left(), f"{striker.where}: {left()} blocks are left"
    assert struck > 0


class Striker:
    """Raises at one event in pyhello, counted from the first."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0
        self.where = ""

    def trace(self, frame: Any, event: str, argument: object) -> Any:
        """For ``sys.settrace`` and ``sys.setprofile``."""
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        # Python 3.9 forgets what was raised for a line when it goes on to the line's first opcode.
        frame.f_trace_opcodes, frame.f_trace_lines = True, sys.version_info >= (3, 10)
        self.seen += 1
        if self.seen == self.at:
            name = getattr(argument, "__name__", "")
            self.where = f"{event} {name} in {frame.f_code.co_name}, line {frame.f_lineno}"
            raise KeyboardInterrupt
        return self.trace


@form
def signals(count: int) -> None:
    """Real signals strike, wherever they do."""
    stop = False

    def strike() -> None:
        while not stop:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            struck.acquire()

    def handler(_number: int, frame: Any) -> None:
        struck.release()
        if frame.f_code.co_filename.startswith(PACKAGE):
            raise KeyboardInterrupt

    struck = threading.Semaphore(0)
    signal.signal(signal.SIGINT, handler)
    striking = threading.Thread(target=strike)
    strikes = 0
    striking.start()
    while strikes < count:
        try:
            while True:
                Greeter("Hi").close()
        except KeyboardInterrupt:
            strikes += 1
    signal.signal(signal.SIGINT, lambda _number, _frame: struck.release())
    stop = True
    striking.join()


@form
def interpreter_end(count: int) -> None:
    """What a module still holds at the end is used in `__del__`."""

    class Last:
        def __init__(self, number: int) -> None:
            self.number = number
            self.myself = self

        def __del__(self) -> None:
            kept[self.number].use()
            os.write(1, b".")

    kept.extend(Owned() for _ in range(count))
    globals()["last"] = [Last(number) for number in range(count)]


@form
def interpreter_end_with_daemons(count: int) -> None:
    """Daemon threads use it while the interpreter ends."""
    begun = threading.Semaphore(0)

    def work(owned: Owned) -> None:
        owned.use()
        begun.release()
        # No cycles here: four threads make them faster than the main thread collects them.
        while True:
            owned.use()
            Owned("Hello").use()

    for number in range(4):
        owned = globals()[f"shared_{number}"] = Owned()
        threading.Thread(target=work, args=[owned], daemon=True).start()
    for _ in range(4):
        begun.acquire()
    kept.extend(Cyclic(Owned()) for _ in range(count))


@form
def thread_that_outlives_main(count: int) -> None:
    """The main thread has ended, another goes on."""

    def work() -> None:
        threading.main_thread().join()
        cycle(count)
        report()

    threading.Thread(target=work).start()


@form
def subinterpreter(count: int) -> None:
    """An interpreter within, of the kind that can import CFFI's modules."""
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import owners
owners.cycle({count})
owners.report()
owners.interpreter_end({count})
"""
    if sys.version_info >= (3, 13):
        interpreters: Any = importlib.import_module("_interpreters")
        within = interpreters.create("legacy")
    else:
        interpreters = importlib.import_module("_xxsubinterpreters")
        within = interpreters.create(isolated=False)
    interpreters.run_string(within, code)
    interpreters.destroy(within)


def left() -> int:
    """How many blocks of the library's there are that were not there at first."""
    return int(live_blocks()) - baseline if live_blocks else 0


def report() -> None:
    """Says what was seen."""
    gc.collect()
    blocks = f", {left()} blocks left" if live_blocks else ""
    print(f"{seen['alive']} alive, {seen['closed']} closed{blocks}", flush=True)


# The first of each leaves a block in the library, or in Python's caches.
Owned().use()
gc.collect()
seen.update(alive=0, closed=0)
baseline = int(live_blocks()) if live_blocks else 0

# Forms in which the end comes after their function has returned.
LATER = (interpreter_end, interpreter_end_with_daemons, thread_that_outlives_main, subinterpreter)

if __name__ == "__main__":
    chosen = FORMS[sys.argv[1]]
    chosen(int(sys.argv[2]))
    if chosen not in LATER:
        report()
