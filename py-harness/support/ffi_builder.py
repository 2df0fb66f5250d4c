"""Makes a Python module of a C library with CFFI, in API mode, and installs its package.

CFFI writes a C program from the declarations in the header, the C compiler makes it a module, and
the module is linked with the library and finds it by a path relative to itself. Beside the module
comes its stub, for type checkers: made from the same declarations.

The header is read as the C preprocessor leaves it: for this compiler, with these flags. What CFFI
cannot take across is left out, and named.
"""

from __future__ import annotations

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
from cffi import FFI, CDefError, FFIError, VerificationError, model
from cffi.commontypes import COMMON_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator


class Names(NamedTuple):
    """What is called how."""

    #: For the linker. The header and the module behind the package have this name as well.
    library: str
    #: What Python imports.
    package: str


def main(names: Names | None = None) -> None:
    """Makes the module and its stub, and installs them with the package.

    With ``names``, the sources of the package are in ``src`` beside the program, and the command
    line has the folder of the pipeline. Without, it has the library's name, the folder with the
    sources, which has the package's name, and that of the pipeline.
    """
    program = Path(sys.argv[0]).resolve()
    known = [names.library, str(program.parent / "src" / names.package)] if names else []
    wanted = ("LIBRARY", "PACKAGE", "PIPELINE")[len(known) :]
    if len(sys.argv) - 1 != len(wanted):
        sys.exit(f"usage: python {program.name} {' '.join(wanted)}")
    name, *folders = *known, *sys.argv[1:]
    sources, pipeline = (Path(it).resolve() for it in folders)
    package = Path(sysconfig.get_path("platlib"), sources.name)
    # Before anything asks for the flags, of which setuptools keeps a copy.
    forget_rpath_of_python()
    library = {"win32": "{}.dll", "darwin": "lib{}.dylib"}.get(sys.platform, "lib{}.so")
    library = library.format(name)
    header = Header(pipeline / "include" / f"{name}.h", pipeline / "lib" / library)
    ffi = header.builder(
        f"{sources.name}._{name}",
        libraries=[library if sys.platform == "win32" else name],
        library_dirs=[str(pipeline / "lib")],
        extra_link_args=rpath(pipeline / "lib", package),
    )
    # Beside its destination, so that what is finished can be moved there in one step.
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=f".{package.name}-") as scratch:
        module = Path(ffi.compile(tmpdir=scratch))
        stub = module.with_name(f"_{name}.pyi")
        stub.write_text(header.stub(), encoding="utf-8")
        # What `pip install -e` has put there is linked otherwise.
        linked = set(sources.glob(f"_{name}.*"))
        files = [it for it in sources.iterdir() if it.is_file() and it not in linked]
        # On Windows the DLL has to be beside the module.
        files += [pipeline / "lib" / library] * (sys.platform == "win32")
        made = [Path(shutil.copyfile(it, module.with_name(it.name))) for it in files]
        install([module, stub, *made], package)
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
    #: What compilers extend C by: how fields are laid out may be said there.
    extensions: str

    @property
    def type_name(self) -> str:
        """The type that it declares, if it is one: ``struct tag``, or the name of a typedef."""
        found = re.match(r"((?:struct|union|enum) \w+) ?{", self.text)
        if self.text.startswith("typedef"):
            last, pointer = r"(\w+) ?(?:\[[^]]*\] ?)*;$", r"\( ?\* ?(\w+) ?\)"
            found = re.search(last, self.text) or re.search(pointer, self.text)
        return found[1] if found else ""


STRING = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\''
TEXT = re.compile(r'(?:"(?:\\.|[^"\\])*"\s*)+')
# What decides where a declaration ends, and the lines of the preprocessor.
MARK = re.compile(rf"^#.*|{STRING}|[][(){{}};]", re.MULTILINE)
ARGUMENTS = r"\([^()]*\)"
for _ in range(3):
    ARGUMENTS = rf"\((?:{STRING}|[^()\"']|{ARGUMENTS})*\)"
# By what compilers extend C: words that have parentheses behind them, and words that have none.
EXTENSION = re.compile(
    rf"\b(?:__attribute(?:__)?|__declspec|__asm(?:__)?|_Alignas|_Static_assert)\s*{ARGUMENTS}|"
    r"\b(?:__extension__|__restrict(?:__)?|__inline(?:__)?|_Noreturn|_Nonnull|_Nullable)\b|"
    r"\[\[.*?\]\]",
    re.DOTALL,
)
# What a function does, or the value of a variable, behind what declares it.
DEFINITION = re.compile(r"^([^{=]*)(?:(?<=\))\s*{.*}|=.*;)", re.DOTALL)


