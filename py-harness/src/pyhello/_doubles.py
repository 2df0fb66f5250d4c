"""Python's buffers as arrays of doubles, without a copy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, Union

from pyhello._abi import ffi

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


# How a buffer says `double` in the machine's byte order: the second is what ctypes says.
_FORMATS = ("d", "<d" if sys.byteorder == "little" else ">d")

_DOUBLES = ffi.typeof("double[]")


def doubles(name: str, buffer: Buffer, *, writable: bool = False) -> memoryview:
    """Returns a view of ``buffer``, checked to be contiguous doubles. Use it in a ``with``.

    While the view is not released, whoever owns the buffer cannot resize it. ``name`` is for the
    messages.
    """
    given: Any = buffer
    try:
        view = memoryview(given)
    except TypeError:
        kind = type(given).__name__
        raise TypeError(
            f"`{name}` has to be a buffer of doubles, such as array('d', [...]), not {kind}"
        ) from None
    problem: Exception | None = None
    # CFFI would take any 8 bytes for a double.
    if view.format not in _FORMATS:
        problem = TypeError(
            f"`{name}` has to hold doubles (format 'd', float64), not format '{view.format}'"
        )
    elif not view.c_contiguous:
        problem = ValueError(f"`{name}` has to be contiguous, in C's order: pass a copy")
    elif writable and view.readonly:
        problem = TypeError(f"`{name}` is read-only")
    if problem is not None:
        # Not left to the garbage collector: the traceback holds the view, too.
        view.release()
        raise problem
    return view


def c_doubles(view: memoryview) -> CData:
    """Returns what a view from ``doubles`` is for C: a ``double *`` that knows its length.

    Use it in a ``with`` inside that of the view, which cannot be released before it.
    """
    return ffi.from_buffer(_DOUBLES, view)
