# abi-python 0.1.0. `cargo xtask generate` writes this file; it is the same for every library.
"""Builds the wheel and the source distribution of a package around a Rust library (PEP 517, 660).

A thin layer over ``setuptools.build_meta``: cargo compiles the library, CFFI makes an extension of
the header, and setuptools links both into one file: nothing has to be found when it is imported.
All of it happens in a temporary folder, for setuptools would leave files beside the sources; only
``pip install -e`` builds in place. The names of the library are in ``pyproject.toml``, under
``tool.rust-library``.
"""

import atexit
import gzip
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
from typing import Any

import setuptools
from setuptools.build_meta import _BuildMetaBackend
from setuptools.config.pyprojecttoml import load_file

# What is made has the same modes and, in archives, the same times, on every machine.
os.umask(0o022)
os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")  # 1980, before which zip knows no time.

HERE = Path(__file__).resolve().parent.parent
# In a source distribution the crates lie below; in the checkout they lie beside.
RUST = HERE / "rust" if (HERE / "rust").is_dir() else HERE.parent
PROJECT: Any = load_file(HERE / "pyproject.toml")
PACKAGE, NAMES = PROJECT["project"]["name"], PROJECT["tool"]["rust-library"]
# The crate is the one with the C ABI.
LIBRARY, CRATE = NAMES["library"], NAMES["crate"]
# Removed when Python ends.
BUILD = Path((SCRATCH := tempfile.TemporaryDirectory(prefix=f"{PACKAGE}-")).name).resolve()
atexit.register(os.chdir, HERE)  # Each hook has a process of its own, and ends in there.

# The interpreter without its lock has no stable ABI before 3.15, PyPy has none at all.
HAS_LOCK = not sysconfig.get_config_var("Py_GIL_DISABLED")
STABLE_ABI = "cp39" if HAS_LOCK else "cp315" if sys.version_info >= (3, 15) else ""
# Rust's names stay inside, so that another module with Rust in it does not get these; and neither
# what nobody calls nor the names of the rest are shipped.
MACOS = "-Wl,-dead_strip,-x,-exported_symbol,_PyInit_*,-exported_symbol,__cffi_pypyinit_*"
LINK = {"win32": "", "darwin": MACOS}.get(sys.platform, "-Wl,--exclude-libs,ALL,--gc-sections,-s")


class Backend(_BuildMetaBackend):
    """setuptools, without a file with its arguments."""

    def run_setup(self, setup_script: str = "") -> None:
        """Called for each of its commands, in the current folder."""
        Path(BUILD, "module.py").write_text("from rust_backend import module\n", encoding="ascii")
        is_built = any(it.endswith("_wheel") for it in sys.argv)
        setuptools.setup(
            version=parts()[0]["version"],
            # Nothing is compiled to say what there is.
            cffi_modules=[f"{os.path.relpath(BUILD)}/module.py:module"] * is_built,
            options={"bdist_wheel": {"py_limited_api": STABLE_ABI}} if STABLE_ABI else {},
        )


def elsewhere(hook: Any) -> Any:
    """A hook that is called in a copy of the package, with what is inside and all licenses."""

    def call(*arguments: Any) -> Any:
        to = BUILD / "package"
        files = map(HERE.joinpath, ("pyproject.toml", "README.md", "src", "support"))
        for file in [*RUST.glob("LICENSE*"), *HERE.glob("LICENSE*"), *files]:
            copy(file, Path(to, file.name))
        copy(support(), to / "support")
        bill: Any = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}
        for it in parts():
            part = {"type": "library", "name": it["name"], "version": it["version"]}
            part["purl"] = f"pkg:cargo/{it['name']}@{it['version']}"
            terms = {"licenses": [{"expression": it["license"]}]} if it["license"] else {}
            bill["components"].append({**part, **terms})
            for file in Path(it["manifest_path"]).parent.iterdir():
                if it["source"] and re.match(r"(?i)(un)?licen[cs]e|copy|notice", file.name):
                    copy(file, Path(to, f"LICENSE-{it['name']}-{it['version']}-{file.name}"))
        Path(to, "LICENSES.cdx.json").write_text(json.dumps(bill, indent=2))
        os.chdir(to)
        return hook(*arguments)

    return call


