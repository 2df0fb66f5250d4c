"""Builds ``lying`` with CFFI, from declarations that are not those of the header that C gets.

Run as ``python lying_module.py BUILDER DECLARATIONS INCLUDE LIB OUT``. Without what the workspace's
builder adds so that the C compiler notices.
"""

import importlib.util
import sys
from pathlib import Path

from cffi import FFI

builder, declarations, include, lib, out = map(Path, sys.argv[1:])
spec = importlib.util.spec_from_file_location("builder", builder)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

ffi = FFI()
ffi.cdef(module.cdef_of(declarations.read_text(encoding="utf-8")))
ffi.set_source(
    "lying",
    '#include "hello.h"',
    include_dirs=[str(include)],
    libraries=["hello"],
    library_dirs=[str(lib)],
    extra_link_args=[f"-Wl,-rpath,{lib}"],
    extra_compile_args=["-w"],
)
ffi.compile(tmpdir=str(out))
