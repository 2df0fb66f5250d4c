"""libacme for Python.

    >>> import pyacme
    >>> pyacme.edit_distance("kitten", "sitting")
    3

A failure of the library is a ``LibraryError``. Text is ``str``. Every function may be called from
several threads at once. ``ffi`` and ``lib`` are the raw boundary, as CFFI has it; ``check`` turns
what a function of ``lib`` returns into an exception.
"""

import typing as _typing

from ._abi import *
from ._distance import *
from ._errors import *
from ._failure import *
from ._histogram import *
from ._words import *

__version__ = version()

if not _typing.TYPE_CHECKING:
    # What the modules show, for `help`. Type checkers follow the imports: they cannot read a list
    # that is computed.
    __all__ = [name for name in dir() if not name.startswith("_")]
