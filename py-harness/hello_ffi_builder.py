"""Builds the module behind ``pyhello`` with CFFI, in API mode, and installs the package.

Run by the interpreter of the environment that shall have it::

    python hello_ffi_builder.py PIPELINE

where ``PIPELINE`` holds ``include/hello.h`` and ``lib/libhello``. CFFI writes a C program from the
declarations in the header, the C compiler makes it a module, and the module is linked with the
library and finds it by a path relative to itself. Beside the module comes its stub, ``_hello.pyi``,
for type checkers: made from the same declarations.
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
    """Makes the module and its stub, and installs them with the package."""
    if len(sys.argv) != 2:
        sys.exit("usage: python hello_ffi_builder.py PIPELINE")
    pipeline = Path(sys.argv[1]).resolve()
    package = Path(sysconfig.get_path("platlib")) / "pyhello"
    cdef = cdef_of((pipeline / "include" / "hello.h").read_text(encoding="utf-8"))
    ffi = builder(cdef, pipeline, package)
    # Beside its destination, so that what is finished can be moved there in one step.
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=".pyhello-") as scratch:
        module = Path(ffi.compile(tmpdir=scratch))
        stub = module.with_name("_hello.pyi")
        stub.write_text(stub_of(ffi, cdef), encoding="utf-8")
        install([module, stub], pipeline, package)
    print(f"installed {os.path.relpath(package)}")


def builder(cdef: str, pipeline: Path, package: Path) -> FFI:
    """The description of the module: what Python sees, and what the C compiler gets to read."""
    ffi = FFI()
    ffi.cdef(cdef + visitors_of(cdef))
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
    return "".join(
        f"{declaration}\n"
        for declaration in declarations_of(cdef)
        if declaration.endswith(");") and not declaration.startswith("typedef")
    )


def visitors_of(cdef: str) -> str:
    """For each type of a function pointer ``T``, a function ``python_T`` that Python fills in.

    It is a C function like any other, made by the C compiler; ``ffi.callback`` would write machine
    code when the program runs, which some systems forbid.
    """
    functions = []
    for declaration in declarations_of(cdef):
        # `typedef int32_t (*T)(double value);`
        result, pointer, rest = declaration.partition("(*")
        if pointer and result.startswith("typedef"):
            result = result.replace("typedef", 'extern "Python"')
            functions.append(f"{result}python_{rest.replace(')', '', 1)}\n")
    return "".join(functions)


def declarations_of(cdef: str) -> list[str]:
    """What stands between semicolons, those within braces aside."""
    code = "\n".join(line for line in cdef.splitlines() if not line.startswith("#"))
    declarations = []
    depth = start = 0
    for position, character in enumerate(code):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ";" and depth == 0:
            declarations.append(" ".join(code[start : position + 1].split()))
            start = position + 1
    return declarations


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


def stub_of(ffi: FFI, cdef: str) -> str:
    """The types of ``ffi`` and ``lib`` for type checkers, which cannot look into the module."""
    structs = []
    constants = [
        f"    {line.split()[1]}: int" for line in cdef.splitlines() if line.startswith("#define")
    ]
    for name in ffi.list_types()[0]:
        ctype = ffi.typeof(name)
        if ctype.kind == "struct" and ctype.fields:
            fields = [f"    {field}: {python_type(of.type)}" for field, of in ctype.fields]
            structs += ["@type_check_only", f"class {name}:", *fields, ""]
        elif ctype.kind == "enum":
            values = sorted(ctype.elements.items())
            constants += [f"    {constant}: Literal[{value}]" for value, constant in values]
        elif ctype.kind == "function":
            constants.append(f"    python_{name}: CData")
    functions = []
    for prototype in prototypes_of(cdef).splitlines():
        # `double hello_sqrt(double value);`; no parameter has a type with parentheses in it.
        head, _, rest = prototype.removesuffix(");").partition("(")
        name = head.split()[-1].lstrip("*")
        result = ffi.typeof(head.removesuffix(name))
        parameters = ["self"]
        for parameter in rest.split(",") if rest != "void" else []:
            words = parameter.strip()
            label = words.split()[-1].lstrip("*")
            of = python_type(ffi.typeof(words.removesuffix(label)))
            # CFFI passes the bytes' own memory, so only for what the function does not change.
            text = "bytes | " if words.startswith("const char *") else ""
            parameters.append(f"{label}: {text}{of}")
        signature = ", ".join([*parameters, "/"]) if len(parameters) > 1 else "self"
        functions += [
            f"    # {prototype}",
            f"    def {name}({signature}) -> {python_type(result)}: ...",
        ]
    return "\n".join(
        [
            "# Made by hello_ffi_builder.py from hello.h.",
            "from typing import Literal, type_check_only",
            "",
            "from _cffi_backend import FFI",
            "from _cffi_backend import _CDataBase as CData",
            "",
            *structs,
            "@type_check_only",
            "class _Lib:",
            *constants,
            *functions,
            "",
            "ffi: FFI",
            "lib: _Lib",
            "",
        ]
    )


def python_type(ctype: FFI.CType) -> str:
    """What CFFI makes of a C type; an enum is its number."""
    if ctype.kind == "primitive":
        return {"double": "float", "float": "float", "_Bool": "bool"}.get(ctype.cname, "int")
    if ctype.kind == "struct":
        return str(ctype.cname)
    return {"void": "None", "enum": "int"}.get(ctype.kind, "CData")


def install(made: list[Path], pipeline: Path, package: Path) -> None:
    """Puts the package's own files and what was made into the environment, each in one move."""
    package.mkdir(exist_ok=True)
    files = [file for file in (HERE / "src" / "pyhello").iterdir() if file.is_file()]
    if sys.platform == "win32":
        files.append(pipeline / "lib" / "hello.dll")
    for file in files:
        draft = made[0].with_name(file.name)
        shutil.copyfile(file, draft)
        made.append(draft)
    for draft in made:
        draft.replace(package / draft.name)
    # What an earlier version of the package had besides.
    names = {file.name for file in made}
    for file in package.iterdir():
        if file.is_file() and file.name not in names:
            file.unlink()


if __name__ == "__main__":
    main()
