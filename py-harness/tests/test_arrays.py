from __future__ import annotations

import ctypes
import math
import struct
import sys
from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyhello
from pyhello import ffi, lib


def bits(numbers: Any) -> bytes:
    return bytes(memoryview(numbers).cast("B"))


def make_array(numbers: list[float]) -> Any:
    return array("d", numbers)


def make_memoryview(numbers: list[float]) -> Any:
    return memoryview(bytearray(array("d", numbers).tobytes())).cast("d")


def make_numpy(numbers: list[float]) -> Any:
    return np.array(numbers, dtype=np.float64)


def make_ctypes(numbers: list[float]) -> Any:
    return (ctypes.c_double * len(numbers))(*numbers)


EVERY_BUFFER = pytest.mark.parametrize(
    "make", [make_array, make_memoryview, make_numpy, make_ctypes]
)


@EVERY_BUFFER
@given(numbers=st.lists(st.floats(), min_size=1, max_size=70))
def test_every_buffer_of_doubles_has_the_roots_of_its_elements(
    make: Any, numbers: list[float]
) -> None:
    expected = array("d", map(pyhello.sqrt, numbers))
    values = make(numbers)
    before = bits(values)

    result = pyhello.sqrt_all(values)
    assert type(result) is array
    assert bits(result) == bits(expected)

    out = make([7.0] * len(numbers))
    assert pyhello.sqrt_all(values, out) is out
    assert bits(out) == bits(expected)
    assert bits(values) == before

    assert pyhello.sqrt_all(values, out=values) is values
    assert bits(values) == bits(expected)


def test_nothing_has_no_roots() -> None:
    # Of ctypes, an empty array has items without a size in Python 3.9.
    empty = (ctypes.c_double * 0)()
    assert pyhello.sqrt_all(empty, empty) is empty
    assert pyhello.sqrt_all(array("d")) == array("d")
    out = np.empty(0)
    assert pyhello.sqrt_all(array("d"), out) is out
    assert pyhello.sqrt_all(array("d"), memoryview(array("d"))).shape == (0,)


def test_shapes_are_kept() -> None:
    values = np.arange(12.0).reshape(3, 4)
    out = np.empty((3, 4))
    assert pyhello.sqrt_all(values, out) is out
    assert (out == np.sqrt(values)).all()
    assert pyhello.sqrt_all(values).tolist() == np.sqrt(values).ravel().tolist()


def test_a_part_of_an_array_is_an_array() -> None:
    numbers = np.arange(10.0)
    pyhello.sqrt_all(numbers[2:5], out=numbers[5:8])
    assert numbers.tolist() == [0, 1, 2, 3, 4, *map(math.sqrt, (2, 3, 4)), 8, 9]


def test_values_may_be_read_only() -> None:
    read_only = memoryview(struct.pack("2d", 4.0, 9.0)).cast("d")
    assert pyhello.sqrt_all(read_only) == array("d", [2.0, 3.0])


def read_only_numpy() -> Any:
    numbers = np.zeros(3)
    numbers.flags.writeable = False
    return numbers


@pytest.mark.parametrize(
    "out",
    [
        memoryview(bytes(24)).cast("d"),
        read_only_numpy(),
        memoryview(array("d", bytes(24))).toreadonly(),
    ],
)
def test_out_may_not_be_read_only(out: Any) -> None:
    with pytest.raises(TypeError, match=r"^`out` is read-only$"):
        pyhello.sqrt_all(array("d", [1, 4, 9]), out)


WRONG_FORMATS = [
    array("q", [1, 4, 9]),
    array("f", [1, 4, 9]),
    np.array([1, 4, 9], dtype=np.int64),
    np.array([1, 4, 9], dtype=np.float32),
    np.array([1, 4, 9], dtype=np.complex128),
    np.array([1, 4, 9], dtype=np.dtype(np.float64).newbyteorder()),
    np.zeros(3, dtype=[("x", np.float64)]),
    bytes(24),
    bytearray(24),
    memoryview(bytearray(24)),
]


