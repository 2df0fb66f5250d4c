"""libacme for Python.

    >>> import pyacme
    >>> pyacme.reverse("Ada")
    'adA'

A failure of the library is a ``LibraryError``. Text is ``str``. Every function may be called from
several threads at once. ``ffi`` and ``lib`` are the raw boundary, as CFFI has it; ``check`` turns
what a function of ``lib`` returns into an exception.
"""

from ._abi import abi_version, ffi, lib, version
from ._errors import (
    ArgumentError,
    DivisionByZeroError,
    OutOfMemoryError,
    PanicError,
    check,
)
from ._example import Total, divide, fahrenheit, reverse
from ._failure import LibraryError, status_name

__version__ = version()

__all__ = [
    "ArgumentError",
    "DivisionByZeroError",
    "LibraryError",
    "OutOfMemoryError",
    "PanicError",
    "Total",
    "abi_version",
    "check",
    "divide",
    "fahrenheit",
    "ffi",
    "lib",
    "reverse",
    "status_name",
    "version",
]
