# abi-python 0.1.0. `cargo xtask generate` writes this file; it is the same for every library.
"""Makes a Python module of a C library with CFFI, in API mode, and installs its package.

CFFI writes a C program from the declarations in the header, the C compiler makes it a module, and
the module is linked with the library and finds it by a path relative to itself. Beside the module
comes its stub, for type checkers: made from the same declarations.

The header is read as the C preprocessor leaves it: for this compiler, with these flags. What CFFI
cannot take across is left out, and named.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import keyword
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import setuptools  # noqa: F401 - from Python 3.12 on, distutils is in it
from cffi import FFI, CDefError, FFIError, VerificationMissing
from cffi.commontypes import COMMON_TYPES
from cffi.model import PrimitiveType
from pycparser import c_ast
from pycparser.c_generator import CGenerator
from pycparser.c_parser import CParser, ParseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    # Before anything asks for the flags, of which setuptools keeps a copy.
    forget_rpath_of_python()
    file = {"win32": "{}.dll", "darwin": "lib{}.dylib"}.get(sys.platform, "lib{}.so")
    exports = exported_by(pipeline / "lib" / file.format(names.library))
    header = Header(pipeline / "include" / f"{names.library}.h", exports)
    ffi = header.builder(
        names,
        libraries=[f"{names.library}.dll" if sys.platform == "win32" else names.library],
        library_dirs=[str(pipeline / "lib")],
        extra_link_args=rpath(pipeline / "lib", package),
    )
    # Beside its destination, so that what is finished can be moved there in one step.
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=f".{names.package}-") as scratch:
        module = Path(ffi.compile(tmpdir=scratch))
        stub = module.with_name(f"_{names.library}.pyi")
        stub.write_text(header.stub(), encoding="utf-8")
        install(names, [module, stub], pipeline, package)
    for note in header.notes:
        print(f"{header.file.name}: {note}")
    print(f"installed {os.path.relpath(package)}")


# The header, as the preprocessor leaves it. -------------------------------------------------------

# In which the header is read and the module is compiled: in C23 an enum may have a type, which
# CFFI's parser does not know.
STANDARD = [] if sys.platform == "win32" else ["-std=gnu11"]


def preprocessed(source: str, include: Path) -> str:
    """What the preprocessor makes of some C: with line markers, and the definitions of macros."""
    from distutils.ccompiler import new_compiler
    from distutils.sysconfig import customize_compiler

    # With CC, CPPFLAGS and CFLAGS, as the module is compiled.
    compiler: Any = new_compiler()
    customize_compiler(compiler)
    if compiler.compiler_type == "msvc":
        compiler.initialize()
        line = [compiler.cc, "/nologo", "/E", "/d1PP"]
    else:
        line = [*compiler.compiler_so, *STANDARD, "-E", "-dD"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "header.c")
        file.write_text(source, encoding="utf-8")
        line += [f"-I{include}", str(file)]
        finished = subprocess.run(line, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if finished.returncode != 0:
        sys.exit(f"the C preprocessor does not take the header: {shlex.join(line)}")
    return finished.stdout


class Piece(NamedTuple):
    """A declaration as text, without what compilers extend C by."""

    text: str
    is_own: bool
    #: What says how its fields are laid out may be among them.
    extensions: str

    @property
    def type_name(self) -> str:
        """The type that it declares, if it is one: ``struct tag``, or the name of a typedef."""
        found = re.match(r"((?:struct|union|enum) \w+)\s*\{", self.text)
        if self.text.startswith("typedef"):
            last, pointer = r"(\w+)\s*(?:\[[^]]*\]\s*)*;$", r"\(\s*\*\s*(\w+)\s*\)"
            found = re.search(last, self.text) or re.search(pointer, self.text)
        return found[1] if found else ""


# A token with the space behind it, so that a text is its tokens, one after the other.
TOKEN = re.compile(r'(?:"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|\w+|\[\[|.)\s*', re.DOTALL)
# By what compilers extend C: words that have parentheses behind them, and words that have none.
ATTRIBUTES = {"__attribute__", "__attribute", "__declspec", "__asm__", "__asm", "_Alignas", "[["}
EXTENSIONS = {"__extension__", "__restrict", "__restrict__", "__inline", "__inline__", "_Noreturn"}
EXTENSIONS |= {"_Nonnull", "_Nullable"}
DEPTH = {"(": 1, "[": 1, "[[": 2, "{": 1, ")": -1, "]": -1, "}": -1}


def pieces_of(text: str, include: Path) -> tuple[list[Piece], dict[str, str]]:
    """The declarations in order, and the macros of the header's own folder with their values."""
    pieces: list[Piece] = []
    macros: dict[str, str] = {}
    kept, extensions, packing = "", "", ""
    is_own, depth, outside = True, 0, -1
    for line in text.splitlines():
        if marker := re.match(r'#(?:line)? *\d+ "(.*?)"', line):
            is_own = include in Path(marker[1].replace("\\\\", "\\")).resolve().parents
        elif macro := re.match(r"#define (\w+(?:\(.*?\))?) ?(.*)", line):
            macros.update({macro[1]: macro[2]} if is_own else {})
        elif macro := re.match(r"#undef (\w+)", line):
            macros.pop(macro[1], None)
        elif pragma := re.match(r"#pragma pack ?\(.*?(\d*) ?\)", line):
            packing = {"": "", "1": "packed"}.get(pragma[1], "aligned")
        for token in [] if line.startswith("#") else TOKEN.findall(f"{line.strip()}\n"):
            word = token.strip()
            if outside < 0 and word in ATTRIBUTES:
                outside = depth
            change = DEPTH.get(word, 0)
            depth += change
            if outside >= 0 or word in EXTENSIONS:
                extensions += token
                outside = -1 if change < 0 and depth == outside else outside
                continue
            kept += word + " " * (token != word)
            # Behind the body of a function there is no semicolon.
            if depth == 0 and (word == ";" or (word == "}" and re.search(r"^[^{=]*\) ?\{", kept))):
                pieces.append(Piece(kept.strip(), is_own, packing + extensions))
                kept, extensions = "", ""
    return pieces, macros


