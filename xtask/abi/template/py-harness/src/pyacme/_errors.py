"""The failures of this library, as exceptions: a kind for each status that a caller tells apart."""

from __future__ import annotations

from ._boundary import LibraryError, lib

__all__ = [
    "ArgumentError",
# example: begin
    "DivisionByZeroError",
# example: end
    "LibraryError",
    "OutOfMemoryError",
    "PanicError",
]


class ArgumentError(
    LibraryError,
    ValueError,
    statuses=[
        lib.ACME_STATUS_NULL_POINTER,
        lib.ACME_STATUS_INVALID_UTF8,
        lib.ACME_STATUS_MISALIGNED,
        lib.ACME_STATUS_TOO_LARGE,
        lib.ACME_STATUS_OVERLAP,
        lib.ACME_STATUS_BUFFER_TOO_SMALL,
    ],
):
    """The library refused an argument of the right type: NULL, not aligned, ..."""


# example: begin
class DivisionByZeroError(
    LibraryError,
    ZeroDivisionError,
    statuses=[lib.ACME_STATUS_DIVISION_BY_ZERO],
):
    """A number was to be divided by zero."""


# example: end
class OutOfMemoryError(
    LibraryError,
    MemoryError,
    statuses=[lib.ACME_STATUS_OUT_OF_MEMORY],
):
    """There is not enough memory for the result."""


class PanicError(LibraryError, statuses=[lib.ACME_STATUS_PANIC]):
    """The library has a bug and panicked. It may be called again."""
