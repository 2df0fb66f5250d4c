"""Text in, text out."""

from __future__ import annotations

from pyhello._abi import bytes_at, ffi, lib
from pyhello._errors import check

# Looked up once: what stands around a call costs as much as the call. C's types above all: CFFI
# reads what is given as text each time.
TEXT_PLACE = ffi.typeof("char **")
_LENGTH_PLACE = ffi.typeof("size_t *")
_ROOM = ffi.typeof("char[]")
_new = ffi.new
_greet = lib.hello_greet
_free = lib.hello_string_free


def c_text(text: str) -> bytes:
    """Returns ``text`` as UTF-8. CFFI passes it as a ``const char *``: Python ends it by a NUL."""
    if not isinstance(text, str):
        raise TypeError(f"text has to be a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError("text for libhello cannot contain a NUL: C would take it for the end")
    return text.encode()


# Places for a result that no call uses at the moment. To take one and to put it back is safe with
# threads, and cheaper than to make one.
_places = [_new(TEXT_PLACE)]


def greet(name: str) -> str:
    """Returns a greeting, such as ``Hello, Ada!``."""
    # `c_text` in line, as long as nothing is wrong.
    utf8 = name.encode() if type(name) is str and "\0" not in name else c_text(name)
    try:
        place = _places.pop()
    except IndexError:
        place = _new(TEXT_PLACE)
    status = _greet(utf8, place)
    if status:
        check(status)
    greeting = place[0]
    _places.append(place)
    # Freed at once and by hand: `ffi.gc` would cost more than all the rest.
    try:
        return bytes_at(greeting).decode()
    finally:
        _free(greeting)


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
