"""The subjects in Python, by name, and what each row times of them.

A subject is anything that has functions by the names of ``pyhello``'s: one that it lacks is a row
that is not measured. Those written here are the boundary used by hand, as in a program of one's
own: without a wrapper where none is needed, and else the shortest that is correct. Nothing is
imported before it is needed.
"""
# ruff: noqa: D102 (the functions are pyhello's, which has them documented)

from __future__ import annotations

import ctypes
import importlib
import math
import struct
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

import arrays

if TYPE_CHECKING:
    from collections.abc import Iterable

Visitor = Callable[[float, float], object]


class MissingError(Exception):
    """It cannot be measured here; the message says why."""


class Root(NamedTuple):
    """A number and its square root."""

    value: float
    root: float
    exact: bool


class Cffi:
    """CFFI over ``ffi`` and ``lib`` of any of the modules, or of ``ffi.dlopen``."""

    def __init__(self, ffi: Any, lib: Any) -> None:
        self._ffi, self._lib = ffi, lib

    @property
    def abi_version(self) -> Any:
        return self._lib.hello_abi_version

    @property
    def sqrt(self) -> Any:
        return self._lib.hello_sqrt

    @cached_property
    def root(self) -> Any:
        root_c = self._lib.hello_root

        def root(value: float) -> tuple[float, float, bool]:
            found = root_c(value)
            return found.value, found.root, found.exact

        return root

    @cached_property
    def _check(self) -> Any:
        last_error, string = self._lib.hello_last_error, self._ffi.string

        def check(status: int) -> None:
            if status:
                raise ValueError(string(last_error()).decode())

        return check

    @cached_property
    def checked_sqrt(self) -> Any:
        check, checked, new = self._check, self._lib.hello_checked_sqrt, self._ffi.new
        # Looked up once: CFFI reads what is given as text at each call.
        double = self._ffi.typeof("double *")

        def checked_sqrt(value: float) -> float:
            out = new(double)
            check(checked(value, out))
            result: float = out[0]
            return result

        return checked_sqrt

    @cached_property
    def greet(self) -> Any:
        check, greet_c, free = self._check, self._lib.hello_greet, self._lib.hello_string_free
        new, string, pointer = self._ffi.new, self._ffi.string, self._ffi.typeof("char **")

        def greet(name: str) -> str:
            out = new(pointer)
            check(greet_c(name.encode(), out))
            text: str = string(out[0]).decode()
            free(out[0])
            return text

        return greet

    @cached_property
    def sqrt_all(self) -> Any:
        check, all_c, view = self._check, self._lib.hello_sqrt_all, self._ffi.from_buffer
        doubles = self._ffi.typeof("double[]")

        def sqrt_all(values: Any, out: Any) -> None:
            check(all_c(view(doubles, values), view(doubles, out), len(values)))

        return sqrt_all

    @cached_property
    def each_root(self) -> Any:
        check, each_c, view = self._check, self._lib.hello_each_root, self._ffi.from_buffer
        doubles, new_handle, from_handle = (
            self._ffi.typeof("double[]"),
            self._ffi.new_handle,
            self._ffi.from_handle,
        )

        def visit(value: float, root: float, context: Any) -> int:
            from_handle(context)(value, root)
            return 1

        # What C calls: a function of the module's own in API mode, and else machine code.
        if hasattr(self._lib, "python_HelloVisitor"):
            self._ffi.def_extern(name="python_HelloVisitor")(visit)
            c_visitor = self._lib.python_HelloVisitor
        else:
            c_visitor = self._ffi.callback("int32_t(double, double, void *)", visit)

        def each_root(values: Any, visitor: Visitor) -> None:
            check(each_c(view(doubles, values), len(values), c_visitor, new_handle(visitor)))

        return each_root


class _RootStruct(ctypes.Structure):
    _fields_ = (
        ("value", ctypes.c_double),
        ("root", ctypes.c_double),
        ("exact", ctypes.c_bool),
    )