def pieces_of(text: str, include: Path) -> tuple[list[Piece], dict[str, str]]:
    """The declarations in order, and the macros of the header's own folder with their values."""
    pieces: list[Piece] = []
    macros: dict[str, str] = {}
    piece, packing = "", ""
    is_own, depth, start = True, 0, 0
    for mark in MARK.finditer(text):
        word = mark[0]
        piece += text[start : mark.start()] + word * (word[0] != "#")
        start = mark.end()
        depth += (word in "([{") - (word in ")]}")
        if marker := re.match(r'#(?:line)? *\d+ "(.*?)"', word):
            is_own = include in Path(marker[1].replace("\\\\", "\\")).resolve().parents
        elif macro := re.match(r"#define (\w+(?:\(.*?\))?) ?(.*)", word):
            macros.update({macro[1]: macro[2]} if is_own else {})
        elif macro := re.match(r"#undef (\w+)", word):
            macros.pop(macro[1], None)
        elif pragma := re.match(r"#pragma pack ?\(.*?(\d*) ?\)", word):
            packing = {"": "", "1": "packed"}.get(pragma[1], "aligned")
        elif depth == 0 and word in ("}", ";"):
            plain = EXTENSION.sub("", piece)
            # Behind the body of a function there is no semicolon.
            if word == ";" or DEFINITION.match(plain):
                declaration = " ".join(DEFINITION.sub(r"\1;", plain).split())
                extensions = " ".join([packing, *EXTENSION.findall(piece)])
                pieces.append(Piece(declaration, is_own, extensions))
                piece = ""
    return pieces, macros


# The header, as CFFI takes it. --------------------------------------------------------------------

# The types that CFFI knows by name, besides those whose names are words of C.
KNOWN_TYPES = {*COMMON_TYPES, *model.PrimitiveType.ALL_PRIMITIVE_TYPES}
KNOWN_TYPES = {name for name in KNOWN_TYPES if name.endswith("_t") or name in ("bool", "FILE")}
# What CFFI raises for what it does not take.
REFUSALS = (CDefError, FFIError, VerificationError, NotImplementedError, TypeError, LookupError)
# What of it the library has to have.
OF_A_LIBRARY = ("function", "variable", "constant")
# The words of Python that are names in C.
WORDS = set(keyword.kwlist) - {"break", "continue", "else", "for", "if", "return", "while"}
WORD = re.compile(rf"{STRING}|\b(?P<word>{'|'.join(sorted(WORDS))})\b")
# How CFFI declares a constant, by what it is in Python.
CONSTANTS = {"int": "#define {} ...\n", "float": "static const double {};"}
CONSTANTS["CData"] = "static const char *const {};"


