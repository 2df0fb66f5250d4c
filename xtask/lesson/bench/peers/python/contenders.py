"""The contenders in Python, by name, and the expression that each row times.

A contender is an object with the functions of ``pyhello`` that are measured; numpy and a prepared
pair have one of them, under another name. Nothing is imported before somebody asks for it.
"""

from __future__ import annotations

import importlib
import struct
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pure
import raw


class MissingError(Exception):
    """It cannot be measured here; the message says why."""


class Places(NamedTuple):
    """Where the libraries are."""

    library: str
    modules: str


def module(name: str) -> Any:
    """A module that a build step may not have made."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingError(str(error)) from None


def api_mode(name: str) -> Callable[[Places], Any]:
    """CFFI in API mode over one of the libraries."""

    def load(_places: Places) -> Any:
        found = module(f"bench_{name}")
        return raw.Cffi(found.ffi, found.lib)

    return load


def abi_mode(places: Places) -> Any:
    """CFFI in ABI mode: the declarations are read, and the functions looked up, while running."""
    from cffi import FFI

    ffi = FFI()
    ffi.cdef((Path(places.modules) / "hello.cdef").read_text(encoding="utf-8"))
    return raw.Cffi(ffi, ffi.dlopen(places.library))


class Prepared:
    """A pair of buffers that pyhello has looked at once."""

    def __init__(self) -> None:
        plan = getattr(module("pyhello"), "SqrtPlan", None)
        if plan is None:
            raise MissingError("pyhello has no SqrtPlan")
        self.plan = plan


LOADERS: dict[str, Callable[[Places], Any]] = {
    "cffi-api": api_mode("rust"),
    "cffi-abi": abi_mode,
    "ctypes": lambda places: raw.Ctypes(places.library),
    "pyhello": lambda _places: module("pyhello"),
    "prepared": lambda _places: Prepared(),
    "cffi-c": api_mode("c"),
    "cffi-go": api_mode("go"),
    "pyo3": lambda _places: module("hello_pyo3"),
    "numpy": lambda _places: module("numpy"),
    "python": lambda _places: pure,
}

# Whose functions are called as `module.function`, as everybody writes it. The others are raw: the
# function is bound to a local, which is the least that a call can cost.
_SURFACES = ("pyhello", "pyo3", "numpy", "python")

# A list of Python's own numbers takes too much memory.
_LONGEST_LIST = 1_000_000


class Call(NamedTuple):
    """What is timed: an expression, the names in it, and how its result is told to the runner."""

    expression: str
    names: dict[str, Any]
    tell: Callable[[Any], str]


def bits(number: float) -> str:
    """A double, bit for bit."""
    return struct.pack(">d", number).hex()


def call(row: str, name: str, contender: Any) -> Call | None:
    """What ``row`` times of a contender; None if it has no such thing."""
    kind, _, size = row.partition("-")
    is_surface = name in _SURFACES
    names: dict[str, Any] = {}

    def of(function: str) -> str:
        """How the function is written in the expression."""
        if is_surface:
            names["m"] = contender
            return f"m.{function}"
        names["f"] = getattr(contender, function)
        return "f"

    if kind == "slice":
        return slice_call(int(size), name, contender, of, names)
    if name in ("numpy", "prepared"):
        return None
    if kind == "empty":
        return Call(f"{of('abi_version')}()", names, str)
    if kind == "sqrt":
        names["x"] = 2.0
        return Call(f"{of('sqrt')}(x)", names, bits)
    if kind == "struct":
        names["x"] = 2.25
        return Call(f"{of('root')}(x)", names, tell_root)
    if kind == "status":
        names["x"] = 2.0
        return Call(f"{of('checked_sqrt')}(x)", names, bits)
    if kind == "text":
        names["x"] = "".join(chr(ord("a") + index % 16) for index in range(int(size)))
        return Call(f"{of('greet')}(x)", names, str)
    if kind == "callback":
        return callback_call(of, names)
    if kind == "error":
        names["message"] = message_of(contender.checked_sqrt)
        return Call("message(-4.0)", names, str)
    return None


def tell_root(found: Any) -> str:
    """A root, whether its parts have names or not."""
    value, root, exact = (
        found if isinstance(found, tuple) else (found.value, found.root, found.exact)
    )
    return f"{bits(value)} {bits(root)} {int(exact)}"


def message_of(checked_sqrt: Callable[[float], float]) -> Callable[[float], str]:
    """A function that fails, and whose caller wants to know why."""

    def message(value: float) -> str:
        try:
            checked_sqrt(value)
        except ValueError as error:
            return str(error)
        return "it did not fail"

    return message


def callback_call(of: Callable[[str], str], names: dict[str, Any]) -> Call:
    """One visit of a function of Python's."""
    from array import array

    seen = [0.0]

    def visit(_value: float, root: float) -> None:
        seen[0] = root

    names["values"], names["visit"] = array("d", [2.0]), visit
    return Call(f"{of('each_root')}(values, visit)", names, lambda _: bits(seen[0]))


def slice_call(
    size: int, name: str, contender: Any, of: Callable[[str], str], names: dict[str, Any]
) -> Call | None:
    """The root of each of so many numbers."""
    import numpy

    values, out = arrays(size)
    out[:] = 0.0  # What one wrote is not to be taken for the next one's.
    if name == "python":
        if size > _LONGEST_LIST:
            return None
        names["values"] = values.tolist()
        return Call(f"{of('sqrt_all')}(values)", names, lambda got: checksum(numpy.array(got)))
    if name == "prepared":
        names["f"] = contender.plan(values, out).run
        return Call("f()", names, lambda _: checksum(out))
    names["values"], names["out"] = values, out
    if name == "numpy":
        return Call(f"{of('sqrt')}(values, out=out)", names, lambda _: checksum(out))
    return Call(f"{of('sqrt_all')}(values, out)", names, lambda _: checksum(out))


_arrays: dict[int, tuple[Any, Any]] = {}


def arrays(size: int) -> tuple[Any, Any]:
    """The values and the place for their roots, the same for all.

    The first begin at a page and the second in the middle of one: processors take a write to the
    one for a write to the other where the last bits of the addresses are the same.
    """
    import numpy

    if size not in _arrays:
        page, item = 4096, 8

        def room(offset: int) -> Any:
            block = numpy.zeros(size + 2 * page // item)
            start = -block.ctypes.data % page // item + offset
            return block[start : start + size]

        values, out = room(0), room(page // 2 // item)
        values[:] = numpy.arange(size) + 0.5
        _arrays[size] = values, out
    return _arrays[size]


def checksum(roots: Any) -> str:
    """The bits of all, each weighted by its place."""
    import numpy

    weights = numpy.arange(1, 2 * len(roots) + 1, 2, dtype=numpy.uint64)
    return f"{int((roots.view(numpy.uint64) * weights).sum()):016x}"
