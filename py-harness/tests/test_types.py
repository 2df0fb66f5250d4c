"""A program as a user writes it. It runs, and mypy checks it: what it must refuse is marked, and a
mark without an error is an error.
"""

from __future__ import annotations

from array import array
from typing import Any, assert_type

import numpy as np
import pytest
from columns import Arrays

import pyhello
from pyhello import Column, Greeter, Root, ffi, lib


def test_what_is_right_has_a_precise_type() -> None:
    assert_type(pyhello.sqrt(4), float)
    assert_type(pyhello.root(4.0), Root)
    assert_type(pyhello.root(4.0).exact, bool)
    assert_type(pyhello.checked_sqrt(4.0), float)
    assert_type(pyhello.greet("Ada"), str)
    assert_type(pyhello.sentence(4.0), str)
    assert_type(pyhello.version(), str)
    assert_type(pyhello.abi_version(), int)
    assert_type(pyhello.status_name(0), str)

    numbers = array("d", [1.0, 4.0])
    assert_type(pyhello.sqrt_all(numbers), "array[float]")
    assert_type(pyhello.sqrt_all(numbers, None), "array[float]")
    assert_type(pyhello.sqrt_all(numbers, array("d", numbers)), "array[float]")
    floats = np.zeros(2)
    assert_type(pyhello.sqrt_all(floats), "array[float]")
    assert pyhello.sqrt_all(numbers, out=floats).sum() == 3.0  # Still an array of numpy.

    column = pyhello.sqrt_column(Arrays([1.0, None]))
    assert_type(column, Column)
    assert_type(pyhello.sqrt_column(column), Column)
    assert_type(len(column), int)
    assert_type(column.__arrow_c_array__(), tuple[object, object])

    seen: list[float] = []
    pyhello.each_root(numbers, lambda value, root: seen.append(root))
    pyhello.each_root(memoryview(numbers), lambda value, root: root < 2.0)

    with Greeter("Hi") as greeter:
        assert_type(greeter, Greeter)
        assert_type(greeter.greet("Ada"), str)
        assert_type(greeter.count, int)
        assert_type(lib.hello_greeter_count(greeter.handle, ffi.new("uint64_t *")), int)
    with pytest.raises(pyhello.DomainError) as caught:
        pyhello.checked_sqrt(-1.0)
    assert_type(caught.value.status, int)
    assert_type(caught.value.name, str)


def test_the_raw_boundary_has_types_too() -> None:
    assert_type(lib.hello_sqrt(4.0), float)
    assert_type(lib.hello_root(4.0).exact, bool)
    assert_type(lib.HELLO_ABI_VERSION, int)
    status: int = lib.hello_greet(b"Ada", ffi.NULL)
    assert status == lib.HELLO_STATUS_NULL_POINTER


def test_what_is_wrong_is_refused_by_mypy_and_at_run_time() -> None:
    with pytest.raises(TypeError):
        pyhello.sqrt("4")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        pyhello.greet(b"Ada")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        pyhello.sqrt_all([4.0])  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        pyhello.each_root([4.0], print)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Greeter()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        lib.hello_root(4.0, 4.0)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        lib.hello_string_free("Ada")  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        lib.hello_nothing()  # type: ignore[attr-defined]
    anything: Any = None
    with pytest.raises(TypeError):
        lib.hello_greet(anything, anything)
