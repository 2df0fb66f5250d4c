"""Something of the library's that lives on between calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyhello._abi import bytes_at, ffi, lib
from pyhello._errors import check
from pyhello._text import TEXT_PLACE, c_text

if TYPE_CHECKING:
    from types import TracebackType

    from _cffi_backend import _CDataBase as CData


class Greeter:
    """Greets with words of its own and counts its greetings.

    ::

        with Greeter("Good morning") as greeter:
            greeter.greet("Ada")  # 'Good morning, Ada!'

    Its memory is the library's. It is freed once: by ``close``, at the end of the ``with``, or when
    nothing refers to the greeter any more. Several threads may use one at once, and close it, too:
    a call that is under way ends well. After ``fork`` the child has a greeter of its own.
    """

    __slots__ = ("__weakref__", "_handle")

    def __init__(self, words: str) -> None:
        """Makes a greeter that says ``words`` and has not greeted yet."""
        place = ffi.new("HelloGreeter **")
        check(lib.hello_greeter_new(c_text(words), place))
        # Freed with the last reference to the handle, and a call under way holds one: `close` on
        # another thread cannot free what that call still uses.
        self._handle: CData | None = ffi.gc(place[0], lib.hello_greeter_free)

    def greet(self, name: str) -> str:
        """Returns a greeting, and counts it. ``ValueError``: the greeter is closed."""
        greeting = ffi.new(TEXT_PLACE)
        try:
            check(lib.hello_greeter_greet(self.handle, c_text(name), greeting))
            return bytes_at(greeting[0]).decode()
        finally:
            lib.hello_string_free(greeting[0])

    @property
    def count(self) -> int:
        """How many greetings it has made, for all threads. ``ValueError``: it is closed."""
        place = ffi.new("uint64_t *")
        check(lib.hello_greeter_count(self.handle, place))
        result: int = place[0]
        return result

    def close(self) -> None:
        """Frees the greeter. Closing it again does nothing; using it is a ``ValueError``."""
        self._handle = None

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._handle is None

    @property
    def handle(self) -> CData:
        """The raw ``HelloGreeter *``, for functions of ``lib``. ``ValueError``: it is closed.

        Whoever holds it keeps the memory, also after ``close``. Never free it.
        """
        handle = self._handle
        if handle is None:
            raise ValueError("the greeter is closed")
        return handle

    def __enter__(self) -> Greeter:
        if self.closed:
            raise ValueError("the greeter is closed")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<pyhello.Greeter, {'closed' if self.closed else 'open'}>"