class Ctypes:
    """Over ctypes, with the types written down by hand, as ctypes has it."""

    def __init__(self, path: str) -> None:
        library = ctypes.CDLL(path)
        double, pointer, size = ctypes.c_double, ctypes.c_void_p, ctypes.c_size_t
        visitor_type = ctypes.CFUNCTYPE(ctypes.c_int32, double, double, pointer)

        def declared(name: str, result: Any, *parameters: Any) -> Any:
            function = getattr(library, f"hello_{name}")
            function.restype, function.argtypes = result, parameters
            return function

        self.abi_version = declared("abi_version", ctypes.c_uint32)
        self.sqrt = declared("sqrt", double, double)
        structure = declared("root", _RootStruct, double)
        checked = declared("checked_sqrt", ctypes.c_int, double, ctypes.POINTER(double))
        last_error = declared("last_error", ctypes.c_char_p)
        # Not c_char_p: ctypes would make bytes of it, and the address to free would be lost.
        greet_c = declared("greet", ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(pointer))
        free = declared("string_free", None, pointer)
        all_c = declared("sqrt_all", ctypes.c_int, pointer, pointer, size)
        each_c = declared("each_root", ctypes.c_int, pointer, size, visitor_type, pointer)
        byref, string_at = ctypes.byref, ctypes.string_at

        def root(value: float) -> tuple[float, float, bool]:
            found = structure(value)
            return found.value, found.root, found.exact

        def check(status: int) -> None:
            if status:
                raise ValueError(last_error().decode())

        def checked_sqrt(value: float) -> float:
            out = double()
            check(checked(value, byref(out)))
            return out.value

        def greet(name: str) -> str:
            out = pointer()
            check(greet_c(name.encode(), byref(out)))
            text = string_at(out.value or 0).decode()
            free(out)
            return text

        def sqrt_all(values: Any, out: Any) -> None:
            doubles = double * len(values)
            check(all_c(doubles.from_buffer(values), doubles.from_buffer(out), len(values)))

        def each_root(values: Any, visitor: Visitor) -> None:
            def visit(value: float, root: float, _context: object) -> int:
                visitor(value, root)
                return 1

            doubles = double * len(values)
            check(each_c(doubles.from_buffer(values), len(values), visitor_type(visit), None))

        self.root, self.checked_sqrt, self.greet = root, checked_sqrt, greet
        self.sqrt_all, self.each_root = sqrt_all, each_root


class Alone:
    """Python alone, without a boundary but the interpreter's own."""

    sqrt = staticmethod(math.sqrt)

    @staticmethod
    def abi_version() -> int:
        return 1

    @staticmethod
    def root(value: float) -> Root:
        """Finite numbers from 0 on."""
        found = math.sqrt(value)
        numerator, denominator = found.as_integer_ratio()
        exact = (numerator * numerator, denominator * denominator) == value.as_integer_ratio()
        return Root(value, found, exact)

    @staticmethod
    def checked_sqrt(value: float) -> float:
        if value < 0:
            raise ValueError(f"{value} has no real square root")
        return math.sqrt(value)

    @staticmethod
    def greet(name: str) -> str:
        return f"Hello, {name}!"

    @staticmethod
    def roots_of_list(values: Iterable[float]) -> list[float]:
        root_of = math.sqrt
        return [root_of(value) for value in values]

    @staticmethod
    def each_root(values: Iterable[float], visitor: Visitor) -> None:
        for value in values:
            visitor(value, math.sqrt(value))


