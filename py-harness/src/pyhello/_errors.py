"""The failures that this library has besides those of every library, as exceptions."""

from __future__ import annotations

import os
import re

from ._boundary import ArgumentError, LibraryError, lib

__all__ = ["DomainError", "FormatError", "OutputError", "StreamError"]


class DomainError(ArgumentError, statuses=[lib.HELLO_STATUS_DOMAIN]):
    """A number has no result: the square root of one below zero."""


class FormatError(LibraryError, TypeError, statuses=[lib.HELLO_STATUS_FORMAT]):
    """A column is not one of doubles, or not as the Arrow C data interface demands."""


class OutputError(LibraryError, OSError, statuses=[lib.HELLO_STATUS_IO]):
    """Standard output could not be written. ``errno`` has the reason, as for any ``OSError``."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, status)
        # Rust puts the system's number behind the system's words. Windows has numbers of its own.
        number = re.search(r"\(os error (\d+)\)$", message)
        if number and os.name == "posix":
            self.errno = int(number[1])


class StreamError(LibraryError, statuses=[lib.HELLO_STATUS_STREAM]):
    """What gives the chunks of a column failed; the message has its own words."""
