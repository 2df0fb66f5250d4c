# abi-python 0.1.0. `cargo xtask generate` writes this file, with the names of the library.
"""The raw boundary: what the package of every library has.

``lib`` from here is the library, in the version that this package was built for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generic, NoReturn, TypeVar

from ._hello import ffi, lib

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from _cffi_backend import _CDataBase as CData

__all__ = [
    "ArgumentError",
    "LibraryError",
    "OutOfMemoryError",
    "PanicError",
    "abi_version",
    "check",
    "ffi",
    "lib",
    "status_name",
    "version",
]

# Before anything else is called: in another version of the ABI everything else may differ.
BUILT_FOR = lib.HELLO_ABI_VERSION
LOADED = lib.hello_abi_version()
if LOADED != BUILT_FOR:
    raise ImportError(
        f"{__package__} was built for ABI version {BUILT_FOR} of libhello, "
        f"but the library that was loaded has version {LOADED}"
    )

# Copies the text at a `char *`, up to its NUL. For other pointers it would return a str, which is
# why its own type says both.
bytes_at: Callable[[CData], bytes] = ffi.string  # type: ignore[assignment]


def abi_version() -> int:
    """Returns the version of the ABI, which the library and this package have in common."""
    return lib.hello_abi_version()


def version() -> str:
    """Returns the version of the library, such as ``0.1.0``."""
    return bytes_at(lib.hello_version()).decode()


# From a status to an exception.


class LibraryError(Exception):
    """The library could not do what it was asked to; ``str()`` is its message.

    ``status`` is the number by which programs tell failures apart. A subclass names the statuses
    that it stands for: ``class DomainError(LibraryError, statuses=[...])``. Those that no class
    names remain: a later version of the library has more.
    """

    _kinds: ClassVar[dict[int, type[LibraryError]]] = {}

    def __init_subclass__(cls, *, statuses: Iterable[int] = (), **more: Any) -> None:
        super().__init_subclass__(**more)
        cls._kinds.update(dict.fromkeys(statuses, cls))

    @staticmethod
    def kind_of(status: int) -> type[LibraryError]:
        """Returns the class that stands for ``status``."""
        return LibraryError._kinds.get(status, LibraryError)

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


class ArgumentError(
    LibraryError,
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


class OutOfMemoryError(
    LibraryError,
    MemoryError,
    statuses=[lib.HELLO_STATUS_OUT_OF_MEMORY],
):
    """There is not enough memory for the result."""


class PanicError(LibraryError, statuses=[lib.HELLO_STATUS_PANIC]):
    """The library has a bug and panicked. It may be called again."""


def check(status: int, **names: str) -> None:
    """Raises the exception for ``status``, which a function of ``lib`` has just returned.

    Call it on the same thread and before any other failing call: the message is the last one of
    the thread. For success it does nothing. ``names`` are the parameters that have another name in
    Python: with ``roots="out"``, the message says so.
    """
    if status == 0:
        return
    message = bytes_at(lib.hello_last_error()).decode()
    for in_c, in_python in names.items():
        message = message.replace(f"`{in_c}`", f"`{in_python}`")
    raise LibraryError.kind_of(status)(message, status)


def status_name(status: int) -> str:
    """Returns the name of a status, or ``unknown status`` for a number that is none.

    ``OverflowError``: the number does not fit into 32 bits.
    """
    return bytes_at(lib.hello_status_name(status)).decode()


# Python's text as C has it, and back.


def c_text(text: str) -> bytes:
    """Returns ``text`` as UTF-8. CFFI passes it as a ``const char *``: Python ends it by a NUL."""
    if not isinstance(text, str):
        raise TypeError(f"text has to be a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError("text cannot contain a NUL: C would take it for the end")
    return text.encode()


# A place for a text. CFFI would read a type that is given as text at each call.
new_text = partial(ffi.new, ffi.typeof("char **"))


def text_from(function: Callable[..., int], *arguments: bytes | float | CData) -> str:
    """Calls a function that makes a text, which it writes to its last parameter.

    The text is the library's memory. It is copied, and freed whatever happens meanwhile: Ctrl-C
    included, which can strike as soon as the library has returned.
    """
    text = new_text()
    try:
        status = function(*arguments, text)
        if status:
            check(status)
        return bytes_at(text[0]).decode()
    finally:
        lib.hello_string_free(text[0])


# Objects of the library that live on between calls, until they are closed.

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
