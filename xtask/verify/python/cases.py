"""Makes the calls of a file through CFFI and writes down what each did, as ``c/cases.c`` does in C.

    python cases.py MODULE CALLS [--rounds N] [--canary FUNCTION]

That file has the form of the calls and of what is written down. The types are those that CFFI has
in the ``lib`` and ``ffi`` of the module.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib
import os
import re
import struct
import sys
from pathlib import Path
from typing import Any, Callable, NamedTuple

FILL = b"\x55"
UNTOUCHED = int.from_bytes(FILL * struct.calcsize("P"), sys.byteorder)
GUARD = 64


def settled(now: bytes, before: bytes, padding: str) -> bytes:
    """What is there now, but in the padding, which has no value, what was there before."""
    element, *holes = map(int, padding.split(":")) if padding else (0,)
    if not element:
        return now
    result = bytearray(now)
    for start in range(0, len(now), element):
        for offset, size in zip(holes[::2], holes[1::2]):
            hole = slice(start + offset, start + offset + size)
            result[hole] = before[hole]
    return bytes(result)


class Call(NamedTuple):
    """A line of the file."""

    label: str
    function: str
    tokens: list[str]


class Driver:
    """The calls, and the module that they go through."""

    def __init__(self, module: Any, path: str) -> None:
        self.ffi, self.lib = module.ffi, module.lib
        text = Path(path).read_text(encoding="ascii")
        (cells, last_error, *callbacks), *lines = map(str.split, text.splitlines())
        self.calls = [Call(label, function, tokens) for label, function, *tokens in lines]
        #: Of each callback: the results that go on and stop, and the parameter that is its context.
        self.callbacks = [tuple(map(int, callback.split(":"))) for callback in callbacks]
        self.cells = self.ffi.new("void *[]", int(cells) + 1)
        self.last_error = getattr(self.lib, last_error, lambda: self.ffi.new("char[]", b""))

    def bytes_of(self, kind: Any, value: Any, padding: str) -> str:
        """A value in hexadecimal digits."""
        if kind.kind == "struct":
            now = self.ffi.buffer(self.ffi.addressof(value))[:]
        else:
            # Held until it is read: PyPy frees it earlier than CPython.
            cell = self.ffi.new(f"{kind.cname} *", value)
            now = self.ffi.buffer(cell)[:]
        return settled(now, bytes(len(now)), padding).hex()

    def text(self, pointer: Any) -> str:
        """What a pointer to a text points to."""
        return "n" if pointer == self.ffi.NULL else "t" + self.ffi.string(pointer).hex()

    def free(self, function: str, pointer: Any) -> None:
        """Gives a text back to the library."""
        if pointer != self.ffi.NULL and function != "-":
            getattr(self.lib, function)(pointer)

    def make(self, call: Call) -> str:
        """Makes a call, and says what it did."""
        ffi, cells = self.ffi, self.cells
        function = getattr(self.lib, call.function)
        kind = ffi.typeof(function)
        said: list[str] = []
        blocks: list[tuple[Any, bytes, int, int, str]] = []
        arguments: list[Any] = []
        context = ffi.new_handle(call)
        # What the callback has to get for its context.
        expected = [ffi.NULL]
        kept = []
        failed = False
        for token in call.tokens:
            start, *rest = token.split(":")
            of: Any = kind.args[len(arguments)] if len(arguments) < len(kind.args) else None
            if start == "b":
                offset, size = int(rest[0]), int(rest[1])
                inner = bytes.fromhex(rest[2]) or FILL * size
                before = FILL * (GUARD + offset) + inner + FILL * GUARD
                memory = ffi.new("char[]", before)
                blocks.append((memory, before, GUARD + offset, size, ":".join(rest[3:])))
            elif start == "v":
                value = bytes.fromhex(rest[0])
                if len(value) != ffi.sizeof(of):
                    raise SystemExit(
                        f"{call.label}: argument {len(arguments) + 1} of {call.function} has "
                        f"{len(value)} bytes, and CFFI's {of.cname} has {ffi.sizeof(of)}"
                    )
                arguments.append(ffi.from_buffer(ffi.typeof(f"{of.cname} *"), value)[0])
            elif start == "n":
                arguments.append(ffi.NULL)
            elif start == "p":
                memory, _, at, *_ = blocks[int(rest[0])]
                arguments.append(ffi.cast(of, memory + at + int(rest[1])))
            elif start == "c":
                handle = ffi.cast("uintptr_t", cells[int(rest[0])])
                arguments.append(ffi.cast(of, int(handle) + int(rest[1])))
            elif start == "a":
                cells[int(rest[0])] = ffi.cast("void *", UNTOUCHED)
                arguments.append(ffi.cast(of, cells + int(rest[0])))
            elif start == "x":
                arguments.append(context)
                expected[0] = context
            elif start == "f":
                declared = self.callbacks[int(rest[0])]
                nested = self.calls[int(rest[2])] if rest[2] else None
                visit = self.visit(declared, of, int(rest[1]), nested, said, expected)
                kept.append(ffi.callback(of, visit))
                arguments.append(kept[-1])
            elif start[0] == "!":
                kept_output = os.dup(1)
                if "o" in call.tokens:
                    os.close(1)
                result = function(*arguments)
                os.dup2(kept_output, 1)
                os.close(kept_output)
                said.append("r:" + self.result(start[1:], rest, kind, result))
                failed = start == "!s" and int(result) != 0
                if failed:
                    said.append("e:" + ffi.string(self.last_error()).hex())
                for index, (memory, before, at, size, padding) in enumerate(blocks):
                    now, end = ffi.buffer(memory, len(before))[:], at + size
                    if now[:at] != before[:at] or now[end:] != before[end:]:
                        said.append(f"g:{index}:")
                    inner = settled(now[at:end], before[at:end], padding)
                    if inner != before[at:end]:
                        said.append(f"b:{index}:{inner.hex()}")
            elif start not in "ko":
                said.extend(self.cell(start, rest, blocks, failed))
        return " ".join(said)

    def result(self, kind: str, rest: list[str], function: Any, result: Any) -> str:
        """What a function returned."""
        if kind in "vs":
            of = function.result
            if of.kind == "enum":
                size = self.ffi.sizeof(of)
                return int(result).to_bytes(size, sys.byteorder, signed=result < 0).hex()
            return self.bytes_of(of, result, ":".join(rest))
        if kind == "t":
            text = self.text(result)
            self.free(rest[0], result)
            return text
        if kind == "h":
            self.cells[int(rest[0])] = self.ffi.cast("void *", result)
            return "n" if result == self.ffi.NULL else "p"
        return ""

    def cell(self, kind: str, rest: list[str], blocks: list[Any], failed: bool) -> list[str]:
        """What a cell got from a call, if it got anything."""
        ffi, cell = self.ffi, int(rest[0])
        pointer = self.cells[cell]
        if int(ffi.cast("uintptr_t", pointer)) == UNTOUCHED:
            self.cells[cell] = ffi.NULL
            return []
        if failed:
            self.cells[cell] = ffi.NULL
            return [f"w:{cell}:"]
        if kind == "t":
            text = ffi.cast("char *", pointer)
            said = self.text(text)
            if rest[1] != "-":
                self.free(rest[1], text)
                self.cells[cell] = ffi.NULL
            return [f"t:{cell}:{said}"]
        if kind == "d" and pointer != ffi.NULL:
            memory, _, at, *_ = blocks[int(rest[2])]
            size = int(rest[1]) * ffi.cast("size_t *", memory + at)[0]
            return [f"d:{cell}:t{ffi.buffer(pointer, size)[:].hex()}"]
        return [f"{kind}:{cell}:{'n' if pointer == ffi.NULL else 'p'}"]

    def visit(
        self,
        declared: tuple[int, ...],
        of: Any,
        last: int,
        nested: Call | None,
        said: list[str],
        expected: list[Any],
    ) -> Callable[..., Any]:
        """A callback that records what it gets."""
        goes_on, stops, context = declared
        made = 0

        def visit(*values: Any) -> Any:
            nonlocal made
            made += 1
            words = ""
            for number, (value, kind) in enumerate(zip(values, of.args), start=1):
                if number == context:
                    if value != expected[0]:
                        said.append("x")
                elif kind.kind == "pointer" and kind.item.cname == "char":
                    words += self.text(value) + ","
                elif kind.kind == "pointer":
                    words += ("n" if value == self.ffi.NULL else "p") + ","
                else:
                    words += "v" + self.bytes_of(kind, value, "") + ","
            said.append("i:" + words)
            if nested is not None:
                said.append("{ " + self.make(nested) + " }")
            if of.result.kind == "void":
                return None
            return stops if made == last else goes_on

        return visit


def nothing() -> int:
    """How many blocks are counted of a library that counts none."""
    return 0


def rounds(driver: Driver, first: list[str], count: int, blocks: Callable[[], int]) -> str | None:
    """Repeats everything; what is wrong, if anything is."""
    calls = [call for call in driver.calls if call.label != "-"]
    gc.collect()
    start = blocks()
    for number in range(count):
        for call, was in zip(calls, first):
            before = blocks()
            now = driver.make(call)
            if now != was:
                return f"{call.label}: round {number + 2} is another: {now[:200]}"
            if "k" not in call.tokens and blocks() != before:
                return (
                    f"{call.label}: the library had {before} live blocks before and has {blocks()}"
                )
    if blocks() != start:
        return f"the library had {start} live blocks before the rounds and has {blocks()} after"
    return None


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="cases.py")
    parser.add_argument("module")
    parser.add_argument("calls")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--canary", metavar="FUNCTION")
    options = parser.parse_args()
    driver = Driver(importlib.import_module(options.module), options.calls)
    first = []
    for call in driver.calls:
        if call.label != "-":
            first.append(driver.make(call))
            os.write(1, f"\x1e{call.label} {first[-1]}\n".encode("ascii"))
    if options.rounds or options.canary:
        live_blocks: Callable[[], int] = nothing
        if options.canary:
            # Asked of the module, the system also looks in the library that it is linked with.
            loaded = [it for it in sys.modules.values() if getattr(it, "lib", None) is driver.lib]
            files = [it.__file__ for it in loaded if re.search(r"\.(so|pyd)$", it.__file__ or "")]
            count = getattr(ctypes.CDLL(files[0]), options.canary)
            count.restype = ctypes.c_size_t
            live_blocks = count
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        wrong = rounds(driver, first, options.rounds or 1, live_blocks)
        if wrong is not None:
            print(wrong, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
