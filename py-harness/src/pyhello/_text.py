"""Text in, text out."""

from __future__ import annotations

from pyhello._abi import bytes_at, ffi, lib
from pyhello._errors import check

# Looked up once, C's types above all: CFFI reads what is given as text at each call.
TEXT_PLACE = ffi.typeof("char **")
_LENGTH_PLACE = ffi.typeof("size_t *")
_ROOM = ffi.typeof("char[]")
_new = ffi.new


def c_text(text: str) -> bytes:
    """Returns ``text`` as UTF-8. CFFI passes it as a ``const char *``: Python ends it by a NUL."""
    if not isinstance(text, str):
        raise TypeError(f"text has to be a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError("text for libhello cannot contain a NUL: C would take it for the end")
    return text.encode()


def greet(name: str) -> str:
    """Returns a greeting, such as ``Hello, Ada!``."""
    greeting = _new(TEXT_PLACE)
    # Freed at once and by hand: `ffi.gc` would cost more than all the rest. NULL may be freed.
    try:
        status = lib.hello_greet(c_text(name), greeting)
        if status:
            check(status)
        return bytes_at(greeting[0]).decode()
    finally:
        lib.hello_string_free(greeting[0])


def sentence(value: float) -> str:
    """Returns the sentence that ``print_sentence`` prints, without its newline."""
    # Room for most, so that one call is enough. The longest has more than 1000 characters.
    length = ffi.new(_LENGTH_PLACE)
    room = ffi.new(_ROOM, 80)
    status = lib.hello_sentence(value, room, len(room), length)
    if status == lib.HELLO_STATUS_BUFFER_TOO_SMALL:
        room = ffi.new(_ROOM, length[0] + 1)
        status = lib.hello_sentence(value, room, len(room), length)
    check(status)
    return bytes_at(room).decode()
