"""Something of C's that lives on between calls, until it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

_Owned = TypeVar("_Owned")
_Self = TypeVar("_Self", bound="Owner[Any]")


class Owner(Generic[_Owned]):
    """Owns something that is given up with the last reference to it.

    A call under way holds a reference of its own: ``close`` on another thread cannot take away what
    that call still uses.
    """

    __slots__ = ("__weakref__", "_owned")

    def __init__(self, owned: _Owned) -> None:
        self._owned: _Owned | None = owned

    def _get(self) -> _Owned:
        """What it owns. ``ValueError``: it is closed."""
        owned = self._owned
        if owned is None:
            raise ValueError(f"the {type(self).__name__} is closed")
        return owned

    def close(self) -> None:
        """Gives it up. Closing it again does nothing; using it is a ``ValueError``."""
        self._owned = None

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._owned is None

    def __enter__(self: _Self) -> _Self:
        self._get()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        kind = type(self)
        package = kind.__module__.partition(".")[0]
        return f"<{package}.{kind.__name__}, {'closed' if self.closed else 'open'}>"

    # For `copy`, `deepcopy` and `pickle` alike.
    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be copied or pickled, because it holds memory of this "
            "process that has one owner: make another one"
        )
