# abi-python 0.1.0. `cargo xtask generate` writes this file; it is the same for every library.
"""Builds the wheel and the source distribution of a package around a Rust library (PEP 517, 660).

A thin layer over ``setuptools.build_meta``: cargo compiles the library, CFFI makes an extension of
the header, and setuptools links both into one file: nothing has to be found when it is imported.
All of it happens in a temporary folder, for setuptools would leave files beside the sources; only
``pip install -e`` builds in place. The names of the library are in ``pyproject.toml``, under
``tool.rust-library``.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import setuptools
from setuptools.build_meta import _BuildMetaBackend
from setuptools.command.bdist_wheel import bdist_wheel

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterator

# The importer has just compiled this file into the checkout, where nothing is to be written.
sys.dont_write_bytecode = True
CACHED = Path(importlib.util.cache_from_source(__file__))
with contextlib.suppress(OSError):
    CACHED.unlink()
    CACHED.parent.rmdir()
# What is made has the same modes and, in archives, the same times, whoever makes it.
os.umask(0o022)
os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")  # 1980, before which zip knows no time.

HERE = Path(__file__).resolve().parent.parent
# In a source distribution the crates lie below; in the checkout they lie beside.
RUST = HERE / "rust" if (HERE / "rust").is_dir() else HERE.parent
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGE: str = PROJECT["project"]["name"]
LIBRARY: str = PROJECT["tool"]["rust-library"]["library"]
# The one with the C ABI.
CRATE: str = PROJECT["tool"]["rust-library"]["crate"]
LICENSES = re.compile(r"(?i)(un)?licen[cs]e|copying|copyright|notice")

# The interpreter without its lock has no stable ABI before 3.15, PyPy has none at all.
IS_CPYTHON = sys.implementation.name == "cpython"
HAS_LOCK = not sysconfig.get_config_var("Py_GIL_DISABLED")
STABLE_ABI = "cp39" if HAS_LOCK else "cp315" if sys.version_info >= (3, 15) else ""
STABLE_ABI = STABLE_ABI if IS_CPYTHON else ""
# Rust's names stay inside, so that another module with Rust in it does not get these; and neither
# what nobody calls nor the names of the rest are shipped.
ENTRY = f"PyInit__{LIBRARY}" if IS_CPYTHON else f"_cffi_pypyinit__{LIBRARY}"
LINK_ARGUMENTS = {
    "win32": [],
    "darwin": ["-Wl,-dead_strip", "-Wl,-x", f"-Wl,-exported_symbol,_{ENTRY}"],
}.get(sys.platform, ["-Wl,--version-script={}/module.map", "-Wl,--gc-sections", "-s"])
# The description of the module, for CFFI.
ffi: Any = None


def build_wheel(
    wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None
) -> str:
    """Builds the wheel in a folder and returns its name."""
    with workplace() as place:
        return Backend(module(place, place)).build_wheel(wheel_directory, config_settings)


def build_editable(
    wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None
) -> str:
    """Builds a wheel that leads to the sources, beside which the module is put."""
    with workplace() as place:
        found = module(place, HERE)
        os.chdir(HERE)
        return Backend(found).build_editable(wheel_directory, config_settings)


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Any = None) -> str:
    """Writes what the wheel says of itself into a folder and returns its name."""
    with workplace():
        return Backend().prepare_metadata_for_build_wheel(metadata_directory, config_settings)


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Builds the source distribution, which can be built from, and returns its name."""
    with workplace() as place:
        for file in ("support/rust_backend.py", "support/ffi_builder.py"):
            copy(HERE / file, place / file)
        write_crates(place)
        (place / "MANIFEST.in").write_text("graft rust\ngraft support\n", encoding="ascii")
        name = Backend().build_sdist(str(place), config_settings)
        repack(place / name, Path(sdist_directory, name))
        return name


