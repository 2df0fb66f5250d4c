from __future__ import annotations

import os
import sys
import sysconfig
import threading
from array import array
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Callable, cast

import pytest

import pyhello

if TYPE_CHECKING:
    from conftest import Run

THREADS = 16

# Some builds of Python, such as 3.14t, have no lock that one thread at a time holds.
HAS_LOCK = not sysconfig.get_config_var("Py_GIL_DISABLED")
needs_lock = pytest.mark.skipif(not HAS_LOCK, reason="this Python has no lock to give away")


def at_once(work: Callable[[int], object]) -> list[object]:
    """Runs `work(number)` on several threads that begin together."""
    barrier = threading.Barrier(THREADS)

    def begin(number: int) -> object:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def everything(_number: int = 0) -> list[object]:
    results: list[object] = []
    for number in range(200):
        results += [pyhello.sqrt(number), pyhello.root(number), pyhello.checked_sqrt(number)]
        results += [pyhello.greet(str(number)), pyhello.sentence(number)]
        values = array("d", range(number))
        results.append(pyhello.sqrt_all(values).tolist())
        visits: list[float] = []
        pyhello.each_root(values, lambda value, root, to=visits: to.append(root))  # type: ignore[misc]
        results.append(visits)
        with pyhello.Greeter(str(number)) as greeter:
            results += [greeter.greet("x"), greeter.count]
        try:
            pyhello.checked_sqrt(-1.0 - number)
        except pyhello.DomainError as error:
            results.append(str(error))
    return results


def test_threads_at_once_have_the_same_results() -> None:
    expected = everything()
    for results in at_once(everything):
        # One by one: pytest would look for the smallest difference of the lists, for minutes.
        seen = cast("list[object]", results)
        assert len(seen) == len(expected)
        for result, wanted in zip(seen, expected):
            assert result == wanted


def test_each_thread_reads_its_own_message() -> None:
    def fail(number: int) -> None:
        for _ in range(2000):
            with pytest.raises(pyhello.DomainError) as caught:
                pyhello.checked_sqrt(-1.0 - number)
            assert (
                str(caught.value) == f"hello_checked_sqrt: -{number + 1}.0 has no real square root"
            )

    at_once(fail)


def test_a_greeter_shared_by_threads_counts_every_greeting() -> None:
    with pyhello.Greeter("Hi") as greeter:

        def greet(number: int) -> None:
            for _ in range(1000):
                assert greeter.greet(str(number)) == f"Hi, {number}!"

        at_once(greet)
        assert greeter.count == 1000 * THREADS


def test_a_greeter_may_be_closed_while_others_use_it() -> None:
    # With the canary build or a sanitizer, a use after free would end the process.
    for _ in range(50):
        greeter = pyhello.Greeter("Hi " * 1000)

        def use(number: int, greeter: pyhello.Greeter = greeter) -> None:
            try:
                while number:
                    assert greeter.greet("Ada").endswith("Ada!")
                greeter.close()
            except ValueError as error:
                assert str(error) == "the Greeter is closed"  # noqa: PT017

        at_once(use)


def test_visitors_on_several_threads_have_their_own_exceptions() -> None:
    def visit(number: int) -> None:
        def visitor(value: float, root: float) -> None:
            if value == number:
                raise KeyError(number)

        for _ in range(100):
            with pytest.raises(KeyError) as caught:
                pyhello.each_root(array("d", range(THREADS)), visitor)
            assert caught.value.args == (number,)

    at_once(visit)


@pytest.mark.skipif(HAS_LOCK, reason="this Python has its lock in any case")
def test_the_package_leaves_the_lock_off(run: Run) -> None:
    # Python turns it on for a module that does not say that it needs none.
    assert run("-c", "import sys, pyhello; print(sys._is_gil_enabled())").stdout == "False\n"


@needs_lock
def test_other_threads_run_while_the_library_computes() -> None:
    # Python takes the lock away from no thread for ten minutes: it has to be given.
    interval = sys.getswitchinterval()
    values = array("d", [2.0]) * 4_000_000
    start, ran = threading.Lock(), threading.Event()
    start.acquire()

    def other() -> None:
        start.acquire()
        ran.set()

    thread = threading.Thread(target=other)
    try:
        sys.setswitchinterval(600)
        thread.start()  # Comes back as soon as the other waits to start.
        start.release()
        before = ran.is_set()
        for _ in range(1000):  # Once is enough, unless the machine is busy with something else.
            pyhello.sqrt_all(values, values)
            if ran.is_set():
                break
        after = ran.is_set()
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert (before, after) == (False, True)


BLOCKS = """
import os, signal, sys, threading, pyhello

# Where pytest is started in the background, Ctrl-C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
out, full = os.pipe()
os.set_blocking(full, False)
try:
    while True:
        os.write(full, b"x")
except BlockingIOError:
    os.set_blocking(full, True)
real = os.dup(1)
os.dup2(full, 1)

others = []
start = threading.Lock()
start.acquire()
def read():
    start.acquire()
    others.append("ran")
    {strike}
    os.read(out, 100_000)

# Python takes its lock away from no thread for ten minutes: the library's call has to give it.
sys.setswitchinterval(600)
threading.Thread(target=read).start()  # Comes back as soon as the other waits to start.
start.release()
before = list(others)
try:
    pyhello.hello()  # Stays in the library until the other thread reads.
except KeyboardInterrupt:
    others.append("Ctrl-C")
os.dup2(real, 1)
print(before, others, os.read(out, 100))
"""


@needs_lock
@pytest.mark.skipif(os.name == "nt", reason="has no such pipes")
@pytest.mark.parametrize(
    ("strike", "seen"),
    [("", ["ran"]), ("os.kill(os.getpid(), signal.SIGINT)", ["ran", "Ctrl-C"])],
)
def test_other_threads_run_while_the_library_waits(strike: str, seen: list[str], run: Run) -> None:
    finished = run("-c", BLOCKS.format(strike=strike))
    line = b"Hello! The square root of 4 is: 2\n"
    assert (finished.stdout, finished.stderr) == (f"[] {seen} {line!r}\n", "")
