"""Every kind of crossing, from Python: reads cases and prints the transcript.

    python crossings.py CASES
    python crossings.py CASES --rounds 1000 --canary

A line of the file CASES is a crossing and its arguments; below is the crossing's function. It uses
``pyhello`` as any program would, and the raw ``lib`` for what no program in Python does by mistake:
NULL, a count that is wrong, text that is no text. What the function returns are the results; a
failure is an exception. ``support/transcript.py`` does the rest.
"""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any, Callable

import pyhello
import pyhello._hello
from pyhello import HelloError, ffi, lib
from support.transcript import (
    CaseError,
    Harness,
    bits,
    count,
    crossing,
    double,
    doubles,
    failed,
    is_null,
    listed,
    quoted,
)

if TYPE_CHECKING:
    from array import array

HARNESS = Harness(pyhello, HelloError, pyhello._hello.__file__, "hello_canary_live_blocks")
ok, text, c_text = HARNESS.ok, HARNESS.text, HARNESS.c_text

# What stands in a transcript if the library takes what it has to refuse.
NOT_REFUSED = "not refused"


def refused(function: Callable[..., int], result: str, *arguments: Any) -> str:
    """Calls a function with arguments that are no str: past ``pyhello``, which takes none."""
    pyhello.check(function(*arguments, ffi.new(result)))
    return NOT_REFUSED


@crossing("nothing")
def nothing(value: str | None = None) -> str:
    """No argument and no result, but a line on standard output."""
    if value is None:
        pyhello.hello()
        return "void"
    pyhello.print_sentence(double(value))
    return ok()


@crossing("scalar")
def scalar(value: str) -> str:
    """A float is a C double: it crosses as it is, NaN and all."""
    return bits(pyhello.sqrt(double(value)))


@crossing("struct")
def struct(value: str) -> str:
    """A struct, by value. In Python it is a named tuple."""
    found = pyhello.root(double(value))
    return f"{bits(found.value)} {bits(found.root)} {'true' if found.exact else 'false'}"


@crossing("error")
def error(value: str, root: str | None = None) -> str:
    """A status and a message. In Python they are an exception."""
    if is_null(root):
        pyhello.check(lib.hello_checked_sqrt(double(value), ffi.NULL))
        return ok()
    return ok(bits(pyhello.checked_sqrt(double(value))))


@crossing("text-in")
def text_in(name: str, greeting: str | None = None) -> str:
    """A str is lent to the library as UTF-8, until the call returns."""
    if is_null(greeting):
        pyhello.check(lib.hello_greet(c_text(name), ffi.NULL))
        return ok()
    return ok(len(greet(text(name)).encode()))


@crossing("text-out")
def text_out(name: str) -> str:
    """The library allocates the greeting and so frees it. To the caller it is a str like others."""
    return ok(quoted(greet(text(name))))


def greet(name: Any) -> str:
    """`pyhello.greet`, and past it for what is no str."""
    if isinstance(name, str):
        return pyhello.greet(name)
    return refused(lib.hello_greet, "char **", name)


@crossing("buffer")
def buffer(value: str, *words: str) -> str:
    """Text into memory of the caller's. `pyhello.sentence` does it, but chooses the capacity."""
    capacities = [count(word) for word in words if word != "NULL"]
    if len(capacities) != 1 and words != ("NULL",):
        raise CaseError("a capacity, or NULL, or both are needed")
    capacity = sum(capacities)
    room = ffi.NULL if words[0] == "NULL" else ffi.new("char[]", capacity + 1)
    length = ffi.NULL if words[1:] == ("NULL",) else ffi.new("size_t *")

    try:
        pyhello.check(lib.hello_sentence(double(value), room, capacity, length))
    except HelloError as problem:
        if problem.status == lib.HELLO_STATUS_BUFFER_TOO_SMALL:
            return f"{failed(problem)} {length[0]}"
        raise
    if room == ffi.NULL:
        return ok(length[0])
    return ok(length[0], quoted(ffi.buffer(room, length[0])[:]))


@crossing("slice")
def slice_(mode: str, values: str) -> str:
    """Arrays are used where they are: here, in memory of a bytearray."""
    source, roots = arrays(mode, doubles(values))
    before = bytes(roots)
    try:
        if mode in RAW_SLICES:
            pyhello.check(RAW_SLICES[mode](c_doubles(source), c_doubles(roots), len(source)))
        else:
            pyhello.sqrt_all(source, out=roots)
    except HelloError as problem:
        return f"{failed(problem)} {'untouched' if bytes(roots) == before else 'touched'}"
    return ok(listed(map(bits, roots)))


def arrays(mode: str, values: array[float]) -> tuple[Any, Any]:
    """Two arrays of doubles that lie as the mode says. The first one has the values."""
    if mode not in SLICES and mode not in RAW_SLICES:
        raise CaseError(f"`{mode}` is no mode")
    size = values.itemsize * len(values)
    # Room for one more, so that an array can begin an element or a byte later. Python's own memory
    # is aligned.
    memory, apart = bytearray(size + values.itemsize), bytearray(size + values.itemsize)
    start = 1 if mode == "misaligned-values" else 0
    memory[start : start + size] = values.tobytes()
    doubles_at = (ctypes.c_double * len(values)).from_buffer
    source = doubles_at(memory, start)
    if mode == "in-place":
        return source, source
    if mode == "overlap":
        return source, doubles_at(memory, values.itemsize)
    return source, doubles_at(apart, 1 if mode == "misaligned-roots" else 0)