class Backend(_BuildMetaBackend):
    """setuptools, without a file with its arguments."""

    def __init__(self, *modules: str) -> None:
        self.modules = modules

    def run_setup(self, setup_script: str = "") -> None:
        """Called for each of its commands, in the current folder."""
        setuptools.setup(
            version=metadata()["version"],
            package_dir={"": "src"},
            packages=[PACKAGE],
            package_data={PACKAGE: ["py.typed", "*.pyi"]},
            cffi_modules=list(self.modules),
            cmdclass={"bdist_wheel": Wheel},
            options={"bdist_wheel": {"py_limited_api": STABLE_ABI}} if STABLE_ABI else {},
        )


class Wheel(bdist_wheel):
    """Puts a list of what is inside into the wheel (PEP 770)."""

    def write_wheelfile(self, wheelfile_base: str, *options: Any, **more: Any) -> None:
        """Called with the folder of the metadata, before it is packed."""
        super().write_wheelfile(wheelfile_base, *options, **more)
        bill = Path(wheelfile_base, "sboms", f"{LIBRARY}.cdx.json")
        bill.parent.mkdir()
        bill.write_text(json.dumps(bill_of_materials(), indent=2) + "\n", encoding="utf-8")


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A copy of the package with all licenses, which is the current folder meanwhile."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix=f"{PACKAGE}-") as folder:
        place = Path(folder)
        for file in [HERE / "pyproject.toml", HERE / "README.md", *licenses(HERE, RUST)]:
            copy(file, place / file.name)
        for crate in compiled():
            for file in licenses(Path(crate["manifest_path"]).parent) if crate["source"] else []:
                copy(file, place / f"LICENSE-{crate['name']}-{crate['version']}-{file.name}")
        copy(HERE / "src" / PACKAGE, place / "src" / PACKAGE)
        os.chdir(place)
        try:
            yield place
        finally:
            os.chdir(before)


def licenses(*folders: Path) -> list[Path]:
    """The texts of licenses in the first of the folders that has some."""
    found = [
        [it for it in sorted(folder.iterdir()) if LICENSES.match(it.name)] for folder in folders
    ]
    return next(filter(None, found), [])


def copy(source: Path, to: Path) -> None:
    """Copies a file, or a folder without what tools leave in it; cargo marks its own."""

    def left(folder: str, names: list[str]) -> list[str]:
        left = [it for it in names if it.startswith((".", "__pycache__", f"_{LIBRARY}."))]
        return left + [it for it in names if Path(folder, it, "CACHEDIR.TAG").exists()]

    to.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, to, ignore=left, copy_function=shutil.copyfile, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, to)


# The library. -------------------------------------------------------------------------------------


def module(place: Path, package: Path) -> str:
    """Compiles the library and says where CFFI finds the module; the stub goes into the package."""
    sys.path.insert(0, str(HERE))
    from support import ffi_builder as builder

    # Before anything asks for the flags, of which setuptools keeps a copy.
    builder.forget_rpath_of_python()
    needs = place / "native-static-libs.txt"
    built = compile_library(place, "--crate-type=staticlib,cdylib", needs)
    [archive] = [it for it in built if it.suffix in (".a", ".lib") and ".dll" not in it.name]
    [shared] = [it for it in built if it.suffix in (".so", ".dylib", ".dll")]
    file = RUST / CRATE / "include" / f"{LIBRARY}.h"
    header = builder.Header(file, builder.exported_by(shared))
    sys.stderr.writelines(f"{file.name}: {note}\n" for note in header.notes)
    stub = package / "src" / PACKAGE / f"_{LIBRARY}.pyi"
    stub.write_text(header.stub(), encoding="utf-8")
    (place / "module.map").write_text(f"{{ global: {ENTRY}; local: *; }};\n", encoding="ascii")
    global ffi
    ffi = header.builder(
        builder.Names(LIBRARY, PACKAGE),
        extra_objects=[str(archive)],
        extra_link_args=[it.format(place) for it in LINK_ARGUMENTS] + needs.read_text().split(),
    )
    (place / "module.py").write_text("from rust_backend import ffi\n", encoding="ascii")
    return f"{os.path.relpath(place / 'module.py', package)}:ffi"


