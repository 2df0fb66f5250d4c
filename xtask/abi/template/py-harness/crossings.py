"""The harness of Python: a function for each crossing, which makes the call that a case asks for.

    python crossings.py CASES

It uses ``pyacme`` as any program would, and past it the raw ``lib``, for what
no program does by mistake. What a function returns are the results; a failure is an exception. The
rest is in ``support/transcript.py``.
"""

from __future__ import annotations

import sys

import pyacme
from pyacme import LibraryError, _acme, check, ffi, lib
from support.transcript import Harness, bits, crossing, double, doubles, is_null, quoted

HARNESS = Harness(
    pyacme,
    LibraryError,
    _acme.__file__,
    "acme_canary_live_blocks",
)
ok, text, c_text = HARNESS.ok, HARNESS.text, HARNESS.c_text


@crossing("fahrenheit")
def fahrenheit(celsius: str) -> str:
    """A float is a C double."""
    return bits(pyacme.fahrenheit(double(celsius)))


@crossing("divide")
def divide(dividend: str, divisor: str, quotient: str | None = None) -> str:
    """A status and a message. In Python they are an exception."""
    numbers = double(dividend), double(divisor)
    if is_null(quotient):
        check(lib.acme_divide(*numbers, ffi.NULL))
    return ok(bits(pyacme.divide(*numbers)))


@crossing("reverse")
def reverse(word: str, reversed_: str | None = None) -> str:
    """A str is lent to the library as UTF-8, and the library's text becomes a str."""
    what = text(word)
    if isinstance(what, str) and not is_null(reversed_):
        return ok(quoted(pyacme.reverse(what)))
    # It is no str, or has no place: past `pyacme`.
    place = ffi.NULL if is_null(reversed_) else ffi.new("char **")
    check(lib.acme_reverse(c_text(word), place))
    return "not refused"


@crossing("total")
def total(values: str) -> str:
    """The library's own object lives as long as the `with`."""
    with pyacme.Total() as new:
        for value in doubles(values):
            new.add(value)
        return ok(bits(new.sum))


@crossing("total-null")
def total_null(what: str) -> str:
    """NULL in each place."""
    if what == "free":
        lib.acme_total_free(ffi.NULL)
        lib.acme_string_free(ffi.NULL)
        return "void"
    with pyacme.Total() as new:
        calls = {
            "new": lambda: lib.acme_total_new(ffi.NULL),
            "add": lambda: lib.acme_total_add(ffi.NULL, 1),
            "sum": lambda: lib.acme_total_sum(ffi.NULL, ffi.new("double *")),
            "sum-sum": lambda: lib.acme_total_sum(new.handle, ffi.NULL),
        }
        check(calls[what]())
    return ok()


if __name__ == "__main__":
    sys.exit(HARNESS.main())