# The header, as CFFI takes it. --------------------------------------------------------------------

# The types that CFFI knows by name, besides those whose names are words of C.
KNOWN_TYPES = {*COMMON_TYPES, *PrimitiveType.ALL_PRIMITIVE_TYPES}
KNOWN_TYPES = {name for name in KNOWN_TYPES if name.endswith("_t") or name in ("bool", "FILE")}
# What CFFI and pycparser raise for what they do not take.
REFUSALS: tuple[type[Exception], ...] = (CDefError, FFIError, VerificationMissing, ParseError)
REFUSALS += (NotImplementedError, TypeError, LookupError, ValueError)
# The words of Python that are names in C.
WORDS = set(keyword.kwlist) - {"break", "continue", "else", "for", "if", "return", "while"}
# How CFFI declares a constant, by what it is in Python.
CONSTANTS = {
    "int": "#define {} ...\n",
    "float": "static const double {};\n",
    "CData": "static const char *const {};\n",
}
KINDS = ("struct", "union")


class Header:
    """What Python gets of a header, and what it does not."""

    def __init__(self, file: Path, exports: Callable[[str], bool] = lambda name: True) -> None:
        """Reads it. ``exports`` says whether the library has a function or a variable."""
        self.file = file
        self.exports = exports
        self.ffi = FFI()
        #: What CFFI has got, in this order, and whether it is packed.
        self.declared: list[tuple[str, bool]] = []
        self.typedefs: list[Any] = []
        self.functions: dict[str, Any] = {}
        #: What else ``lib`` has, and what that is in Python: constants, variables, callbacks.
        self.values: dict[str, str] = {}
        #: What has a word of Python for its name, and its name there.
        self.renamed: dict[str, str] = {}
        #: What is left out or renamed, a sentence each.
        self.notes: list[str] = []
        self._parser = CParser()

        include = file.resolve().parent
        source = f'#include "{file.name}"\n'
        pieces, macros = pieces_of(preprocessed(source, include), include)
        self._foreign = {piece.type_name: piece for piece in pieces if not piece.is_own}
        for piece in pieces:
            if piece.is_own:
                self._add(piece)
        calls = {name.partition("(")[0]: name for name in macros if name.endswith(")")}
        #: The functions that are macros as well, behind which they are.
        self.hidden = calls.keys() & self.functions.keys()
        for name in sorted(calls.keys() - self.hidden):
            self._leave_out(calls[name], "it is a macro with parameters")
        used = [f'@"{name}" {name}\n' for name in macros if name not in calls.values()]
        text = preprocessed(source + "".join(used), include)
        # Where a value has parts from other headers, it has several lines.
        for name, value in re.findall(r'@"(\w+)"([^@]*)', text):
            self._add_constant(name, value)
        for typedef in self.typedefs:
            self._add_callback(typedef)
        #: For each function ``F`` that frees a handle, a struct ``python_F`` for one.
        self.places = {
            free: f"struct python_{free} {{ {in_c(named(handle, 'handle')).strip()} }};\n"
            for free, handle in self._handles()
        }
        for free, place in self.places.items():
            self._accept(f"{place}static void python_{free}(void *place);\n")
        #: The structs of the Arrow C data interface, for which there are capsules.
        self.capsules = [name for name in CAPSULES if self._has_fields(f"struct {name}")]
        for name in self.capsules:
            self._accept(CAPSULE_FUNCTIONS.replace("STRUCT", name))
        for old, new in self.renamed.items():
            self.notes.append(f"`{old}` is `{new}` in Python, which has this word for itself")

    def _leave_out(self, name: str, reason: object) -> None:
        self.notes.append(f"`{name}` is left out: {str(reason).splitlines()[0]}")

    def _add(self, piece: Piece) -> None:
        """Adds a declaration, and before it what it needs of other headers."""
        for name in re.findall(r"(?:(?:struct|union|enum) )?\w+", piece.text):
            foreign = self._foreign.pop(name, None)
            if foreign and name not in KNOWN_TYPES:
                notes = len(self.notes)
                self._add(foreign)
                # If it cannot cross, the own declarations that need it are named.
                del self.notes[notes:]
        try:
            trees = self._parse(piece.text)
        except ParseError as error:
            said = str(error).rpartition(": ")[2]
            return self._leave_out(piece.text[:70], f"it is not understood, at `{said}`")
        for tree in trees:
            declaration = tree.decl if isinstance(tree, c_ast.FuncDef) else tree
            if isinstance(declaration, (c_ast.Decl, c_ast.Typedef)):
                self._declare(declaration, piece.extensions)
        return None

    def _parse(self, text: str) -> list[Any]:
        tokens = TOKEN.findall(text)
        words = {token.strip() for token in tokens}
        self.renamed.update({word: f"{word}_" for word in sorted(words & WORDS)})
        text = "".join(f"{it.strip()}_ " if it.strip() in WORDS else it for it in tokens)
        known = words & (KNOWN_TYPES | {typedef.name for typedef in self.typedefs})
        prelude = "".join(f"typedef int {name};" for name in known)
        return list(self._parser.parse(prelude + text).ext[len(known) :])

    def _declare(self, tree: Any, extensions: str) -> None:
        is_type = isinstance(tree, c_ast.Typedef) or tree.name is None
        is_function = isinstance(tree, c_ast.Decl) and isinstance(tree.type, c_ast.FuncDecl)
        if not is_type:
            is_static, tree.funcspec, tree.init = "static" in tree.storage, [], None
            if not is_static and not self.exports(self._in_c(tree.name)):
                return self._leave_out(tree.name, "it is declared, and the library has none")
            is_constant = is_static and not isinstance(tree.type, c_ast.ArrayDecl)
            tree.storage = [] if is_function else ["static"] if is_constant else ["extern"]
        parts = list(parts_of(tree))
        struct = next((part for part in parts if getattr(part, "decls", None)), None)
        is_opaque = " ".join(in_c(tree).split()) in (f"typedef {it} {tree.name};" for it in KINDS)
        try:
            if struct and "align" in extensions.lower():
                raise NotImplementedError("CFFI cannot align them as the header asks for")
            text = f"typedef ... {tree.name};\n" if is_opaque else in_c(tree)
            self._accept(text, tree, packed="packed" in extensions)
        except REFUSALS as refusal:
            if not struct:
                text = " ".join(in_c(tree).split())[:70]
                return self._leave_out(tree.name or tree.type.name or text, refusal)
            self._leave_out(f"the fields of {struct.name or tree.name}", refusal)
            # What points to it is still of use.
            struct.decls = None
            return self._declare(tree, "")
        numbers = getattr(type_of(self.ffi, tree), "elements", {})
        numbers = {name: f"Literal[{number}]" for number, name in numbers.items()}
        for part in parts:
            if isinstance(part, c_ast.Enumerator):
                self.values[part.name] = numbers.get(part.name, "int")
        if isinstance(tree, c_ast.Typedef):
            self.typedefs.append(tree)
        elif is_function:
            self.functions[tree.name] = tree
        elif not is_type:
            self.values[tree.name] = python_type(type_of(self.ffi, tree))
        return None

    def _in_c(self, name: str) -> str:
        return name[:-1] if name[:-1] in self.renamed else name

    def _accept(self, text: str, tree: Any = None, *, packed: bool = False) -> None:
        """Gives it to CFFI and asks for the type: some of what is wrong is only said then."""
        try:
            self.ffi.cdef(text, packed=packed)
            if tree:
                type_of(self.ffi, tree)
        except REFUSALS:
            # A part of it may be there.
            self.ffi = FFI()
            for before, was_packed in self.declared:
                self.ffi.cdef(before, packed=was_packed)
            raise
        self.declared.append((text, packed))

    def _add_constant(self, name: str, value: str) -> None:
        """Adds a macro that is a constant. The C compiler fills in its value."""
        try:
            text = pieces_of(f"int {name} = {value};", Path())[0][0].text
            if text.endswith("= ;") or name in (*self.values, *self.functions):
                return  # It stands for extensions alone, or for what has its name.
            tree = self._parse(text)[0]
            self.values[tree.name] = self._kind_of(tree.init)
            self._accept(CONSTANTS[self.values[tree.name]].format(tree.name))
        except REFUSALS:
            self.values.pop(name, None)
            self._leave_out(name, "as a macro it is neither a number nor a text")

    def _kind_of(self, value: Any) -> str:
        """What a constant is in Python."""
        if isinstance(value, c_ast.Constant) and value.value[0] not in "LUu":
            kind = value.type.split()[-1]
            return {"string": "CData", "float": "float", "double": "float"}.get(kind, "int")
        if isinstance(value, c_ast.Cast):
            ctype = self.ffi.typeof(CGenerator().visit(value.to_type))
            return python_type(ctype).replace("bool", "int") if ctype.kind != "pointer" else ""
        if isinstance(value, c_ast.ID):
            return self.values[value.name].replace("Literal", "int").partition("[")[0]
        if isinstance(value, (c_ast.UnaryOp, c_ast.BinaryOp, c_ast.TernaryOp)):
            kinds = {self._kind_of(part) for part in value if getattr(value, "op", "") != "sizeof"}
            return "float" if "float" in kinds else "".join(kinds) or "int"
        return ""

    def _add_callback(self, typedef: Any) -> None:
        """For a type of a function pointer ``T``, a function ``python_T`` that Python fills in.

        It is a C function like any other, made by the C compiler; ``ffi.callback`` would write
        machine code when the program runs, which some systems forbid.
        """
        # `typedef int32_t (*T)(double value);`, or without a pointer.
        name, function = f"python_{typedef.name}", typedef.type
        if isinstance(function, c_ast.PtrDecl):
            function = function.type
        if isinstance(function, c_ast.FuncDecl):
            try:
                if is_variadic(function):
                    raise NotImplementedError("a function in Python is not variadic for C")
                self._accept(f'extern "Python" {in_c(named(function, name))}')
                self.values[name] = "CData"
            except REFUSALS as refusal:
                self._leave_out(name, refusal)

    def _handles(self) -> Iterator[tuple[str, Any]]:
        """The functions that free a handle, and the declaration of what each of them takes.

        They are known by their shape: they return nothing, and take a pointer to an opaque struct
        and nothing else.
        """
        for name, function in self.functions.items():
            ctype = type_of(self.ffi, function)
            if ctype.result.kind == "void" and [it.kind for it in ctype.args] == ["pointer"]:
                handle, item = function.type.args.params[0], ctype.args[0].item
                is_opaque = item.kind == "struct" and item.fields is None
                if is_opaque and not self._is_const(handle.type):
                    yield name, handle

    def _has_fields(self, struct: str) -> bool:
        with contextlib.suppress(*REFUSALS):
            return self.ffi.typeof(struct).fields is not None
        return False

    def _is_const(self, pointer: Any) -> bool:
        """Whether what it points to is constant, which CFFI's own types do not say."""
        for typedef in reversed(self.typedefs):
            if getattr(getattr(pointer, "type", None), "names", None) == [typedef.name]:
                pointer = typedef.type
        return "const" in getattr(pointer.type, "quals", [])

    def builder(self, names: Names, **more: Any) -> FFI:
        """The description of the module: what Python sees, and what the C compiler gets to read."""
        defines = [f"#undef {name}\n" for name in sorted(self.hidden)]
        defines += [f"#define {new} {old}\n" for old, new in self.renamed.items()]
        # CFFI's own wrappers would pass a `double` where the function takes a `float`, silently
        # converted. C allows a prototype to be repeated as long as it says the same, so repeating
        # what CFFI reads makes each difference from the header an error.
        prototypes = map(in_c, self.functions.values())
        self.ffi.set_source(
            f"{names.package}._{names.library}",
            "".join([f'#include "{self.file.name}"\n', *defines, *prototypes, *self._added()]),
            include_dirs=[str(self.file.parent)],
            extra_compile_args=STANDARD,
            **more,
        )
        return self.ffi

    def _added(self) -> list[str]:
        """The functions ``python_F``, which free what is in a place: nothing, after a failure.

        So Python can own the place before the library makes what is to be freed, and nothing that
        strikes between the two leaves it behind. And, of the same use, what makes capsules.
        """
        capsules = [
            CAPSULE_SOURCE.replace("STRUCT", name).replace("NAME", CAPSULES[name])
            for name in self.capsules
        ]
        return capsules + [
            f"{place}static void python_{free}(void *memory) {{\n"
            f"    struct python_{free} *place = memory;\n"
            f"    if (place->handle != NULL) {free}(place->handle);\n"
            "    place->handle = NULL;\n"
            "}\n"
            for free, place in self.places.items()
        ]

    def stub(self) -> str:
        """The types of ``ffi`` and ``lib`` for type checkers, which cannot look into the module."""
        typedefs, structs, unions = self.ffi.list_types()
        tags = [f"struct {name}" for name in structs] + [f"union {name}" for name in unions]
        classes: list[str] = []
        for pointer in [self.ffi.typeof(f"{name} *") for name in [*typedefs, *tags]]:
            # To a function, if the type is that of one.
            ctype = getattr(pointer, "item", pointer)
            name = python_type(ctype)
            is_new = ctype.kind in KINDS and f"class {name}:" not in classes
            if is_new and name not in ("CData", *map("python_{}".format, self.places)):
                classes += ["@type_check_only", f"class {name}:"]
                classes += [f"    {it}: {python_type(field.type)}" for it, field in ctype.fields]
        members = [f"    {name}: {kind}" for name, kind in self.values.items()]
        for function in self.functions.values():
            members += ["    # " + " ".join(in_c(function).split()), self._method(function)]
        for free in self.places:
            members.append(f"    def python_{free}(self, place: CData, /) -> None: ...")
        for name in self.capsules:
            members.append(f"    def python_{name}(self, capsule: int, /) -> CData: ...")
            members.append(
                f"    def python_new_{name}(self, list: int, owner: int, /) -> CData: ..."
            )
        head = ["# Made from the header by the builder of the package."]
        head += ["from typing import Literal, type_check_only\n"]
        head += ["from _cffi_backend import FFI", "from _cffi_backend import _CDataBase as CData\n"]
        head += ["ffi: FFI", "lib: _Lib\n"]
        lines = [*head, *classes, "@type_check_only", "class _Lib:", *(members or ["    pass"])]
        return "\n".join(lines) + "\n"

    def _method(self, function: Any) -> str:
        """The function as a method of ``lib``: the names are the header's, the types are CFFI's."""
        ctype = type_of(self.ffi, function)
        parameters = ["self"]
        for number, of in enumerate(ctype.args):
            declared = function.type.args.params[number]
            # CFFI passes the bytes' own memory, so only for what the function does not change.
            is_read = of.kind == "pointer" and self._is_const(declared.type)
            takes = "bytes | " if is_read and of.item.cname in TAKEN_AS_BYTES else ""
            parameters.append(f"{declared.name or f'argument{number}'}: {takes}{python_type(of)}")
        parameters += ["/"] * bool(ctype.args) + ["*more: object"] * is_variadic(function.type)
        result = python_type(ctype.result)
        return f"    def {function.name}({', '.join(parameters)}) -> {result}: ..."


