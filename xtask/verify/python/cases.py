"""Makes the calls of a file through CFFI and writes down what each did, as ``c/cases.c`` does in C.

    python cases.py MODULE CALLS [--rounds N] [--canary FUNCTION]

That file has the form of the calls and of what is written down. The types are those that CFFI has
in the ``lib`` and ``ffi`` of the module.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any, Callable

FILL = b"\x55"
GUARD = FILL * 64


def has_context(kind: Any) -> bool:
    """Whether a parameter of a callback is the pointer that comes back to it."""
    return bool(kind.kind == "pointer" and kind.item.kind == "void")


class Block:
    """Memory for a call, with a guard before it and behind."""

    def __init__(self, ffi: Any, kind: str, parts: list[str]) -> None:
        offset, size = int(parts[0]), int(parts[1])
        self.kind, self.mask, self.rest = kind, parts[3], parts[4:]
        self.before = GUARD + FILL * offset + (bytes.fromhex(parts[2]) or FILL * size) + GUARD
        self.memory = ffi.new("char[]", self.before)
        self.inside = slice(len(GUARD) + offset, len(GUARD) + offset + size)
        self.start = self.memory + self.inside.start

    def now(self, ffi: Any) -> bytes:
        """What is in it, padding as it was."""
        now = bytearray(ffi.buffer(self.memory, len(self.before)))
        for at in range(self.inside.start, self.inside.stop) if self.mask else ():
            if self.mask[(at - self.inside.start) % len(self.mask)] == "0":
                now[at] = self.before[at]
        return bytes(now)


STRUCTS = {
    "g": "struct ArrowSchema *",
    "a": "struct ArrowArray *",
    "m": "struct ArrowArrayStream *",
}


class Columns:
    """Structs of the Arrow C data interface for a call, with what they are made of."""

    def __init__(self, ffi: Any) -> None:
        self.ffi = ffi
        self.memory: list[Any] = []
        #: What was made and is not released.
        self.held = 0

    def keep(self, made: Any) -> Any:
        """Keeps it until the call has ended."""
        self.memory.append(made)
        return made

    def callback(self, of: Any, function: Callable[..., Any]) -> Any:
        """A function for a field."""
        return self.keep(self.ffi.callback(self.ffi.typeof(of), function))

    def release(self, struct: Any) -> None:
        """Marks it."""
        struct.release = self.ffi.NULL
        self.held -= 1

    def make(self, kind: str, struct: Any, parts: list[str]) -> None:
        """Fills a struct, of the parts that ``c/cases.c`` lists."""
        ffi, keep = self.ffi, self.keep
        self.held += 1
        struct.release = self.callback(struct.release, self.release)
        if kind == "g":
            struct.format = keep(ffi.new("char[]", bytes.fromhex(parts[0])))
        elif kind == "a":
            values, bits = bytes.fromhex(parts[4]), bytes.fromhex(parts[3])
            doubles = keep(ffi.new("double[]", int(parts[2]) + 1))
            ffi.memmove(doubles, values, len(values))
            buffers = [keep(ffi.new("char[]", bits)) if bits else ffi.NULL, doubles]
            struct.offset, struct.length = int(parts[0]), int(parts[1])
            struct.n_buffers, struct.null_count = 2, -1
            struct.buffers = keep(ffi.new("const void *[]", buffers))
        else:
            chunks = [parts[at : at + 5] for at in range(3, len(parts) - 1, 5)]

            def get_schema(_stream: Any, schema: Any) -> int:
                self.make("g", schema, parts)
                return 0

            def get_next(_stream: Any, array: Any) -> int:
                array.release = ffi.NULL
                if chunks:
                    self.make("a", array, chunks.pop(0))
                    return 0
                return 5 * int(parts[2])

            words = keep(ffi.new("char[]", b"on purpose"))
            struct.get_schema = self.callback(struct.get_schema, get_schema)
            struct.get_next = self.callback(struct.get_next, get_next)
            struct.get_last_error = self.callback(struct.get_last_error, lambda _stream: words)


class Driver:
    """The calls, and the module that they go through."""

    def __init__(self, module: Any, path: str) -> None:
        self.ffi, self.lib = module.ffi, module.lib
        (head, *self.lines) = Path(path).read_text(encoding="ascii").splitlines()
        self.last_error = head.split(":")[2]
        self.cells: dict[str, Any] = {}

    def text(self, pointer: Any) -> str:
        """What a pointer to a text points to."""
        return "n" if pointer == self.ffi.NULL else "t" + self.ffi.string(pointer).hex()

    def value(self, of: Any, value: Any) -> bytes:
        """A value in its bytes."""
        if of.kind == "struct":
            return bytes(self.ffi.buffer(self.ffi.addressof(value)))
        if of.kind == "enum":
            return int(value).to_bytes(self.ffi.sizeof(of), sys.byteorder, signed=value < 0)
        # Held until it is read: PyPy frees it earlier than CPython.
        cell = self.ffi.new(self.ffi.getctype(of, "*"), value)
        return bytes(self.ffi.buffer(cell))

    def make(self, line: str) -> str:
        """Makes a call, and says what it did."""
        ffi = self.ffi
        label, name, *tokens = line.split(" ")
        function = getattr(self.lib, name)
        kind = ffi.typeof(function)
        said: list[str] = []
        blocks: list[Block] = []
        arguments: list[Any] = []
        kept = []
        columns = Columns(ffi)
        handle = ffi.new_handle(said)
        # What the callback has to get for its context, and whether it did.
        context = handle if "x" in tokens else ffi.NULL
        had_context = [True]
        for token in tokens:
            start, *rest = token.split(":")
            of: Any = kind.args[len(arguments)] if len(arguments) < len(kind.args) else None
            if start == "v":
                value = bytes.fromhex(rest[0])
                if len(value) != ffi.sizeof(of):
                    raise SystemExit(
                        f"{label}: argument {len(arguments) + 1} of {name} has "
                        f"{len(value)} bytes, and CFFI's {of.cname} has {ffi.sizeof(of)}"
                    )
                kept.append(ffi.from_buffer(ffi.typeof(ffi.getctype(of, "*")), value))
                arguments.append(kept[-1][0])
            elif start == "p":
                arguments.append(ffi.cast(of, blocks[int(rest[0])].start + int(rest[1])))
            elif start == "c":
                address = int(ffi.cast("uintptr_t", self.cells[rest[0]])) + int(rest[1])
                arguments.append(ffi.cast(of, address))
            elif start == "x":
                arguments.append(handle)
            elif start == "f":
                visit = self.visit(of, rest, said, context, had_context)
                arguments.append(ffi.callback(of, visit))
            elif start != "o":
                blocks.append(Block(ffi, start, rest))
                if start in STRUCTS:
                    columns.make(start, self.struct(blocks[-1]), blocks[-1].rest)
                    blocks[-1].before = bytes(ffi.buffer(blocks[-1].memory, len(blocks[-1].before)))
                if start in "hd":
                    self.cells[blocks[-1].rest[0]] = ffi.NULL
        kept_output = os.dup(1)
        if "o" in tokens:
            os.close(1)
        result = function(*arguments)
        os.dup2(kept_output, 1)
        os.close(kept_output)
        failed = blocks[0].kind == "s" and int(result) != 0
        if kind.result.kind != "void":
            value = self.value(kind.result, result)
            ffi.memmove(blocks[0].start, value, len(value))
        if not had_context[0]:
            said.append("x")
        said.append(self.show(blocks, blocks[0], False))
        said.append("-")
        if failed:
            message = getattr(self.lib, self.last_error, lambda: ffi.new("char[]", b""))()
            said[-1] = self.text(message)
        said.extend(self.show(blocks, block, failed) for block in blocks[1:])
        for lent in [self.struct(block) for block in blocks if block.kind in STRUCTS]:
            if lent.release:
                lent.release(lent)
        if columns.held != 0:
            raise SystemExit(f"{name}: what a stream gave is not released, or is twice")
        return " ".join(said)

    def struct(self, block: Block) -> Any:
        """What is in a block for a column."""
        return self.ffi.cast(STRUCTS[block.kind.lower()], block.start)

    def column(self, block: Block) -> str:
        """What a call wrote, which is released."""
        struct = self.struct(block)
        if block.kind == "G":
            said = self.text(struct.format)
        else:
            said, bits = "t", self.ffi.cast("unsigned char *", struct.buffers[0])
            for at in range(struct.offset, struct.offset + struct.length):
                is_null = bits and not bits[at // 8] >> at % 8 & 1
                value = self.ffi.cast("char *", struct.buffers[1]) + 8 * at
                said += "-," if is_null else bytes(self.ffi.buffer(value, 8)).hex() + ","
        struct.release(struct)
        return said

    def show(self, blocks: list[Block], block: Block, failed: bool) -> str:
        """What is in a block after a call."""
        ffi, now, before = self.ffi, block.now(self.ffi), block.before
        inside = block.inside
        guarded = now[: inside.start] == before[: inside.start]
        guarded = guarded and now[inside.stop :] == before[inside.stop :]
        said = "" if guarded else "!"
        if block is not blocks[0] and now[inside] == before[inside]:
            return said + "-"
        if block.kind in "bs":
            return said + now[inside].hex()
        if failed:
            return said + "w"
        if block.kind in "AG":
            return said + self.column(block)
        pointer = ffi.cast("void **", block.start)[0]
        if block.kind == "t":
            said += self.text(ffi.cast("char *", pointer))
            if pointer != ffi.NULL and block.rest[0] != "-":
                getattr(self.lib, block.rest[0])(ffi.cast("char *", pointer))
            return said
        self.cells[block.rest[0]] = pointer
        if pointer == ffi.NULL or block.kind == "h":
            return said + ("n" if pointer == ffi.NULL else "p")
        count = ffi.cast("size_t *", blocks[int(block.rest[2])].start)[0]
        return said + "t" + bytes(ffi.buffer(pointer, int(block.rest[1]) * count)).hex()

    def visit(
        self,
        of: Any,
        parts: list[str],
        said: list[str],
        context: Any,
        had_context: list[bool],
    ) -> Callable[..., Any]:
        """A callback that records what it gets."""
        last, goes_on, stops = map(int, parts[1:4])
        own = max((at for at, kind in enumerate(of.args) if has_context(kind)), default=None)
        made = 0

        def visit(*values: Any) -> Any:
            nonlocal made
            made += 1
            words = "i:"
            for at, (value, kind) in enumerate(zip(values, of.args)):
                if at == own:
                    had_context[0] = had_context[0] and value == context
                elif kind.kind != "pointer":
                    words += f"v{self.value(kind, value).hex()},"
                elif kind.item.cname == "char":
                    words += self.text(value) + ","
                else:
                    words += "n," if value == self.ffi.NULL else "p,"
            said.append(words)
            if parts[4]:
                said.append(self.make(self.lines[int(parts[4])]))
            return None if of.result.kind == "void" else stops if made == last else goes_on

        return visit


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="cases.py")
    parser.add_argument("module")
    parser.add_argument("calls")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--canary", metavar="FUNCTION")
    options = parser.parse_args()
    driver = Driver(importlib.import_module(options.module), options.calls)
    live_blocks = None
    if options.canary:
        # Asked of the module, the system also looks in the library that it is linked with.
        loaded = [it for it in sys.modules.values() if getattr(it, "lib", None) is driver.lib]
        files = [it.__file__ for it in loaded if re.search(r"\.(so|pyd)$", it.__file__ or "")]
        live_blocks = getattr(ctypes.CDLL(files[0]), options.canary)
        live_blocks.restype = ctypes.c_size_t
    for _ in range(options.rounds):
        for line in driver.lines:
            if not line.startswith("-"):
                said = f"{line.split(' ')[0]} {driver.make(line)}"
                blocks = f" #{live_blocks()}" if live_blocks else ""
                os.write(1, f"\x1e{said}{blocks}\n".encode("ascii"))


if __name__ == "__main__":
    main()
