"""libacme for Python.

    >>> import pyacme
    >>> pyacme.edit_distance("kitten", "sitting")
    3

A failure of the library is a ``LibraryError``. Text is ``str``. Every function may be called from
several threads at once. ``ffi`` and ``lib`` are the raw boundary, as CFFI has it; ``check`` turns
what a function of ``lib`` returns into an exception.
"""

from ._abi import abi_version, ffi, lib, version
from ._distance import edit_distance
from ._errors import (
    ArgumentError,
    DomainError,
    EmptyError,
    OutOfMemoryError,
    PanicError,
    check,
)
from ._failure import LibraryError, status_name
from ._histogram import Histogram, Summary
from ._words import each_word

__version__ = version()

__all__ = [
    "ArgumentError",
    "DomainError",
    "EmptyError",
    "Histogram",
    "LibraryError",
    "OutOfMemoryError",
    "PanicError",
    "Summary",
    "abi_version",
    "check",
    "each_word",
    "edit_distance",
    "ffi",
    "lib",
    "status_name",
    "version",
]
