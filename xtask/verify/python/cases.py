"""Makes the calls of a file through CFFI.

    python cases.py MODULE CALLS [--rounds N]

What makes them in C, compiled as a library beside this file, reads the file and writes down what
each call did (``calls.c``). It leaves the call itself to the ``lib`` of the module: CFFI converts
the arguments and the result by the types that it has.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any

CALLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)


def caller(module: Any) -> Any:
    """What makes a call, given the address of each argument and one for the result."""
    ffi, lib = module.ffi, module.lib

    def value(of: Any, address: int | None) -> Any:
        return ffi.cast(ffi.getctype(of, "*"), address)

    def call(name: bytes, addresses: Any, result: int | None) -> None:
        try:
            function = getattr(lib, name.decode())
            kind = ffi.typeof(function)
            arguments = [value(of, addresses[at])[0] for at, of in enumerate(kind.args)]
            returned = function(*arguments)
            if kind.result.kind != "void":
                value(kind.result, result)[0] = returned
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    return CALLER(call)


def main() -> int:
    """Runs the command line."""
    module = importlib.import_module(sys.argv[1])
    arguments = ["cases.py", *sys.argv[2:]]
    argv = (ctypes.c_char_p * (len(arguments) + 1))(*map(os.fsencode, arguments))
    driver = ctypes.CDLL(str(Path(__file__).with_name("cases-python")))
    return int(driver.run(argv, caller(module)))


if __name__ == "__main__":
    sys.exit(main())
