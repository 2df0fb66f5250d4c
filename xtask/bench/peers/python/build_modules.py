"""Builds CFFI modules in API mode over libraries that have hello.h in common, to be compared.

    python build_modules.py PY_HARNESS INCLUDE FOLDER NAME LIBRARY_FOLDER LIBRARY

makes the module ``bench_NAME`` in FOLDER, linked with ``LIBRARY`` (without its ``lib``). The
modules differ in the library alone: CFFI is told the same, from the header, as for pyhello. Beside
them ``hello.cdef`` has what it is told in ABI mode.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cffi import FFI
from pycparser.c_ast import Typedef

# What libraries beside ours do not have; they are not called.
_MEASURED = (
    "hello_abi_version",
    "hello_last_error",
    "hello_sqrt",
    "hello_root",
    "hello_checked_sqrt",
    "hello_greet",
    "hello_string_free",
    "hello_sqrt_all",
    "hello_each_root",
)


def main() -> None:
    """Makes the module that the command line asks for."""
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    name, library = sys.argv[4], sys.argv[6]
    # The compiler runs in a folder of its own.
    harness, include, folder, library_folder = (
        str(Path(sys.argv[index]).resolve()) for index in (1, 2, 3, 5)
    )
    sys.path.insert(0, harness)
    import hello_ffi_builder as builder

    header = (Path(include) / "hello.h").read_text(encoding="utf-8")
    cdef = builder.cdef_of(header)
    types = [
        builder.in_c(declaration)
        for declaration in builder.declarations_of(cdef)
        if isinstance(declaration, Typedef)
    ]
    functions = [
        builder.in_c(function)
        for function in builder.functions_of(cdef)
        if function.name in _MEASURED
    ]
    told = "".join(types + functions)
    (Path(folder) / "hello.cdef").write_text(told, encoding="utf-8")
    ffi = FFI()
    ffi.cdef(told + builder.visitors_of(cdef))
    ffi.set_source(
        f"bench_{name}",
        '#include "hello.h"\n' + "".join(functions),
        include_dirs=[include],
        libraries=[library],
        library_dirs=[library_folder],
        extra_link_args=[f"-Wl,-rpath,{library_folder}"],
    )
    ffi.compile(tmpdir=folder)


if __name__ == "__main__":
    main()
