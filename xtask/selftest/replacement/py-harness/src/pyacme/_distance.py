"""How far two texts are apart."""

from __future__ import annotations

from ._abi import ffi, lib
from ._errors import check
from ._strings import c_text

__all__ = ["edit_distance"]


def edit_distance(a: str, b: str) -> int:
    """Returns how many characters to insert, remove or replace to make one text the other."""
    distance = ffi.new("size_t *")
    check(lib.acme_edit_distance(c_text(a), c_text(b), distance))
    result: int = distance[0]
    return result
