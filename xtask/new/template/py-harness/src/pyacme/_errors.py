"""The failures of this library, as exceptions: a kind for each status that a caller tells apart."""

from __future__ import annotations

from ._abi import lib
from ._failure import LibraryError, last_failure

__all__ = [
    "ArgumentError",
    "DivisionByZeroError",
    "LibraryError",
    "OutOfMemoryError",
    "PanicError",
    "check",
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


class DivisionByZeroError(
    LibraryError,
    ZeroDivisionError,
    statuses=[lib.ACME_STATUS_DIVISION_BY_ZERO],
):
    """A number was to be divided by zero."""


class OutOfMemoryError(
    LibraryError,
    MemoryError,
    statuses=[lib.ACME_STATUS_OUT_OF_MEMORY],
):
    """There is not enough memory for the result."""


class PanicError(LibraryError, statuses=[lib.ACME_STATUS_PANIC]):
    """The library has a bug and panicked. It may be called again."""


def check(status: int, **names: str) -> None:
    """Raises the exception for ``status``, which a function of ``lib`` has just returned.

    To be called on the same thread and before any other failing call, for the message is the last
    one of the thread. ``names`` are the parameters that have another name in Python.
    """
    if status:
        raise last_failure(status, LibraryError.kind_of(status), names)
