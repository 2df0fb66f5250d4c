"""The subjects that Python calls, by name.

Each has names of ``pyhello``: ``abi_version``, ``sqrt``, ``greet``, ``sqrt_all``, ``each_root``.
Those written here are the boundary used by hand, as in a program of one's own: without a wrapper
where none is needed, and else the shortest that is correct.
"""

from __future__ import annotations

import ctypes
import importlib
from functools import partial
from types import SimpleNamespace
from typing import Any


def by_hand(lib: Any, made: Any) -> Any:
    """The functions of hello.h, over CFFI or over ctypes.

    The two differ in how they make room for a result, look at memory, and let C call Python.
    """
    # Locals of the functions below, as in a program in a hurry.
    new_text = made.new_text
    string, view, visitor_of = made.string, made.view, made.visitor_of
    greet_c, all_c = lib.hello_greet, lib.hello_sqrt_all
    each_c, free = lib.hello_each_root, lib.hello_string_free

    def check(status: int) -> None:
        if status:
            raise ValueError(status)

    # What every function that gives a text needs.
    def taken(out: Any) -> Any:
        text = string(out[0]).decode()
        free(out[0])
        return text

    def greet(name: str) -> Any:
        out = new_text()
        check(greet_c(name.encode(), out))
        return taken(out)

    def sqrt_all(values: Any, out: Any) -> None:
        check(all_c(view(values), view(out), len(values)))

    def each_root(values: Any, visitor: Any) -> None:
        function, context = visitor_of(visitor)
        check(each_c(view(values), len(values), function, context))

    abi_version, sqrt = lib.hello_abi_version, lib.hello_sqrt
    return SimpleNamespace(**locals())


def by_cffi(module: str) -> Any:
    """CFFI in API mode, over one of the modules that cffi_module.py makes."""
    found = importlib.import_module(module)
    ffi, lib = found.ffi, found.lib
    # Types are looked up once: CFFI reads what is given as text at each call.
    text, doubles = map(ffi.typeof, ("char **", "double[]"))

    @ffi.def_extern(name="bench_visit")  # type: ignore[untyped-decorator]
    def visit(value: float, root: float, context: Any) -> int:
        ffi.from_handle(context)(value, root)
        return 1

    made = SimpleNamespace(
        new_text=partial(ffi.new, text),
        string=ffi.string,
        view=partial(ffi.from_buffer, doubles),
        visitor_of=lambda visitor: (lib.bench_visit, ffi.new_handle(visitor)),
    )
    return by_hand(lib, made)


def by_ctypes(path: str) -> Any:
    """ctypes, with the types written down by hand, as it has it."""
    lib = ctypes.CDLL(path)
    status, double, size = ctypes.c_int, ctypes.c_double, ctypes.c_size_t
    # A result is no c_char_p: ctypes would make bytes of it, and the address to free would be lost.
    text, pointer = ctypes.c_char_p, ctypes.c_void_p
    visitor_type = ctypes.CFUNCTYPE(ctypes.c_int32, double, double, pointer)
    for name, result, *parameters in (
        ("abi_version", ctypes.c_uint32),
        ("sqrt", double, double),
        ("greet", status, text, pointer),
        ("string_free", None, pointer),
        ("sqrt_all", status, pointer, pointer, size),
        ("each_root", status, pointer, size, visitor_type, pointer),
    ):
        function = getattr(lib, f"hello_{name}")
        function.restype, function.argtypes = result, parameters

    def visitor_of(visitor: Any) -> tuple[Any, None]:
        def visit(value: float, root: float, _context: object) -> int:
            visitor(value, root)
            return 1

        return visitor_type(visit), None

    made = SimpleNamespace(
        new_text=pointer * 1,
        string=ctypes.string_at,
        view=lambda buffer: (double * len(buffer)).from_buffer(buffer),
        visitor_of=visitor_of,
    )
    return by_hand(lib, made)


def load(name: str, library: str) -> Any:
    """The subject of this name; ``library`` is the file of ours."""
    if name == "ctypes":
        return by_ctypes(library)
    if name.startswith("cffi-"):
        return by_cffi(name.replace("cffi-", "bench_"))
    found = importlib.import_module({"pyo3": "hello_pyo3"}.get(name, name))
    # It takes where to write to as its second argument, too.
    if name == "numpy":
        array, root = found.asarray, found.sqrt
        return SimpleNamespace(sqrt_all=root, sqrt_column=root, array=array, column=array)
    if name == "pyarrow":
        return SimpleNamespace(sqrt_column=importlib.import_module("pyarrow.compute").sqrt)
    return found
