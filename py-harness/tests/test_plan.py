from __future__ import annotations

import copy
import gc
import math
import pickle
import sys
import threading
import weakref
from array import array
from typing import Any, Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyhello
from pyhello import SqrtPlan


@given(numbers=st.lists(st.floats(), max_size=140))
def test_a_run_is_sqrt_all(numbers: list[float]) -> None:
    values = array("d", numbers)
    expected = pyhello.sqrt_all(values)
    out = array("d", [7.0]) * len(numbers)
    with SqrtPlan(values, out) as plan:
        plan.run()
    assert out.tobytes() == expected.tobytes()
    with SqrtPlan(values, values) as plan:
        plan.run()
    assert values.tobytes() == expected.tobytes()


def test_each_run_takes_what_is_there_by_then() -> None:
    values, out = np.arange(6.0).reshape(2, 3), np.full((2, 3), 7.0)
    with SqrtPlan(values, out) as plan:
        assert (out == 7.0).all()
        for _ in range(3):
            plan.run()
            assert (out == np.sqrt(values)).all()
            values += 1.0


def test_two_buffers_may_be_parts_of_one() -> None:
    numbers = np.arange(10.0)
    with SqrtPlan(numbers[2:5], numbers[5:8]) as plan:
        plan.run()
    assert numbers.tolist() == [0, 1, 2, 3, 4, *map(math.sqrt, (2, 3, 4)), 8, 9]


DOUBLES = array("d", [1, 4, 9])


@pytest.mark.parametrize(
    ("values", "out", "error", "message"),
    [
        ([1.0], DOUBLES, TypeError, r"`values` has to be a buffer of doubles, .* not list$"),
        (DOUBLES, None, TypeError, r"`out` has to be a buffer of doubles, .* not NoneType$"),
        (array("q", [1]), DOUBLES, TypeError, r"`values` has to hold doubles .* format 'q'$"),
        (DOUBLES, np.zeros(3, np.float32), TypeError, r"`out` has to hold doubles .* format 'f'$"),
        (np.arange(6.0)[::2], DOUBLES, ValueError, r"^`values` has to be contiguous"),
        (DOUBLES, np.arange(6.0)[::2], ValueError, r"^`out` has to be contiguous"),
        (DOUBLES, memoryview(bytes(24)).cast("d"), TypeError, r"^`out` is read-only$"),
        (DOUBLES, np.zeros((3, 1)), ValueError, r"`out` has shape \(3, 1\), `values` has \(3,\)"),
    ],
)
def test_what_sqrt_all_refuses_is_no_plan(
    values: Any, out: Any, error: type[Exception], message: str
) -> None:
    for function in (pyhello.sqrt_all, SqrtPlan):
        if function is SqrtPlan or out is not None:
            with pytest.raises(error, match=message):
                function(values, out)


def test_what_the_library_refuses_is_refused_by_each_run() -> None:
    numbers = np.arange(4.0)
    odd = memoryview(bytearray(25))[1:].cast("d")
    for values, out, reason in (
        (numbers[:3], numbers[1:], "OVERLAP"),
        (odd, DOUBLES[:], "MISALIGNED"),
    ):
        with SqrtPlan(values, out) as plan:
            for _ in range(2):
                with pytest.raises(pyhello.ArgumentError) as caught:
                    plan.run()
                assert caught.value.name == f"HELLO_STATUS_{reason}"
    assert numbers.tolist() == [0, 1, 2, 3]


def test_nobody_resizes_a_buffer_before_the_plan_is_closed() -> None:
    values, out = array("d", [1, 4]), array("d", [0, 0])
    plan = SqrtPlan(values, out)
    for buffer in (values, out):
        with pytest.raises(BufferError):
            buffer.append(0)
    plan.run()
    plan.close()
    values.append(9)
    out.append(0)
    assert out.tolist() == [1, 2, 0]


def test_garbage_lets_go_of_the_buffers() -> None:
    values = array("d", [1, 4])
    plan = SqrtPlan(values, values)
    gone = weakref.ref(plan)
    del plan
    gc.collect()
    assert gone() is None
    values.append(9)


def test_a_failure_lets_go_of_the_buffers() -> None:
    # While the exception is at hand: its traceback must not keep a buffer.
    values, out = array("d", [1, 4]), array("d", [1])
    with pytest.raises(ValueError, match="shape") as refused:
        SqrtPlan(values, out)
    values.append(9)
    out.append(0)
    overlapping = memoryview(values)
    with (
        pytest.raises(pyhello.ArgumentError) as failed,
        SqrtPlan(overlapping[:2], overlapping[1:]) as plan,
    ):
        plan.run()
    overlapping.release()
    values.append(16)
    assert refused.tb is not None
    assert failed.tb is not None


def test_closing_twice_is_fine_and_running_then_is_not() -> None:
    plan = SqrtPlan(DOUBLES, DOUBLES[:])
    assert (plan.closed, repr(plan)) == (False, "<pyhello.SqrtPlan, open>")
    plan.close()
    plan.close()
    after = plan.closed
    assert (after, repr(plan)) == (True, "<pyhello.SqrtPlan, closed>")
    with pytest.raises(ValueError, match=r"^the SqrtPlan is closed$"):
        plan.run()
    with pytest.raises(ValueError, match=r"^the SqrtPlan is closed$"):
        plan.__enter__()


def test_an_exception_closes_it_and_passes() -> None:
    plan = SqrtPlan(DOUBLES, DOUBLES[:])
    with pytest.raises(KeyError), plan:
        raise KeyError
    assert plan.closed


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_plan_has_one_owner(duplicate: Callable[[object], object]) -> None:
    with (
        SqrtPlan(DOUBLES, DOUBLES[:]) as plan,
        pytest.raises(TypeError, match=r"^a SqrtPlan cannot be copied or pickled, because"),
    ):
        duplicate(plan)


def test_a_plan_may_be_closed_while_another_thread_runs_it() -> None:
    # Were the memory to go before the run ends, this would end the process, or nearly always.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(20):
            plan = SqrtPlan(np.ones(1_000_000), np.empty(1_000_000))
            running = threading.Event()

            def run(plan: SqrtPlan = plan, running: threading.Event = running) -> None:
                try:
                    while True:
                        plan.run()
                        running.set()
                except ValueError as error:
                    assert str(error) == "the SqrtPlan is closed"  # noqa: PT017

            thread = threading.Thread(target=run)
            thread.start()
            running.wait()
            plan.close()
            thread.join()
    finally:
        sys.setswitchinterval(interval)
