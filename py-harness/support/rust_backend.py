# abi-python 0.1.0. `cargo xtask generate` writes this file; it is the same for every library.
"""Builds the wheel and the source distribution of a package around a Rust library (PEP 517).

What ``pip install .`` and ``python -m build`` call. cargo compiles the library, CFFI writes the
module's C from the header, and setuptools links both into one file: nothing has to be found when it
is imported. All of it happens in a temporary folder, for setuptools would leave files beside the
sources. The names of the library are in ``pyproject.toml``, under ``tool.rust-library``.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import io
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
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import setuptools
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

HERE = Path(__file__).resolve().parent.parent
# In a source distribution the crates lie below; in the checkout they lie beside.
RUST = HERE / "rust" if (HERE / "rust").is_dir() else HERE.parent
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGE: str = PROJECT["project"]["name"]
LIBRARY: str = PROJECT["tool"]["rust-library"]["library"]
CRATES: list[str] = PROJECT["tool"]["rust-library"]["crates"]
# The one with the C ABI.
CDYLIB = CRATES[-1]

# What every archive says of when its files were made: the same at every time.
os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")  # 1980, before which zip knows no time.
# The interpreter without its lock has no stable ABI yet.
HAS_STABLE_ABI = not sysconfig.get_config_var("Py_GIL_DISABLED")


def build_wheel(
    wheel_directory: str, config_settings: object = None, metadata_directory: object = None
) -> str:
    """Builds the wheel in ``wheel_directory`` and returns its name."""
    with workplace() as place:
        library = compile_library(place)
        write_sources(place)
        module = setuptools.Extension(
            f"{PACKAGE}._{LIBRARY}",
            ["module.c"],
            include_dirs=["include"],
            extra_objects=[library.archive],
            extra_link_args=LINK_ARGUMENTS + library.needs,
            py_limited_api=HAS_STABLE_ABI,
        )
        return setup(
            "bdist_wheel",
            f"--dist-dir={Path(wheel_directory).resolve()}",
            ext_modules=[module],
            cmdclass={"bdist_wheel": Wheel},
            options={"bdist_wheel": {"py_limited_api": "cp39"}} if HAS_STABLE_ABI else {},
        )


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Builds the source distribution in ``sdist_directory`` and returns its name."""
    with workplace() as place:
        write_sources(place)
        setup("egg_info", "--egg-base=.")
        name = f"{PACKAGE}-{version()}"
        content = place / name
        content.mkdir()
        shutil.copyfile(next(place.glob("*.egg-info/PKG-INFO")), content / "PKG-INFO")
        copy_package(content)
        (content / "support").mkdir()
        for name_of_file in ("rust_backend.py", "ffi_builder.py"):
            shutil.copyfile(HERE / "support" / name_of_file, content / "support" / name_of_file)
        write_crates(content / "rust")
        write_tar(content, Path(sdist_directory) / f"{name}.tar.gz")
        return f"{name}.tar.gz"


# What is linked.

# Rust's names stay inside, so that another module with Rust in it does not get these; and neither
# what nobody calls nor the names of the rest are shipped.
if sys.platform == "win32":
    LINK_ARGUMENTS: list[str] = []
elif sys.platform == "darwin":
    symbol = f"_PyInit__{LIBRARY}"
    LINK_ARGUMENTS = ["-Wl,-dead_strip", "-Wl,-x", f"-Wl,-exported_symbol,{symbol}"]
else:
    LINK_ARGUMENTS = ["-Wl,--version-script=module.map", "-Wl,--gc-sections", "-s"]


class Library(NamedTuple):
    """The static library, and what else the linker needs with it."""

    archive: str
    needs: list[str]


def compile_library(place: Path) -> Library:
    """Compiles the library, without a path of this machine in it."""
    command = ["rustc", "--release", "--locked", "--package", CDYLIB, "--lib"]
    command += ["--crate-type", "staticlib", "--message-format", "json-render-diagnostics"]
    kept = os.environ.get("CARGO_TARGET_DIR")
    # Apart from what is compiled there with the paths in it: cargo does not see this difference.
    command += ["--target-dir", str(Path(kept, "wheel") if kept else place / "target")]
    # Into a file, for what cargo prints has colours at times.
    needs = place / "native-static-libs.txt"
    command += ["--", "--print", f"native-static-libs={needs}"]
    finished = run_cargo(*command, env=environment(place))
    messages = [json.loads(line) for line in finished.stdout.splitlines() if line.startswith("{")]
    archives = [
        file
        for message in messages
        if message["reason"] == "compiler-artifact"
        for file in message["filenames"]
        if Path(file).suffix in {".a", ".lib"}
    ]
    if not archives or not needs.exists():
        sys.exit(f"{PACKAGE}: cargo has not said what it compiled:\n{finished.stderr}")
    return Library(archives[-1], needs.read_text(encoding="utf-8").split())


