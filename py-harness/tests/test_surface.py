"""What the package shows: its names, its documentation, its types."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

import pytest

import pyhello
from pyhello import ffi, lib

PACKAGE = Path(pyhello.__file__).parent


def test_all_is_what_there_is() -> None:
    # The package's own files begin with an underscore.
    shown = {name for name in vars(pyhello) if not name.startswith("_")}
    assert set(pyhello.__all__) == shown
    assert list(pyhello.__all__) == sorted(pyhello.__all__)


@pytest.mark.parametrize("name", sorted(set(pyhello.__all__) - {"ffi", "lib"}))
def test_everything_says_what_it_does(name: str) -> None:
    assert getattr(pyhello, name).__doc__


def test_the_documentation_tells_the_truth() -> None:
    outcome = doctest.testmod(pyhello)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()


def test_the_stub_has_what_lib_has() -> None:
    stub = ast.parse((PACKAGE / "_hello.pyi").read_text(encoding="utf-8"))
    [of_lib] = [
        node for node in stub.body if isinstance(node, ast.ClassDef) and node.name == "_Lib"
    ]
    parameters = {}
    constants = set()
    for node in of_lib.body:
        if isinstance(node, ast.FunctionDef):
            parameters[node.name] = len(node.args.posonlyargs or node.args.args) - 1
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            constants.add(node.target.id)
    assert parameters.keys() | constants == set(dir(lib))
    for name, count in parameters.items():
        assert len(ffi.typeof(getattr(lib, name)).args) == count, name
