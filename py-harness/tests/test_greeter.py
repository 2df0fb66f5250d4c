from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import TYPE_CHECKING

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
    gone = weakref.ref(greeter.handle)
    greeter.close()
    assert gone() is None


def test_garbage_frees_at_once() -> None:
    greeter = Greeter("Hi")
    gone = weakref.ref(greeter.handle)
    del greeter
    assert gone() is None


def test_garbage_in_a_cycle_is_collected() -> None:
    class Cycle:
        def __init__(self) -> None:
            self.greeter = Greeter("Hi")
            self.myself = self

    gone = weakref.ref(Cycle().greeter.handle)
    gc.collect()
    assert gone() is None


def test_closing_does_not_free_what_is_in_use() -> None:
    greeter = Greeter("Hi")
    in_use = greeter.handle  # As a call on another thread has it.
    greeter.close()
    count = pyhello.ffi.new("uint64_t *")
    pyhello.check(lib.hello_greeter_count(in_use, count))
    assert count[0] == 0


def test_a_copy_is_the_same_greeter_and_closes_for_itself() -> None:
    original = Greeter("Hi")
    duplicate = copy.copy(original)
    original.close()
    assert duplicate.greet("Ada") == "Hi, Ada!"


def test_a_greeter_cannot_be_sent_to_another_process() -> None:
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(Greeter("Hi"))


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


def test_the_canary_counts_no_block_that_is_left(run: Run, canary: dict[str, str]) -> None:
    finished = run("-c", CANARY, env=canary)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "fine\n", "")