@pytest.mark.parametrize("wrong", WRONG_FORMATS)
def test_only_doubles_are_doubles(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^`values` has to hold doubles .* not format '"):
        pyhello.sqrt_all(wrong)
    with pytest.raises(TypeError, match=r"^`out` has to hold doubles .* not format '"):
        pyhello.sqrt_all(array("d", [1, 4, 9]), wrong)
    with pytest.raises(TypeError, match=r"^`values` has to hold doubles .* not format '"):
        pyhello.each_root(wrong, print)


@pytest.mark.parametrize("wrong", [[1.0], (1.0,), 1.0, "1.0", None, range(3)])
def test_what_is_no_buffer_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"buffer of doubles, .* not {type(wrong).__name__}$"):
        pyhello.sqrt_all(wrong)
    with pytest.raises(TypeError, match=f"buffer of doubles, .* not {type(wrong).__name__}$"):
        pyhello.each_root(wrong, print)


class Column:
    """As pandas, polars and pyarrow have them: not a buffer, but there is one behind it."""

    def to_numpy(self) -> Any:
        return np.array([1.0, 4.0])


def test_what_can_become_a_buffer_is_told_how() -> None:
    column: Any = Column()
    with pytest.raises(TypeError, match=r"not Column: pass values\.to_numpy\(\)$"):
        pyhello.sqrt_all(column)
    assert pyhello.sqrt_all(column.to_numpy()).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "strided",
    [
        np.arange(6.0)[::2],
        np.arange(3.0)[::-1],
        memoryview(array("d", range(6)))[::2],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    ],
)
def test_only_what_is_contiguous_is_an_array(strided: Any) -> None:
    with pytest.raises(ValueError, match=r"^`values` has to be contiguous"):
        pyhello.sqrt_all(strided)
    with pytest.raises(ValueError, match=r"^`out` has to be contiguous"):
        pyhello.sqrt_all(array("d", [1, 4, 9]), strided)


@pytest.mark.parametrize("length", [0, 1, 2, 4, 100])
def test_out_has_the_length_of_values(length: int) -> None:
    out = array("d", [7.0]) * length
    with pytest.raises(ValueError, match=rf"`out` has shape \({length},\), `values` has \(3,\)"):
        pyhello.sqrt_all(array("d", [1, 4, 9]), out)
    assert out == array("d", [7.0]) * length


def test_out_has_the_shape_of_values() -> None:
    with pytest.raises(ValueError, match=r"`out` has shape \(3, 2\), `values` has \(2, 3\)"):
        pyhello.sqrt_all(np.zeros((2, 3)), np.zeros((3, 2)))


@pytest.mark.parametrize(("source", "target"), [(0, 1), (1, 0), (0, 3)])
def test_arrays_that_overlap_are_refused_and_untouched(source: int, target: int) -> None:
    numbers = np.arange(8.0)
    words = r"`values` and `out` overlap but are not equal$"  # The library calls it `roots`.
    with pytest.raises(pyhello.ArgumentError, match=words) as caught:
        pyhello.sqrt_all(numbers[source : source + 4], numbers[target : target + 4])
    assert caught.value.name == "HELLO_STATUS_OVERLAP"
    assert numbers.tolist() == list(range(8))


def test_arrays_that_touch_do_not_overlap() -> None:
    numbers = np.array([1.0, 4.0, 9.0, 0.0, 0.0, 0.0])
    pyhello.sqrt_all(numbers[:3], numbers[3:])
    assert numbers.tolist() == [1, 4, 9, 1, 2, 3]


def test_what_is_not_aligned_is_refused() -> None:
    odd = memoryview(bytearray(33))[1:].cast("d")
    even = array("d", bytes(32))
    # numpy says of its own arrays that they are not aligned.
    odd_of_numpy = np.frombuffer(bytearray(33), np.uint8)[1:].view(np.float64)
    for values, out, name in (
        (odd, even, "values"),
        (even, odd, "out"),
        (odd_of_numpy, even, "values"),
        (even, odd_of_numpy, "out"),
    ):
        words = rf"`{name}` is not aligned to {ffi.alignof('double')} bytes$"
        with pytest.raises(pyhello.ArgumentError, match=words) as caught:
            pyhello.sqrt_all(values, out)
        assert caught.value.name == "HELLO_STATUS_MISALIGNED"


def test_a_buffer_is_free_again_after_success_and_failure() -> None:
    values = array("d", [1, 4])
    pyhello.sqrt_all(values)
    values.append(9)
    out = array("d", [1])
    # While the exception is at hand: its traceback must not keep a view alive.
    with pytest.raises(ValueError, match="shape") as wrong_length:
        pyhello.sqrt_all(values, out)
    values.append(16)
    out.append(0)
    integers = array("q", [1])
    with pytest.raises(TypeError, match="format 'q'") as wrong_format:
        pyhello.sqrt_all(integers)
    integers.append(4)
    assert wrong_length.tb is not None
    assert wrong_format.tb is not None


