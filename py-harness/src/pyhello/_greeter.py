"""Something of the library's that lives on between calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._abi import ffi, lib
from ._errors import check
from ._owner import Owner
from ._strings import c_text, text_from

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

__all__ = ["Greeter"]


class Greeter(Owner["CData"]):
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
        greeter = ffi.new("HelloGreeter **")
        check(lib.hello_greeter_new(c_text(words), greeter))
        super().__init__(ffi.gc(greeter[0], lib.hello_greeter_free))

    def greet(self, name: str) -> str:
        """Returns a greeting, and counts it. ``ValueError``: the greeter is closed."""
        return text_from(lib.hello_greeter_greet, self.handle, c_text(name))

    @property
    def count(self) -> int:
        """How many greetings it has made, for all threads. ``ValueError``: it is closed."""
        count = ffi.new("uint64_t *")
        check(lib.hello_greeter_count(self.handle, count))
        result: int = count[0]
        return result

    @property
    def handle(self) -> CData:
        """The raw ``HelloGreeter *``, for functions of ``lib``. ``ValueError``: it is closed.

        Whoever holds it keeps the memory, also after ``close``. Never free it.
        """
        return self._get()