# The structs of the Arrow C data interface, and what Python calls a capsule with one inside. On
# PyPy, a module of CFFI has no capsules.
CAPSULES = {
    "ArrowSchema": "arrow_schema",
    "ArrowArray": "arrow_array",
    "ArrowArrayStream": "arrow_array_stream",
}
CAPSULES = CAPSULES if sys.implementation.name == "cpython" else {}
# CFFI hands over no objects: these functions take the address of one, which is its `id()`.
#
# `python_STRUCT` returns what is in a capsule, and NULL if that is none of this kind.
# `python_new_STRUCT` appends a new capsule to a list, and returns what is in it: an empty struct,
# or one that shares the memory of that in another capsule, which it keeps. A capsule releases its
# struct in the end, unless it was moved out. Nested columns cannot be shared: parts of them can be
# moved out, too.
CAPSULE_FUNCTIONS = """
static struct STRUCT *python_STRUCT(intptr_t capsule);
static struct STRUCT *python_new_STRUCT(intptr_t list, intptr_t owner);
"""
CAPSULE_SOURCE = """
static struct STRUCT *python_inside_STRUCT(PyObject *capsule) {
    int is_one = PyCapsule_IsValid(capsule, "NAME");
    return is_one ? PyCapsule_GetPointer(capsule, "NAME") : NULL;
}
static struct STRUCT *python_STRUCT(intptr_t capsule) {
    PyGILState_STATE state = PyGILState_Ensure();
    struct STRUCT *inside = python_inside_STRUCT((PyObject *)capsule);
    PyGILState_Release(state);
    return inside;
}
static void python_free_STRUCT(PyObject *capsule) {
    struct STRUCT *inside = python_inside_STRUCT(capsule);
    if (inside->release != NULL) inside->release(inside);
    free(inside);
}
static void python_release_STRUCT(struct STRUCT *shared) {
    shared->release = NULL;
    if (Py_IsInitialized()) {
        PyGILState_STATE state = PyGILState_Ensure();
        Py_DECREF((PyObject *)shared->private_data);
        PyGILState_Release(state);
    }
}
static struct STRUCT *python_new_STRUCT(intptr_t list, intptr_t owner) {
    PyGILState_STATE state = PyGILState_Ensure();
    struct STRUCT *inside = calloc(1, sizeof(struct STRUCT));
    PyObject *capsule = inside ? PyCapsule_New(inside, "NAME", python_free_STRUCT) : NULL;
    if (capsule == NULL) free(inside);
    if (capsule != NULL && owner != 0) {
        *inside = *python_inside_STRUCT((PyObject *)owner);
        inside->private_data = (PyObject *)owner;
        inside->release = python_release_STRUCT;
        Py_INCREF((PyObject *)owner);
    }
    if (capsule == NULL || PyList_Append((PyObject *)list, capsule) != 0) {
        PyErr_Clear();
        inside = NULL;
    }
    Py_XDECREF(capsule);
    PyGILState_Release(state);
    return inside;
}
"""

