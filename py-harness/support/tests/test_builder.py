"""The builder: that any header of the form that cbindgen writes becomes a module, and which."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING, Any, Callable

import pytest

from support import ffi_builder as builder

if TYPE_CHECKING:
    from pathlib import Path

GUARD = "#ifndef SOME_H\n#define SOME_H\n#include <stdint.h>\n#include <stdbool.h>\n"
Read = Callable[..., builder.Header]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a header with these declarations; of a library, if there are definitions for one."""

    def read(*declarations: str, library: str = "") -> builder.Header:
        file = tmp_path / "some.h"
        file.write_text("\n".join([GUARD, *declarations, "#endif\n"]), encoding="utf-8")
        if not library:
            return builder.Header(file)
        shared = tmp_path / "libsome.so"
        line = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-xc", "-", "-o", str(shared)]
        subprocess.run(line, input=f"#include <stdint.h>\n{library}", text=True, check=True)
        return builder.Header(file, shared)

    return read


@pytest.fixture
def module(tmp_path: Path) -> Callable[..., Any]:
    """Compiles the module of a header with what the header declares in it, and imports it."""

    def module(header: builder.Header, definitions: str = "") -> Any:
        library = tmp_path / "some.c"
        library.write_text(f'#include "some.h"\n{definitions}\n', encoding="utf-8")
        ffi = header.builder("made._some", sources=[str(library)])
        file = ffi.compile(tmpdir=str(tmp_path / "made"))
        spec = importlib.util.spec_from_file_location("made._some", file)
        assert spec is not None
        assert spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        return made

    return module


def members(header: builder.Header) -> list[str]:
    """The lines of the stub, which is Python."""
    stub = header.stub()
    ast.parse(stub)
    return [line.strip() for line in stub.splitlines()]


PROTOTYPES = [
    "double some_apply(double value, double (*function)(double, int32_t));",
    "void (*some_chosen(int which))(double);",
    "const char **some_names(const char *first, size_t (*count)(void));",
    "void some_rows(const double (*rows)[3], size_t count);",
    "int some_each(Visitor visitor, void *from_, Opaque *opaque);",
    "Point some_point(uint8_t, _Bool is_far);",
    "void some_fill(char *buffer, size_t capacity);",
    "void some_free(Opaque *opaque);",
    "void some_tagged_free(struct Tagged *);",
    "void some_look(const Opaque *opaque);",
    "void some_reset(Point *point);",
    "void some_text_free(char *text);",
    "int some_close(Opaque *opaque);",
]
TYPES = """\
/* A comment with a #define A 1, an int f(int); and
 * lines, src/ * .rs and "text. */
#define SOME_LIMIT 3  /* and more */
typedef struct { double x; uint64_t n; char c; } Point; // not int g(int);
typedef int32_t (*Visitor)(double value, void *context);
typedef struct Opaque Opaque;
struct Tagged;
#ifdef __cplusplus
extern "C" {
#endif"""
END = "#ifdef __cplusplus\n}\n#endif"


@pytest.fixture
def some(read: Read) -> builder.Header:
    return read(TYPES, *PROTOTYPES, END)


def test_the_c_compiler_gets_each_prototype_a_second_time(some: builder.Header) -> None:
    frees = [f"static void python_{name}(void *place);" for name in some.places]
    assert [*some.functions.values()] == [*PROTOTYPES, *frees]
    assert some.notes == []


def test_a_header_that_the_compiler_does_not_take_ends_the_build(
    read: Read, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="the C preprocessor does not take the header"):
        read("#error the wrong system")
    assert "the wrong system" in capfd.readouterr().err


