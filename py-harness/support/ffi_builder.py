# abi-python 0.1.0. `cargo xtask generate` writes this file; it is the same for every library.
"""Makes a Python module of a C library with CFFI, in API mode, and installs its package.

CFFI writes a C program from the declarations in the header, the C compiler makes it a module, and
the module is linked with the library and finds it by a path relative to itself. Beside the module
comes its stub, for type checkers: made from the same declarations.
"""

from __future__ import annotations

import keyword
import os
import re
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI
from pycparser.c_ast import Decl, FuncDecl, PtrDecl, TypeDecl, Typedef
from pycparser.c_generator import CGenerator
from pycparser.c_parser import CParser

HERE = Path(__file__).resolve().parent.parent


class Names(NamedTuple):
    """What is called how."""

    #: For the linker. The header and the module behind the package have this name as well.
    library: str
    #: What Python imports.
    package: str


def main(names: Names) -> None:
    """Makes the module and its stub, and installs them with the package."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {Path(sys.argv[0]).name} PIPELINE")
    pipeline = Path(sys.argv[1]).resolve()
    package = Path(sysconfig.get_path("platlib")) / names.package
    header = pipeline / "include" / f"{names.library}.h"
    cdef = cdef_of(header.read_text(encoding="utf-8"))
    ffi = builder(names, cdef, pipeline, package)
    forget_rpath_of_python()
    # Beside its destination, so that what is finished can be moved there in one step.
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=f".{names.package}-") as scratch:
        module = Path(ffi.compile(tmpdir=scratch))
        stub = module.with_name(f"_{names.library}.pyi")
        stub.write_text(stub_of(ffi, cdef), encoding="utf-8")
        install(names, [module, stub], pipeline, package)
    print(f"installed {os.path.relpath(package)}")


def builder(names: Names, cdef: str, pipeline: Path, package: Path) -> FFI:
    """The description of the module: what Python sees, and what the C compiler gets to read."""
    ffi = FFI()
    ffi.cdef(cdef + visitors_of(cdef) + places_of(cdef))
    ffi.set_source(
        f"{names.package}._{names.library}",
        # CFFI's own wrappers would pass a `double` where the function takes a `float`, silently
        # converted. C allows a prototype to be repeated as long as it says the same, so repeating
        # what CFFI reads makes each difference from the header an error.
        f'#include "{names.library}.h"\n' + prototypes_of(cdef) + places_of(cdef) + frees_of(cdef),
        include_dirs=[str(pipeline / "include")],
        libraries=[f"{names.library}.dll" if sys.platform == "win32" else names.library],
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
    # The header has no string in which a comment could seem to begin.
    for line in re.sub(r"/\*.*?\*/|//[^\n]*", "", header, flags=re.DOTALL).splitlines():
        words = line.split()
        if words[:2] == ["#ifdef", "__cplusplus"]:
            for_cplusplus = True
        elif words[:1] == ["#endif"]:
            for_cplusplus = False
        elif words[:1] == ["#define"] and len(words) > 2:
            kept.append(f"#define {words[1]} ...")
        elif words and not for_cplusplus and not words[0].startswith("#"):
            kept.append(line.rstrip())
    return "\n".join(kept) + "\n"


# What the header gets by its #includes, which are preprocessor's lines: the parser has to know that
# these are types, and nothing else about them.
STANDARD_TYPES = ["bool", "size_t", "ptrdiff_t", "intptr_t", "uintptr_t"] + [
    f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)
]


def declarations_of(cdef: str) -> list[Any]:
    """The declarations as trees of pycparser, with which CFFI itself reads C."""
    known = [f"typedef int {name};" for name in STANDARD_TYPES]
    declared = [line for line in cdef.splitlines() if not line.startswith("#")]
    return list(CParser().parse("\n".join(known + declared)).ext[len(known) :])


def in_c(declaration: Any) -> str:
    """The declaration written in C again, as one statement."""
    return f"{CGenerator().visit(declaration)};\n"


def functions_of(cdef: str) -> list[Any]:
    """The declarations of functions among the others."""
    return [
        declaration
        for declaration in declarations_of(cdef)
        if isinstance(declaration, Decl) and isinstance(declaration.type, FuncDecl)
    ]


def prototypes_of(cdef: str) -> str:
    """Only the functions' prototypes: a type must not be declared twice."""
    return "".join(map(in_c, functions_of(cdef)))


def visitors_of(cdef: str) -> str:
    """For each type of a function pointer ``T``, a function ``python_T`` that Python fills in.

    It is a C function like any other, made by the C compiler; ``ffi.callback`` would write machine
    code when the program runs, which some systems forbid.
    """
    return "".join(
        'extern "Python" ' + in_c(renamed(declaration.type.type, f"python_{declaration.name}"))
        for declaration in declarations_of(cdef)
        # `typedef int32_t (*T)(double value);`
        if isinstance(declaration, Typedef)
        and isinstance(declaration.type, PtrDecl)
        and isinstance(declaration.type.type, FuncDecl)
    )


def handles_of(cdef: str) -> dict[str, Any]:
    """The functions that free a handle, by name, and the declaration of what each of them takes.

    They are known by their shape: they return nothing, and take a pointer to an opaque struct and
    nothing else.
    """
    ffi = FFI()
    ffi.cdef(cdef)
    handles = {}
    for function in functions_of(cdef):
        ctype = type_of(ffi, function)
        if ctype.result.kind != "void" or len(ctype.args) != 1 or ctype.args[0].kind != "pointer":
            continue
        handle = function.type.args.params[0]
        is_opaque = ctype.args[0].item.kind == "struct" and ctype.args[0].item.fields is None
        if is_opaque and "const" not in handle.type.type.quals:
            handles[function.name] = handle
    return handles


