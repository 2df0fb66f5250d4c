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


class ArgumentError(LibraryError, ValueError):
    """The library refused an argument of the right type: NULL, not aligned, ..."""


class DivisionByZeroError(LibraryError, ZeroDivisionError):
    """A number was to be divided by zero."""


class OutOfMemoryError(LibraryError, MemoryError):
    """There is not enough memory for the result."""


class PanicError(LibraryError):
    """The library has a bug and panicked. It may be called again."""


_KINDS: dict[int, type[LibraryError]] = {
    lib.ACME_STATUS_NULL_POINTER: ArgumentError,
    lib.ACME_STATUS_INVALID_UTF8: ArgumentError,
    lib.ACME_STATUS_MISALIGNED: ArgumentError,
    lib.ACME_STATUS_TOO_LARGE: ArgumentError,
    lib.ACME_STATUS_OVERLAP: ArgumentError,
    lib.ACME_STATUS_BUFFER_TOO_SMALL: ArgumentError,
    lib.ACME_STATUS_PANIC: PanicError,
    lib.ACME_STATUS_OUT_OF_MEMORY: OutOfMemoryError,
    lib.ACME_STATUS_DIVISION_BY_ZERO: DivisionByZeroError,
}


def check(status: int, **names: str) -> None:
    """Raises the exception for ``status``, which a function of ``lib`` has just returned.

    To be called on the same thread and before any other failing call, for the message is the last
    one of the thread. ``names`` are the parameters that have another name in Python.
    """
    if status:
        raise last_failure(status, _KINDS.get(status, LibraryError), names)