TAKEN_AS_BYTES = ("char", "signed char", "unsigned char", "int8_t", "uint8_t", "void")
IN_PYTHON = {"double": "float", "float": "float", "long double": "CData", "_Bool": "bool"}
IN_PYTHON |= {"char": "bytes", "wchar_t": "str", "char16_t": "str", "char32_t": "str"}
IN_PYTHON |= {"_cffi_float_complex_t": "complex", "_cffi_double_complex_t": "complex"}


def python_type(ctype: Any) -> str:
    """What CFFI makes of a C type; an enum is its number."""
    if ctype.kind == "primitive":
        return IN_PYTHON.get(ctype.cname, "int")
    if ctype.kind in KINDS:
        name = str(ctype.cname).split()[-1]
        return name if ctype.fields and name.isidentifier() else "CData"
    return {"void": "None", "enum": "int"}.get(ctype.kind, "CData")


def in_c(tree: Any) -> str:
    """The declaration written in C again, as one statement."""
    return f"{CGenerator().visit(tree)};\n"


def type_of(ffi: FFI, tree: Any) -> Any:
    """The type that is declared, or that something is declared with; of a function, a pointer."""
    if tree.name is None:
        kind = type(tree.type).__name__.lower()
        return ffi.typeof(f"{kind} {tree.type.name}") if tree.type.name else None
    is_function = isinstance(tree.type, c_ast.FuncDecl)
    if isinstance(tree, c_ast.Typedef):
        return ffi.typeof(tree.name + " *" * is_function)
    name = "(*)" if is_function else ""
    return ffi.typeof(CGenerator().visit(named(tree.type, name)))


