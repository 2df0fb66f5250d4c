"""Every kind of crossing, from Python: reads cases and prints the transcript.

    python crossings.py CASES
    python crossings.py CASES --rounds 1000 --canary

A line of the file CASES is a crossing and its arguments; below is the crossing's function. It uses
``pyhello`` as any program would, and the raw ``lib`` for what no program in Python does by mistake:
NULL, a count that is wrong, text that is no text. What the function returns are the results; a
failure is an exception, and ``run`` writes all of those alike.

``--rounds`` repeats everything and compares each repetition with the first. ``--canary`` also
counts the library's blocks of memory, which only its canary build can, and names the case that
leaves some behind.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import inspect
import os
import re
import sys
from array import array
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

import pyhello
import pyhello._hello
from pyhello import HelloError, ffi, lib

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CROSSINGS: dict[str, Callable[..., str]] = {}


def crossing(name: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Enters the function below it into the table."""

    def enter(function: Callable[..., str]) -> Callable[..., str]:
        CROSSINGS[name] = function
        return function

    return enter


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
    pyhello.check(lib.hello_greet(name, ffi.new("char **")))
    return NOT_REFUSED


@crossing("buffer")
def buffer(value: str, *words: str) -> str:
    """Text into memory of the caller's. `pyhello.sentence` does it, but chooses the capacity."""
    capacities = [count(word) for word in words if word != "NULL"]
    if len(capacities) != 1 and words != ("NULL",):
        raise CaseError("a capacity is wanted, or NULL, or both")
    capacity = sum(capacities)
    room = ffi.NULL if words[0] == "NULL" else ffi.new("char[]", capacity + 1)
    length = ffi.NULL if words[1:] == ("NULL",) else ffi.new("size_t *")

    status = lib.hello_sentence(double(value), room, capacity, length)

    if status == lib.HELLO_STATUS_BUFFER_TOO_SMALL:
        return f"{failure(status)} {length[0]}"
    pyhello.check(status)
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

SLICES = ("apart", "in-place", "overlap", "misaligned-values", "misaligned-roots")