def test_nobody_resizes_a_buffer_while_the_library_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    values, out = array("d", [1, 4]), array("d", [0, 0])
    refused = []

    class AtThisMoment:
        """What another thread may do is done where the library's function begins and ends."""

        def hello_sqrt_all(self, *arguments: Any) -> int:
            for buffer in (values, out):
                with pytest.raises(BufferError):
                    buffer.append(9)
                refused.append(buffer)
            return lib.hello_sqrt_all(*arguments)

    monkeypatch.setattr("pyhello._arrays.lib", AtThisMoment())
    assert pyhello.sqrt_all(values, out) is out
    assert refused == [values, out]
    assert out.tolist() == [1, 2]
    values.append(9)
    out.append(9)


def test_two_views_of_one_memory_are_the_same_array() -> None:
    values = array("d", [1, 4])
    pyhello.sqrt_all(memoryview(values), np.frombuffer(values))
    assert values == array("d", [1, 2])


@pytest.mark.skipif(sys.platform == "win32", reason="has no module `resource`")
def test_no_copy_is_made() -> None:
    import resource

    values = np.ones(20_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pyhello.sqrt_all(values, values)
    pyhello.each_root(values, lambda value, root: False)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    assert (after - before) * unit < values.nbytes / 10


@given(st.integers(min_value=0, max_value=300), st.integers(min_value=0, max_value=8))
def test_every_length_at_every_offset(length: int, offset: int) -> None:
    numbers = np.linspace(0.0, 9.0, length + offset)
    out = np.full(length + offset + 1, -1.0)
    pyhello.sqrt_all(numbers[offset:], out[offset : offset + length])
    assert (out[offset : offset + length] == np.sqrt(numbers[offset:])).all()
    assert (out[:offset] == -1.0).all()
    assert out[-1] == -1.0


# A C type whose objects may answer each request for their buffer with another one. Python's
# own classes can do so from 3.12 on, by `__buffer__`.
def _get_buffer(fickle: Fickle, view: int, flags: int) -> int:
    buffer = fickle.buffers[min(fickle.asked, len(fickle.buffers) - 1)]
    fickle.asked += 1
    get_buffer = ctypes.pythonapi.PyObject_GetBuffer
    got: int = get_buffer(ctypes.py_object(buffer), ctypes.c_void_p(view), flags)
    return got


_GET_BUFFER = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_void_p, ctypes.c_int)(
    _get_buffer
)


class _Slot(ctypes.Structure):
    _fields_ = (("slot", ctypes.c_int), ("function", ctypes.c_void_p))


class _Spec(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("basicsize", ctypes.c_int),
        ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(_Slot)),
    )


def _exporter() -> Any:
    py_bf_getbuffer, default_and_basetype = 1, (1 << 18) | (1 << 10)
    slots = (_Slot * 2)(_Slot(py_bf_getbuffer, ctypes.cast(_GET_BUFFER, ctypes.c_void_p)), _Slot())
    new_type = ctypes.pythonapi.PyType_FromSpec
    new_type.restype = ctypes.py_object
    return new_type(ctypes.byref(_Spec(b"tests.Exporter", 0, 0, default_and_basetype, slots)))


class Fickle(_exporter()):  # type: ignore[misc]
    """Gives the first of its buffers when it is asked first, and so on."""

    def __init__(self, *buffers: Any) -> None:
        self.buffers = buffers
        self.asked = 0


@pytest.mark.parametrize("later", [array("d", [9.0]), bytes(80_000), array("q", [0] * 10_000)])
def test_a_buffer_is_asked_for_once(later: Any) -> None:
    first = array("d", [4.0, 16.0])
    values = Fickle(first, later)
    assert pyhello.sqrt_all(values) == array("d", [2.0, 4.0])

    out = Fickle(array("d", [0.0, 0.0]), later)
    assert pyhello.sqrt_all(first, out) is out
    assert out.buffers[0] == array("d", [2.0, 4.0])

    visited: list[float] = []
    pyhello.each_root(Fickle(first, later), lambda value, _root: visited.append(value))
    assert visited == [4.0, 16.0]
