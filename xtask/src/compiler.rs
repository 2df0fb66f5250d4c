//! The C compiler, found with the `cc` crate, as command lines that a person would write.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{Line, find_program};
use crate::workspace::{TARGET, Workspace, program_name, shared_library_name, static_library_name};

/// What to do when there is none.
const INSTALL: &str = "Debian, Ubuntu: apt install build-essential; Fedora: dnf install gcc; \
                       macOS: xcode-select --install; Windows: the Visual Studio build tools; or \
                       set CC to the compiler to use";

pub struct Compiler {
    line: Line,
    is_msvc: bool,
}

/// Against which of the two libraries a program is linked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Linkage {
    Shared,
    Static,
}

impl Compiler {
    /// The compiler that the `cc` crate finds: `CC` and `CFLAGS` are respected.
    pub fn find(workspace: &Workspace) -> Result<Compiler> {
        // `cc` writes the small files with which it asks the compiler what it is.
        let probes = workspace.pipeline("c");
        fs::create_dir_all(&probes)
            .with_context(|| format!("cannot write {}", probes.display()))?;
        let tool = cc::Build::new()
            .target(TARGET)
            .host(TARGET)
            .opt_level(2)
            .out_dir(&probes)
            .cargo_metadata(false)
            .cargo_warnings(false)
            .std("c11")
            .warnings_into_errors(true)
            // No more than that: the flags of the stage are to be seen and few.
            .no_default_flags(true)
            .try_get_compiler()
            .with_context(|| format!("no C compiler was found\nnext: {INSTALL}"))?;
        // `cc` returns a compiler that does not exist as if it did.
        let program = tool.path();
        let exists = match program.components().count() {
            1 => find_program(&program.to_string_lossy()).is_some(),
            _ => program.exists(),
        };
        if !exists {
            bail!(
                "the C compiler `{}` was not found\nnext: {INSTALL}",
                program.display()
            );
        }
        let command = tool.to_command();
        let mut line = Line::new(command.get_program());
        if tool.is_like_msvc() {
            // Where its own headers and libraries are; other compilers know.
            for (name, value) in tool.get_envs() {
                line = line.env(name, value);
            }
        }
        Ok(Compiler {
            line: line.args(command.get_args()),
            is_msvc: tool.is_like_msvc(),
        })
    }

    /// Compiles one C file against the pipeline's header and links it with its library.
    ///
    /// The warnings are errors, and the program finds the shared library beside itself, wherever
    /// both are moved: no LD_LIBRARY_PATH, no absolute path.
    pub fn program(
        &self,
        workspace: &Workspace,
        source: &str,
        linkage: Linkage,
        to: &Path,
    ) -> Line {
        let [include, lib, to_shown] = [
            &workspace.pipeline("include"),
            &workspace.pipeline("lib"),
            to,
        ]
        .map(|path| workspace.relative(path).to_string_lossy().into_owned());
        let line = self.line.clone();
        if self.is_msvc {
            let library = match linkage {
                Linkage::Shared => format!("{}.lib", shared_library_name()),
                Linkage::Static => static_library_name().to_owned(),
            };
            let objects = format!("/Fo{to_shown}.obj");
            let line = line
                .args(["/nologo", "/utf-8", "/O2", "/MD"])
                .arg(format!("/I{include}"))
                .args([source, &objects, &format!("/Fe{to_shown}"), "/link"])
                .arg(format!("{lib}\\{library}"));
            return match linkage {
                Linkage::Shared => line,
                Linkage::Static => line.arg(format!("@{lib}\\{NATIVE_LIBRARIES}")),
            };
        }
        let line = line
            .args(["-Wpedantic", "-O2"])
            .args(["-I", &include, source]);
        let line = match linkage {
            Linkage::Shared => line.args(["-L", &lib, "-lhello", rpath()]),
            Linkage::Static => {
                line.arg(format!("{lib}/{}", static_library_name()))
                    // A response file: what Rust's library needs, as rustc wrote it down.
                    .arg(format!("@{lib}/{NATIVE_LIBRARIES}"))
            }
        };
        line.args(["-o", &to_shown])
    }
}

/// The file in which rustc notes what a program needs that links the static library.
pub const NATIVE_LIBRARIES: &str = "native-static-libs.txt";

/// Where the loader looks, from a program in `c` to the library in `lib`.
fn rpath() -> &'static str {
    if cfg!(target_os = "macos") {
        "-Wl,-rpath,@loader_path/../lib"
    } else if cfg!(windows) {
        "-Wl,--disable-auto-image-base"
    } else {
        "-Wl,-rpath,$ORIGIN/../lib"
    }
}

/// The program that a C file of the harness becomes.
pub fn program_of(workspace: &Workspace, name: &str) -> std::path::PathBuf {
    workspace.pipeline("c").join(program_name(name))
}