class Header:
    """What Python gets of a header, and what it does not."""

    def __init__(self, file: Path, library: Path | None = None) -> None:
        """Reads it. What the ``library`` does not have, such as another system's, is left out."""
        self.file = file
        self.library = library and ctypes.CDLL(str(library))
        self.ffi: Any = FFI()
        #: What CFFI has got, in this order, and whether it is packed.
        self.declared: list[tuple[str, bool]] = []
        #: The declarations of functions.
        self.functions: dict[str, str] = {}
        #: What has a word of Python for its name, and its name there.
        self.renamed: dict[str, str] = {}
        #: What is left out or renamed, a sentence each.
        self.notes: list[str] = []

        include = file.resolve().parent
        source = f'#include "{file.name}"\n'
        pieces, macros = pieces_of(preprocessed(source, include), include)
        self._foreign = {piece.type_name: piece for piece in pieces if not piece.is_own}
        for piece in (it for it in pieces if it.is_own):
            self._add(piece)
        calls = {name.partition("(")[0]: name for name in macros if name.endswith(")")}
        #: The functions that are macros as well, behind which they are.
        self.hidden = calls.keys() & self.functions.keys()
        for name in sorted(calls.keys() - self.hidden):
            self._leave_out(calls[name], "it is a macro with parameters")
        used = [f'@"{name}" {name}\n' for name in macros if name not in calls.values()]
        text = preprocessed(source + "".join(used), include)
        for name, value in re.findall(r'@"(\w+)"([^@]*)', text):
            # Where a value has parts from other headers, it has several lines.
            self._add_constant(name, EXTENSION.sub("", re.sub(r"(?m)^#.*", "", value)).strip())
        for name, ctype in self._all("typedef"):
            self._add_callback(name, ctype)
        #: For each function ``F`` that frees a handle, a struct ``python_F`` for one.
        self.places = {
            free: f"struct python_{free} {{ {handle.get_c_name('handle')}; }};\n"
            for free, handle in self._handles()
        }
        for free, place in self.places.items():
            self._accept(place)
            self._accept(f"static void python_{free}(void *place);")
        structs = [name for name, it in self._all("struct") if name in ARROW and it.fldnames]
        #: The functions for the capsules of these structs, in C.
        self.capsules = "".join([*map(capsule, structs), *self._of_capsules(structs)])
        for function in re.findall(r"^static .*;$", self.capsules, re.MULTILINE):
            self._accept(function)
        for old, new in self.renamed.items():
            self.notes.append(f"`{old}` is `{new}` in Python, which has this word for itself")

    def _leave_out(self, name: str, reason: object) -> None:
        self.notes.append(f"`{name}` is left out: {str(reason).splitlines()[0]}")

    def _all(self, *kinds: str) -> Iterator[tuple[str, Any]]:
        """What CFFI has got of some kinds: the names and the types, in its own description."""
        for key, (ctype, _) in list(self.ffi._parser._declarations.items()):
            kind, _, name = key.partition(" ")
            if kind in kinds:
                yield name, ctype

    def _parse(self, text: str) -> Any:
        """The tree of a declaration that CFFI's parser makes, which knows the types by name."""
        return self.ffi._parser._parse(text)[0].ext[-1]

    def _in_python(self, text: str) -> str:
        """Puts an underscore behind the words of Python, as is the custom there."""

        def rename(found: re.Match[str]) -> str:
            word = found["word"]
            return self.renamed.setdefault(word, f"{word}_") if word else found[0]

        return WORD.sub(rename, text)

    def _add(self, piece: Piece) -> None:
        """Adds a declaration, and before it what it needs of other headers."""
        for name in re.findall(r"(?:(?:struct|union|enum) )?\w+", piece.text):
            foreign = self._foreign.pop(name, None)
            if foreign and name not in KNOWN_TYPES:
                notes = len(self.notes)
                self._add(foreign)
                # If it cannot cross, the own declarations that need it are named.
                del self.notes[notes:]
        text = self._in_python(piece.text)
        fields = re.search(r"(?:struct|union) ?\w* ?{", text)
        try:
            if re.search("(?i)align" if fields else r"vector_size|\bmode|_abi", piece.extensions):
                raise NotImplementedError("CFFI does not know what the compiler adds to C there")
            self._accept(text, is_packed="packed" in piece.extensions)
        except REFUSALS as refusal:
            if fields:
                self._leave_out(f"the fields of {(piece.type_name or text).split()[-1]}", refusal)
                # What points to it is still of use.
                opaque = re.sub(r"{.*}", "", re.sub(r"(?:struct|union) ?{.*}", "...", text))
                self._add(Piece(opaque, piece.is_own, ""))
            else:
                self._leave_out(text[:70], refusal)

    def _accept(self, text: str, *, is_packed: bool = False) -> None:
        """Gives it to CFFI and asks for the types: some of what is wrong is only said then."""
        before = len(self.ffi._parser._declarations)
        try:
            self.ffi.cdef(text, packed=is_packed)
            added = list(self.ffi._parser._declarations.items())[before:]
            for key, (ctype, _) in added:
                kind, _, name = key.partition(" ")
                in_c = {new: old for old, new in self.renamed.items()}.get(name, name)
                is_expected = kind in OF_A_LIBRARY and not text.startswith("static")
                if is_expected and self.library and not hasattr(self.library, in_c):
                    raise LookupError("it is declared, and the library has none")
                if isinstance(ctype, model.RawFunctionType):
                    ctype = ctype.as_function_pointer()
                if kind != "macro" and ctype.has_c_name():
                    self.ffi.typeof(ctype.get_c_name())
        except REFUSALS:
            # A part of it may be there.
            self.ffi = FFI()
            for earlier, was_packed in self.declared:
                self.ffi.cdef(earlier, packed=was_packed)
            raise
        self.declared.append((text, is_packed))
        self.functions.update({key[9:]: text for key, _ in added if key.startswith("function ")})

    def _add_constant(self, name: str, value: str) -> None:
        """Adds a macro that is a constant. The C compiler fills in its value."""
        if not value or name in (*self._values(), *self.functions):
            return  # It stands for extensions alone, or for what has its name.
        try:
            tree = None if '"' in value else self._parse(f"int x = {self._in_python(value)};").init
            kind = "CData" if TEXT.fullmatch(value) else self._kind_of(tree)
            self._accept(CONSTANTS[kind].format(self._in_python(name)))
        except REFUSALS:
            self._leave_out(name, "as a macro it is neither a number nor a text")

    def _kind_of(self, value: Any) -> str:
        """What a constant is in Python; nothing if it is none."""
        # By its name: PyPy brings a parser of its own.
        node = type(value).__name__
        if node == "Constant" and value.value[0] not in "LUu":
            return "float" if value.type.split()[-1] in ("float", "double") else "int"
        if node == "Cast":
            kind = python_type(self.ffi._parser._get_type_and_quals(value.to_type.type)[0])
            return {"float": "float", "CData": ""}.get(kind, "int")
        if node == "ID":
            return self._values()[value.name].replace("Literal", "int").partition("[")[0]
        if node in ("UnaryOp", "BinaryOp", "TernaryOp"):
            kinds = {self._kind_of(part) for part in value if getattr(value, "op", "") != "sizeof"}
            return "float" if "float" in kinds else "".join(kinds) or "int"
        return ""

    def _values(self) -> dict[str, str]:
        """What ``lib`` has besides functions, and what that is in Python."""
        found = dict.fromkeys(dict(self._all("macro")), "int")
        for name, ctype in self._all("constant", "variable", "extern_python"):
            found[name] = python_type(ctype)
        for _, ctype in self._all("enum", "anonymous"):
            if isinstance(ctype, model.EnumType):
                numbers = zip(ctype.enumerators, ctype.enumvalues or ())
                found.update({name: f"Literal[{number}]" for name, number in numbers})
        return found

    def _add_callback(self, name: str, ctype: Any) -> None:
        """For a type of a function pointer ``T``, a function ``python_T`` that Python fills in.

        It is a C function like any other, made by the C compiler; ``ffi.callback`` would write
        machine code when the program runs, which some systems forbid.
        """
        if isinstance(ctype, model.BaseFunctionType):
            function = model.RawFunctionType(ctype.args, ctype.result, ellipsis=False)
            try:
                if ctype.ellipsis:
                    raise NotImplementedError("a function in Python is not variadic for C")
                self._accept(f'extern "Python" {function.get_c_name(f"python_{name}")};')
            except REFUSALS as refusal:
                self._leave_out(f"python_{name}", refusal)

    def _handles(self) -> Iterator[tuple[str, Any]]:
        """The functions that free a handle, and the type of what each of them takes.

        They are known by their shape: they return nothing, and take a pointer to an opaque struct
        and nothing else.
        """
        for name, function in self._all("function"):
            if function.result == model.void_type and len(function.args) == 1:
                [handle] = function.args
                item = getattr(handle, "totype", None)
                is_opaque = isinstance(item, model.StructType) and item.fldnames is None
                if is_opaque and not handle.quals & model.Q_CONST:
                    yield name, handle

    def builder(self, module: str, **more: Any) -> Any:
        """The description of a module: what Python sees, and what the C compiler gets to read."""
        defines = [f"#undef {name}\n" for name in sorted(self.hidden)]
        defines += [f"#define {new} {old}\n" for old, new in self.renamed.items()]
        defines.append(self.capsules)
        # CFFI's own wrappers would pass a `double` where the function takes a `float`, silently
        # converted. C allows a prototype to be repeated as long as it says the same, so repeating
        # what CFFI reads makes each difference from the header an error.
        prototypes = [f"{text}\n" for text in self.functions.values()]
        self.ffi.set_source(
            module,
            "".join([f'#include "{self.file.name}"\n', *defines, *prototypes, *self._frees()]),
            include_dirs=[str(self.file.parent)],
            extra_compile_args=STANDARD,
            **more,
        )
        return self.ffi

    def _of_capsules(self, structs: list[str]) -> Iterator[str]:
        """For each function ``F`` of such structs alone ``python_F``, for a list of their capsules.

        One call of CFFI's for all of them costs half of what one for each would.
        """
        for name, function in self._all("function"):
            kinds = [getattr(getattr(it, "totype", None), "name", "") for it in function.args]
            if kinds and set(kinds) <= set(structs):
                head = f"static {function.result.get_c_name()} python_{name}(intptr_t list)"
                given = ", ".join(f"python_{kind}(list, {at})" for at, kind in enumerate(kinds))
                result = "return " * (function.result != model.void_type)
                yield f"{head};\n{head} {{ {result}{name}({given}); }}\n"

    def _frees(self) -> list[str]:
        """The functions ``python_F``, which free what is in a place: nothing, after a failure.

        So Python can own the place before the library makes what is to be freed, and nothing that
        strikes between the two leaves it behind.
        """
        return [
            f"{place}static void python_{free}(void *memory) {{\n"
            f"    struct python_{free} *place = memory;\n"
            f"    if (place->handle != NULL) {free}(place->handle);\n"
            "    place->handle = NULL;\n"
            "}\n"
            for free, place in self.places.items()
        ]

    def stub(self) -> str:
        """The types of ``ffi`` and ``lib`` for type checkers, which cannot look into the module."""
        lines = ["# Made from the header.", "from typing import Literal, type_check_only\n"]
        lines += ["from _cffi_backend import FFI, _CDataBase as CData\n\nffi: FFI\nlib: _Lib\n"]
        for name, ctype in self._all("struct", "union", "anonymous"):
            if python_type(ctype) not in ("int", "CData") and not name.startswith("python_"):
                lines += ["@type_check_only", f"class {python_type(ctype)}:"]
                fields = ctype.enumfields()
                lines += [f"    {name}: {python_type(it)}" for name, it, *_ in fields if name]
        lines += ["@type_check_only", "class _Lib:", "    pass"]
        lines += [f"    {name}: {kind}" for name, kind in self._values().items()]
        for name, function in self._all("function"):
            lines += [f"    # {self.functions[name]}", self._method(name, function)]
        return "\n".join(lines) + "\n"

    def _method(self, name: str, function: Any) -> str:
        """The function as a method of ``lib``: the names are the header's, the types are CFFI's."""
        declared = getattr(self._parse(self.functions[name]).type.args, "params", [])
        parameters = ["self"]
        for number, (ctype, parameter) in enumerate(zip(function.args, declared)):
            # CFFI passes the bytes' own memory, so only for what the function does not change.
            is_read = isinstance(ctype, model.PointerType) and ctype.quals & model.Q_CONST
            takes = "bytes | " if is_read and ctype.totype.get_c_name() in TAKEN_AS_BYTES else ""
            named = parameter.name or f"argument{number}"
            parameters.append(f"{named}: {takes}{python_type(ctype)}")
        parameters += ["/"] * bool(function.args) + ["*more: object"] * function.ellipsis
        return f"    def {name}({', '.join(parameters)}) -> {python_type(function.result)}: ..."


