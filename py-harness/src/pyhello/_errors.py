"""From a status to an exception."""

from __future__ import annotations

import os
import re
from typing import Any

from ._abi import STATUS, bytes_at, c_last_error, c_status_name, lib


class HelloError(Exception):
    """The library could not do what it was asked to; ``str()`` is its message.

    ``status`` is the number by which programs tell failures apart, one of the ``HELLO_STATUS_``
    constants of ``lib``.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    @property
    def name(self) -> str:
        """The name of the status, such as ``HELLO_STATUS_DOMAIN``."""
        return status_name(self.status)

    # An exception is rebuilt from its arguments when it comes back from another process.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.status), self.__dict__


class ArgumentError(HelloError, ValueError):
    """The library refused an argument of the right type: NULL, not aligned, overlapping, ..."""


class DomainError(ArgumentError):
    """A number has no result: the square root of one below zero."""


class OutOfMemoryError(HelloError, MemoryError):
    """There is not enough memory for the result."""


class OutputError(HelloError, OSError):
    """Standard output could not be written. ``errno`` has the reason, as for any ``OSError``."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, status)
        # Rust puts the system's number behind the system's words. Windows has numbers of its own.
        number = re.search(r"\(os error (\d+)\)$", message)
        if number and os.name == "posix":
            self.errno = int(number[1])


class PanicError(HelloError):
    """The library has a bug and panicked. It may be called again."""


_KINDS = {
    getattr(lib, STATUS + name): kind
    for name, kind in {
        "NULL_POINTER": ArgumentError,
        "INVALID_UTF8": ArgumentError,
        "MISALIGNED": ArgumentError,
        "TOO_LARGE": ArgumentError,
        "OVERLAP": ArgumentError,
        "DOMAIN": DomainError,
        "BUFFER_TOO_SMALL": ArgumentError,
        "OUT_OF_MEMORY": OutOfMemoryError,
        "IO": OutputError,
        "PANIC": PanicError,
    }.items()
    if hasattr(lib, STATUS + name)  # A library has those that it needs.
}


def check(status: int, **names: str) -> None:
    """Raises the exception for ``status``, which a function of ``lib`` has just returned.

    To be called on the same thread and before any other failing call, for the message is the last
    one of the thread. For ``HELLO_STATUS_OK`` it does nothing. ``names`` are the parameters that
    have another name in Python: with ``roots="out"``, the message says so.
    """
    if status:
        message = bytes_at(c_last_error()).decode()
        for in_c, in_python in names.items():
            message = message.replace(f"`{in_c}`", f"`{in_python}`")
        raise _KINDS.get(status, HelloError)(message, status)


def status_name(status: int) -> str:
    """Returns the name of a status, or ``unknown status`` for a number that is none.

    ``OverflowError``: the number does not fit into 32 bits.
    """
    return bytes_at(c_status_name(status)).decode()
