"""Numbers in, numbers out."""

from __future__ import annotations

from typing import Callable, NamedTuple

from ._boundary import check, ffi, lib

__all__ = ["Root", "checked_sqrt", "root", "sqrt"]

# The function of the boundary itself: it does all that a function around it could, and that would
# double what a call costs. Correctly rounded; nan for nan and for anything below zero.
sqrt: Callable[[float], float] = lib.hello_sqrt


class Root(NamedTuple):
    """A number and its square root."""

    value: float
    root: float
    #: Whether ``root`` is the square root itself and not merely the float next to it.
    exact: bool


def root(value: float) -> Root:
    """Returns ``value``, its square root as by ``sqrt``, and whether that is exact."""
    found = lib.hello_root(value)
    return Root(found.value, found.root, found.exact)


def checked_sqrt(value: float) -> float:
    """Returns the square root of ``value``; nan is not an error: its root is nan.

    ``DomainError``: ``value`` is below zero.
    """
    root = ffi.new("double *")
    check(lib.hello_checked_sqrt(value, root))
    result: float = root[0]
    return result
