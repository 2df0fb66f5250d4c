"""The failures of this library, as exceptions."""

from __future__ import annotations

import os
import re

from ._boundary import LibraryError, lib

__all__ = [
    "ArgumentError",
    "DomainError",
    "FormatError",
    "HelloError",
    "OutOfMemoryError",
    "OutputError",
    "PanicError",
    "StreamError",
]


class HelloError(LibraryError, others=True):
    """The library could not do what it was asked to; ``str()`` is its message.

    ``status`` is the number by which programs tell failures apart, one of the ``HELLO_STATUS_``
    constants of ``lib``.
    """


class ArgumentError(
    HelloError,
    ValueError,
    statuses=[
        lib.HELLO_STATUS_NULL_POINTER,
        lib.HELLO_STATUS_INVALID_UTF8,
        lib.HELLO_STATUS_MISALIGNED,
        lib.HELLO_STATUS_TOO_LARGE,
        lib.HELLO_STATUS_OVERLAP,
        lib.HELLO_STATUS_BUFFER_TOO_SMALL,
    ],
):
    """The library refused an argument of the right type: NULL, not aligned, overlapping, ..."""


class DomainError(ArgumentError, statuses=[lib.HELLO_STATUS_DOMAIN]):
    """A number has no result: the square root of one below zero."""


class FormatError(HelloError, TypeError, statuses=[lib.HELLO_STATUS_FORMAT]):
    """A column is not one of doubles, or not as the Arrow C data interface demands."""


class OutOfMemoryError(HelloError, MemoryError, statuses=[lib.HELLO_STATUS_OUT_OF_MEMORY]):
    """There is not enough memory for the result."""


class OutputError(HelloError, OSError, statuses=[lib.HELLO_STATUS_IO]):
    """Standard output could not be written. ``errno`` has the reason, as for any ``OSError``."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, status)
        # Rust puts the system's number behind the system's words. Windows has numbers of its own.
        number = re.search(r"\(os error (\d+)\)$", message)
        if number and os.name == "posix":
            self.errno = int(number[1])


class PanicError(HelloError, statuses=[lib.HELLO_STATUS_PANIC]):
    """The library has a bug and panicked. It may be called again."""


class StreamError(HelloError, statuses=[lib.HELLO_STATUS_STREAM]):
    """What gives the chunks of a column failed; the message has its own words."""
