"""Describes a module that CFFI has built, one fact a line, in the form of ``model.rs``.

Run as ``python -I -B cffi_reader.py MODULE``, where ``MODULE`` has CFFI's ``ffi`` and ``lib``.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Iterator

POINTER_SIZED = {
    "size_t": "usize",
    "uintptr_t": "usize",
    "ssize_t": "isize",
    "ptrdiff_t": "isize",
    "intptr_t": "isize",
}


def main() -> None:
    module = importlib.import_module(sys.argv[1])
    reader = Reader(module.ffi, module.lib)
    facts = list(reader.types()) + list(reader.library())
    if reader.problems:
        sys.exit("\n".join(dict.fromkeys(reader.problems)))
    print("\n".join(facts))


class Reader:
    def __init__(self, ffi: Any, lib: Any) -> None:
        self.ffi = ffi
        self.lib = lib
        self.problems: list[str] = []
        # They are in the library's namespace, too, beside the constants.
        self.enumerators: set[str] = set()

    def types(self) -> Iterator[str]:
        """The facts about structs, unions and enums."""
        typedefs, structs, unions = self.ffi.list_types()
        spellings = (
            typedefs + [f"struct {tag}" for tag in structs] + [f"union {tag}" for tag in unions]
        )
        seen = set()
        for spelling in spellings:
            ctype = self.ffi.typeof(spelling)
            if ctype.kind in ("struct", "union", "enum") and ctype.cname not in seen:
                seen.add(ctype.cname)
                yield from self.enum(ctype) if ctype.kind == "enum" else self.record(ctype)

    def enum(self, ctype: Any) -> Iterator[str]:
        name = self.name(ctype)
        sign = "signed" if int(self.ffi.cast(ctype, -1)) < 0 else "unsigned"
        yield f"enum {name} size {self.ffi.sizeof(ctype)} {sign}"
        for own, value in ctype.relements.items():
            self.enumerators.add(own)
            yield f"enum {name} {own} = {value}"

    def record(self, ctype: Any) -> Iterator[str]:
        name = self.name(ctype)
        # Before anything else: CFFI fills in a struct when it is asked for its size, and asked for
        # the fields of an opaque one it would end the interpreter.
        try:
            size = self.ffi.sizeof(ctype)
        except self.ffi.error as error:
            if "don't know the size" in str(error):
                yield f"opaque {name}"
            else:
                self.problems.append(str(error))
            return
        yield f"{ctype.kind} {name} size {size} align {self.ffi.alignof(ctype)}"
        for own, field in ctype.fields:
            yield f"{ctype.kind} {name} .{own} @{field.offset} {self.of(field.type)}"

    def library(self) -> Iterator[str]:
        """The facts about functions and constants."""
        for name in dir(self.lib):
            # Only now does CFFI notice what is not as the compiler has it.
            try:
                value = getattr(self.lib, name)
                if callable(value) and isinstance(value, self.ffi.CData):
                    continue  # A function that Python offers to the library, not one of the library's.
                if callable(value):
                    yield f"fn {name}{self.signature(self.ffi.typeof(value))}"
                elif isinstance(value, (int, float)) and self.is_constant(name):
                    yield f"constant {name} = {value}"
            except self.ffi.error as error:
                self.problems.append(str(error))

    def is_constant(self, name: str) -> bool:
        """Neither the name of an enum's value nor a variable, which has an address."""
        try:
            self.ffi.addressof(self.lib, name)
        except AttributeError:
            return name not in self.enumerators
        return False

    def signature(self, ctype: Any) -> str:
        parameters = [self.of(parameter) for parameter in ctype.args]
        # Of a function with a struct by value that has a union in it, CFFI says that it ends in
        # `...`, too; its name does not.
        if ctype.ellipsis and "..." in ctype.cname:
            parameters.append("...")
        result = "" if ctype.result.kind == "void" else f" -> {self.of(ctype.result)}"
        return f"({', '.join(parameters)}){result}"

    def of(self, ctype: Any) -> str:
        """A type, in the words of ``model.rs``."""
        if ctype.kind == "pointer":
            return f"*{self.of(ctype.item)}"
        if ctype.kind == "function":
            return f"fn{self.signature(ctype)}"
        if ctype.kind == "array":
            return f"[{self.of(ctype.item)}; {ctype.length or 0}]"
        if ctype.kind in ("struct", "union", "enum"):
            return self.name(ctype)
        return self.primitive(ctype)

    def primitive(self, ctype: Any) -> str:
        name = ctype.cname
        if name in ("void", "char"):
            return str(name)
        if name in POINTER_SIZED:
            return POINTER_SIZED[name]
        if name == "_Bool":
            return "bool"
        bits = 8 * self.ffi.sizeof(ctype)
        # It is not the only number of its size.
        if name == "long double" and bits > 64:
            return '"long double"'
        if name in ("float", "double", "long double"):
            return f"f{bits}"
        sign = "i" if int(self.ffi.cast(ctype, -1)) < 0 else "u"
        return f"{sign}{bits}"

    @staticmethod
    def name(ctype: Any) -> str:
        return str(ctype.cname.removeprefix("struct ").removeprefix("union ").removeprefix("enum "))


main()
