"""The words of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ._abi import bytes_at, ffi, lib
from ._errors import check
from ._strings import c_text
from ._visit import Visit

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

__all__ = ["each_word"]


def each_word(text: str, visitor: Callable[[str], object]) -> None:
    """Calls ``visitor`` with each word of ``text``, in order, until it returns ``False``.

    An exception of the visitor's ends it, too, and arrives here.
    """
    visit = Visit(visitor)
    handle = ffi.new_handle(visit)
    check(lib.acme_each_word(c_text(text), lib.python_AcmeWordVisitor, handle))
    visit.end()


@ffi.def_extern(name="python_AcmeWordVisitor", error=0)
def _visit_word(word: CData, context: CData) -> int:
    visit: Visit = ffi.from_handle(context)
    return visit.answer(bytes_at(word).decode())
