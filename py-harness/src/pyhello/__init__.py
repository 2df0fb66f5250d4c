"""libhello for Python.

    >>> import pyhello
    >>> pyhello.sqrt(2.25)
    1.5
    >>> pyhello.greet("Ada")
    'Hello, Ada!'

What holds for every function:

Errors   A failure of the library is a ``LibraryError``, which carries the library's message and
         status; where Python has an exception for it, it is that one too. An argument of a wrong
         type is a ``TypeError``, before the library is called.
Text     is ``str``. It crosses as UTF-8, copied. In C it ends at a NUL, so one with a NUL inside
         is a ``ValueError``; so is a lone surrogate, which UTF-8 cannot encode.
Arrays   are buffers of doubles, used where they are. No other thread may change them meanwhile.
Memory   Everything returned is Python's own. Only a ``Greeter`` holds on to the library's.
Threads  Every function may be called from several threads at once, and lets other threads of
         Python run while the library works.
Signals  Their handlers run when the library has returned: Ctrl-C ends no call, not even one that
         prints and waits for a reader. A handler that fails in the library may replace the message
         of the call that it came after.
Output   The library writes to the process's standard output, not to ``sys.stdout``, which is
         flushed before so that the order is right.

``ffi`` and ``lib`` are the raw boundary, as CFFI has it; ``check`` turns what a function of ``lib``
returns into an exception.
"""

import typing as _typing

from ._arrays import *
from ._boundary import *
from ._column import *
from ._errors import *
from ._greeter import *
from ._numbers import *
from ._output import *
from ._panic import *
from ._text import *
from ._visitor import *

__version__ = version()

if not _typing.TYPE_CHECKING:
    # What the modules show, for `help`. Type checkers follow the imports: they cannot read a list
    # that is computed.
    __all__ = [name for name in dir() if not name.startswith("_")]
