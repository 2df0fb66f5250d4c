from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import TYPE_CHECKING, Callable

import pytest

import pyhello
from pyhello import Greeter, lib

if TYPE_CHECKING:
    from conftest import Run


def test_a_greeter_greets_and_counts() -> None:
    with Greeter("Good morning") as greeter:
        assert greeter.count == 0
        assert greeter.greet("Ada") == "Good morning, Ada!"
        assert greeter.greet("") == "Good morning, !"
        assert greeter.greet("🦀" * 1000) == f"Good morning, {'🦀' * 1000}!"
        assert greeter.count == 3
        assert repr(greeter) == "<pyhello.Greeter, open>"
    assert repr(greeter) == "<pyhello.Greeter, closed>"


def test_closed_says_whether_it_is() -> None:
    with Greeter("Hi") as greeter:
        before = greeter.closed
    assert (before, greeter.closed) == (False, True)


def test_a_failure_is_not_counted() -> None:
    with Greeter("Hi") as greeter:
        with pytest.raises(ValueError, match="NUL"):
            greeter.greet("\0")
        assert greeter.count == 0


def test_closing_twice_is_fine_and_using_it_is_not() -> None:
    greeter = Greeter("Hi")
    greeter.close()
    greeter.close()
    with pytest.raises(ValueError, match="closed"):
        greeter.greet("Ada")
    with pytest.raises(ValueError, match="closed"):
        _ = greeter.count
    with pytest.raises(ValueError, match="closed"):
        _ = greeter.handle
    with pytest.raises(ValueError, match="closed"):
        greeter.__enter__()


def test_an_exception_closes_it_and_passes() -> None:
    greeter = Greeter("Hi")
    with pytest.raises(KeyError), greeter:
        raise KeyError
    assert greeter.closed


def test_a_greeter_that_could_not_be_made_leaves_nothing() -> None:
    with pytest.raises(TypeError):
        Greeter(None)  # type: ignore[arg-type]
    gc.collect()


def test_closing_frees_at_once() -> None:
    greeter = Greeter("Hi")
    gone = weakref.ref(greeter._get())
    greeter.close()
    assert gone() is None


def test_garbage_frees_at_once() -> None:
    greeter = Greeter("Hi")
    gone = weakref.ref(greeter._get())
    del greeter
    assert gone() is None


def test_garbage_in_a_cycle_is_collected() -> None:
    class Cycle:
        def __init__(self) -> None:
            self.greeter = Greeter("Hi")
            self.myself = self

    gone = weakref.ref(Cycle().greeter._get())
    gc.collect()
    assert gone() is None


def test_closing_does_not_free_what_is_in_use() -> None:
    greeter = Greeter("Hi")
    in_use = greeter._get()  # As a call on another thread has it.
    greeter.close()
    count = pyhello.ffi.new("uint64_t *")
    pyhello.check(lib.hello_greeter_count(in_use.handle, count))
    assert count[0] == 0


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_greeter_has_one_owner(duplicate: Callable[[object], object]) -> None:
    with (
        Greeter("Hi") as greeter,
        pytest.raises(TypeError, match=r"^a Greeter cannot be copied or pickled, because"),
    ):
        duplicate(greeter)


CANARY = """
import ctypes, gc, sys, threading
import pyhello, pyhello._hello
live_blocks = ctypes.CDLL(pyhello._hello.__file__).hello_canary_live_blocks
live_blocks.restype = ctypes.c_size_t

pyhello.Greeter("warm up").close()
baseline = live_blocks()

kept = pyhello.Greeter("Hi")
assert live_blocks() > baseline
for times in range(3):
    kept.close()
    assert live_blocks() == baseline, "close frees once"
del kept
assert live_blocks() == baseline, "garbage is not freed again"

cycle = [pyhello.Greeter("Hi")]
cycle.append(cycle)
assert live_blocks() > baseline
del cycle
gc.collect()
assert live_blocks() == baseline, "garbage is freed"

with pyhello.Greeter("Hi") as kept:
    threads = [threading.Thread(target=lambda: [kept.greet("x") for _ in range(1000)])
               for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert kept.count == 8000
assert live_blocks() == baseline, "threads leave nothing"

try:
    kept.greet("Ada")
except ValueError:
    pass
for wrong in ("\\0", "\\udcff", 7):
    for function in (pyhello.greet, pyhello.Greeter, pyhello.panic):
        try:
            function(wrong)
        except (ValueError, TypeError):
            pass
assert live_blocks() == baseline, "failures leave nothing"
left = pyhello.Greeter("at exit")  # Freed by the interpreter's end, or not at all; never twice.
print("fine")
"""


STRIKES = """
import ctypes, sys
import pyhello, pyhello._hello
live_blocks = ctypes.CDLL(pyhello._hello.__file__).hello_canary_live_blocks
live_blocks.restype = ctypes.c_size_t

class Strike(KeyboardInterrupt):
    pass

def strike(call, at):
    # Raises at event number `at`, as Ctrl-C would, and says whether a text was there to be freed.
    # From the call on that frees it, there are no more events.
    seen, struck = 0, None
    def profile(frame, event, argument):
        nonlocal seen, struck
        if getattr(argument, "__name__", None) == "hello_string_free":
            sys.setprofile(None)
            return
        seen += 1
        if seen == at:
            struck = live_blocks() > baseline
            raise Strike
    try:
        sys.setprofile(profile)
        call("Ada")
    except Strike:
        pass
    finally:
        sys.setprofile(None)
    return struck

greeter = pyhello.Greeter("Hi")
for call in (pyhello.greet, greeter.greet):
    call("warm up")
    baseline = live_blocks()
    with_text, at = 0, 0
    while True:
        at += 1
        struck = strike(call, at)
        if struck is None:
            break
        with_text += struck
        assert live_blocks() == baseline, f"{call.__qualname__}: event {at} left a block"
    print(with_text > 0)
"""


def test_an_interrupt_leaves_no_text_behind(run: Run, canary: dict[str, str]) -> None:
    finished = run("-c", STRIKES, env=canary)
    assert finished.returncode == 0, finished.stderr
    assert (finished.stdout, finished.stderr) == ("True\nTrue\n", "")


def test_the_canary_counts_no_block_that_is_left(run: Run, canary: dict[str, str]) -> None:
    finished = run("-c", CANARY, env=canary)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "fine\n", "")
