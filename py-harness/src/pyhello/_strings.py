"""Python's text as C has it, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ._abi import bytes_at, ffi
from ._errors import check
from ._names import LIBRARY, c_string_free

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData


def c_text(text: str) -> bytes:
    """Returns ``text`` as UTF-8. CFFI passes it as a ``const char *``: Python ends it by a NUL."""
    if not isinstance(text, str):
        raise TypeError(f"text has to be a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError(f"text for {LIBRARY} cannot contain a NUL: C would take it for the end")
    return text.encode()


def text_from(function: Callable[..., int], *arguments: bytes | CData) -> str:
    """Calls a function that makes a text, which it writes to its last parameter.

    The text is the library's memory. It is copied, and freed whatever happens meanwhile: Ctrl-C
    included, which can strike as soon as the library has returned.
    """
    text = ffi.new("char **")
    try:
        check(function(*arguments, text))
        return bytes_at(text[0]).decode()
    finally:
        c_string_free(text[0])
