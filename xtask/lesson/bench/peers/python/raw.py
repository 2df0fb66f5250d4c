"""The boundary used by hand, as in a program of one's own: with CFFI, in both modes, and ctypes.

Each class offers the same: functions without a wrapper where none is needed, and else the shortest
that is correct. With CFFI they are the same for every library and for both modes.
"""

from __future__ import annotations

import ctypes
from typing import Any, Callable

Visitor = Callable[[float, float], object]


class Cffi:
    """Over ``ffi`` and ``lib`` of any of the modules, or of ``ffi.dlopen``."""

    def __init__(self, ffi: Any, lib: Any) -> None:
        self.abi_version = lib.hello_abi_version
        self.sqrt = lib.hello_sqrt
        new, string = ffi.new, ffi.string
        structure, checked, greet_c = lib.hello_root, lib.hello_checked_sqrt, lib.hello_greet
        all_c, each_c = lib.hello_sqrt_all, lib.hello_each_root
        free, last_error = lib.hello_string_free, lib.hello_last_error
        from_buffer = ffi.from_buffer
        # Looked up once: CFFI reads what is given as text at each call.
        double_place, text_place = ffi.typeof("double *"), ffi.typeof("char **")
        doubles = ffi.typeof("double[]")

        def root(value: float) -> tuple[float, float, bool]:
            found = structure(value)
            return found.value, found.root, found.exact

        def check(status: int) -> None:
            if status:
                raise ValueError(string(last_error()).decode())

        def checked_sqrt(value: float) -> float:
            place = new(double_place)
            check(checked(value, place))
            result: float = place[0]
            return result

        def greet(name: str) -> str:
            place = new(text_place)
            check(greet_c(name.encode(), place))
            text: str = string(place[0]).decode()
            free(place[0])
            return text

        def sqrt_all(values: Any, out: Any) -> None:
            check(all_c(from_buffer(doubles, values), from_buffer(doubles, out), len(values)))

        c_visitor = visitor_of(ffi, lib)

        def each_root(values: Any, visitor: Visitor) -> None:
            handle = ffi.new_handle(visitor)
            check(each_c(from_buffer(doubles, values), len(values), c_visitor, handle))

        self.root, self.checked_sqrt, self.greet = root, checked_sqrt, greet
        self.sqrt_all, self.each_root = sqrt_all, each_root


def visitor_of(ffi: Any, lib: Any) -> Any:
    """Returns what C calls: a function of the module's own in API mode, and else machine code."""

    def visit(value: float, root: float, context: Any) -> int:
        ffi.from_handle(context)(value, root)
        return 1

    if hasattr(lib, "python_HelloVisitor"):
        ffi.def_extern(name="python_HelloVisitor")(visit)
        return lib.python_HelloVisitor
    return ffi.callback("int32_t(double, double, void *)", visit)


class _Root(ctypes.Structure):
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
        structure = declared("root", _Root, double)
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
            place = double()
            check(checked(value, byref(place)))
            return place.value

        def greet(name: str) -> str:
            place = pointer()
            check(greet_c(name.encode(), byref(place)))
            text = string_at(place.value or 0).decode()
            free(place)
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
