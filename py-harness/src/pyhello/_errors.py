"""From a status to an exception."""

from __future__ import annotations

from typing import Any

from pyhello._abi import bytes_at, lib


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


class OutputError(HelloError, OSError):
    """Standard output could not be written. The message has the system's reason, ``errno`` none."""


class PanicError(HelloError):
    """The library has a bug and panicked. It may be called again."""


_KINDS = {
    lib.HELLO_STATUS_NULL_POINTER: ArgumentError,
    lib.HELLO_STATUS_INVALID_UTF8: ArgumentError,
    lib.HELLO_STATUS_MISALIGNED: ArgumentError,
    lib.HELLO_STATUS_TOO_LARGE: ArgumentError,
    lib.HELLO_STATUS_OVERLAP: ArgumentError,
    lib.HELLO_STATUS_DOMAIN: DomainError,
    lib.HELLO_STATUS_BUFFER_TOO_SMALL: ArgumentError,
    lib.HELLO_STATUS_IO: OutputError,
    lib.HELLO_STATUS_PANIC: PanicError,
}


def check(status: int) -> None:
    """Raises the exception for ``status``, which a function of ``lib`` has just returned.

    To be called on the same thread and before any other failing call, for the message is the last
    one of the thread. For ``HELLO_STATUS_OK`` it does nothing.
    """
    if status:
        raise _KINDS.get(status, HelloError)(bytes_at(lib.hello_last_error()).decode(), status)


def status_name(status: int) -> str:
    """Returns the name of a status, or ``unknown status`` for a number that is none.

    ``OverflowError``: the number does not fit into 32 bits.
    """
    return bytes_at(lib.hello_status_name(status)).decode()
