"""A function of Python's, called from Rust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from pyhello._abi import ffi, lib
from pyhello._doubles import DOUBLES, doubles
from pyhello._errors import check

if TYPE_CHECKING:
    from types import TracebackType

    from _cffi_backend import _CDataBase as CData

    from pyhello._doubles import Buffer

Visitor = Callable[[float, float], object]


def each_root(values: Buffer, visitor: Visitor) -> None:
    """Calls ``visitor(value, root)`` with each of ``values`` and its square root, in order.

    It stops when ``visitor`` returns ``False`` or anything else that is false, except ``None``: a
    function that returns nothing goes on. An exception stops it, too, and arrives here as it is.

    ``values`` is a contiguous buffer of doubles, as for ``sqrt_all`` and with the same errors. It
    is not copied: ``visitor`` may change the values that are still to come; to resize the buffer is
    a ``BufferError``. It runs on the calling thread and may call anything, ``each_root`` included.

    Let no daemon thread be in here when the program ends: before Python 3.14, such a thread is
    ended in the middle of the library's code.
    """
    if not callable(visitor):
        raise TypeError(f"`visitor` has to be callable, not {type(visitor).__name__}")
    visit = _Visit(visitor)
    # C carries the handle to the visitor. It is no more than an address, good while it lives here.
    handle = ffi.new_handle(visit)
    with doubles("values", values) as view, ffi.from_buffer(DOUBLES, view) as c_values:
        check(lib.hello_each_root(c_values, len(c_values), lib.python_HelloVisitor, handle))
    exception, visit.exception = visit.exception, None
    if exception is not None:
        try:
            raise exception
        finally:
            # Its traceback holds this frame: were the frame to hold it, neither would be freed.
            del exception


class _Visit:
    """One call of ``each_root``: calls within calls and other threads have their own."""

    __slots__ = ("exception", "visitor")

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.exception: BaseException | None = None


def _keep(_kind: object, exception: BaseException, traceback: TracebackType) -> None:
    """Keeps what was raised in ``_call_visitor``, which CFFI would print.

    A ``KeyboardInterrupt`` before its first line, too, which no ``try`` in it would catch.
    """
    visit: _Visit = ffi.from_handle(traceback.tb_frame.f_locals["context"])
    visit.exception = exception.with_traceback(traceback)


# `error` is what the library gets instead of a result: stop.
@ffi.def_extern(name="python_HelloVisitor", error=0, onerror=_keep)
def _call_visitor(value: float, root: float, context: CData) -> int:
    visit: _Visit = ffi.from_handle(context)
    answer = visit.visitor(value, root)
    return 1 if answer is None or answer else 0
