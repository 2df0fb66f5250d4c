"""The builder: that any header of the form that cbindgen writes becomes a module, and which."""

from __future__ import annotations

import sys
import sysconfig

import pytest
from cffi import FFI

from support import ffi_builder as builder

HEADER = """\
/* A comment with a #define A 1, an int f(int); and
 * lines. */
#ifndef SOME_H
#define SOME_H
#include <stdint.h>

#define SOME_LIMIT 3  /* and more */
typedef struct { double x; uint64_t n; char c; } Point; // not int g(int);
typedef int32_t (*Visitor)(double value, void *context);
typedef struct Opaque Opaque;
struct Tagged;
#ifdef __cplusplus
extern "C" {
#endif
PROTOTYPES
#ifdef __cplusplus
}
#endif
#endif
"""

# A function whose parameter is a function without a type of its own is one of them.
PROTOTYPES = [
    "double some_apply(double value, double (*function)(double, int32_t));",
    "void (*some_chosen(int which))(double);",
    "const char **some_names(const char *first, size_t (*count)(void));",
    "void some_rows(const double (*rows)[3], size_t count);",
    "int some_each(Visitor visitor, void *from, Opaque *opaque);",
    "Point some_point(uint8_t, bool is_far);",
    "void some_fill(char *buffer, size_t capacity);",
    "void some_free(Opaque *opaque);",
    "void some_tagged_free(struct Tagged *);",
    "void some_look(const Opaque *opaque);",
    "void some_reset(Point *point);",
    "void some_text_free(char *text);",
    "int some_close(Opaque *opaque);",
]


@pytest.fixture(scope="module")
def cdef() -> str:
    return builder.cdef_of(HEADER.replace("PROTOTYPES", "\n".join(PROTOTYPES)))


def test_cffi_gets_the_declarations_and_nothing_else(cdef: str) -> None:
    words = cdef.split()
    assert words[:3] == ["#define", "SOME_LIMIT", "..."]
    for dropped in ("/*", "#include", "__cplusplus", '"C"', "}\n}", "f(int)", "g(int)"):
        assert dropped not in cdef
    FFI().cdef(cdef)


def test_the_c_compiler_gets_each_prototype_a_second_time(cdef: str) -> None:
    assert builder.prototypes_of(cdef).splitlines() == PROTOTYPES


def test_python_can_fill_in_each_type_of_a_function(cdef: str) -> None:
    assert builder.visitors_of(cdef) == (
        'extern "Python" int32_t python_Visitor(double value, void *context);\n'
    )


def test_a_place_is_made_for_each_handle_that_a_function_frees(cdef: str) -> None:
    assert builder.places_of(cdef).splitlines() == [
        "struct python_some_free { Opaque *handle; };",
        "static void python_some_free(void *place);",
        "struct python_some_tagged_free { struct Tagged *handle; };",
        "static void python_some_tagged_free(void *place);",
    ]


def test_the_stub_has_the_types_that_cffi_makes(cdef: str) -> None:
    ffi = FFI()
    ffi.cdef(cdef + builder.visitors_of(cdef) + builder.places_of(cdef))
    lines = [line.strip() for line in builder.stub_of(ffi, cdef).splitlines()]
    for line in (
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
    ):
        assert line in lines


def test_the_module_does_not_look_where_python_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = "cc -shared -L/built/lib -Wl,-rpath,/built/lib -Wl,-rpath=/built/lib -Wl,-z,now"
    monkeypatch.setitem(sysconfig.get_config_vars(), "LDSHARED", flags)
    builder.forget_rpath_of_python()
    assert sysconfig.get_config_var("LDSHARED") == "cc -shared -L/built/lib -Wl,-z,now"


def test_the_builder_says_how_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/some_ffi_builder.py"])
    with pytest.raises(SystemExit, match=r"^usage: python some_ffi_builder\.py PIPELINE$"):
        builder.main(builder.Names(library="some", package="pysome"))