def copy(source: Path, to: Path) -> None:
    """Copies a file, or a folder without what tools leave in it."""
    left = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", f"_{LIBRARY}.*")
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, to, ignore=left, copy_function=shutil.copyfile, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, to)


def build_source(sdist_directory: str, config_settings: Any = None) -> str:
    """Builds the source distribution, which can be built from, and returns its name."""
    write_crates()
    Path("MANIFEST.in").write_text("graft rust\ngraft support\n", encoding="ascii")
    name = Backend().build_sdist("dist", config_settings)
    # Packed again, so that the same files give the same bytes on every machine.
    packed = gzip.GzipFile(Path(sdist_directory, name), "wb", mtime=0)
    with tarfile.open(f"dist/{name}") as old, packed, tarfile.open(fileobj=packed, mode="w") as new:
        for found in sorted((it for it in old if it.isfile()), key=lambda it: it.name):
            member = tarfile.TarInfo(found.name)
            member.size, member.mtime = found.size, int(os.environ["SOURCE_DATE_EPOCH"])
            new.addfile(member, old.extractfile(found))
    return name


# The hooks.
build_wheel = elsewhere(Backend().build_wheel)
build_editable = Backend().build_editable
build_sdist = elsewhere(build_source)
prepare_metadata_for_build_wheel = elsewhere(Backend().prepare_metadata_for_build_wheel)


# The library. -------------------------------------------------------------------------------------


def module() -> Any:
    """Compiles the library and describes the module for CFFI; its stub goes into the package."""
    sys.path.insert(0, str(support()))
    builder: Any = __import__("ffi_builder")
    # Before anything asks for the flags, of which setuptools keeps a copy.
    builder.forget_rpath_of_python()
    needs = BUILD / "native-static-libs.txt"
    built = compile_library("staticlib,cdylib", "--", f"--print=native-static-libs={needs}")
    [archive] = [it for it in built if it.suffix in (".a", ".lib") and ".dll" not in it.name]
    [shared] = [it for it in built if it.suffix in (".so", ".dylib", ".dll")]
    header = builder.Header(RUST / CRATE / "include" / f"{LIBRARY}.h", shared)
    sys.stderr.writelines(f"{LIBRARY}.h: {note}\n" for note in header.notes)
    Path("src", PACKAGE, f"_{LIBRARY}.pyi").write_text(header.stub(), encoding="utf-8")
    link = [str(archive), *LINK.split(), *needs.read_text().split()]
    return header.builder(f"{PACKAGE}._{LIBRARY}", extra_link_args=link)


def compile_library(kinds: str, *more: str) -> list[Path]:
    """Compiles the library without a path of this machine in it, and says what came out."""
    home = os.environ.get("CARGO_HOME") or str(Path.home() / ".cargo")
    names = {home: "/cargo", str(RUST): f"/usr/src/{LIBRARY}-{parts()[0]['version']}"}
    # Flags in a variable would count in place of those that the person has configured.
    flags = [f"--remap-path-prefix={it}={names[it]}" for it in names]
    wrapper, own = BUILD / "rustc", os.environ.get("RUSTC_WRAPPER", "")
    wrapper.write_text(f'#!/bin/sh\nexec {own and shlex.quote(own)} "$@" {shlex.join(flags)}\n')
    wrapper.chmod(0o755)
    if not os.access(wrapper, os.X_OK):
        sys.exit(f"{PACKAGE}: no program can run in {BUILD}; set TMPDIR to a folder where one can")
    # Apart from what is compiled there with the paths in it: cargo does not see this difference.
    target = Path(os.environ.get("CARGO_TARGET_DIR") or BUILD, "wheel").absolute()
    messages = cargo(
        *("rustc", "--release", "--locked", "--package", CRATE, "--lib", f"--crate-type={kinds}"),
        *("--message-format", "json-render-diagnostics", "--target-dir", str(target), *more),
        CARGO_PROFILE_RELEASE_INCREMENTAL="false",
        RUSTC_WRAPPER=own if sys.platform == "win32" else str(wrapper),
    )
    # The last one is what was asked for.
    return [Path(it) for it in [it["filenames"] for it in messages if "filenames" in it][-1]]


