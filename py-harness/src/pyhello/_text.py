"""Text in, text out."""

from __future__ import annotations

from ._boundary import bytes_at, c_text, check, ffi, lib, new_text

__all__ = ["greet", "sentence"]


def greet(name: str) -> str:
    """Returns a greeting, such as ``Hello, Ada!``."""
    # As `text_from` does it. Written out, this call costs a tenth less.
    greeting = new_text()
    try:
        status = lib.hello_greet(c_text(name), greeting)
        if status:
            check(status)
        return bytes_at(greeting[0]).decode()
    finally:
        lib.hello_string_free(greeting[0])


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
