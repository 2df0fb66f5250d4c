from __future__ import annotations

import contextlib
import gc
import re
import signal
import traceback
import weakref
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyhello

if TYPE_CHECKING:
    from conftest import Run

VALUES = array("d", [1.0, 4.0, 9.0, 16.0])


@given(st.lists(st.floats(allow_nan=False), max_size=50))
def test_a_visitor_sees_every_value_and_root_in_order(numbers: list[float]) -> None:
    seen = []
    pyhello.each_root(array("d", numbers), lambda value, root: seen.append((value, root)))
    assert [value for value, _ in seen] == numbers
    assert str([root for _, root in seen]) == str([pyhello.sqrt(value) for value in numbers])


@pytest.mark.parametrize(
    ("answer", "visits"),
    [(None, 4), (True, 4), (1, 4), ("on", 4), (False, 1), (0, 1), (np.bool_(False), 1), ("", 1)],
)
def test_a_visitor_goes_on_until_its_answer_is_false(answer: object, visits: int) -> None:
    seen = []

    def visitor(value: float, root: float) -> object:
        seen.append(root)
        return answer

    pyhello.each_root(VALUES, visitor)
    assert seen == [1.0, 2.0, 3.0, 4.0][:visits]


@pytest.mark.parametrize("stop", [1, 2, 3, 4])
def test_a_visitor_stops_when_it_wants(stop: int) -> None:
    seen: list[float] = []

    def visitor(value: float, root: float) -> bool:
        seen.append(root)
        return len(seen) < stop

    pyhello.each_root(VALUES, visitor)
    assert seen == [1.0, 2.0, 3.0, 4.0][:stop]


class Strange(BaseException):
    pass


@pytest.mark.parametrize("kind", [KeyError, Strange, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_arrives_as_it_is(
    kind: type[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    raised: list[BaseException] = []
    visits = []

    def deeper(root: float) -> None:
        if root == 2.0:
            raised.append(kind("of a visitor"))
            raise raised[0]

    def visitor(value: float, root: float) -> None:
        visits.append(value)
        deeper(root)

    with pytest.raises(kind) as caught:
        pyhello.each_root(VALUES, visitor)
    assert caught.value is raised[0]
    assert visits == [1.0, 4.0]
    functions = [frame.name for frame in traceback.extract_tb(caught.tb)]
    assert functions[0] == "test_an_exception_arrives_as_it_is"
    assert functions[1] == "each_root"
    assert functions[-2:] == ["visitor", "deeper"]
    assert capfd.readouterr() == ("", "")


def test_an_answer_without_a_truth_is_an_exception() -> None:
    with pytest.raises(ValueError, match="ambiguous"):
        pyhello.each_root(VALUES, lambda value, root: np.zeros(2))


def test_a_visitor_with_other_parameters_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="positional argument"):
        pyhello.each_root(VALUES, lambda: None)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize("visitor", [None, 7, "visitor"])
def test_a_visitor_has_to_be_callable(visitor: Any) -> None:
    with pytest.raises(TypeError, match=f"has to be callable, not {type(visitor).__name__}$"):
        pyhello.each_root(VALUES, visitor)


def test_an_interrupt_arrives() -> None:
    def visitor(value: float, root: float) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        pyhello.each_root(VALUES, visitor)


def test_an_interrupt_arrives_wherever_it_strikes(run: Run) -> None:
    finished = run(Path(__file__).with_name("interrupts.py"))
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    strikes = sum(int(number) for number in re.findall(r"\d+", finished.stdout))
    assert strikes > 1000, finished.stdout


RECURSION = """
import sys
from array import array
import pyhello

def within(levels):
    if levels:
        return within(levels - 1)
    def visitor(value, root):
        within(0)
    try:
        pyhello.each_root(array("d", [1.0]), visitor)
    except RecursionError as error:
        # Not caught so deep that Python has no more room for it.
        raise error

sys.setrecursionlimit(300)
for levels in range(12):  # So that the last level is another one each time.
    try:
        within(levels)
    except RecursionError:
        print("arrived")
"""


def test_a_stack_that_is_full_is_a_recursion_error(run: Run) -> None:
    finished = run("-c", RECURSION)
    assert (finished.stdout, finished.stderr) == ("arrived\n" * 12, "")


def test_visitors_within_visitors() -> None:
    table = []

    def outer(value: float, root: float) -> None:
        def inner(inner_value: float, inner_root: float) -> bool:
            table.append((root, inner_root))
            return inner_root < root

        pyhello.each_root(VALUES, inner)

    pyhello.each_root(VALUES, outer)
    assert table == [(n, m) for n in (1, 2, 3, 4) for m in range(1, n + 1)]


def test_an_inner_exception_can_be_handled_outside_of_the_inner_call() -> None:
    outcome = []

    def inner(value: float, root: float) -> None:
        raise KeyError(root)

    def outer(value: float, root: float) -> None:
        try:
            pyhello.each_root(VALUES, inner)
        except KeyError as error:
            outcome.append(error.args[0])

    pyhello.each_root(VALUES, outer)
    assert outcome == [1.0] * 4


def test_a_visitor_may_call_the_library() -> None:
    texts = []

    def visitor(value: float, root: float) -> None:
        with pyhello.Greeter("Root") as greeter:
            texts.append(greeter.greet(str(root)))
        with pytest.raises(pyhello.DomainError):
            pyhello.checked_sqrt(-value)

    pyhello.each_root(VALUES, visitor)
    assert texts == ["Root, 1.0!", "Root, 2.0!", "Root, 3.0!", "Root, 4.0!"]


def test_a_visitor_may_change_the_values_to_come_but_not_resize_them() -> None:
    values = array("d", [1.0, 1.0, 1.0])
    seen = []

    def visitor(value: float, root: float) -> None:
        seen.append(root)
        values[min(len(seen), 2)] = 16.0 * len(seen) ** 2
        with pytest.raises(BufferError):
            values.append(1.0)

    pyhello.each_root(values, visitor)
    assert seen == [1.0, 4.0, 8.0]
    values.append(1.0)


def test_a_resize_is_an_exception_that_arrives() -> None:
    values = array("d", VALUES)
    with pytest.raises(BufferError):
        pyhello.each_root(values, lambda value, root: values.append(root))
    values.append(1.0)
    assert len(values) == 5


def test_nothing_has_no_visits() -> None:
    pyhello.each_root(array("d"), lambda value, root: pytest.fail("visited"))


def test_what_is_not_aligned_is_refused() -> None:
    odd = memoryview(bytearray(17))[1:].cast("d")
    with pytest.raises(pyhello.ArgumentError, match="not aligned"):
        pyhello.each_root(odd, lambda value, root: pytest.fail("visited"))


def test_nothing_is_kept() -> None:
    class Something:
        pass

    something = Something()
    gone = weakref.ref(something)

    def visitor(value: float, root: float, held: object = something) -> None:
        raise KeyError(held)

    gc.collect()
    gc.disable()  # What is left must not need it.
    try:
        with contextlib.suppress(KeyError):
            pyhello.each_root(VALUES, visitor)
        del visitor, something
        assert gone() is None
    finally:
        gc.enable()