# The structs of the Arrow C data interface, of which Python has capsules. On PyPy, a module of CFFI
# has none.
ARROW = ("ArrowSchema", "ArrowArray", "ArrowArrayStream") * (sys.implementation.name == "cpython")


def capsule(name: str) -> str:
    """How the capsules of such a struct are made; Python sees what is declared there."""
    text = Path(__file__).with_name("capsule.c").read_text(encoding="utf-8")
    # `arrow_array` for `ArrowArray`.
    in_python = re.sub(r"\B([A-Z])", r"_\1", name).lower()
    return text.replace("STRUCT", name).replace("NAME", in_python)


TAKEN_AS_BYTES = ("char", "signed char", "unsigned char", "int8_t", "uint8_t", "void")
IN_PYTHON = {"double": "float", "float": "float", "long double": "CData", "_Bool": "bool"}
IN_PYTHON |= {"char": "bytes", **dict.fromkeys(("wchar_t", "char16_t", "char32_t"), "str")}
IN_PYTHON |= dict.fromkeys(("_cffi_float_complex_t", "_cffi_double_complex_t"), "complex")


def python_type(ctype: Any) -> str:
    """What CFFI makes of a C type, which is in its own description; an enum is its number."""
    if isinstance(ctype, model.PrimitiveType):
        return IN_PYTHON.get(ctype.name, "int")
    if isinstance(ctype, model.StructOrUnion) and ctype.fldnames and ctype.has_c_name():
        return str(ctype.get_c_name()).split()[-1]
    return {model.VoidType: "None", model.EnumType: "int"}.get(type(ctype), "CData")


# The module. --------------------------------------------------------------------------------------


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


def install(made: list[Path], package: Path) -> None:
    """Puts what was made into the environment, each in one move."""
    package.mkdir(exist_ok=True)
    for draft in made:
        draft.replace(package / draft.name)
    # What an earlier version of the package had besides.
    for file in package.iterdir():
        if file.is_file() and file.name not in [it.name for it in made]:
            file.unlink()


if __name__ == "__main__":
    main()
