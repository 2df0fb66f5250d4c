"""Many numbers at once."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, TypeVar, overload

from pyhello._abi import ffi, lib
from pyhello._doubles import DOUBLES, doubles
from pyhello._errors import check

if TYPE_CHECKING:
    from pyhello._doubles import Buffer

_Out = TypeVar("_Out", bound="Buffer")

# Looked up once: for few doubles, what stands around the roots is what costs.
_sqrt_all = lib.hello_sqrt_all
_from_buffer = ffi.from_buffer


@overload
def sqrt_all(values: Buffer, out: None = None) -> array[float]: ...


@overload
def sqrt_all(values: Buffer, out: _Out) -> _Out: ...


def sqrt_all(values: Buffer, out: Buffer | None = None) -> Buffer:
    """Returns the square root of each of ``values``, as ``sqrt`` would.

    ``values`` is a contiguous buffer of doubles, of any shape: an ``array('d')``, a
    ``memoryview``, a float64 array of numpy. It is not copied. ``out`` is one of the same shape
    that gets the roots and is returned; it may be ``values`` itself. Without it, the result is a
    new ``array('d')``, flat and in C's order.

    ``TypeError``: not a buffer, not of doubles, or ``out`` is read-only. ``ValueError``: not
    contiguous, or ``out`` has another shape. ``ArgumentError``, which is a ``ValueError``: the two
    overlap without being the same, or one is not aligned for doubles. Then ``out`` is as before.

    Meanwhile other threads run. None of them may change either buffer; a resize raises
    ``BufferError`` there.
    """
    # Released by hand: each `with` would cost as much as three hundred roots.
    source = doubles("values", values)
    try:
        count = source.nbytes // source.itemsize
        roots = array("d", [0.0]) * count if out is None else out
        target = doubles("out", roots, True)
        try:
            if out is not None and target.shape != source.shape:
                raise _other_shape(source, target)
            # What C gets is gone when the call ends, and so before the views.
            status = _sqrt_all(_from_buffer(DOUBLES, source), _from_buffer(DOUBLES, target), count)
            if status:
                check(status)
        finally:
            target.release()
    finally:
        source.release()
    return roots


def _other_shape(source: memoryview, target: memoryview) -> ValueError:
    return ValueError(f"`out` has shape {target.shape}, `values` has {source.shape}")
