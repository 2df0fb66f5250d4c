"""libacme for Python.

# example: begin
    >>> import pyacme
    >>> pyacme.reverse("Ada")
    'adA'
# example: end
# core: begin
    >>> import pyacme
    >>> pyacme.abi_version()
    1
# core: end

A failure of the library is a ``LibraryError``. Text is ``str``. Every function may be called from
several threads at once. ``ffi`` and ``lib`` are the raw boundary, as CFFI has it; ``check`` turns
what a function of ``lib`` returns into an exception.
"""

import typing as _typing

from ._boundary import *
# example: begin
from ._example import *
# example: end

__version__ = version()

if not _typing.TYPE_CHECKING:
    # What the modules show, for `help`. Type checkers follow the imports: they cannot read a list
    # that is computed.
    __all__ = [name for name in dir() if not name.startswith("_")]
