"""Something of C's that lives on between calls, until it is closed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Generic, NoReturn, TypeVar

from ._abi import ffi

if TYPE_CHECKING:
    from types import TracebackType

    from _cffi_backend import _CDataBase as CData

_Owned = TypeVar("_Owned")
_Self = TypeVar("_Self", bound="Owner[Any]")


def places(free: Callable[[CData], None]) -> Callable[[], Any]:
    """Returns a function that makes places, each for a handle that is freed with its place.

    ``free`` is a function ``python_F`` of ``lib``, which frees what is in a place by the library's
    ``F``. The place comes first, and the library writes the handle to it: an interrupt between the
    two leaves nothing behind. A place is freed with the last reference to it, and not before.

    ``ffi.gc`` does not promise that. The collector runs the finalizers of a cycle in any order, and
    what ``ffi.gc`` returns has one: the handle would be freed, and then used by a ``__del__`` of
    the same cycle. What ``new_allocator`` makes has one, too. But of a struct it returns a pointer,
    into which the collector does not look: to it, the struct behind is in use.
    """
    memory = partial(ffi.new, ffi.typeof("char[]"))
    place = ffi.typeof(f"struct {free.__name__} *")
    return partial(ffi.new_allocator(memory, free), place)


class Owner(Generic[_Owned]):
    """Owns something that is given up with the last reference to it.

    A call has to hold a reference of its own until it returns: then ``close`` on another thread
    cannot take away what that call still uses.
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