def places_of(cdef: str) -> str:
    """For each function ``F`` that frees a handle, a place for one: a struct ``python_F``.

    A function ``python_F`` frees what is there. So Python can own the place before the library
    makes what is to be freed, and nothing that strikes between the two leaves it behind.
    """
    return "".join(
        f"struct python_{free} {{ {in_c(renamed(handle, 'handle')).strip()} }};\n"
        f"static void python_{free}(void *place);\n"
        for free, handle in handles_of(cdef).items()
    )


def frees_of(cdef: str) -> str:
    """What the functions ``python_F`` do. Nothing is there if the library has failed to make it."""
    return "".join(
        f"static void python_{free}(void *memory) {{\n"
        f"    struct python_{free} *place = memory;\n"
        f"    if (place->handle != NULL) {free}(place->handle);\n"
        "    place->handle = NULL;\n"
        "}\n"
        for free, handle in handles_of(cdef).items()
    )


def type_of(ffi: FFI, function: Any) -> FFI.CType:
    """The type of a pointer to the function, ``double (*)(double value)``: all types are in it."""
    return ffi.typeof(CGenerator().visit(renamed(function.type, "(*)")))


def renamed(declaration: Any, name: str) -> Any:
    """Gives a declaration another name. It stands innermost: a function's after its result."""
    innermost = declaration
    while not isinstance(innermost, TypeDecl):
        innermost = innermost.type
    innermost.declname = name
    return declaration


def rpath(library: Path, package: Path) -> list[str]:
    """How the module finds the library: from its own place, wherever both are moved together."""
    if sys.platform == "win32":
        return []  # The DLL is installed beside the module.
    origin = "@loader_path" if sys.platform == "darwin" else "$ORIGIN"
    return [f"-Wl,-rpath,{origin}/{os.path.relpath(library, package)}"]


def forget_rpath_of_python() -> None:
    """Takes out of the flags that Python hands on where its own libpython was when it was built.

    The module has no use for that folder, which on other machines may be anybody's.
    """
    variables = sysconfig.get_config_vars()
    for name, value in variables.items():
        if isinstance(value, str):
            variables[name] = re.sub(r"-Wl,-rpath[,=]\S+ ?", "", value)


def stub_of(ffi: FFI, cdef: str) -> str:
    """The types of ``ffi`` and ``lib`` for type checkers, which cannot look into the module."""
    structs = []
    members = [
        f"    {line.split()[1]}: int" for line in cdef.splitlines() if line.startswith("#define")
    ]
    for name in ffi.list_types()[0]:
        ctype = ffi.typeof(name)
        if ctype.kind == "struct" and ctype.fields:
            fields = [f"    {field}: {python_type(of.type)}" for field, of in ctype.fields]
            structs += ["@type_check_only", f"class {name}:", *fields, ""]
        elif ctype.kind == "enum":
            values = sorted(ctype.elements.items())
            members += [f"    {constant}: Literal[{value}]" for value, constant in values]
        elif ctype.kind == "function":
            members.append(f"    python_{name}: CData")
    for function in functions_of(cdef + places_of(cdef)):
        members += [f"    # {in_c(function).rstrip()}", f"    {method_of(ffi, function)}"]
    return "\n".join(
        [
            "# Made from the header by the builder of the package.",
            "from typing import Literal, type_check_only",
            "",
            "from _cffi_backend import FFI",
            "from _cffi_backend import _CDataBase as CData",
            "",
            *structs,
            "@type_check_only",
            "class _Lib:",
            *members,
            "",
            "ffi: FFI",
            "lib: _Lib",
            "",
        ]
    )


def method_of(ffi: FFI, function: Any) -> str:
    """The function as a method of ``lib``: the names are the header's, the types are CFFI's."""
    ctype = type_of(ffi, function)
    parameters = ["self"]
    for number, of in enumerate(ctype.args):
        declared = function.type.args.params[number]
        # CFFI passes the bytes' own memory, so only for what the function does not change.
        is_text = of is ffi.typeof("char *") and "const" in declared.type.type.quals
        label = declared.name or f"argument{number}"
        label += "_" if keyword.iskeyword(label) else ""
        parameters.append(f"{label}: {'bytes | ' if is_text else ''}{python_type(of)}")
    signature = ", ".join([*parameters, "/"]) if len(parameters) > 1 else "self"
    return f"def {function.name}({signature}) -> {python_type(ctype.result)}: ..."


def python_type(ctype: FFI.CType) -> str:
    """What CFFI makes of a C type; an enum is its number."""
    if ctype.kind == "primitive":
        others = {"double": "float", "float": "float", "_Bool": "bool", "char": "bytes"}
        return others.get(ctype.cname, "int")
    if ctype.kind == "struct":
        return str(ctype.cname)
    return {"void": "None", "enum": "int"}.get(ctype.kind, "CData")


def install(names: Names, made: list[Path], pipeline: Path, package: Path) -> None:
    """Puts the package's own files and what was made into the environment, each in one move."""
    package.mkdir(exist_ok=True)
    files = [file for file in (HERE / "src" / names.package).iterdir() if file.is_file()]
    if sys.platform == "win32":
        files.append(pipeline / "lib" / f"{names.library}.dll")
    for file in files:
        draft = made[0].with_name(file.name)
        shutil.copyfile(file, draft)
        made.append(draft)
    for draft in made:
        draft.replace(package / draft.name)
    # What an earlier version of the package had besides.
    current = {file.name for file in made}
    for file in package.iterdir():
        if file.is_file() and file.name not in current:
            file.unlink()
