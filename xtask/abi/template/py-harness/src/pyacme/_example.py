"""An example of each mechanism: a number, an error, a text, a handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ._abi import ffi, lib
from ._errors import check
from ._owner import Owner
from ._strings import c_text, text_from

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

__all__ = ["Total", "divide", "fahrenheit", "reverse"]

# The function of the boundary itself: a function around it would do nothing more.
fahrenheit: Callable[[float], float] = lib.acme_fahrenheit


def divide(dividend: float, divisor: float) -> float:
    """Returns the quotient. ``DivisionByZeroError``: there is none."""
    quotient = ffi.new("double *")
    check(lib.acme_divide(dividend, divisor, quotient))
    result: float = quotient[0]
    return result


def reverse(text: str) -> str:
    """Returns ``text`` from its end to its beginning."""
    return text_from(lib.acme_reverse, c_text(text))


class Total(Owner["CData"]):
    """Adds numbers up. Several threads may use one at once, and close it, too."""

    __slots__ = ()

    def __init__(self) -> None:
        """Makes a total of no numbers."""
        total = ffi.new("AcmeTotal **")
        check(lib.acme_total_new(total))
        super().__init__(ffi.gc(total[0], lib.acme_total_free))

    def add(self, value: float) -> None:
        """Adds a number. ``ValueError``: the total is closed."""
        check(lib.acme_total_add(self.handle, value))

    @property
    def sum(self) -> float:
        """The sum of all numbers that were added. ``ValueError``: the total is closed."""
        sum_ = ffi.new("double *")
        check(lib.acme_total_sum(self.handle, sum_))
        result: float = sum_[0]
        return result

    @property
    def handle(self) -> CData:
        """The raw ``AcmeTotal *``, for ``lib``. ``ValueError``: it is closed."""
        return self._get()