def cargo(*arguments: str, folder: Path = RUST, **variables: str) -> list[Any]:
    """Runs a command of cargo's and returns its messages; if it fails, that is the end."""
    program = shutil.which(os.environ.get("CARGO") or "cargo") or sys.exit(
        f"{PACKAGE}: cargo was not found; install Rust from your system's packages or with rustup"
    )
    line, env = [program, *arguments], os.environ | variables
    finished = subprocess.run(line, cwd=folder, env=env, capture_output=True, encoding="utf-8")
    if finished.returncode != 0:
        sys.exit(f"{finished.stderr}{PACKAGE}: this failed: {shlex.join(line)}")
    return [json.loads(it) for it in finished.stdout.splitlines() if it.startswith("{")]


def support() -> Path:
    """The folder with what makes a module of a header: here, or in the engine, which cargo has."""
    if (HERE / "support" / "ffi_builder.py").exists():
        return HERE / "support"
    return Path(parts(crate="abi-python")[0]["manifest_path"]).parent / "support"


def parts(*kinds: str, crate: str = CRATE) -> list[Any]:
    """The package with the C ABI and then all that it needs, for these kinds of work as well."""
    [described] = cargo("metadata", "--locked", "--format-version", "1")
    needed = {it["id"]: it["deps"] for it in described["resolve"]["nodes"]}
    known = {it["id"]: it for it in described["packages"]}
    found = [it for it in known if known[it]["name"] == crate]
    if not found:
        sys.exit(f"{PACKAGE}: no package of {RUST / 'Cargo.toml'} depends on {crate}")
    for package in found:
        for it in needed[package]:
            if it["pkg"] not in found and any(k["kind"] in (None, *kinds) for k in it["dep_kinds"]):
                found.append(it["pkg"])
    return [known[it] for it in found]


# The source distribution. -------------------------------------------------------------------------


def write_crates() -> None:
    """A workspace with the library's packages alone, and the versions that are locked already."""
    local = [Path(it["manifest_path"]).parent for it in parts("build", "dev") if not it["source"]]
    # One from elsewhere stands for a published one, by a `[patch]` of who builds here.
    crates = [it for it in local if RUST in it.parents]
    # What the sources include from elsewhere, such as a README: cargo notes what was read.
    [built, *_] = compile_library("rlib")
    read = built.with_suffix(".d").read_text(encoding="utf-8").strip().partition(": ")[2]
    files = [Path(os.path.normpath(it.replace("\\ ", " "))) for it in re.split(r"(?<!\\) ", read)]
    for file in [*crates, *files, RUST / "Cargo.lock"]:
        # Without what build scripts have made.
        if RUST in file.parents and built.parent not in file.parents:
            copy(file, Path("rust", file.relative_to(RUST)))
    members = ", ".join(f'"{os.path.relpath(it, RUST)}"'.replace("\\", "/") for it in crates)
    manifest = (RUST / "Cargo.toml").read_text(encoding="utf-8")
    # The first is what there is to build, the second what is built if nothing is named.
    manifest = re.sub(r"(?ms)^(\S*members) = \[.*?\]", rf"\1 = [{members}]", manifest)
    Path("rust/Cargo.toml").write_text(manifest, encoding="utf-8")
    # Takes out of the list of versions what is not needed here, which --locked would not accept.
    cargo("check", "--offline", "--package", CRATE, "--target-dir", str(BUILD), folder=Path("rust"))
