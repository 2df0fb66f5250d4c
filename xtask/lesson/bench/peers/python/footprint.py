"""What a shared library with the functions of hello.h does to the process that loads it.

    python footprint.py LIBRARY

Prints lines of a name and a value. Linux alone: it reads /proc/self.
"""

from __future__ import annotations

import _ctypes
import ctypes
import os
import signal
import sys
from pathlib import Path

# How many seconds a child may take that has a moment's work.
PATIENCE = 10


def load(path: str) -> ctypes.CDLL:
    """Loads the library, and calls it: a number and a text, so that it allocates, too."""
    library = ctypes.CDLL(path)
    library.hello_sqrt.restype, library.hello_sqrt.argtypes = ctypes.c_double, (ctypes.c_double,)
    if library.hello_sqrt(4.0) != 2.0 or greet(library, b"Ada") != b"Hello, Ada!":
        sys.exit(f"{path} gives other answers than it should")
    return library


def greet(library: ctypes.CDLL, name: bytes) -> bytes:
    """A text, freed."""
    text = ctypes.c_void_p()
    library.hello_greet(name, ctypes.byref(text))
    greeting = ctypes.string_at(text.value or 0)
    library.hello_string_free(text)
    return greeting


def status(name: str) -> str:
    """What the system says of this process."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


def fate_of_child(library: ctypes.CDLL) -> str:
    """How a child fares that is forked and given a moment for some megabytes of text.

    That is enough for a garbage collector to have its turn.
    """
    pid = os.fork()
    if pid == 0:
        signal.alarm(PATIENCE)
        os._exit(not all(greet(library, b"a" * 999) for _ in range(20000)))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {0: "works", 1: "fails", -signal.SIGALRM: "hangs"}.get(code, f"ends with {code}")


def main() -> None:
    """Says all of it."""
    path = sys.argv[1]
    threads, handlers, memory = map(status, ("Threads", "SigCgt", "VmRSS"))
    library = load(path)
    print("memory", (int(status("VmRSS")) - int(memory)) * 1024)
    print("threads", int(status("Threads")) - int(threads))
    print("handlers", bin(int(status("SigCgt"), 16) & ~int(handlers, 16)).count("1"))
    print("fork", fate_of_child(library), flush=True)
    _ctypes.dlclose(library._handle)
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    print("unloads", "no" if path in maps else "yes")
    print("size", Path(path).stat().st_size)


if __name__ == "__main__":
    main()
