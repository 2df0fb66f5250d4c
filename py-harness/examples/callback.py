"""Rust calls a Python function; an exception in it arrives here."""

from array import array

import pyhello


def show(value: float, root: float) -> bool:
    """Stops after a root of 2, and at what has none."""
    if value < 0:
        raise ArithmeticError(f"{value:g} has no root")
    print(f"{value:g} has the root {root:g}")
    return root < 2


pyhello.each_root(array("d", [1.0, 4.0, 9.0]), show)
try:
    pyhello.each_root(array("d", [-4.0, 9.0]), show)
except ArithmeticError as error:
    print(f"the visitor raised: {error}")
