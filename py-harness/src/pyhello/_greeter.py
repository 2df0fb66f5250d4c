"""An object of the library that lives on between calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._boundary import Owner, c_text, check, ffi, lib, places, text_from

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

__all__ = ["Greeter"]

_new_place = places(lib.python_hello_greeter_free)


class Greeter(Owner[Any]):
    """Greets with words of its own and counts its greetings.

    ::

        with Greeter("Good morning") as greeter:
            greeter.greet("Ada")  # 'Good morning, Ada!'

    Its memory is the library's. It is freed once: by ``close``, at the end of the ``with``, or when
    nothing refers to the greeter any more. Several threads may use one at once, and close it, too:
    a call that is under way ends well. After ``fork`` the child has a greeter of its own.
    """

    __slots__ = ()

    def __init__(self, words: str) -> None:
        """Makes a greeter that says ``words`` and has not greeted yet."""
        place = _new_place()
        # The handle is all there is in a place, so that both have one address.
        check(lib.hello_greeter_new(c_text(words), ffi.cast("HelloGreeter **", place)))
        super().__init__(place)

    def greet(self, name: str) -> str:
        """Returns a greeting, and counts it. ``ValueError``: the greeter is closed."""
        place = self._get()  # Held until the call returns: a thread may close it meanwhile.
        return text_from(lib.hello_greeter_greet, place.handle, c_text(name))

    @property
    def count(self) -> int:
        """How many greetings it has made, for all threads. ``ValueError``: it is closed."""
        place, count = self._get(), ffi.new("uint64_t *")
        check(lib.hello_greeter_count(place.handle, count))
        result: int = count[0]
        return result

    @property
    def handle(self) -> CData:
        """The raw ``HelloGreeter *``, for functions of ``lib``. ``ValueError``: it is closed.

        It keeps nothing alive: it is good until the greeter is closed, or nothing refers to that.
        Never free it.
        """
        handle: CData = self._get().handle
        return handle
