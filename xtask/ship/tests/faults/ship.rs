//! Faults for the checks of what is shipped.

use crate::fault::{Fault, Header};

const BUILD: &str = "hello-cdylib/build.rs";
const BOUNDARY_BUILD: &str = "hello-cdylib/boundary/src/build.rs";

pub const FAULTS: &[Fault] = &[
    // Another file is installed as the header.
    Fault {
        name: "another-header-installed",
        edits: &[(
            "xtask/ship/src/tree.rs",
            "&workspace.header(),",
            "&workspace.source(\"c-harness/hello.c\"),",
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/files",
            &["include/hello.h is not the header of the checkout"],
        )],
    },
    // The static library is linked into one object that keeps its groups.
    Fault {
        name: "groups-not-resolved",
        edits: &[(
            "xtask/ship/src/isolate.rs",
            r#"GROUPS: &str = "--force-group-allocation""#,
            r#"GROUPS: &str = "--no-undefined-version""#,
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/beside",
            &[
                "driver/*.c usr/lib/libhello.a ",
                "against undefined hidden symbol `DW.ref.rust_eh_personality'",
            ],
        )],
    },
    // CMake's target does not say where the header is.
    Fault {
        name: "cmake-without-the-header",
        edits: &[(
            "xtask/ship/templates/config.cmake.in",
            r#"    @name@
    INTERFACE_INCLUDE_DIRECTORIES "${_@library@_prefix}/include")"#,
            "    @name@)",
        )],
        header: Header::Kept,
        noticed: &[("ship/cmake", &["hello.h: No such file or directory"])],
    },
    // A project that finds the library twice defines its target twice.
    Fault {
        name: "cmake-finds-it-once",
        edits: &[(
            "xtask/ship/templates/config.cmake.in",
            "if(NOT TARGET @library@::@library@)",
            "if(TRUE)",
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/cmake",
            &["cannot create imported target \"hello::hello\""],
        )],
    },
    // pkg-config says the version of the ABI.
    Fault {
        name: "version-of-the-abi-in-pkg-config",
        edits: &[(
            "xtask/ship/templates/library.pc.in",
            "Version: @version@",
            "Version: 1",
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/pkg-config",
            &["pkg-config --modversion hello", "\n    | 1\n"],
        )],
    },
    // The library has another name with every release.
    Fault {
        name: "name-of-every-release",
        edits: &[(
            BOUNDARY_BUILD,
            r#"_ => Some(format!("-Wl,-soname,lib{name}.so.{version}")),"#,
            r#"_ => Some(format!("-Wl,-soname,libhello.so.{}", variable("CARGO_PKG_VERSION"))),"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/exports",
            &[
                "the installed library's name for the loader is libhello.so.0.1.0; expected is libhello.so.1",
            ],
        )],
    },
    // Everybody may change what is installed.
    Fault {
        name: "everybody-may-write",
        edits: &[(
            "xtask/ship/src/tree.rs",
            "set_mode(&file, 0o644)?;",
            "set_mode(&file, 0o666)?;",
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/files",
            &["usr/include/hello.h has neither the mode 644 nor 755"],
        )],
    },
    // The sources keep their names in debug symbols.
    Fault {
        name: "paths-not-remapped",
        edits: &[(
            "xtask/ship/src/release.rs",
            r#"format!("--remap-path-prefix={}={name}", path.to_string_lossy())"#,
            r#"format!("--remap-path-prefix={}={name}", path.join(&name).to_string_lossy())"#,
        )],
        header: Header::Kept,
        noticed: &[("ship/paths", &["lib/libhello.so.1.debug has the path "])],
    },
    // The package does not say that it needs CFFI.
    Fault {
        name: "dependency-not-named",
        edits: &[(
            "py-harness/pyproject.toml",
            r#"dependencies = ["cffi>=2.0; implementation_name != 'pypy'"]"#,
            "dependencies = []",
        )],
        header: Header::Kept,
        noticed: &[("ship/pythons", &["No module named '_cffi_backend'"])],
    },
    // The texts of the licenses are not installed.
    Fault {
        name: "license-not-installed",
        edits: &[(
            "xtask/ship/src/tree.rs",
            r#"if name.starts_with("LICENSE") ||"#,
            "if name.ends_with(\"LICENSE\") &&",
        )],
        header: Header::Kept,
        noticed: &[("ship/files", &["no license is installed"])],
    },
    // pkg-config does not say where the library is.
    Fault {
        name: "library-folder-not-named",
        edits: &[(
            "xtask/ship/templates/library.pc.in",
            "Libs: -L${libdir} -l@library@",
            "Libs: -l@library@",
        )],
        header: Header::Kept,
        noticed: &[("ship/meson", &["cannot find -lhello"])],
    },
    // The library has others searched for in a folder of its own.
    Fault {
        name: "rpath-in-the-library",
        edits: &[(
            BUILD,
            r#"    abi_boundary::build::library("src/abi_version.rs", "src/crossing/status.rs");"#,
            r#"    abi_boundary::build::library("src/abi_version.rs", "src/crossing/status.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-rpath,/opt/hello/lib");"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/paths",
            &["libhello.so.1 has /opt/hello/lib searched for other libraries"],
        )],
    },
    // pkg-config looks where the library was to be installed.
    Fault {
        name: "pkg-config-knows-one-place",
        edits: &[(
            "xtask/ship/templates/library.pc.in",
            "prefix=${pcfiledir}/@up@",
            "prefix=/usr/local",
        )],
        header: Header::Kept,
        noticed: &[("ship/pkg-config", &["hello.h: No such file or directory"])],
    },
    // The package is for one Python alone, and one of its tests needs a file of the checkout.
    Fault {
        name: "package-of-one-machine",
        edits: &[
            (
                "py-harness/src/pyhello/__init__.py",
                "__version__ = version()",
                "__version__ = version()
if __import__(\"sys\").version_info[:2] != (3, 11):
    raise ImportError(\"this is not my Python\")",
            ),
            (
                "py-harness/tests/test_output.py",
                "def test_hello_prints_the_line_of_the_walkthrough(",
                "def test_the_sources_are_there() -> None:
    assert Path(\"../hello-core\").is_dir()


def test_hello_prints_the_line_of_the_walkthrough(",
            ),
        ],
        header: Header::Kept,
        noticed: &[(
            "ship/pythons",
            &[
                "Python 3.9",
                "ImportError: this is not my Python",
                "1 failed",
                "test_the_sources_are_there",
            ],
        )],
    },
    // Something in the library is drawn by chance when it is built.
    Fault {
        name: "another-library-every-time",
        edits: &[(
            BUILD,
            r#"    abi_boundary::build::library("src/abi_version.rs", "src/crossing/status.rs");"#,
            r#"    abi_boundary::build::library("src/abi_version.rs", "src/crossing/status.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,--build-id=uuid");"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/reproducible",
            &[".tar.gz has other bytes when it is made in another folder"],
        )],
    },
    // The source distribution has no header.
    Fault {
        name: "sdist-without-the-header",
        edits: &[(
            "py-harness/support/rust_backend.py",
            r#"".*", "__pycache__""#,
            r#"".*", "include", "__pycache__""#,
        )],
        header: Header::Kept,
        noticed: &[("ship/sdist", &["No such file or directory", "hello.h"])],
    },
    // The number in the library's name is typed.
    Fault {
        name: "version-typed-in-the-name",
        edits: &[(
            BOUNDARY_BUILD,
            r#"_ => Some(format!("-Wl,-soname,lib{name}.so.{version}")),"#,
            r#"_ => Some("-Wl,-soname,libhello.so.1".to_owned()),"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/versions",
            &["the program built for version 2 of the ABI does not run with libhello.so.2: "],
        )],
    },
    // The module exports the functions of the library inside.
    Fault {
        name: "module-exports-rust",
        edits: &[(
            "py-harness/support/rust_backend.py",
            "-Wl,--exclude-libs,ALL,--gc-sections,-s",
            "-Wl,--gc-sections,-s",
        )],
        header: Header::Kept,
        noticed: &[(
            "ship/wheel",
            &["the module exports `Hello`: another module gets it"],
        )],
    },
];
