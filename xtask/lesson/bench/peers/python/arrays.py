"""``peers/c/arrays.h``: what all callers share, loaded. ``load`` comes first."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

_library: Any = None


def load(path: str) -> None:
    """Loads the library at ``path``."""
    global _library
    _library = ctypes.CDLL(path)
    size = ctypes.c_size_t
    for name in ("bench_values", "bench_roots"):
        function = getattr(_library, name)
        function.restype, function.argtypes = ctypes.c_void_p, [size]
    _library.bench_checksum.restype = ctypes.c_uint64
    _library.bench_checksum.argtypes = [ctypes.c_void_p, size]


@cache
def pair(count: int) -> tuple[Any, Any]:
    """The values and the target for their roots, as numpy's arrays: the same for all subjects."""
    return _array(_library.bench_values, count), _array(_library.bench_roots, count)


def _array(make: Any, count: int) -> Any:
    import numpy

    address = make(count)
    if address is None:
        raise MemoryError(f"there is no memory for {count} doubles")
    memory = (ctypes.c_char * (count * 8)).from_address(address)
    return numpy.frombuffer(memoryview(memory), dtype=numpy.float64)


def checksum(roots: Any) -> str:
    """The bits of all, each weighted by its index."""
    import numpy

    doubles = numpy.ascontiguousarray(roots, dtype=numpy.float64)
    return f"{_library.bench_checksum(doubles.ctypes.data, len(doubles)):016x}"
