"""Reads the headers of public libraries with the builder: each function is taken, or named.

gcc says on its own which functions a header declares, and compiles what CFFI makes of it.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "py-harness"))

from support import ffi_builder as builder

# By the package that has it, with its version.
HEADERS = {
    "blazesym-c 0.1.11": "include/blazesym.h",
    "imagequant-sys 4.1.0": "libimagequant.h",
    "libz-rs-sys-cdylib 0.6.8": "include/zlib.h",
    "pathrs 0.2.6": "include/pathrs.h",
    "quiche 0.30.0": "include/quiche.h",
    "rure 0.2.5": "include/rure.h",
    "rustls-ffi 0.15.7": "src/rustls.h",
    "sandlock-ffi 0.9.0": "include/sandlock.h",
    "stack-graphs 0.14.1": "include/stack-graphs.h",
    "wasmer-c-api 4.4.0": "wasm.h",
    "wasmtime-c-api-impl 50.0.1": "include/wasm.h",
}


def main() -> None:
    """Prints a line for each, and fails if anything is lost."""
    # While one is fetched, another is read.
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(2) as pool:
        lost = [it for all_of_it in pool.map(lost_of, repeat(folder), HEADERS) for it in all_of_it]
    if lost:
        sys.exit("\n".join(lost))


def lost_of(folder: str, package: str) -> list[str]:
    """What is lost of the header of a package."""
    name, version = package.split()
    place = Path(folder, name)
    place.mkdir()
    lost = tried(fetched(name, version, place) / HEADERS[package], place)
    return [f"{package}: {it}" for it in lost]


def fetched(name: str, version: str, folder: Path) -> Path:
    """The sources of a package, which cargo fetches, each by itself: some exclude each other."""
    (folder / "lib.rs").touch()
    manifest = folder / "Cargo.toml"
    manifest.write_text(
        '[package]\nname = "headers"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n'
        f'[lib]\npath = "lib.rs"\n[dependencies]\n{name} = "={version}"\n'
    )
    line = ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(manifest)]
    described = json.loads(subprocess.run(line, stdout=subprocess.PIPE, check=True).stdout)
    [found] = [it for it in described["packages"] if it["name"] == name]
    return Path(found["manifest_path"]).parent


def tried(file: Path, folder: Path) -> list[str]:
    """What is lost of a header."""
    header = builder.Header(file)
    ast.parse(header.stub())
    declared = functions(file, folder)
    in_c = {new: old for old, new in header.renamed.items()}
    taken = {in_c.get(name, name) for name in header.functions}
    named = {word for note in header.notes for word in re.findall(r"\w+", note)}
    header.builder("some._made").emit_c_code(str(folder / "made.c"))
    include = f"-I{sysconfig.get_path('include')}"
    line = ["gcc", "-c", "-w", "-std=gnu11", f"-I{file.parent}", include, "made.c"]
    compiled = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    print(f"{file.name}: {len(declared)} functions, {len(declared & taken)} taken")
    for note in header.notes:
        print(f"  {note}")
    lost = [f"`{name}` is neither taken nor named" for name in sorted(declared - taken - named)]
    return lost + [compiled.stderr] * (compiled.returncode != 0)


def functions(file: Path, folder: Path) -> set[str]:
    """The functions that a header declares, as gcc says."""
    (folder / "header.c").write_text(f'#include "{file.name}"\n')
    line = ["gcc", "-std=gnu11", "-fsyntax-only", "-aux-info", "functions.txt"]
    subprocess.run([*line, f"-I{file.parent}", "header.c"], cwd=folder, check=True)
    found = set()
    for text in (folder / "functions.txt").read_text().splitlines():
        # `/* folder/some.h:12:NC */ extern int some_function (int);`
        place, _, prototype = text.partition(" */ ")
        if file.parent in Path(place[3:].split(":")[0]).parents:
            found |= set(re.findall(r"(\w+) \(", prototype)[:1])
    return found


if __name__ == "__main__":
    main()
