"""Python's buffers as arrays of doubles, without a copy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, Union

from pyhello._abi import ffi

if TYPE_CHECKING:
    if sys.version_info >= (3, 12):
        from collections.abc import Buffer as Buffer
    else:
        import typing_extensions

        class _Array(Protocol):
            """An array of numpy, which says that it is a buffer only from Python 3.12 on."""

            @property
            def __array_interface__(self) -> dict[str, Any]: ...

        Buffer = Union[typing_extensions.Buffer, _Array]


# How a buffer says `double` in the machine's byte order: the second is what ctypes says.
_FORMATS = ("d", "<d" if sys.byteorder == "little" else ">d")

# With it, `ffi.from_buffer(DOUBLES, view)` makes of a view from `doubles` what C gets: a `double *`
# that knows its length. The view cannot be released before that is, or is garbage.
DOUBLES = ffi.typeof("double[]")


def doubles(name: str, buffer: Buffer, writable: bool = False) -> memoryview:
    """Returns a view of ``buffer``, checked to be contiguous doubles, to be released.

    Before that, whoever owns the buffer cannot resize it. ``name`` is for the messages.
    """
    given: Any = buffer
    try:
        view = memoryview(given)
    except TypeError:
        kind = type(given).__name__
        raise TypeError(
            f"`{name}` has to be a buffer of doubles, such as array('d', [...]), not {kind}"
        ) from None
    # CFFI would take any 8 bytes for a double.
    if view.format in _FORMATS and view.c_contiguous and not (writable and view.readonly):
        return view
    if view.format not in _FORMATS:
        problem: Exception = TypeError(
            f"`{name}` has to hold doubles (format 'd', float64), not format '{view.format}'"
        )
    elif not view.c_contiguous:
        problem = ValueError(f"`{name}` has to be contiguous, in C's order: pass a copy")
    else:
        problem = TypeError(f"`{name}` is read-only")
    # Not left to the garbage collector: the traceback holds the view, too.
    view.release()
    raise problem