def environment(place: Path) -> dict[str, str]:
    """What cargo gets to know besides: the same library comes out in every folder."""
    home = os.environ.get("CARGO_HOME") or str(Path.home() / ".cargo")
    places = {home: "/cargo", str(RUST): f"/usr/src/{LIBRARY}-{version()}"}
    remapped = [f"--remap-path-prefix={path}={name}" for path, name in places.items()]
    return {
        **os.environ,
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(configured_flags(place) + remapped),
        "CARGO_PROFILE_RELEASE_INCREMENTAL": "false",
    }


# A package that does nothing but write down the flags with which cargo calls rustc.
RUSTFLAGS = {
    "Cargo.toml": """[package]
name = "rustflags"
version = "0.0.0"
edition = "2021"
[workspace]
""",
    "src/lib.rs": "",
    "build.rs": """fn main() {
    let flags = std::env::var_os("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    std::fs::write("flags.txt", flags.to_str().unwrap()).unwrap();
}
""",
}


def configured_flags(place: Path) -> list[str]:
    """The flags of the configuration and of the environment.

    What is in CARGO_ENCODED_RUSTFLAGS counts in place of all others, so these have to be in it.
    Which those are is known to cargo alone, which tells each build script.
    """
    folder = place / "rustflags"
    for name, text in RUSTFLAGS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    manifest = str(folder / "Cargo.toml")
    target = str(folder / "target")
    run_cargo("check", "--offline", "--manifest-path", manifest, "--target-dir", target)
    flags = (folder / "flags.txt").read_text(encoding="utf-8")
    return [flag for flag in flags.split("\x1f") if flag]


def cargo() -> str:
    """The program, or the end in one sentence."""
    found = shutil.which(os.environ.get("CARGO") or "cargo")
    if found is None:
        sys.exit(
            f"{PACKAGE}: cargo was not found, and the library is compiled with it: install Rust "
            "from your system's packages or with rustup"
        )
    return found


def run_cargo(
    *arguments: str, folder: Path = RUST, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command of cargo's; if it fails, that is the end, in its words."""
    command = [cargo(), *arguments]
    finished = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, encoding="utf-8", check=False
    )
    if finished.returncode != 0:
        sys.exit(f"{finished.stderr}{PACKAGE}: this failed: {shlex.join(command)}")
    return finished


def version() -> str:
    """The version of the crate, which is that of the package."""
    # `path+file:///folder#crate@1.2.3`
    return re.split("[#@]", run_cargo("pkgid", "--package", CDYLIB).stdout.strip())[-1]


# What setuptools gets to see.


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A folder for the time of a build, and the current one meanwhile."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix=f"{PACKAGE}-") as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def write_sources(place: Path) -> None:
    """The package, the module's C and its stub, and what the metadata is made from."""
    copy_package(place)
    package = place / "src" / PACKAGE
    header = RUST / CDYLIB / "include" / f"{LIBRARY}.h"
    (place / "include").mkdir()
    shutil.copyfile(header, place / "include" / header.name)

    sys.path.insert(0, str(HERE))
    builder = importlib.import_module("support.ffi_builder")
    builder.forget_rpath_of_python()
    read = builder.Header(place / "include" / header.name)
    ffi = read.builder(builder.Names(LIBRARY, PACKAGE))
    ffi.emit_c_code("module.c")
    exports = f"{{ global: PyInit__{LIBRARY}; local: *; }};\n"
    (place / "module.map").write_text(exports, encoding="ascii")
    (package / f"_{LIBRARY}.pyi").write_text(read.stub(), encoding="utf-8")


def copy_package(to: Path) -> None:
    """Copies the package, and what its metadata is made from."""
    licenses = sorted(HERE.glob("LICENSE*")) or sorted(RUST.glob("LICENSE*"))
    for file in [HERE / "pyproject.toml", HERE / "README.md", *licenses]:
        shutil.copyfile(file, to / file.name)
    copy_tree(HERE / "src" / PACKAGE, to / "src" / PACKAGE)