def named(tree: Any, name: str) -> Any:
    """The declaration with another name. It stands innermost: a function's after its result."""
    tree = innermost = copy.deepcopy(tree)
    while not isinstance(innermost, c_ast.TypeDecl):
        innermost = innermost.type
    innermost.declname = name
    return tree


def is_variadic(function: Any) -> bool:
    """Whether the last parameter is ``...``; CFFI says so of others as well."""
    return bool(function.args) and isinstance(function.args.params[-1], c_ast.EllipsisParam)


def parts_of(tree: Any) -> Iterator[Any]:
    """What a tree consists of, itself first."""
    yield tree
    for part in tree:
        yield from parts_of(part)


# The module. --------------------------------------------------------------------------------------


def exported_by(library: Path) -> Callable[[str], bool]:
    """Whether the library has a function: a header may have those of other systems as well."""
    loaded = ctypes.CDLL(str(library))
    return lambda name: hasattr(loaded, name)


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


def install(names: Names, made: list[Path], pipeline: Path, package: Path) -> None:
    """Puts the package's own files and what was made into the environment, each in one move."""
    package.mkdir(exist_ok=True)
    files = [file for file in (HERE / "src" / names.package).iterdir() if file.is_file()]
    # What `pip install -e` has put there is linked otherwise.
    files = [file for file in files if not file.name.startswith(f"_{names.library}.")]
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
