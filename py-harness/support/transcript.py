# abi-python 0.1.0. `cargo xtask generate` writes this file; it is the same for every library.
"""From a file of cases to the transcript: for the harness of any library.

    python HARNESS CASES
    python HARNESS CASES --rounds 1000 --canary

A line of the file CASES is the name of a crossing and its arguments, separated by one space each.
The harness has a function for each name, entered by ``crossing``; it takes the arguments as they
stand there and returns the results, as they shall stand in the transcript. A failure is an
exception; ``Harness`` knows which, and how it is written. It also has what every library can be
asked: ``version`` and ``status``.

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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CROSSINGS: dict[str, Callable[..., str]] = {}


def crossing(name: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Enters the function below it into the table."""

    def enter(function: Callable[..., str]) -> Callable[..., str]:
        CROSSINGS[name] = function
        return function

    return enter


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


def encoded(word: str) -> bytes | None:
    """A text as C has it: bytes, or None for NULL."""
    if word == "NULL":
        return None
    if not re.fullmatch(r"x([0-9a-f]{2})*", word):
        raise CaseError("a text is x and pairs of lower-case hexadecimal digits, or NULL")
    return bytes.fromhex(word[1:])


def count(word: str) -> int:
    """A count, in decimal digits."""
    if not re.fullmatch(r"[0-9]{1,20}", word):
        raise CaseError(f"`{word}` is no count")
    return int(word)


def is_null(word: str | None) -> bool:
    """Whether a pointer for a result is NULL; of one that is not, a case says nothing."""
    if word not in (None, "NULL"):
        raise CaseError(f"`{word}` is not NULL")
    return word is not None


# Results: to words of the transcript. -------------------------------------------------------------

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
    utf8 = text.encode() if isinstance(text, str) else text
    return '"' + "".join([_ESCAPED[byte] for byte in utf8]) + '"'


def listed(items: Iterable[str]) -> str:
    """A list."""
    return ",".join(items) or "-"


# From cases to the transcript. --------------------------------------------------------------------


class Case(NamedTuple):
    """A line of the file."""

    number: int
    name: str
    words: list[str]


class Harness(NamedTuple):
    """What is the library's own."""

    #: Its package.
    package: Any
    #: A failure of the library.
    error: type[Exception]
    #: The file of the module that is linked with the library, and the function of the canary build
    #: that counts blocks. No header has it: it is never shipped.
    module: str
    live_blocks: str

    def ok(self, *results: object) -> str:
        """A success with its results."""
        return " ".join([self.package.status_name(0), *map(str, results)])

    def c_text(self, word: str) -> Any:
        """A text as C has it: bytes, or NULL."""
        utf8 = encoded(word)
        return self.package.ffi.NULL if utf8 is None else utf8

    def text(self, word: str) -> Any:
        """A text as Python has it, a str. Without one for it, as C has it."""
        utf8 = self.c_text(word)
        try:
            return utf8.decode() if isinstance(utf8, bytes) else utf8
        except UnicodeDecodeError:
            return utf8

    def status(self, number: str) -> str:
        """Any number may be asked for."""
        if not re.fullmatch(r"-?[0-9]{1,10}", number):
            raise CaseError(f"`{number}` is no status")
        return quoted(self.package.status_name(int(number)))

    def version(self) -> str:
        """What was loaded. Another ABI version, and the package could not have been imported."""
        return f"{self.package.abi_version()} {quoted(self.package.version())}"

    def main(self) -> int:
        """Returns the exit code: 1 for a round that differs or leaks, 2 for what cannot be run."""
        CROSSINGS.update(status=self.status, version=self.version)
        parser = argparse.ArgumentParser(description="Prints the transcript of a file of cases.")
        parser.add_argument("cases", type=Path, metavar="CASES")
        parser.add_argument("--rounds", type=int, help="how often (default: 1; with --canary: 2)")
        parser.add_argument("--canary", action="store_true", help="count the library's blocks")
        arguments = parser.parse_args()
        rounds = arguments.rounds or (2 if arguments.canary else 1)
        try:
            live_blocks = self.canary() if arguments.canary else lambda: 0
            cases = list(read(arguments.cases))
            transcript = []
            for case in cases:
                transcript.append(self.run(case))
                # Not `print`, which writes other ends of lines on other systems.
                sys.stdout.buffer.write(transcript[-1].encode("ascii"))
            complaint = self.repeat(cases, transcript, rounds - 1, live_blocks)
        except (CaseError, OSError) as problem:
            print(f"{parser.prog}: {problem}", file=sys.stderr)
            return 2
        if complaint:
            print(f"{parser.prog}: {complaint}", file=sys.stderr)
            return 1
        return 0

    def run(self, case: Case) -> str:
        """The line of the transcript for a case."""
        try:
            results = CROSSINGS[case.name](*case.words)
        except self.error as problem:
            results = failed(problem)
        except CaseError as problem:
            raise CaseError(f"line {case.number}: {case.name}: {problem}") from None
        return f"{case.number} {case.name} {results}\n"

    def repeat(
        self,
        cases: list[Case],
        transcript: list[str],
        rounds: int,
        live_blocks: Callable[[], int],
    ) -> str | None:
        """Runs all cases again and says what is not as in the first round, which was the warm-up.

        A round that differs, or that leaves blocks of the library's, ends it.
        """
        with silence():
            gc.collect()
            baseline = live_blocks()
            for number in range(2, rounds + 2):
                for case, expected in zip(cases, transcript):
                    where = f"line {case.number}: {case.name}: round {number}"
                    result = self.run(case)
                    if result != expected:
                        return f"{where} differs from the first\n  {expected}  {result}"
                    if live_blocks() > baseline:
                        gc.collect()  # Perhaps Python has only not noticed yet.
                        left = live_blocks() - baseline
                        if left > 0:
                            blocks = "1 block" if left == 1 else f"{left} blocks"
                            return f"{where} leaves memory of the library's: {blocks}"
        return None

    def canary(self) -> Callable[[], int]:
        """The function of the canary build that counts."""
        # Asked of the module, the system also looks in the library that the module was linked with,
        # and so in the very one that is in use.
        try:
            live_blocks = getattr(ctypes.CDLL(self.module), self.live_blocks)
        except AttributeError:
            raise OSError("--canary: the library is not the canary build") from None
        live_blocks.restype = ctypes.c_size_t
        return lambda: int(live_blocks())


def failed(problem: Any) -> str:
    """A failure of the library, which has the name of its status, and its message."""
    return f"{problem.name} {quoted(str(problem))}"


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
