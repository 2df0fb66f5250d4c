"""Python's buffers as arrays of doubles, without a copy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, Union

from ._abi import ffi

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

    if sys.version_info >= (3, 12):
        from collections.abc import Buffer as Buffer
    else:
        import typing_extensions

        class _Array(Protocol):
            """An array of numpy, which says that it is a buffer only from Python 3.12 on."""

            @property
            def __array_interface__(self) -> dict[str, Any]: ...

        Buffer = Union[typing_extensions.Buffer, _Array]


# How a buffer says `double` in the machine's byte order: the second is what ctypes says, the third
# what numpy says of an array that is not aligned.
_FORMATS = ("d", "<d" if sys.byteorder == "little" else ">d", "=d")

_DOUBLES = ffi.typeof("double[]")


def doubles(name: str, buffer: Buffer, writable: bool = False) -> tuple[CData, tuple[int, ...]]:
    """Returns what C gets of ``buffer``, checked to be contiguous doubles, and its shape.

    It is the buffer's own memory, a ``double *`` that knows its length. Until it is released, by a
    ``with`` or with the last reference to it, whoever owns the buffer cannot resize it. ``name`` is
    for the messages.
    """
    given: Any = buffer
    try:
        view = memoryview(given)
    except TypeError:
        kind = type(given).__name__
        # The columns of pandas, polars and pyarrow have a way out.
        hint = f": pass {name}.to_numpy()" if hasattr(given, "to_numpy") else ""
        raise TypeError(
            f"`{name}` has to be a buffer of doubles, such as array('d', [...]), not {kind}{hint}"
        ) from None
    with view:
        # CFFI would take any 8 bytes for a double.
        if view.format not in _FORMATS:
            raise TypeError(
                f"`{name}` has to hold doubles (format 'd', float64), not format '{view.format}'"
            )
        if not view.c_contiguous:
            raise ValueError(f"`{name}` has to be contiguous, in C's order: pass a copy")
        if writable and view.readonly:
            raise TypeError(f"`{name}` is read-only")
        # Not of the view, which could not be released before this is.
        return ffi.from_buffer(_DOUBLES, given), view.shape or ()