def compile_library(place: Path, kinds: str, needs: Path) -> list[Path]:
    """Compiles the library without a path of this machine in it, and says what came out."""
    home = os.environ.get("CARGO_HOME") or str(Path.home() / ".cargo")
    names = {home: "/cargo", str(RUST): f"/usr/src/{LIBRARY}-{metadata()['version']}"}
    flags = configured_flags(place) + [f"--remap-path-prefix={it}={names[it]}" for it in names]
    # Apart from what is compiled there with the paths in it: cargo does not see this difference.
    target = Path(os.environ.get("CARGO_TARGET_DIR") or place / "target", "wheel")
    messages = run_cargo(
        *("rustc", "--release", "--locked", "--package", CRATE, "--lib", kinds),
        *("--message-format", "json-render-diagnostics", "--target-dir", str(target)),
        *("--", f"--print=native-static-libs={needs}"),
        CARGO_ENCODED_RUSTFLAGS="\x1f".join(flags),
        CARGO_PROFILE_RELEASE_INCREMENTAL="false",
    )
    # The last one is what was asked for.
    [*_, built] = [it["filenames"] for it in messages if "filenames" in it]
    return [Path(file) for file in built]


def configured_flags(place: Path) -> list[str]:
    """The flags of the configuration and of the environment.

    What is in CARGO_ENCODED_RUSTFLAGS counts in place of all others, so these have to be in it.
    Which those are is known to cargo alone, which tells each build script.
    """
    folder = place / "flags"
    folder.mkdir()
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "flags"\nversion = "0.0.0"\nedition = "2021"\nbuild = "main.rs"\n'
        '[lib]\npath = "main.rs"\n[workspace]\n'
    )
    (folder / "main.rs").write_text(
        'pub fn main() { println!("cargo::rustc-env=FLAGS={}", '
        'std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default()); }'
    )
    line = ["check", "--offline", "--manifest-path", str(folder / "Cargo.toml")]
    messages = run_cargo(*line, "--target-dir", str(folder), "--message-format", "json")
    [flags] = [dict(it["env"])["FLAGS"] for it in messages if "env" in it]
    return flags.split("\x1f") if flags else []


def run_cargo(*arguments: str, folder: Path = RUST, **variables: str) -> list[Any]:
    """Runs a command of cargo's and returns its messages; if it fails, that is the end."""
    line = [os.environ.get("CARGO") or "cargo", *arguments]
    if not (folder / "Cargo.toml").exists():
        sys.exit(
            f"{PACKAGE}: the crates are not in {folder}: pip before 21.3 builds from a copy of the "
            "package's folder alone; install a newer pip, or build from the source distribution"
        )
    try:
        environment = {**os.environ, **variables}
        finished = subprocess.run(
            line, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
        )
    except FileNotFoundError:
        sys.exit(
            f"{PACKAGE}: cargo was not found, and the library is compiled with it: install Rust "
            "from your system's packages or with rustup"
        )
    if finished.returncode != 0:
        sys.exit(f"{finished.stderr}{PACKAGE}: this failed: {shlex.join(line)}")
    return [json.loads(it) for it in finished.stdout.splitlines() if it.startswith("{")]


# What is in it. -----------------------------------------------------------------------------------


@functools.lru_cache
def packages() -> dict[str, Any]:
    """What cargo knows of the packages, by their identifiers, with what they are linked with."""
    [described] = run_cargo("metadata", "--locked", "--format-version", "1")
    found = {it["id"]: it for it in described["packages"]}
    for node in described["resolve"]["nodes"]:
        linked = [it["pkg"] for it in node["deps"] if any(not k["kind"] for k in it["dep_kinds"])]
        found[node["id"]]["linked"] = linked
    return found


def metadata() -> Any:
    """The package with the C ABI, whose version the package in Python has."""
    return next(it for it in packages().values() if it["name"] == CRATE)


