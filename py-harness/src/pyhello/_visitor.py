"""Python callbacks, called from Rust."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Callable

from ._boundary import check, ffi, lib
from ._doubles import address_of, count_of, doubles

if TYPE_CHECKING:
    from types import TracebackType

    from _cffi_backend import _CDataBase as CData

    from ._doubles import Buffer

__all__ = ["each_root"]

Visitor = Callable[[float, float], object]


def each_root(values: Buffer, visitor: Visitor) -> None:
    """Calls ``visitor(value, root)`` with each of ``values`` and its square root, in order.

    It stops when ``visitor`` returns ``False`` or anything else that is false, except ``None``: a
    function that returns nothing goes on. An exception stops it, too, and arrives here as it is.

    ``values`` is a contiguous buffer of doubles, as for ``sqrt_all`` and with the same errors. It
    is not copied: ``visitor`` may change the values that are still to come; to resize the buffer is
    a ``BufferError``. It runs on the calling thread and may call anything, ``each_root`` included.

    No daemon thread may be in here when the program ends: before Python 3.14, Python ends such a
    thread in the middle of the library's code.
    """
    if not callable(visitor):
        raise TypeError(f"`visitor` has to be callable, not {type(visitor).__name__}")
    _reserve(4)
    with doubles("values", values) as view:
        visit = _Visit(visitor, count_of(view))
        # C carries the handle to the visitor. It is no more than an address, good while it lives.
        handle = ffi.new_handle(visit)
        check(lib.hello_each_root(address_of(view), visit.left, lib.python_HelloVisitor, handle))
    visit.end()


class _Visit:
    """One call of ``each_root``: calls within calls and other threads have their own."""

    __slots__ = ("exception", "left", "visitor")

    def __init__(self, visitor: Visitor, count: int) -> None:
        self.visitor = visitor
        # How many visits are still to come. To C, an exception is a visitor that wants to stop, so
        # this is what tells it from one: only a visit that ended well counts it down.
        self.left = count
        self.exception: BaseException | None = None

    def end(self) -> None:
        """Raises what ended the visits early, if anything has."""
        exception, self.exception = self.exception, None
        if exception is None:
            if self.left == 0:
                return
            # It struck where nothing can keep it, and CFFI has printed it.
            exception = KeyboardInterrupt()
        try:
            raise exception
        finally:
            # Its traceback holds this frame: were the frame to hold it, neither would be freed.
            del exception


def _reserve(levels: int) -> None:
    """Uses the levels of Python's stack that a visit uses before the visitor is called.

    If there are fewer, the ``RecursionError`` is here and not in C's hands, where nothing keeps it.
    """
    if levels:
        _reserve(levels - 1)


def _keep(_kind: object, exception: BaseException, traceback: TracebackType | None) -> None:
    """Keeps what struck in ``_call_visitor`` itself, outside its ``try``: a Ctrl-C can."""
    # CFFI calls this in the place of `_call_visitor`, so that `each_root` is the caller.
    visit: _Visit = sys._getframe(1).f_locals["visit"]
    visit.exception = exception.with_traceback(traceback)


# `error` is what the library gets instead of a result: stop.
@ffi.def_extern(name="python_HelloVisitor", error=0, onerror=_keep)
def _call_visitor(value: float, root: float, context: CData) -> int:
    visit: _Visit = ffi.from_handle(context)
    try:
        answer = visit.visitor(value, root)
        goes_on = answer is None or bool(answer)
    except BaseException as exception:
        visit.exception = exception
        return 0
    visit.left = visit.left - 1 if goes_on else 0
    return 1 if goes_on else 0