PTRDIFF_MAX = sys.maxsize
SIZE_MAX = 2 * sys.maxsize + 1

SLICES = ("apart", "in-place", "misaligned-values")

RAW_SLICES: dict[str, Callable[[Any, Any, int], int]] = {
    # pyhello's own message names the parameter `out`.
    "overlap": lib.hello_sqrt_all,
    "misaligned-roots": lib.hello_sqrt_all,
    "null-values": lambda values, roots, n: lib.hello_sqrt_all(ffi.NULL, roots, n),
    "null-roots": lambda values, roots, n: lib.hello_sqrt_all(values, ffi.NULL, n),
    "too-large": lambda values, roots, n: lib.hello_sqrt_all(values, roots, PTRDIFF_MAX // 8 + 1),
    "too-large-max": lambda values, roots, n: lib.hello_sqrt_all(values, roots, SIZE_MAX),
}


@crossing("handle")
def handle(words: str, names: str) -> str:
    """The library's own object lives as long as the `with`, and every failure leaves it intact."""
    greeting = text(words)
    if not isinstance(greeting, str):
        return refused(lib.hello_greeter_new, "HelloGreeter **", greeting)
    with pyhello.Greeter(greeting) as greeter:
        results = [ok()]
        for name in texts(names):
            try:
                results.append(ok(quoted(greet_with(greeter, name))))
            except HelloError as problem:
                results.append(failed(problem))
        results.append(ok(greeter.count))
    return " ".join(results)


def greet_with(greeter: pyhello.Greeter, name: Any) -> str:
    """`Greeter.greet`, and past it for what is no str."""
    if isinstance(name, str):
        return greeter.greet(name)
    return refused(lib.hello_greeter_greet, "char **", greeter.handle, name)


@crossing("handle-null")
def handle_null(function: str) -> str:
    """One pointer is NULL, the others are not."""
    null, text, number = ffi.NULL, ffi.new("char **"), ffi.new("uint64_t *")
    if function == "free":
        lib.hello_greeter_free(null)
        lib.hello_string_free(null)
        return "void"
    with pyhello.Greeter("Hi") as greeter:
        calls: dict[str, Callable[[], int]] = {
            "greet-greeter": lambda: lib.hello_greeter_greet(null, b"x", text),
            "greet-greeting": lambda: lib.hello_greeter_greet(greeter.handle, b"x", null),
            "count-greeter": lambda: lib.hello_greeter_count(null, number),
            "count-count": lambda: lib.hello_greeter_count(greeter.handle, null),
            "new-greeter": lambda: lib.hello_greeter_new(b"Hi", null),
        }
        if function not in calls:
            raise CaseError(f"`{function}` is no function")
        pyhello.check(calls[function]())
    return ok()


@crossing("callback")
def callback(stop: str, values: str) -> str:
    """Rust calls a function of Python's, until that returns False."""
    numbers = doubles(values)
    if stop == "NULL":
        pyhello.check(lib.hello_each_root(c_doubles(numbers), len(numbers), ffi.NULL, ffi.NULL))
        return ok()
    last = count(stop)
    visits: list[str] = []

    def visitor(value: float, root: float) -> bool:
        visits.append(f"{bits(value)}:{bits(root)}")
        return len(visits) != last

    pyhello.each_root(numbers, visitor)
    return ok(listed(visits))


@crossing("callback-null")
def callback_null(values: str) -> str:
    """No values, but a count of them."""
    visitor = lib.python_HelloVisitor
    pyhello.check(lib.hello_each_root(ffi.NULL, len(doubles(values)), visitor, ffi.NULL))
    return ok("-")


@crossing("callback-again")
def callback_again(name: str, values: str) -> str:
    """Rust calls Python, which calls Rust."""
    greetings: list[str] = []

    def visitor(value: float, root: float) -> None:
        try:
            greetings.append(quoted(greet(text(name))))
        except HelloError as problem:
            greetings.append(failed(problem))

    pyhello.each_root(doubles(values), visitor)
    return ok(" ".join(greetings) or "-")


@crossing("panic")
def panic(message: str) -> str:
    """A panic in Rust is an exception in Python, and both go on."""
    what = text(message)
    if isinstance(what, str):
        pyhello.panic(what)
    pyhello.check(lib.hello_panic(what))
    return ok()


def texts(word: str) -> list[Any]:
    """A list of texts."""
    return [] if word == "-" else [text(item) for item in word.split(",")]


def c_doubles(numbers: Any) -> Any:
    """Where an array is, for C."""
    return ffi.from_buffer("double[]", numbers)


if __name__ == "__main__":
    sys.exit(HARNESS.main())
