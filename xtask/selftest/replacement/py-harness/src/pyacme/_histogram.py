"""Numbers in a histogram."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Callable

from ._abi import ffi, lib
from ._errors import check
from ._owner import Owner
from ._visit import Visit

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

__all__ = ["Histogram", "Summary"]

Visitor = Callable[[float], object]


@dataclass(frozen=True)
class Summary:
    """All values in a few numbers."""

    least: float
    greatest: float
    mean: float
    count: int

    @property
    def range(self) -> float:
        """From the smallest value to the largest."""
        return lib.acme_summary_range(ffi.new("AcmeSummary *", asdict(self))[0])


class Histogram(Owner["CData"]):
    """Values and how they are distributed. Several threads may use one at once."""

    __slots__ = ()

    def __init__(self) -> None:
        """Makes one without values."""
        histogram = ffi.new("AcmeHistogram **")
        check(lib.acme_histogram_new(histogram))
        super().__init__(ffi.gc(histogram[0], lib.acme_histogram_free))

    def add(self, value: float) -> None:
        """Adds a value. ``DomainError``: it is nan. ``ValueError``: the histogram is closed."""
        check(lib.acme_histogram_add(self.handle, value))

    def percentile(self, p: float) -> float:
        """Returns the smallest value that at least ``p`` percent of all values do not exceed.

        ``EmptyError``: there are no values. ``DomainError``: ``p`` is not from 0 to 100.
        """
        value = ffi.new("double *")
        check(lib.acme_histogram_percentile(self.handle, p, value))
        result: float = value[0]
        return result

    def summary(self) -> Summary:
        """Returns all values in a few numbers. ``EmptyError``: there are no values."""
        summary = ffi.new("AcmeSummary *")
        check(lib.acme_histogram_summary(self.handle, summary))
        found: Any = summary[0]
        return Summary(found.least, found.greatest, found.mean, found.count)

    def extent(self) -> tuple[float, float]:
        """Returns the smallest and the largest value: ``(inf, -inf)`` if there are no values."""
        extent: Any = lib.acme_histogram_extent(self.handle)
        return extent.least, extent.greatest

    def each(self, visitor: Visitor) -> None:
        """Calls ``visitor`` with each value, in ascending order, until it returns ``False``.

        An exception of the visitor's ends it, too, and arrives here.
        """
        visit = Visit(visitor)
        handle = ffi.new_handle(visit)
        check(lib.acme_histogram_each(self.handle, lib.python_AcmeVisitor, handle))
        visit.end()

    @property
    def handle(self) -> CData:
        """The raw ``AcmeHistogram *``, for ``lib``. ``ValueError``: the histogram is closed."""
        return self._get()


@ffi.def_extern(name="python_AcmeVisitor", error=0)
def _visit_value(value: float, context: CData) -> int:
    visit: Visit = ffi.from_handle(context)
    return visit.answer(value)
