"""Columns: what comes in its owner releases, once, and what goes out the one who takes it."""

from __future__ import annotations

import gc
import math
import threading
from array import array
from typing import Any

import pytest
from columns import Arrays, Numbers, Streams, values_of
from hypothesis import given
from hypothesis import strategies as st

import pyhello
from pyhello import ffi, lib

numbers = st.lists(st.one_of(st.none(), st.floats(min_value=0.0)), max_size=20)


def roots_of(values: Numbers) -> Numbers:
    return [None if value is None else math.sqrt(value) for value in values]


@given(values=numbers, before=st.integers(0, 20))
def test_nulls_stay_where_they_are(values: Numbers, before: int) -> None:
    given = Arrays(values, before=before)
    roots = pyhello.sqrt_column(given)
    assert len(roots) == len(values)
    assert values_of(roots) == roots_of(values)
    assert given.alive == 1  # The schema, which describes the roots, too.
    del roots
    assert given.alive == 0


@given(chunks=st.lists(numbers, max_size=5), before=st.integers(0, 20))
def test_chunks_become_one_column(chunks: list[Numbers], before: int) -> None:
    given = Streams(*chunks, before=before)
    roots = pyhello.sqrt_column(given)
    assert values_of(roots) == roots_of([value for chunk in chunks for value in chunk])
    del roots
    assert given.alive == 0


def test_a_column_is_given_away_as_often_as_one_likes() -> None:
    roots = pyhello.sqrt_column(Arrays([1.0, None, 16.0]))
    first, second = roots.__arrow_c_array__(), roots.__arrow_c_array__()
    addresses = {int(ffi.cast("intptr_t", inside(pair[1]).buffers[1])) for pair in (first, second)}
    assert len(addresses) == 1  # It is not copied.
    assert values_of(pyhello.sqrt_column(roots)) == [1.0, None, 2.0]
    # Each of them keeps the memory.
    del roots, first
    assert ffi.cast("double *", inside(second[1]).buffers[1])[2] == 4.0


def inside(capsule: object) -> Any:
    capsules = [capsule]
    return lib.python_ArrowArray(id(capsules), 0)


def test_what_was_taken_out_of_a_capsule_is_released_on_any_thread() -> None:
    given = Arrays([4.0])
    schema, capsule = pyhello.sqrt_column(given).__arrow_c_array__()
    # As any other package does it: the struct is moved, and the capsule has nothing to release.
    moved: Any = ffi.new("struct ArrowArray *", inside(capsule)[0])
    inside(capsule).release = ffi.NULL
    del capsule
    assert ffi.cast("double *", moved.buffers[1])[0] == 2.0
    thread = threading.Thread(target=lambda: moved.release(moved))
    thread.start()
    thread.join()
    assert not moved.release
    del schema
    assert given.alive == 0


def test_a_stream_that_fails_says_why_and_leaves_nothing_behind() -> None:
    given = Streams([1.0], fails=b"the disk is on fire")
    with pytest.raises(pyhello.StreamError, match=r"failed with error 5: the disk is on fire$"):
        pyhello.sqrt_column(given)
    gc.collect()
    assert given.alive == 0


@pytest.mark.parametrize("make", [Arrays, Streams])
def test_a_column_of_another_type_is_a_type_error(make: Any) -> None:
    given = make([1.0], kind=b"u")
    with pytest.raises(TypeError, match=r"`schema` has format 'u' and has to have 'g'") as caught:
        pyhello.sqrt_column(given)
    assert isinstance(caught.value, pyhello.FormatError)
    del caught
    gc.collect()
    assert given.alive == 0


@pytest.mark.parametrize("values", [[4.0], array("d", [4.0]), None])
def test_what_is_no_column_is_a_type_error(values: Any) -> None:
    kind = type(values).__name__
    with pytest.raises(TypeError, match=rf"not {kind}: for a buffer of doubles there is sqrt_all$"):
        pyhello.sqrt_column(values)


def test_what_has_no_capsules_in_it_is_an_error() -> None:
    class Wrong:
        def __arrow_c_array__(self) -> tuple[object, object]:
            return "no", "capsules"

    with pytest.raises(pyhello.ArgumentError, match="`schema` is NULL"):
        pyhello.sqrt_column(Wrong())


def test_sqrt_all_of_a_column_says_sqrt_column() -> None:
    with pytest.raises(TypeError, match=r"not Arrays: use sqrt_column$"):
        pyhello.sqrt_all(Arrays([4.0]))  # type: ignore[call-overload]


def test_where_cffi_has_no_capsules_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    # As on PyPy, whose module has no functions for them.
    monkeypatch.setattr("pyhello._column._sqrt_column", None)
    with pytest.raises(NotImplementedError, match="PyPy has no capsules for columns"):
        pyhello.sqrt_column(Arrays([4.0]))


def test_an_exception_of_the_owner_arrives_as_it_is() -> None:
    class Raises:
        def __arrow_c_array__(self) -> tuple[object, object]:
            raise LookupError("mine")

    with pytest.raises(LookupError, match=r"^mine$"):
        pyhello.sqrt_column(Raises())