def test_a_prototype_that_is_not_the_headers_is_an_error(
    read: Read, module: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    header = read("double some_half(double value);")
    header.functions["some_half"] = "float some_half(float value);"
    with pytest.raises(Exception, match="CompileError"):
        module(header, "double some_half(double value) { return value / 2; }")
    assert "conflicting types" in capfd.readouterr().err


def test_python_can_fill_in_each_type_of_a_function(read: Read, module: Callable[..., Any]) -> None:
    header = read(
        "typedef int32_t (*Visitor)(double value, void *context);",
        "typedef void Plain(int32_t value);",
        "typedef void (*Log)(const char *format, ...);",
        "int32_t some_visit(Visitor visitor);",
        "void some_plain(Plain *plain);",
        "void some_log(Log log);",
    )
    # A function in Python has as many parameters as it has.
    [note] = header.notes
    assert note.startswith("`python_Log` is left out: ")
    made = module(
        header,
        "int32_t some_visit(Visitor visitor) { return visitor(2.0, 0) + 1; }\n"
        "void some_plain(Plain *plain) { plain(3); }\nvoid some_log(Log log) { (void)log; }",
    )
    seen: list[int] = []
    made.ffi.def_extern(name="python_Visitor")(lambda value, context: int(value) * 10)
    made.ffi.def_extern(name="python_Plain")(seen.append)
    assert made.lib.some_visit(made.lib.python_Visitor) == 21
    made.lib.some_plain(made.lib.python_Plain)
    assert seen == [3]
    made.lib.some_log(made.ffi.NULL)


def test_a_place_is_made_for_each_handle_that_a_function_frees(
    read: Read, some: builder.Header
) -> None:
    assert some.places == {
        "some_free": "struct python_some_free { Opaque * handle; };\n",
        "some_tagged_free": "struct python_some_tagged_free { struct Tagged * handle; };\n",
    }
    alias = read("typedef struct O *Handle; typedef const struct O *View;", "void f(Handle h);")
    assert alias.places == {"f": "struct python_f { struct O * handle; };\n"}
    assert read("typedef const struct O *View;", "void f(View view);").places == {}


@pytest.mark.parametrize(
    "line",
    [
        "def some_apply(self, value: float, function: CData, /) -> float: ...",
        "def some_chosen(self, which: int, /) -> CData: ...",
        "def some_names(self, first: bytes | CData, count: CData, /) -> CData: ...",
        "def some_rows(self, rows: CData, count: int, /) -> None: ...",
        "def some_each(self, visitor: CData, from_: CData, opaque: CData, /) -> int: ...",
        "def some_point(self, argument0: int, is_far: bool, /) -> Point: ...",
        # Bytes are not to be changed, and the function could.
        "def some_fill(self, buffer: CData, capacity: int, /) -> None: ...",
        "SOME_LIMIT: int",
        "python_Visitor: CData",
        "def python_some_free(self, place: CData, /) -> None: ...",
        "x: float",
        "n: int",
        "c: bytes",
    ],
)
def test_the_stub_has_the_types_that_cffi_makes(some: builder.Header, line: str) -> None:
    assert line in members(some)


def test_bytes_are_taken_where_cffi_takes_them(read: Read, module: Callable[..., Any]) -> None:
    takes = [
        "const char *it",
        "const uint8_t *it",
        "const int8_t it[4]",
        "const void *it",
        "Name it",
    ]
    others = ["const int16_t *it", "uint8_t *it", "void *it", "const char *const *it"]
    prototypes = [f"int f{n}({it});" for n, it in enumerate([*takes, *others])]
    header = read("typedef const char *Text; typedef Text Name;", *prototypes)
    in_stub = [it for it in members(header) if it.startswith("def ")]
    assert ["bytes | CData" in it for it in in_stub] == [True] * len(takes) + [False] * len(others)
    bodies = [it.replace(";", " { return ((const char *)it)[1]; }") for it in prototypes]
    made = module(header, "\n".join(bodies))
    for number in range(len(takes)):
        assert getattr(made.lib, f"f{number}")(b"abcd") == ord("b")
    for number in (len(takes), len(takes) + 3):
        with pytest.raises(TypeError):
            getattr(made.lib, f"f{number}")(b"abcd")


def test_constants_are_of_every_kind(read: Read, module: Callable[..., Any]) -> None:
    whole = {"A": "3", "B": "-(1 << 4)", "C": "0xffffffffffffffffUL", "D": "'a'", "E": "INT64_MIN"}
    whole |= {"F": "((uint8_t)300)", "G": "sizeof(int32_t)", "H": "(A > 2 ? A : 0)", "I": "LAST"}
    fractions = {"J": "2.5", "K": "-1.5f", "L": "(A / 2.0)", "M": "((double)1)", "N": "1e-3"}
    lines = [f"#define {name} {value}" for name, value in {**whole, **fractions}.items()]
    text = '#define TEXT "one" \\\n    " and two"'
    header = read("enum { FIRST = 4, LAST };", *lines, text)
    assert header.notes == []
    made = module(header)
    assert [getattr(made.lib, it) for it in whole] == [
        *(3, -16, 2**64 - 1, 97, -(2**63), 44, 4, 3, 5)
    ]
    assert [getattr(made.lib, it) for it in fractions] == [2.5, -1.5, 1.5, 1.0, 0.001]
    assert made.ffi.string(made.lib.TEXT) == b"one and two"
    for line in ("FIRST: Literal[4]", *(f"{it}: int" for it in whole), "TEXT: CData"):
        assert line in members(header)
    assert all(f"{it}: float" in members(header) for it in fractions)


def test_macros_that_are_no_constants_are_named(read: Read) -> None:
    header = read(
        "#define IS_HIGH(reading, limit) \\\n    ((reading) > (limit) ? 1 : 0)",
        '#define WIDE L"wide"',
        "#define POINT (struct P){1}",
        "#define CALL some()",
        "#define USED __attribute__((warn_unused_result))",
        "#define EMPTY",
        "int some(void);",
    )
    assert [note.split("`")[1] for note in header.notes] == [
        *("IS_HIGH(reading,limit)", "WIDE", "POINT", "CALL")
    ]


def test_an_enum_that_cffi_does_not_take_is_named(read: Read) -> None:
    header = read("enum { FIRST = sizeof(int) };", "int some(void);")
    [note] = header.notes
    assert note.startswith("`enum { FIRST = sizeof(int) };` is left out: ")
    assert list(header.functions) == ["some"]


def test_a_function_that_is_a_macro_as_well_is_called(
    read: Read, module: Callable[..., Any]
) -> None:
    header = read("int some_twice(int value);", "#define some_twice(value) ((value)->twice)")
    made = module(header, "#undef some_twice\nint some_twice(int value) { return 2 * value; }")
    assert made.lib.some_twice(4) == 8
    assert header.notes == []


def test_words_of_python_have_an_underscore_behind_them(
    read: Read, module: Callable[..., Any]
) -> None:
    header = read(
        "typedef struct Range { int32_t from; int32_t to; } Range;",
        "enum Word { None = 3, is };",
        "int32_t pass(Range range);",
        "#define lambda 5",
    )
    assert sorted(header.notes) == [
        f"`{word}` is `{word}_` in Python, which has this word for itself"
        for word in ("None", "from", "is", "lambda", "pass")
    ]
    made = module(header, "int32_t pass(Range range) { return range.to - range.from; }")
    assert made.lib.pass_({"from_": 2, "to": 5}) == 3
    assert (made.lib.None_, made.lib.is_, made.lib.lambda_) == (3, 4, 5)
    for line in ("from_: int", "None_: Literal[3]", "def pass_(self, range: Range, /) -> int: ..."):
        assert line in members(header)


@pytest.mark.parametrize("absent", ["pass", "some_drives"])
def test_what_the_library_does_not_export_is_named(read: Read, absent: str) -> None:
    library = "int some_count(void) { return 1; }"
    header = read(f"int {absent}(void);", "int some_count(void);", library=library)
    assert list(header.functions) == ["some_count"]
    [note] = [note for note in header.notes if "in Python" not in note]
    assert note.endswith("is left out: it is declared, and the library has none")


@pytest.mark.parametrize("variable", ["CPPFLAGS", "CFLAGS"])
def test_the_preprocessor_of_this_compiler_decides(
    read: Read, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    lines = ["#ifdef SOME_SWITCH", "int some_drives(void);", "#endif", "int some_count(void);"]
    assert list(read(*lines).functions) == ["some_count"]
    monkeypatch.setenv(variable, "-DSOME_SWITCH")
    assert list(read(*lines).functions) == ["some_drives", "some_count"]


def test_the_header_is_read_as_the_c_that_cffi_knows(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = ["#if __STDC_VERSION__ > 201710L", "enum Size : uint8_t { SMALL };", "#endif"]
    monkeypatch.setenv("CFLAGS", "-std=gnu2x")
    assert read(*later, "int some(void);").notes == []


def test_types_come_from_other_headers_by_name(read: Read, module: Callable[..., Any]) -> None:
    header = read(
        *(f"#include <{it}.h>" for it in ("stdarg", "stdio", "sys/time", "sys/types", "wchar")),
        "ssize_t some_read(uint8_t *into, size_t size);",
        "int32_t some_dump(FILE *file, wchar_t letter, off_t at);",
        "double some_seconds(struct timeval time);",
        "int some_format(const char *format, va_list arguments);",
        "int some_print(const char *format, ...);",
    )
    assert list(header.functions) == ["some_read", "some_dump", "some_seconds", "some_print"]
    [note] = header.notes
    assert note.startswith("`int some_format(const char *format, va_list arguments);` is left out")
    assert "def some_print(self, format: bytes | CData, /, *more: object) -> int: ..." in (
        members(header)
    )
    made = module(
        header,
        "ssize_t some_read(uint8_t *into, size_t size) { (void)into; (void)size; return -1; }\n"
        "int32_t some_dump(FILE *file, wchar_t letter, off_t at) { return !file + letter + at; }\n"
        "double some_seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }\n"
        "int some_print(const char *format, ...) { return format[0]; }\n",
    )
    assert made.lib.some_read(made.ffi.NULL, 0) == -1
    assert made.lib.some_dump(made.ffi.NULL, "a", 2) == 100
    assert made.lib.some_seconds({"tv_sec": 1, "tv_usec": 500_000}) == 1.5


def test_a_struct_that_cffi_cannot_lay_out_is_a_name(
    read: Read, module: Callable[..., Any]
) -> None:
    header = read(
        "typedef struct __attribute__((packed)) { uint8_t a; uint32_t b; } Packed;",
        "#pragma pack(push, 1)\nstruct Pragma { uint8_t a; uint32_t b; };\n#pragma pack(pop)",
        "struct Wide { uint8_t a; } __attribute__((aligned(16)));",
        "typedef struct { _Alignas(16) uint8_t a; } Unnamed;",
        "uint32_t some_packed(Packed it); uint32_t some_pragma(struct Pragma it);",
        "int some_wide(const struct Wide *it); int some_whole(struct Wide it);",
        "int some_unnamed(const Unnamed *it); void some_incomplete(struct Option_Done it);",
    )
    assert [note.split("`")[1] for note in header.notes] == [
        "the fields of Wide",
        "the fields of Unnamed",
        "int some_whole(struct Wide it);",
        "void some_incomplete(struct Option_Done it);",
    ]
    made = module(
        header,
        "uint32_t some_packed(Packed it) { return it.b; }\n"
        "uint32_t some_pragma(struct Pragma it) { return it.b; }\n"
        "int some_wide(const struct Wide *it) { return it == 0; }\n"
        "int some_unnamed(const Unnamed *it) { return it == 0; }",
    )
    assert made.ffi.sizeof("Packed") == made.ffi.sizeof("struct Pragma") == 5
    assert made.lib.some_packed({"a": 1, "b": 7}) == made.lib.some_pragma({"a": 1, "b": 7}) == 7
    assert made.lib.some_wide(made.ffi.NULL) == made.lib.some_unnamed(made.ffi.NULL) == 1


@pytest.mark.parametrize(
    "style",
    [
        "typedef struct Point { double x; union { int32_t a; float b; }; } Point;",
        "struct Point { double x; union { int32_t a; float b; }; };",
        "typedef struct { double x; union { int32_t a; float b; }; } Point;",
    ],
)
def test_each_style_of_structs_is_a_class(read: Read, style: str) -> None:
    tag = "Point" if style.endswith("Point;") else "struct Point"
    header = read(style, f"{tag} some_middle({tag} a, {tag} b);")
    lines = members(header)
    assert lines.count("class Point:") == 1
    assert {"x: float", "a: int", "b: float"} <= set(lines)
    assert "def some_middle(self, a: Point, b: Point, /) -> Point: ..." in lines


def test_variables_and_functions_of_the_header_itself(
    read: Read, module: Callable[..., Any]
) -> None:
    definitions = (
        "const uint32_t LIMIT = 9; const uint8_t TABLE[4] = {1, 2, 3, 4}; double level = 0.5;\n"
        "int32_t some_open(uint32_t channel) { return channel; }\n"
        "int32_t some_more(int32_t numbers[2]) { return numbers[1]; }"
    )
    header = read(
        "extern const uint32_t LIMIT; extern const uint8_t TABLE[4]; extern double level;",
        "static const int32_t own = 6;",
        "static inline int32_t some_half(int32_t it) { if (it) { it /= 2; } return it; }",
        "__attribute__((warn_unused_result)) int32_t some_open(uint32_t channel);",
        "[[nodiscard]] int32_t some_more(int32_t numbers[2]);",
        library=definitions,
    )
    assert header.notes == []
    made = module(header, definitions)
    assert (made.lib.LIMIT, list(made.lib.TABLE), made.lib.own) == (9, [1, 2, 3, 4], 6)
    made.lib.level = 0.25
    assert made.lib.level == 0.25
    assert (made.lib.some_half(8), made.lib.some_open(3), made.lib.some_more([1, 2])) == (4, 3, 2)
    for line in ("LIMIT: int", "TABLE: CData", "level: float", "own: int"):
        assert line in members(header)


ARROW_ARRAY = """
struct ArrowArray { int64_t length; void (*release)(struct ArrowArray *); void *private_data; };
"""


@pytest.mark.skipif(not builder.ARROW, reason="CFFI makes no capsules here")
def test_a_function_of_columns_alone_takes_a_list_of_their_capsules(
    read: Read, module: Callable[..., Any]
) -> None:
    header = read(
        ARROW_ARRAY,
        "void some_fill(struct ArrowArray *array);",
        "int64_t some_copy(const struct ArrowArray *array, struct ArrowArray *copy);",
        "void some_scale(struct ArrowArray *array, double by);",
    )
    definitions = """
    void some_fill(struct ArrowArray *array) { array->length = 7; }
    int64_t some_copy(const struct ArrowArray *array, struct ArrowArray *copy) {
        if (!array || !copy) return -1;
        return copy->length = array->length;
    }
    void some_scale(struct ArrowArray *array, double by) { array->length *= by; }
    """
    lib = module(header, definitions).lib
    assert "def python_some_fill(self, list: int, /) -> None: ..." in members(header)
    assert not hasattr(lib, "python_some_scale")  # It takes a number as well.
    capsules: list[object] = [None, None, "a text"]
    lib.python_some_fill(id(capsules))
    assert lib.python_some_copy(id(capsules)) == 7
    assert lib.python_ArrowArray(id(capsules), 1).length == 7
    # Neither what is no capsule nor what is not there.
    capsules.reverse()
    assert lib.python_some_copy(id(capsules)) == -1
    assert not lib.python_ArrowArray(id(capsules), 3)


def test_the_stub_is_what_mypy_takes(some: builder.Header, tmp_path: Path) -> None:
    (tmp_path / "made.pyi").write_text(some.stub(), encoding="utf-8")
    uses = tmp_path / "uses.py"
    uses.write_text("from made import lib\nreveal_type(lib.some_point(1, True).x)\n")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
    line = [*mypy, uses.name, "made.pyi"]
    finished = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout
    assert 'Revealed type is "float"' in finished.stdout


def test_the_module_does_not_look_where_python_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = "cc -shared -L/built/lib -Wl,-rpath,/built/lib -Wl,-rpath=/built/lib -Wl,-z,now"
    monkeypatch.setitem(sysconfig.get_config_vars(), "LDSHARED", flags)
    builder.forget_rpath_of_python()
    assert sysconfig.get_config_var("LDSHARED") == "cc -shared -L/built/lib -Wl,-z,now"


def test_the_builder_says_how_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/some_ffi_builder.py"])
    with pytest.raises(SystemExit, match=r"^usage: python some_ffi_builder\.py PIPELINE$"):
        builder.main(builder.Names(library="some", package="pysome"))
