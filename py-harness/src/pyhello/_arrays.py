"""Many numbers at once."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, TypeVar, overload

from ._boundary import check, lib
from ._doubles import address_of, count_of, doubles

if TYPE_CHECKING:
    from ._doubles import Buffer

__all__ = ["sqrt_all"]

_Out = TypeVar("_Out", bound="Buffer")


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
    with doubles("values", values) as source:
        count = count_of(source)
        roots = array("d", [0.0]) * count if out is None else out
        with doubles("out", roots, writable=True) as target:
            if out is not None and target.shape != source.shape:
                raise ValueError(f"`out` has shape {target.shape}, `values` has {source.shape}")
            status = lib.hello_sqrt_all(address_of(source), address_of(target), count)
            if status:
                check(status, roots="out")
    return roots
