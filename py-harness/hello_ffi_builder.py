"""Builds the module behind ``pyhello`` with CFFI, in API mode, and installs the package.

Run by the interpreter of the environment that shall have it::

    python hello_ffi_builder.py PIPELINE

where ``PIPELINE`` holds ``include/hello.h`` and ``lib/libhello``. CFFI writes a C program from the
declarations in the header, the C compiler makes it a module, and the module is linked with the
library and finds it by a path relative to itself.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from cffi import FFI

HERE = Path(__file__).resolve().parent


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python hello_ffi_builder.py PIPELINE")
    pipeline = Path(sys.argv[1]).resolve()
    package = Path(sysconfig.get_path("platlib")) / "pyhello"
    # Beside its destination, so that what is finished can be moved there in one step.
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=".pyhello-") as scratch:
        module = builder(pipeline, package).compile(tmpdir=scratch, verbose=True)
        install(Path(module), pipeline, package)
    print(f"installed {os.path.relpath(package)}")


def builder(pipeline: Path, package: Path) -> FFI:
    """The description of the module: what Python sees, and what the C compiler gets to read."""
    header = (pipeline / "include" / "hello.h").read_text(encoding="utf-8")
    cdef = cdef_of(header)
    ffi = FFI()
    ffi.cdef(cdef)
    ffi.set_source(
        "pyhello._hello",
        # CFFI's own wrappers would pass a `double` where the function takes a `float`, silently
        # converted. C allows a prototype to be repeated as long as it says the same, so repeating
        # what CFFI was told makes each difference from the header an error.
        '#include "hello.h"\n' + prototypes_of(cdef),
        include_dirs=[str(pipeline / "include")],
        libraries=["hello.dll" if sys.platform == "win32" else "hello"],
        library_dirs=[str(pipeline / "lib")],
        extra_link_args=rpath(pipeline / "lib", package),
    )
    return ffi


def cdef_of(header: str) -> str:
    """The declarations of the header, as ``FFI.cdef`` takes them: without the preprocessor's lines.

    What is inside ``#ifdef __cplusplus`` is for C++ and goes with them. A constant keeps its
    ``#define``, with ``...`` for its value: the C compiler fills that in.
    """
    kept = []
    for_cplusplus = False
    for line in without_comments(header).splitlines():
        words = line.split()
        if words[:2] == ["#ifdef", "__cplusplus"]:
            for_cplusplus = True
        elif words[:1] == ["#endif"]:
            for_cplusplus = False
        elif words[:1] == ["#define"] and len(words) > 2:
            kept.append(f"#define {words[1]} ...")
        elif words and not for_cplusplus and not words[0].startswith("#"):
            kept.append(line)
    return "\n".join(kept) + "\n"


def prototypes_of(cdef: str) -> str:
    """Only the functions' prototypes: a type must not be declared twice."""
    code = "\n".join(line for line in cdef.splitlines() if not line.startswith("#"))
    prototypes = []
    depth = start = 0
    for position, character in enumerate(code):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ";" and depth == 0:
            declaration = code[start : position + 1].strip()
            start = position + 1
            if declaration.endswith(");") and not declaration.startswith("typedef"):
                prototypes.append(declaration)
    return "\n".join(prototypes) + "\n"


def without_comments(header: str) -> str:
    """The header with every comment gone. It holds no string in which one could seem to begin."""
    code = []
    rest = header
    while True:
        before, block, rest = rest.partition("/*")
        code.append(before)
        if not block:
            break
        rest = rest.partition("*/")[2]
    return "\n".join(line.partition("//")[0].rstrip() for line in "".join(code).splitlines())


def rpath(library: Path, package: Path) -> list[str]:
    """How the module finds the library: from its own place, wherever both are moved together."""
    if sys.platform == "win32":
        return []  # The DLL is installed beside the module.
    origin = "@loader_path" if sys.platform == "darwin" else "$ORIGIN"
    return [f"-Wl,-rpath,{origin}/{os.path.relpath(library, package)}"]


def install(module: Path, pipeline: Path, package: Path) -> None:
    """Puts the package's own files and the module into the environment, each in one move."""
    package.mkdir(exist_ok=True)
    files = [file for file in (HERE / "src" / "pyhello").iterdir() if file.is_file()]
    if sys.platform == "win32":
        files.append(pipeline / "lib" / "hello.dll")
    for file in files:
        draft = module.with_name(file.name)
        shutil.copyfile(file, draft)
        os.replace(draft, package / file.name)
    os.replace(module, package / module.name)


if __name__ == "__main__":
    main()
