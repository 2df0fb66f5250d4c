"""Text in, text out."""

from __future__ import annotations

from ._boundary import bytes_at, c_text, check, ffi, lib, text_from

__all__ = ["greet", "sentence"]


def greet(name: str) -> str:
    """Returns a greeting, such as ``Hello, Ada!``."""
    return text_from(lib.hello_greet, c_text(name))


def sentence(value: float) -> str:
    """Returns the sentence that ``print_sentence`` prints, without its newline."""
    # Enough for most, so that one call does. The longest has more than 1000 characters.
    capacity = 80
    length = ffi.new("size_t *")
    while True:
        buffer = ffi.new("char[]", capacity)
        status = lib.hello_sentence(value, buffer, capacity, length)
        if status != lib.HELLO_STATUS_BUFFER_TOO_SMALL:
            check(status)
            return bytes_at(buffer).decode()
        capacity = length[0] + 1