def setup(*command: str, **arguments: Any) -> str:
    """Runs a command of setuptools in the current folder; returns the name of a wheel it made."""
    # As in setuptools' own backend: a wheel is packed from what its `install` has put together.
    warnings.filterwarnings("ignore", "setup.py install is deprecated")
    distribution = setuptools.setup(
        script_args=["--quiet", *command],
        version=version(),
        package_dir={"": "src"},
        packages=[PACKAGE],
        package_data={PACKAGE: ["py.typed", "*.pyi"]},
        **arguments,
    )
    made = [Path(file).name for kind, _, file in distribution.dist_files if kind == "bdist_wheel"]
    return made[0] if made else ""


class Wheel(bdist_wheel):
    """Puts a list of what is inside into the wheel (PEP 770)."""

    def write_wheelfile(self, wheelfile_base: str, *options: Any, **more: Any) -> None:
        """Called with the folder of the metadata, before it is packed."""
        super().write_wheelfile(wheelfile_base, *options, **more)
        folder = Path(wheelfile_base) / "sboms"
        folder.mkdir()
        text = json.dumps(bill_of_materials(), indent=2) + "\n"
        (folder / f"{LIBRARY}.cdx.json").write_text(text, encoding="utf-8")


def bill_of_materials() -> dict[str, Any]:
    """The crates that are compiled into the library, and Rust's own, as CycloneDX has it."""
    tree = ["tree", "--locked", "--package", CDYLIB, "--edges", "normal", "--prefix", "none"]
    # `crate v1.2.3 (/folder)|license`; one that came before has an asterisk behind it.
    lines = run_cargo(*tree, "--format", "{p}|{l}").stdout.splitlines()
    crates = dict.fromkeys(line.replace(" (*)", "") for line in lines if line)
    components = []
    for crate in crates:
        words, _, terms = crate.partition("|")
        name, number = words.split()[:2]
        components.append(component(name, number.lstrip("v"), terms, "cargo"))
    rustc = [os.environ.get("RUSTC") or "rustc", "--version", "--verbose"]
    printed = subprocess.run(rustc, cwd=RUST, capture_output=True, text=True, check=True).stdout
    compiler = dict(line.split(": ", 1) for line in printed.splitlines() if ": " in line)
    rust = component("rust-std", compiler["release"], "MIT OR Apache-2.0", "generic")
    rust["description"] = f"Rust's standard library, of rustc {compiler['commit-hash'][:12]}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(PACKAGE, version(), "", "pypi")},
        "components": [*components, rust],
    }


def component(name: str, number: str, terms: str, kind: str) -> dict[str, Any]:
    """One of its parts."""
    entry: dict[str, Any] = {
        "type": "library",
        "name": name,
        "version": number,
        "purl": f"pkg:{kind}/{name}@{number}",
    }
    if terms:
        entry["licenses"] = [{"expression": terms}]
    return entry


# The source distribution.


def write_crates(to: Path) -> None:
    """A workspace with the library's crates alone, and the versions that are locked already."""
    for crate in CRATES:
        copy_tree(RUST / crate, to / crate)
    manifest = (RUST / "Cargo.toml").read_text(encoding="utf-8")
    members = ", ".join(f'"{crate}"' for crate in CRATES)
    # The first is what there is to build, the second what is built if nothing is named.
    manifest = re.sub(r"(?ms)^members = \[.*?\]", f"members = [{members}]", manifest)
    manifest = re.sub(r"(?ms)(^#[^\n]*\n)*^default-members = \[.*?\]\n", "", manifest)
    (to / "Cargo.toml").write_text(manifest, encoding="utf-8")
    shutil.copyfile(RUST / "Cargo.lock", to / "Cargo.lock")
    # The full one has packages that are not needed here, which --locked would not accept.
    run_cargo("update", "--quiet", "--workspace", "--offline", folder=to)


def copy_tree(source: Path, to: Path) -> None:
    """Copies a folder without what tools leave in it."""
    left = shutil.ignore_patterns("__pycache__", "target", ".*")
    shutil.copytree(source, to, ignore=left)


def write_tar(folder: Path, to: Path) -> None:
    """Packs a folder so that the same files give the same bytes, whoever packs them."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                member = tar.gettarinfo(str(path), str(path.relative_to(folder.parent)))
                member.mtime = int(os.environ["SOURCE_DATE_EPOCH"])
                member.mode = 0o644
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                with path.open("rb") as content:
                    tar.addfile(member, content)
    with to.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        packed.write(data.getvalue())
