# example: begin
"""An example of each mechanism: a number, an error, a text, a handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ._boundary import LibraryError, Owner, c_text, check, ffi, lib, places, text_from

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

__all__ = ["DivisionByZeroError", "Total", "divide", "fahrenheit", "reverse"]

# The function of the boundary itself: a function around it would do nothing more.
fahrenheit: Callable[[float], float] = lib.acme_fahrenheit

_new_place = places(lib.python_acme_total_free)


class DivisionByZeroError(
    LibraryError,
    ZeroDivisionError,
    statuses=[lib.ACME_STATUS_DIVISION_BY_ZERO],
):
    """A number was to be divided by zero."""


def divide(dividend: float, divisor: float) -> float:
    """Returns the quotient. ``DivisionByZeroError``: there is none."""
    quotient = ffi.new("double *")
    check(lib.acme_divide(dividend, divisor, quotient))
    result: float = quotient[0]
    return result


def reverse(text: str) -> str:
    """Returns ``text`` from its end to its beginning."""
    return text_from(lib.acme_reverse, c_text(text))


class Total(Owner[Any]):
    """Adds numbers up. Several threads may use one at once, and close it, too."""

    __slots__ = ()

    def __init__(self) -> None:
        """Makes a total of no numbers."""
        place = _new_place()
        # The handle is all there is in a place, so that both have one address.
        check(lib.acme_total_new(ffi.cast("AcmeTotal **", place)))
        super().__init__(place)

    def add(self, value: float) -> None:
        """Adds a number. ``ValueError``: the total is closed."""
        place = self._get()  # Held until the call returns: a thread may close it meanwhile.
        check(lib.acme_total_add(place.handle, value))

    @property
    def sum(self) -> float:
        """The sum of all numbers that were added. ``ValueError``: the total is closed."""
        place, sum_ = self._get(), ffi.new("double *")
        check(lib.acme_total_sum(place.handle, sum_))
        result: float = sum_[0]
        return result

    @property
    def handle(self) -> CData:
        """The raw ``AcmeTotal *``, for ``lib``. ``ValueError``: it is closed.

        It keeps nothing alive: it is good until the total is closed, or nothing refers to it.
        """
        handle: CData = self._get().handle
        return handle
# example: end
