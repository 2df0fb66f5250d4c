"""The functions of ``pyhello`` that are measured, in Python alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Callable, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

sqrt = math.sqrt


def abi_version() -> int:
    """Returns what the library does."""
    return 1


class Root(NamedTuple):
    """A number and its square root."""

    value: float
    root: float
    exact: bool


def root(value: float) -> Root:
    """Returns ``value``, its square root and whether that is exact; finite, from 0 on."""
    found = math.sqrt(value)
    numerator, denominator = found.as_integer_ratio()
    exact = (numerator * numerator, denominator * denominator) == value.as_integer_ratio()
    return Root(value, found, exact)


def checked_sqrt(value: float) -> float:
    """Returns the square root of ``value``, or raises a ``ValueError``."""
    if value < 0:
        raise ValueError(f"{value} has no real square root")
    return math.sqrt(value)


def greet(name: str) -> str:
    """Returns a greeting."""
    return f"Hello, {name}!"


def sqrt_all(values: Iterable[float]) -> list[float]:
    """Returns the square root of each of ``values``."""
    root_of = math.sqrt
    return [root_of(value) for value in values]


def each_root(values: Iterable[float], visitor: Callable[[float, float], object]) -> None:
    """Calls ``visitor`` with each of ``values`` and its square root."""
    for value in values:
        visitor(value, math.sqrt(value))
