"""The harness of Python: a function for each crossing, which makes the call that a case asks for.

    python crossings.py CASES

It uses ``pyacme`` as any program would, and the raw ``lib`` for what no program in Python does by
mistake. What a function returns are the results; a failure is an exception. The rest is in
``support/transcript.py``.
"""

from __future__ import annotations

import sys
from typing import Any, Callable

import pyacme
from pyacme import LibraryError, _acme, ffi, lib
from support.transcript import (
    Harness,
    bits,
    count,
    crossing,
    double,
    doubles,
    failed,
    is_null,
    quoted,
)

HARNESS = Harness(
    pyacme,
    LibraryError,
    _acme.__file__,
    "acme_canary_live_blocks",
)
ok, text, c_text = HARNESS.ok, HARNESS.text, HARNESS.c_text


@crossing("distance")
def distance(a: str, b: str, distance: str | None = None) -> str:
    """A str is lent to the library as UTF-8."""
    first, second = text(a), text(b)
    if isinstance(first, str) and isinstance(second, str) and not is_null(distance):
        return ok(pyacme.edit_distance(first, second))
    # One is no str, or there is no place: past `pyacme`.
    place = ffi.NULL if is_null(distance) else ffi.new("size_t *")
    pyacme.check(lib.acme_edit_distance(c_text(a), c_text(b), place))
    return "not refused"


@crossing("words")
def words(word: str, stop: str, visitor: str | None = None) -> str:
    """A word is a str of its own; the library's is gone."""
    seen: list[str] = []

    def visit(word: str) -> bool:
        seen.append(quoted(word))
        return len(seen) != count(stop)

    what = text(word)
    if isinstance(what, str) and not is_null(visitor):
        pyacme.each_word(what, visit)
        return " ".join([*seen, ok()])
    # It is no str, or has no visitor: past `pyacme`.
    in_python = ffi.NULL if is_null(visitor) else lib.python_AcmeWordVisitor
    pyacme.check(lib.acme_each_word(c_text(word), in_python, ffi.NULL))
    return "not refused"


@crossing("histogram")
def histogram(percentile: str, stop: str, values: str) -> str:
    """The library's own object lives as long as the `with`."""
    visited: list[float] = []

    def visit(value: float) -> bool:
        visited.append(value)
        return len(visited) != count(stop)

    with pyacme.Histogram() as new:

        def add(value: float) -> Callable[[], None]:
            return lambda: new.add(value)

        def summary() -> str:
            found = new.summary()
            numbers = [found.least, found.greatest, found.mean, found.range]
            return ok(*map(bits, numbers), found.count)

        def each() -> str:
            new.each(visit)
            return ok(len(visited))

        calls: list[Callable[[], str | None]] = [add(value) for value in doubles(values)]
        calls += [lambda: ok(bits(new.percentile(double(percentile)))), summary]
        calls += [lambda: " ".join(map(bits, new.extent())), each]
        return " ".join(filter(None, map(answer, calls)))


def answer(call: Callable[[], str | None]) -> str:
    """What a call returns, or how it failed."""
    try:
        return call() or ""
    except LibraryError as problem:
        return failed(problem)


@crossing("null")
def null(what: str) -> str:
    """NULL in each place."""
    if what == "free":
        lib.acme_histogram_free(ffi.NULL)
        lib.acme_string_free(ffi.NULL)
        return "void"
    if what == "extent":
        extent: Any = lib.acme_histogram_extent(ffi.NULL)
        message = ffi.string(lib.acme_last_error())
        return f"{bits(extent.least)} {bits(extent.greatest)} {quoted(message)}"
    visitor = lib.python_AcmeVisitor
    with pyacme.Histogram() as new:
        calls = {
            "new": lambda: lib.acme_histogram_new(ffi.NULL),
            "add": lambda: lib.acme_histogram_add(ffi.NULL, 1),
            "percentile": lambda: lib.acme_histogram_percentile(ffi.NULL, 50, ffi.new("double *")),
            "percentile-value": lambda: lib.acme_histogram_percentile(new.handle, 50, ffi.NULL),
            "summary": lambda: lib.acme_histogram_summary(ffi.NULL, ffi.new("AcmeSummary *")),
            "summary-summary": lambda: lib.acme_histogram_summary(new.handle, ffi.NULL),
            "each": lambda: lib.acme_histogram_each(ffi.NULL, visitor, ffi.NULL),
            "each-visitor": lambda: lib.acme_histogram_each(new.handle, ffi.NULL, ffi.NULL),
        }
        pyacme.check(calls[what]())
    return ok()


if __name__ == "__main__":
    sys.exit(HARNESS.main())