def module(name: str) -> Any:
    """A module that a build step may not have made."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingError(str(error)) from None


def api_mode(language: str) -> Any:
    """CFFI in API mode over one of the libraries."""
    found = module(f"bench_{language}")
    return Cffi(found.ffi, found.lib)


def abi_mode(library: str, modules: str) -> Any:
    """CFFI in ABI mode: the declarations are read, and the functions looked up, while running."""
    from cffi import FFI

    ffi = FFI()
    ffi.cdef((Path(modules) / "bench_rust.cdef").read_text(encoding="utf-8"))
    return Cffi(ffi, ffi.dlopen(library))


# From the path of our library, and the folder of what build_modules.py has made.
LOADERS: dict[str, Callable[[str, str], Any]] = {
    "cffi-api": lambda _library, _modules: api_mode("rust"),
    "cffi-abi": abi_mode,
    "ctypes": lambda library, _modules: Ctypes(library),
    "pyhello": lambda _library, _modules: module("pyhello"),
    # A pair of buffers that pyhello has looked at once.
    "prepared": lambda _library, _modules: SimpleNamespace(plan=module("pyhello").SqrtPlan),
    "cffi-c": lambda _library, _modules: api_mode("c"),
    "cffi-go": lambda _library, _modules: api_mode("go"),
    "pyo3": lambda _library, _modules: module("hello_pyo3"),
    # It takes where to write to as its second argument, too.
    "numpy": lambda _library, _modules: SimpleNamespace(sqrt_all=module("numpy").sqrt),
    "python": lambda _library, _modules: Alone,
}

# Whose functions are called as `module.function`, as everybody writes it. The others are raw: the
# function is bound to a local, which is the least that a call can cost.
_SURFACES = ("pyhello", "pyo3", "numpy", "python")

# A list of Python's own numbers takes too much memory.
_LONGEST_LIST = 1_000_000


class Call(NamedTuple):
    """What is timed: an expression, the names in it, and how its result is put into words."""

    expression: str
    names: dict[str, Any]
    answer: Callable[[Any], str]


def call(row: str, name: str, subject: Any) -> Call | None:
    """What ``row`` times of a subject; None if it has no such function."""
    kind, _, size = row.partition("-")
    make = ROWS.get(kind)
    try:
        return None if make is None else make(name, subject, int(size or 0))
    except AttributeError:
        return None


def of(
    function: str, arguments: dict[str, Any], answer: Callable[[Any], str]
) -> Callable[[str, Any, int], Call | None]:
    """A row that calls a function with arguments, which have one letter for a name each."""

    def make(name: str, subject: Any, _size: int = 0) -> Call | None:
        found, names = getattr(subject, function), ", ".join(arguments)
        if name in _SURFACES:
            return Call(f"m.{function}({names})", {"m": subject, **arguments}, answer)
        return Call(f"f({names})", {"f": found, **arguments}, answer)

    return make


def bits(number: float) -> str:
    """A double, bit for bit."""
    return struct.pack(">d", number).hex()


def root_in_words(found: Any) -> str:
    """A root, whether its parts have names or not."""
    value, root, exact = (
        found if isinstance(found, tuple) else (found.value, found.root, found.exact)
    )
    return f"{bits(value)} {bits(root)} {int(exact)}"


def text(name: str, subject: Any, size: int) -> Call | None:
    """New text."""
    letters = "".join(chr(ord("a") + index % 16) for index in range(size))
    return of("greet", {"x": letters}, str)(name, subject, size)


def error(_name: str, subject: Any, _size: int) -> Call:
    """A function that fails, and whose caller asks why."""
    checked_sqrt = subject.checked_sqrt

    def message(value: float) -> str:
        try:
            checked_sqrt(value)
        except ValueError as error:
            return str(error)
        return "it did not fail"

    return Call("message(-4.0)", {"message": message}, str)


def callback(name: str, subject: Any, size: int) -> Call | None:
    """One visit of a function of Python's."""
    from array import array

    seen = [0.0]

    def visit(_value: float, root: float) -> None:
        seen[0] = root

    arguments = {"v": array("d", [2.0]), "visit": visit}
    return of("each_root", arguments, lambda _: bits(seen[0]))(name, subject, size)


def roots(name: str, subject: Any, size: int) -> Call | None:
    """The root of each of so many numbers."""
    if name == "python":
        if size > _LONGEST_LIST:
            return None
        numbers = arrays.pair(size)[0].tolist()
        return of("roots_of_list", {"v": numbers}, arrays.checksum)(name, subject, size)
    values, out = arrays.pair(size)
    out[:] = 0.0  # What one wrote is not to be taken for the next one's.
    if name == "prepared":
        return Call("f()", {"f": subject.plan(values, out).run}, lambda _: arrays.checksum(out))
    arguments = {"v": values, "o": out}
    return of("sqrt_all", arguments, lambda _: arrays.checksum(out))(name, subject, size)


ROWS: dict[str, Callable[[str, Any, int], Call | None]] = {
    "empty": of("abi_version", {}, str),
    "sqrt": of("sqrt", {"x": 2.0}, bits),
    "struct": of("root", {"x": 2.25}, root_in_words),
    "status": of("checked_sqrt", {"x": 2.0}, bits),
    "text": text,
    "callback": callback,
    "error": error,
    "slice": roots,
}