RAW_SLICES: dict[str, Callable[[Any, Any, int], int]] = {
    "null-values": lambda values, roots, n: lib.hello_sqrt_all(ffi.NULL, roots, n),
    "null-roots": lambda values, roots, n: lib.hello_sqrt_all(values, ffi.NULL, n),
    "too-large": lambda values, roots, n: lib.hello_sqrt_all(values, roots, PTRDIFF_MAX // 8 + 1),
    "too-large-max": lambda values, roots, n: lib.hello_sqrt_all(values, roots, SIZE_MAX),
}


@crossing("handle")
def handle(words: str, names: str) -> str:
    """The library's own object lives as long as the `with`, and every failure leaves it intact."""
    results = []
    with new_greeter(text(words)) as greeter:
        results.append(ok())
        for name in texts(names):
            try:
                results.append(ok(quoted(greet_with(greeter, name))))
            except HelloError as problem:
                results.append(failed(problem))
        results.append(ok(greeter.count))
    return " ".join(results)


def new_greeter(words: Any) -> pyhello.Greeter:
    """`pyhello.Greeter`, and past it for what is no str."""
    if not isinstance(words, str):
        pyhello.check(lib.hello_greeter_new(words, ffi.new("HelloGreeter **")))
        words = NOT_REFUSED
    return pyhello.Greeter(words)


def greet_with(greeter: pyhello.Greeter, name: Any) -> str:
    """`Greeter.greet`, and past it for what is no str."""
    if isinstance(name, str):
        return greeter.greet(name)
    pyhello.check(lib.hello_greeter_greet(greeter.handle, name, ffi.new("char **")))
    return NOT_REFUSED


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


@crossing("status")
def status(number: str) -> str:
    """Any number may be asked for."""
    if not re.fullmatch(r"-?[0-9]{1,10}", number):
        raise CaseError(f"`{number}` is no status")
    return quoted(pyhello.status_name(int(number)))


@crossing("version")
def version() -> str:
    """What was loaded. Another ABI version, and `import pyhello` had failed."""
    return f"{pyhello.abi_version()} {quoted(pyhello.version())}"


# Arguments: from a word of the case. --------------------------------------------------------------


class CaseError(ValueError):
    """A line that is not as cases are."""


_NO_DOUBLE = "a double is 16 lower-case hexadecimal digits"


def double(word: str) -> float:
    """The double with these bits, 16 hexadecimal digits."""
    if len(word) != 16:
        raise CaseError(_NO_DOUBLE)
    return doubles(word)[0]


def doubles(word: str) -> array[float]:
    """A list of doubles."""
    if word != "-" and not re.fullmatch(r"[0-9a-f]{16}(,[0-9a-f]{16})*", word):
        raise CaseError(_NO_DOUBLE)
    numbers = array("d", bytes.fromhex("" if word == "-" else word.replace(",", "")))
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def c_text(word: str) -> Any:
    """A text as C has it: bytes, or NULL."""
    if word == "NULL":
        return ffi.NULL
    if not re.fullmatch(r"x([0-9a-f]{2})*", word):
        raise CaseError("a text is x and pairs of lower-case hexadecimal digits, or NULL")
    return bytes.fromhex(word[1:])


def text(word: str) -> Any:
    """A text as Python has it, a str. Without one for it, as C has it."""
    encoded = c_text(word)
    try:
        return encoded.decode() if isinstance(encoded, bytes) else encoded
    except UnicodeDecodeError:
        return encoded


def texts(word: str) -> list[Any]:
    """A list of texts."""
    return [] if word == "-" else [text(item) for item in word.split(",")]


def count(word: str) -> int:
    """A count, in decimal digits."""
    if not re.fullmatch(r"[0-9]{1,20}", word):
        raise CaseError(f"`{word}` is no count")
    return int(word)


def is_null(word: str | None) -> bool:
    """Whether a place for a result is NULL; of one that is not, a case says nothing."""
    if word not in (None, "NULL"):
        raise CaseError(f"`{word}` is not NULL")
    return word is not None


def c_doubles(numbers: Any) -> Any:
    """Where an array is, for C."""
    return ffi.from_buffer("double[]", numbers)


# Results: to words of the transcript. -------------------------------------------------------------

# What stands in a transcript if the library takes what it has to refuse.
NOT_REFUSED = "not refused"

_ESCAPED = [chr(byte) if 0x20 <= byte <= 0x7E else f"\\x{byte:02x}" for byte in range(256)]
_ESCAPED[ord('"')], _ESCAPED[ord("\\")] = r"\x22", r"\x5c"


def bits(number: float) -> str:
    """A double, so that equal words are equal bits."""
    packed = array("d", [number])
    if sys.byteorder == "little":
        packed.byteswap()
    return packed.tobytes().hex()


def quoted(text: str | bytes) -> str:
    """Text in quotes and in ASCII."""
    encoded = text.encode() if isinstance(text, str) else text
    return '"' + "".join([_ESCAPED[byte] for byte in encoded]) + '"'


def listed(items: Iterable[str]) -> str:
    """A list."""
    return ",".join(items) or "-"


def ok(*results: object) -> str:
    """A success with its results."""
    return " ".join([pyhello.status_name(lib.HELLO_STATUS_OK), *map(str, results)])


def failed(problem: HelloError) -> str:
    """A failure with its message."""
    return f"{problem.name} {quoted(str(problem))}"


def failure(status: int) -> str:
    """The failure that a function of `lib` has just returned."""
    try:
        pyhello.check(status)
    except HelloError as problem:
        return failed(problem)
    return ok()


# From cases to the transcript. --------------------------------------------------------------------


class Case(NamedTuple):
    """A line of the file."""

    number: int
    name: str
    words: list[str]


def main() -> int:
    """Returns the exit code: 1 for a round that differs or leaks, 2 for what cannot be run."""
    parser = argparse.ArgumentParser(description="Prints the transcript of a file of cases.")
    parser.add_argument("cases", type=Path, metavar="CASES")
    parser.add_argument("--rounds", type=int, help="how often (default: 1; with --canary: 2)")
    parser.add_argument("--canary", action="store_true", help="count the library's blocks")
    arguments = parser.parse_args()
    rounds = arguments.rounds or (2 if arguments.canary else 1)
    try:
        live_blocks = canary() if arguments.canary else lambda: 0
        cases = list(read(arguments.cases))
        transcript = []
        for case in cases:
            transcript.append(run(case))
            # Not `print`, which writes other ends of lines on other systems.
            sys.stdout.buffer.write(transcript[-1].encode("ascii"))
        complaint = repeat(cases, transcript, rounds - 1, live_blocks)
    except (CaseError, OSError) as problem:
        print(f"crossings.py: {problem}", file=sys.stderr)
        return 2
    if complaint:
        print(f"crossings.py: {complaint}", file=sys.stderr)
        return 1
    return 0


def read(path: Path) -> Iterator[Case]:
    """The cases of a file, each with a name and a number of arguments that exist."""
    with path.open(encoding="ascii", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            name, *words = line.rstrip("\n").split(" ")
            if name not in CROSSINGS:
                raise CaseError(f"line {number}: `{name}` is no crossing")
            try:
                inspect.signature(CROSSINGS[name]).bind(*words)
            except TypeError as problem:
                raise CaseError(f"line {number}: {name}: {problem}") from None
            yield Case(number, name, words)


def run(case: Case) -> str:
    """The line of the transcript for a case."""
    try:
        results = CROSSINGS[case.name](*case.words)
    except HelloError as problem:
        results = failed(problem)
    except CaseError as problem:
        raise CaseError(f"line {case.number}: {case.name}: {problem}") from None
    return f"{case.number} {case.name} {results}\n"


def repeat(
    cases: list[Case], transcript: list[str], rounds: int, live_blocks: Callable[[], int]
) -> str | None:
    """Runs all cases again and says what is not as in the first round, which was the warm-up."""
    with silence():
        gc.collect()
        baseline = live_blocks()
        for number in range(2, rounds + 2):
            for case, expected in zip(cases, transcript):
                where = f"line {case.number}: {case.name}: round {number}"
                result = run(case)
                if result != expected:
                    return f"{where} differs from the first\n  {expected}  {result}"
                if live_blocks() > baseline:
                    gc.collect()  # Perhaps Python has only not noticed yet.
                    left = live_blocks() - baseline
                    if left > 0:
                        return f"{where} leaves memory of the library's: {left} blocks"
    return None


@contextmanager
def silence() -> Iterator[None]:
    """What the library prints goes nowhere: the transcript is that of one round."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def canary() -> Callable[[], int]:
    """The function of the canary build that counts. No header has it: it is never shipped."""
    # Asked of the module, the system also looks in the library that the module was linked with, and
    # so in the very one that is in use.
    module = ctypes.CDLL(pyhello._hello.__file__)
    try:
        live_blocks = module.hello_canary_live_blocks
    except AttributeError:
        raise OSError("--canary: the library is not the canary build") from None
    live_blocks.restype = ctypes.c_size_t
    return lambda: int(live_blocks())


if __name__ == "__main__":
    sys.exit(main())
