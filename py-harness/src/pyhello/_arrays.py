"""Many numbers at once."""

from __future__ import annotations

from array import array
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar, overload

from ._boundary import Owner, check, lib
from ._doubles import address_of, count_of, doubles

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

    from ._doubles import Buffer

    # What keeps the buffers, and the arguments.
    _Plan = tuple[tuple[memoryview, memoryview], tuple[CData, CData, int]]

__all__ = ["SqrtPlan", "sqrt_all"]

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

    Beside the roots, a call costs a microsecond or two. For few doubles and many calls, there is
    ``SqrtPlan``.
    """
    with doubles("values", values) as source:
        count = count_of(source)
        roots = array("d", [0.0]) * count if out is None else out
        with doubles("out", roots, writable=True) as target:
            if out is not None and target.shape != source.shape:
                raise _other_shape(target, source)
            status = lib.hello_sqrt_all(address_of(source), address_of(target), count)
            if status:
                check(status, roots="out")
    return roots


class SqrtPlan(Owner["_Plan"]):
    """``sqrt_all`` of the same two buffers, again and again, without looking at them again.

    ::

        with SqrtPlan(values, out) as plan:
            while read_into(values):
                plan.run()
                use(out)

    ``values`` and ``out`` are as for ``sqrt_all``, with the same errors. Until the plan is closed
    (by ``close``, at the end of the ``with``, or when nothing refers to it any more), the owner of
    one of them cannot resize it: that is a ``BufferError``.

    Meanwhile other threads run. None of them may change either buffer during ``run``, so only one
    at a time may run a plan; any may close it, and a run that is under way ends well.
    """

    __slots__ = ()

    def __init__(self, values: Buffer, out: Buffer) -> None:
        """Checks the two buffers. Nothing is computed yet."""
        with ExitStack() as views:
            source = views.enter_context(doubles("values", values))
            target = views.enter_context(doubles("out", out, writable=True))
            if target.shape != source.shape:
                raise _other_shape(target, source)
            arguments = (address_of(source), address_of(target), count_of(source))
            super().__init__(((source, target), arguments))
            views.pop_all()  # All is well: the plan holds them from now on.

    def run(self) -> None:
        """Writes the square root of each of ``values``, as they are now, to ``out``.

        ``ArgumentError``: as for ``sqrt_all``. ``ValueError``: the plan is closed.
        """
        plan = self._get()  # Held until the call returns: a thread may close it meanwhile.
        status = lib.hello_sqrt_all(*plan[1])
        del plan  # The traceback of a failure would hold the buffers.
        if status:
            check(status, roots="out")


def _other_shape(out: memoryview, values: memoryview) -> ValueError:
    return ValueError(f"`out` has shape {out.shape}, `values` has {values.shape}")
