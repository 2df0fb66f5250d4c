"""Many numbers at once."""

from __future__ import annotations

from array import array
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar, overload

from pyhello._abi import ffi, lib
from pyhello._doubles import DOUBLES, doubles
from pyhello._errors import check

if TYPE_CHECKING:
    from types import TracebackType

    from _cffi_backend import _CDataBase as CData

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

    Beside the roots, a call costs about a microsecond. For few doubles and many calls, there is
    ``SqrtPlan``.
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


class SqrtPlan:
    """``sqrt_all`` of the same two buffers, again and again, without looking at them again.

    ::

        with SqrtPlan(values, out) as plan:
            while read_into(values):
                plan.run()
                use(out)

    ``values`` and ``out`` are as for ``sqrt_all``, with the same errors. Until the plan is closed
    (by ``close``, at the end of the ``with``, or when nothing refers to it any more), whoever owns
    one of them cannot resize it: that is a ``BufferError``.

    Meanwhile other threads run. None of them may change either buffer during ``run``, so only one
    at a time may run a plan; any may close it, and a run that is under way ends well.
    """

    __slots__ = ("__weakref__", "_arguments")

    def __init__(self, values: Buffer, out: Buffer) -> None:
        """Checks the two buffers. Nothing is computed yet."""
        with ExitStack() as views:
            source = views.enter_context(doubles("values", values))
            target = views.enter_context(doubles("out", out, True))
            if target.shape != source.shape:
                raise _other_shape(source, target)
            # Released with the last reference to them, and a run under way holds one: `close` on
            # another thread cannot release what that run still uses.
            self._arguments: tuple[CData, CData, int] | None = (
                _from_buffer(DOUBLES, source),
                _from_buffer(DOUBLES, target),
                source.nbytes // source.itemsize,
            )
            views.pop_all()  # All is well: what C gets holds them from now on.

    def run(self) -> None:
        """Writes the square root of each of ``values``, as they are now, to ``out``.

        ``ArgumentError``: as for ``sqrt_all``. ``ValueError``: the plan is closed.
        """
        arguments = self._arguments
        if arguments is None:
            raise ValueError("the plan is closed")
        status = _sqrt_all(*arguments)
        if status:
            # Not left to the garbage collector: the traceback holds them, too.
            del arguments
            check(status)

    def close(self) -> None:
        """Lets go of the buffers. Closing it again does nothing; running it is a ``ValueError``."""
        self._arguments = None

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._arguments is None

    def __enter__(self) -> SqrtPlan:
        if self.closed:
            raise ValueError("the plan is closed")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<pyhello.SqrtPlan, {'closed' if self.closed else 'open'}>"


def _other_shape(source: memoryview, target: memoryview) -> ValueError:
    return ValueError(f"`out` has shape {target.shape}, `values` has {source.shape}")
