"""Builds CFFI modules in API mode over libraries that have hello.h in common, to be compared.

    python build_modules.py PY_HARNESS INCLUDE FOLDER NAME LIBRARY FUNCTIONS

makes the module ``bench_NAME`` in FOLDER, linked with the file LIBRARY, over the FUNCTIONS that it
exports, separated by commas. The modules differ in the library alone:
CFFI gets the same declarations, from the header, as for pyhello. Beside each, ``bench_NAME.cdef``
has the declarations for ABI mode.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cffi import FFI


def main() -> None:
    """Makes the module that the command line asks for."""
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    name, exported = sys.argv[4], set(sys.argv[6].split(","))
    # The compiler runs in a folder of its own.
    harness, include, folder, library = (Path(sys.argv[index]).absolute() for index in (1, 2, 3, 5))
    sys.path.insert(0, str(harness))
    from support import ffi_builder as builder

    header = builder.Header(include / "hello.h", lambda function: function in exported)
    functions = [builder.in_c(function) for function in header.functions.values()]
    texts = [text for text, _ in header.declared]
    types = [text for text in texts if text.startswith("typedef ")]
    callbacks = [text for text in texts if text.startswith('extern "Python" ')]
    declared = "".join(types + functions)
    (folder / f"bench_{name}.cdef").write_text(declared, encoding="utf-8")
    ffi = FFI()
    ffi.cdef(declared + "".join(callbacks))
    ffi.set_source(
        f"bench_{name}",
        '#include "hello.h"\n' + "".join(functions),
        include_dirs=[str(include)],
        libraries=[library.stem.removeprefix("lib")],
        library_dirs=[str(library.parent)],
        extra_link_args=[f"-Wl,-rpath,{library.parent}"],
    )
    ffi.compile(tmpdir=str(folder))


if __name__ == "__main__":
    main()
