"""A caller: it makes calls of one subject on request.

    python caller.py FOLDER SUBJECT LIBRARY

FOLDER has what was built to be measured; LIBRARY is the file of ours. Each line of standard input
asks for calls, ``ROW CALLS``, and is answered by ``NANOSECONDS ANSWER``: the time of all these
calls, and what one answered. It ends when its input does.

The loops of a caller in C are in C, peers/c/caller.c, and part of a call. In Python the time of an
empty loop is taken as well and subtracted: the loop of an interpreter costs as much as some calls.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import math
import sys
import time
import timeit
from array import array
from functools import cache
from typing import Any, Callable

import subjects

# Makes a number of calls in a loop; afterwards, what the last of them answered.
Loop = Callable[[int], object]
Answer = Callable[[], str]


@cache
def name_of(size: int) -> str:
    """The name to greet."""
    return "".join(chr(ord("a") + index % 16) for index in range(size))


@cache
def arrays(size: int) -> tuple[memoryview, memoryview, bytes]:
    """The values, the room for their roots, and what has to be there in the end.

    Half a page apart: processors take a write to the one for a write to the other where the last
    bits of the addresses are the same.
    """
    apart = size + (256 - size) % 512
    memory = memoryview(array("d", bytes(8 * (apart + size))))
    memory[:size] = memoryview(array("d", (index + 0.5 for index in range(size))))
    return memory[:size], memory[apart:], array("d", map(math.sqrt, memory[:size])).tobytes()


def address(doubles: memoryview) -> int:
    """Where C finds the doubles."""
    return ctypes.addressof(ctypes.c_double.from_buffer(doubles))


class Data(ctypes.Structure):
    """``Data`` in peers/c/caller.c."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("values", ctypes.c_void_p),
        ("roots", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("answer", ctypes.c_char * 8192),
    )


def in_c(library: Any, kind: str, size: int) -> tuple[Loop, Answer]:
    """The loop in C over the library that it is linked with."""
    data = Data(name_of(size).encode())
    if kind == "array":
        data.values, data.roots = map(address, arrays(size)[:2])
        data.count = size
    run, word = library.bench_run, kind.encode()
    run.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(Data))
    return lambda calls: run(word, calls, data), lambda: data.answer.decode()


def in_python(subject: Any, kind: str, size: int) -> tuple[Loop, Answer]:
    """A loop in Python, written by ``timeit``."""
    function, arguments, in_words = call(subject, kind, size)
    names = {"f": function, **dict(zip("xy", arguments))}
    # The names are locals of the loop, as in a program in a hurry.
    setup = "; ".join(f"{name} = _{name}" for name in names)
    expression = f"f({', '.join('xy'[: len(arguments)])})"
    loop = timeit.Timer(expression, setup, globals={f"_{k}": v for k, v in names.items()})
    return loop.timeit, lambda: in_words(function(*arguments))


def call(subject: Any, kind: str, size: int) -> tuple[Any, tuple[Any, ...], Callable[[Any], str]]:
    """What is called with what, and how its result is put into words."""
    seen = [0.0]

    def visit(value: float, root: float) -> None:
        seen[0] = value * root

    if kind == "empty":
        return subject.abi_version, (), str
    if kind == "number":
        return subject.sqrt, (2.0,), "{:.17g}".format
    if kind == "text":
        return subject.greet, (name_of(size),), str
    if kind == "callback":
        return subject.each_root, (array("d", [4.0]), visit), lambda _: f"{seen[0]:.17g}"
    if kind == "column":
        numpy, pyarrow = map(importlib.import_module, ("numpy", "pyarrow"))
        values, _, expected = arrays(size)
        column = getattr(subject, "column", pyarrow.array)(numpy.asarray(values))

        def roots_in_words(found: Any) -> str:
            roots = pyarrow.array(found).to_numpy().tobytes()
            return "every root" if roots == expected else "another root"

        return subject.sqrt_column, (column,), roots_in_words
    buffers = map(getattr(subject, "array", memoryview), arrays(size)[:2])
    return subject.sqrt_all, tuple(buffers), str


def main() -> None:
    """Does what it is asked for."""
    folder, name, ours = sys.argv[1:]
    sys.path.insert(0, folder)
    # A collection would be counted as part of one batch.
    gc.disable()
    is_c = name.startswith("c-")
    # Where it does not call, its functions are seen by nobody else.
    library = ctypes.CDLL(f"{folder}/caller-{name if is_c else 'c-c'}.so")
    subject = None if is_c else subjects.load(name, ours)
    for line in sys.stdin:
        row, calls = line.split()[0], int(line.split()[1])
        kind, _, digits = row.partition("-")
        size = int(digits or 0)
        run, answer = in_c(library, kind, size) if is_c else in_python(subject, kind, size)
        # The caches are the other programs' until now.
        run(calls // 16 + 1)
        library.bench_begin()
        begun = time.thread_time_ns()
        run(calls)
        took = time.thread_time_ns() - begun
        library.bench_end()
        if not is_c:
            begun = time.thread_time_ns()
            timeit.Timer("pass").timeit(calls)
            took -= time.thread_time_ns() - begun
        said = answer()
        if kind == "array":
            _, roots, expected = arrays(size)
            said = "every root" if bytes(roots) == expected else "another root"
            # What one call wrote is not taken for the next one's.
            roots[:] = memoryview(array("d", bytes(8 * size)))
        print(took, said, flush=True)


if __name__ == "__main__":
    main()
