"""Python's buffers as arrays of doubles, without a copy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, Union

from ._boundary import ffi

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
# what numpy reports for an array that is not aligned.
_FORMATS = ("d", "<d" if sys.byteorder == "little" else ">d", "=d")


def doubles(name: str, buffer: Buffer, writable: bool = False) -> memoryview:
    """Returns a view of ``buffer``, checked to be contiguous doubles.

    It is the buffer's own memory. Until the view is released, by a ``with`` or with the last
    reference to it, the owner of the buffer cannot resize it. ``name`` is for the messages.
    """
    given: Any = buffer
    try:
        # Asked for once: another time, an object may give another buffer.
        view = memoryview(given)
    except TypeError:
        kind = type(given).__name__
        # The columns of pandas, polars and pyarrow have ways out.
        is_column = hasattr(given, "__arrow_c_array__") or hasattr(given, "__arrow_c_stream__")
        ways = ["use sqrt_column"] * is_column
        ways += [f"pass {name}.to_numpy()"] * hasattr(given, "to_numpy")
        hint = f": {' or '.join(ways)}" if ways else ""
        raise TypeError(
            f"`{name}` has to be a buffer of doubles, such as array('d', [...]), not {kind}{hint}"
        ) from None
    try:
        # To C, any 8 bytes are a double.
        if view.format not in _FORMATS:
            raise TypeError(
                f"`{name}` has to hold doubles (format 'd', float64), not format '{view.format}'"
            )
        if not view.c_contiguous:
            raise ValueError(f"`{name}` has to be contiguous, in C's order: pass a copy")
        if writable and view.readonly:
            raise TypeError(f"`{name}` is read-only")
    except Exception:
        view.release()  # The traceback would hold it.
        raise
    return view


def address_of(view: memoryview) -> CData:
    """Returns the ``double *`` to what a view of doubles shows, good as long as the view is.

    What ``from_buffer`` returns is gone at once. In a cycle (that of an exception is enough), the
    collector could take the view apart first: before Python 3.13, that ends the process.
    """
    return ffi.cast("double *", ffi.from_buffer(view))


def count_of(view: memoryview) -> int:
    """Returns how many doubles a view shows, in all its dimensions."""
    # Python 3.9 says of an empty array of ctypes that its items have no size.
    return view.nbytes // ffi.sizeof("double")
