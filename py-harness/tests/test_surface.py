"""What the package shows: its names, its documentation, its types."""

from __future__ import annotations

import ast
import contextlib
import doctest
import gc
import importlib
import sys
from array import array
from pathlib import Path
from typing import Any, Callable

import pytest

import pyhello
from pyhello import ffi, lib

PACKAGE = Path(pyhello.__file__).parent

# Type checkers do not see it.
ALL: list[str] = vars(pyhello)["__all__"]


def test_all_is_what_the_modules_show() -> None:
    files = PACKAGE.glob("_[a-z]*.py")
    modules = [importlib.import_module(f"pyhello.{file.stem}") for file in files]
    shown = [name for module in modules for name in getattr(module, "__all__", [])]
    # Each by one module.
    assert sorted(shown) == ALL
    # The package's own files begin with an underscore.
    assert set(shown) == {name for name in vars(pyhello) if not name.startswith("_")}


@pytest.mark.parametrize("name", sorted(set(ALL) - {"ffi", "lib"}))
def test_everything_says_what_it_does(name: str) -> None:
    assert getattr(pyhello, name).__doc__


def test_the_documentation_tells_the_truth() -> None:
    outcome = doctest.testmod(pyhello)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()


STUB = {
    node.name: node
    for node in ast.parse((PACKAGE / "_hello.pyi").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ClassDef)
}


def annotated(of_class: ast.ClassDef) -> dict[str, str]:
    return {
        ast.unparse(node.target): ast.unparse(node.annotation)
        for node in of_class.body
        if isinstance(node, ast.AnnAssign)
    }


def in_python(ctype: Any) -> str:
    """What a value of a C type is in Python, by asking CFFI for one: the stub has to say so."""
    if ctype.kind == "void":
        return "None"
    if ctype.kind in ("primitive", "enum"):
        return type(ffi.new(ffi.getctype(ctype, "*"))[0]).__name__
    return str(ctype.cname) if ctype.kind == "struct" else "CData"


def test_the_stub_has_what_lib_has() -> None:
    functions = {node.name: node for node in STUB["_Lib"].body if isinstance(node, ast.FunctionDef)}
    constants = annotated(STUB["_Lib"])
    assert functions.keys() | constants.keys() == set(dir(lib))
    for name, node in functions.items():
        ctype = ffi.typeof(getattr(lib, name))
        # Bytes may be passed where a text is read; of `const` CFFI's types know nothing.
        parameters = [
            ast.unparse(parameter.annotation).removeprefix("bytes | ")
            for parameter in node.args.posonlyargs[1:]
            if parameter.annotation
        ]
        assert parameters == [in_python(parameter) for parameter in ctype.args or ()], name
        assert node.returns is not None
        assert ast.unparse(node.returns) == in_python(ctype.result), name
    for name, annotation in constants.items():
        value = getattr(lib, name)
        expected = ("int", f"Literal[{value}]") if isinstance(value, int) else ("CData",)
        assert annotation in expected, name


def test_the_stub_has_the_fields_of_each_struct() -> None:
    typedefs, tags, _unions = ffi.list_types()
    ctypes = map(ffi.typeof, [*typedefs, *map("struct {}".format, tags)])
    structs = {
        str(ctype.cname).removeprefix("struct "): ctype
        for ctype in ctypes
        if ctype.kind == "struct" and has_size(ctype)
    }
    structs = {name: ctype for name, ctype in structs.items() if not name.startswith("python_")}
    assert STUB.keys() - {"_Lib"} == structs.keys()
    for name, ctype in structs.items():
        expected = {field: in_python(found.type) for field, found in ctype.fields or ()}
        assert annotated(STUB[name]) == expected


def has_size(ctype: Any) -> bool:
    # An opaque struct has none. (CFFI 2.1.1 ends the process when it is asked for its fields.)
    try:
        return ffi.sizeof(ctype) > 0
    except ffi.error:
        return False


NUMBERS = array("d", [1.0, 4.0])


@pytest.mark.parametrize(
    "call",
    [
        lambda: pyhello.sqrt(2.0),
        lambda: pyhello.root(2.0),
        lambda: pyhello.checked_sqrt(2.0),
        lambda: pyhello.greet("Ada"),
        lambda: pyhello.sentence(2.0),
        lambda: pyhello.sqrt_all(NUMBERS),
        lambda: pyhello.sqrt_all(NUMBERS, NUMBERS),
        lambda: pyhello.each_root(NUMBERS, lambda value, root: None),
        lambda: pyhello.Greeter("Hi").greet("Ada"),
        lambda: fails(lambda: pyhello.checked_sqrt(-1.0)),
        lambda: fails(lambda: pyhello.sqrt_all(NUMBERS, NUMBERS[1:])),
        lambda: fails(lambda: pyhello.each_root(NUMBERS, lambda value, root: 1 / 0)),
        lambda: fails(lambda: pyhello.Greeter("\0")),
    ],
)
def test_a_call_leaves_no_object_of_pythons(call: Callable[[], object]) -> None:
    def blocks_after(times: int) -> int:
        for _ in range(times):
            call()
        gc.collect()
        return sys.getallocatedblocks()

    # The first calls may keep something for the others.
    before = blocks_after(10)
    assert blocks_after(1000) - before < 500


def fails(call: Callable[[], object]) -> None:
    with contextlib.suppress(ValueError, ZeroDivisionError):
        call()
        pytest.fail("did not fail")
