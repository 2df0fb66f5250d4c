"""From a status to an exception: what is the same for every library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ._abi import bytes_at
from ._names import c_last_error, c_status_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["status_name"]


class LibraryError(Exception):
    """The library could not do what it was asked to; ``str()`` is its message.

    ``status`` is the number by which programs tell failures apart. A subclass names the statuses
    that it stands for: ``class DomainError(LibraryError, statuses=[...])``.
    """

    _kinds: ClassVar[dict[int, type[LibraryError]]] = {}

    def __init_subclass__(cls, *, statuses: Iterable[int] = (), **others: Any) -> None:
        super().__init_subclass__(**others)
        cls._kinds.update(dict.fromkeys(statuses, cls))

    @classmethod
    def kind_of(cls, status: int) -> type[LibraryError]:
        """Returns the class that stands for ``status``, or this one: a later version has others."""
        return cls._kinds.get(status, cls)

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    @property
    def name(self) -> str:
        """The name of the status, as in the header."""
        return status_name(self.status)

    # An exception is rebuilt from its arguments when it comes back from another process.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.status), self.__dict__


def last_failure(status: int, kind: type[LibraryError], names: Mapping[str, str]) -> LibraryError:
    """Returns an exception for ``status``, with the last message of the calling thread.

    ``names`` has, by their names in C, the parameters that are called otherwise in Python.
    """
    message = bytes_at(c_last_error()).decode()
    for in_c, in_python in names.items():
        message = message.replace(f"`{in_c}`", f"`{in_python}`")
    return kind(message, status)


def status_name(status: int) -> str:
    """Returns the name of a status, or ``unknown status`` for a number that is none.

    ``OverflowError``: the number does not fit into 32 bits.
    """
    return bytes_at(c_status_name(status)).decode()