def compiled() -> list[Any]:
    """The packages that are compiled into the library."""
    found = [metadata()]
    for package in found:
        linked = [packages()[it] for it in package["linked"]]
        found += [it for it in linked if it not in found]
    return found


def bill_of_materials() -> dict[str, Any]:
    """The packages that are compiled into the library, and Rust's own, as CycloneDX has it."""
    line = [os.environ.get("RUSTC") or "rustc", "--version"]
    printed = subprocess.run(line, cwd=RUST, capture_output=True, text=True, check=True).stdout
    rust = ("generic", "rust-std", printed.split()[1], "MIT OR Apache-2.0")
    crates = [("cargo", it["name"], it["version"], it["license"]) for it in compiled()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component("pypi", PACKAGE, metadata()["version"], None)},
        "components": [component(*it) for it in [*sorted(crates), rust]],
    }


def component(kind: str, name: str, version: str, terms: str | None) -> dict[str, Any]:
    """One of its parts."""
    entry = {"type": "library", "name": name, "version": version}
    entry["purl"] = f"pkg:{kind}/{name}@{version}"
    return {**entry, "licenses": [{"expression": terms}]} if terms else entry


# The source distribution. -------------------------------------------------------------------------


def write_crates(place: Path) -> None:
    """A workspace with the library's packages alone, and the versions that are locked already."""
    to, crates = place / "rust", [Path(metadata()["manifest_path"]).parent]
    for crate in crates:
        copy(crate, to / inside(crate))
        [package] = [
            it for it in packages().values() if it["manifest_path"] == str(crate / "Cargo.toml")
        ]
        needed = [Path(it["path"]) for it in package["dependencies"] if it.get("path")]
        crates += [it for it in needed if it not in crates]
    # What the sources include from elsewhere, such as a README: cargo notes what was read.
    [built, *_] = compile_library(place, "--crate-type=rlib", place / "needs.txt")
    read = built.with_suffix(".d").read_text(encoding="utf-8").strip().partition(": ")[2]
    for file in [
        Path(os.path.normpath(it.replace("\\ ", " "))) for it in re.split(r"(?<!\\) ", read)
    ]:
        is_made = any((folder / "CACHEDIR.TAG").exists() for folder in file.parents)
        if not is_made and not any(crate in file.parents for crate in crates):
            copy(file, to / inside(file))
    manifest = (RUST / "Cargo.toml").read_text(encoding="utf-8")
    members = ", ".join(f'"{inside(crate).as_posix()}"' for crate in crates)
    # The first is what there is to build, the second what is built if nothing is named.
    manifest = re.sub(r"(?ms)^members = \[.*?\]", f"members = [{members}]", manifest)
    manifest = re.sub(r"(?ms)(^#[^\n]*\n)*^default-members = \[.*?\]\n", "", manifest)
    (to / "Cargo.toml").write_text(manifest, encoding="utf-8")
    shutil.copyfile(RUST / "Cargo.lock", to / "Cargo.lock")
    # The full one has packages that are not needed here, which --locked would not accept.
    run_cargo("update", "--workspace", "--offline", folder=to)
    check = ["check", "--locked", "--offline", "--package", CRATE]
    run_cargo(*check, "--target-dir", str(place / "target"), folder=to)


def inside(path: Path) -> Path:
    """The path from the root of the workspace."""
    if RUST not in path.parents:
        sys.exit(f"{PACKAGE}: a source distribution has the workspace alone, and {path} is outside")
    return path.relative_to(RUST)


def repack(made: Path, to: Path) -> None:
    """Packs an archive again so that the same files give the same bytes, whoever packs them."""
    with contextlib.ExitStack() as stack:
        old = stack.enter_context(tarfile.open(made))
        file = stack.enter_context(to.open("wb"))
        packed = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0))
        new = stack.enter_context(tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT))
        for found in sorted((it for it in old if it.isfile()), key=lambda it: it.name):
            member = tarfile.TarInfo(found.name)
            member.size, member.mtime = found.size, int(os.environ["SOURCE_DATE_EPOCH"])
            new.addfile(member, old.extractfile(found))
