//! The C compiler, found with the `cc` crate, as command lines that a person would write. In a build script the
//! crate compiles to object files; its compiler command links programs as well.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::process::{Cmd, find_program};
use crate::system::{System, TARGET};
use crate::workspace::Workspace;

/// What to do when there is none.
const INSTALL: &str = "Debian, Ubuntu: apt install build-essential; Fedora: dnf install gcc; \
                       macOS: xcode-select --install; Windows: the Visual Studio build tools; or \
                       set CC to the compiler to use";

/// The same for a compiler that compiles for another system.
fn install(system: &System, program: &str) -> String {
    if !system.is_foreign() {
        return INSTALL.to_owned();
    }
    let package = match program.trim_end_matches("-gcc") {
        "x86_64-w64-mingw32" => "gcc-mingw-w64-x86-64",
        "i686-w64-mingw32" => "gcc-mingw-w64-i686",
        "clang" => "clang lld",
        "musl" => "musl-tools",
        prefix => &format!("gcc-{prefix}"),
    };
    format!(
        "Debian: apt install {package}; or set CC_{} to the compiler to use",
        system.name
    )
}

#[derive(Clone)]
pub struct Compiler {
    line: Cmd,
    is_msvc: bool,
}

/// Against which of the two libraries a program is linked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Linkage {
    Shared,
    Static,
    /// Neither: the program opens the library itself.
    Loaded,
}

impl Compiler {
    /// The compiler that the `cc` crate finds: `CC` and `CFLAGS` are respected. It is looked for once.
    pub fn find(workspace: &Workspace) -> Result<Compiler> {
        static FOUND: Mutex<BTreeMap<PathBuf, Compiler>> = Mutex::new(BTreeMap::new());
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        // `cc` writes small files here, with which it identifies the compiler.
        let probes = workspace.pipeline("c");
        if let Some(compiler) = found.get(&probes) {
            return Ok(compiler.clone());
        }
        fs::create_dir_all(&probes)
            .with_context(|| format!("cannot write {}", probes.display()))?;
        let tool = cc::Build::new()
            .target(&workspace.system().name)
            .host(TARGET)
            .opt_level(2)
            .out_dir(&probes)
            .cargo_metadata(false)
            .cargo_warnings(false)
            .std("c11")
            // Even with CFLAGS: `cc` drops these in silence when it is set.
            .warnings(true)
            .extra_warnings(true)
            .warnings_into_errors(true)
            // No more than that: the stage shows its flags, so they are few. For another system `cc`
            // knows which flags its compilers need.
            .no_default_flags(!workspace.system().is_foreign())
            .try_get_compiler()
            .with_context(|| format!("no C compiler was found\nnext: {INSTALL}"))?;
        // `cc` returns a compiler that does not exist as if it did. With `CC='ccache gcc'` it is two
        // programs.
        let command = tool.to_command();
        for program in [Path::new(command.get_program()), tool.path()] {
            let program = program.to_string_lossy();
            let is_file = workspace.root().join(&*program).is_file();
            if !is_file && find_program(&program).is_none() {
                let set = env::var("CC").map_or(String::new(), |set| format!(" (CC is `{set}`)"));
                bail!(
                    "the C compiler `{program}` was not found{set}\nnext: {}",
                    install(workspace.system(), &program)
                );
            }
        }
        let mut line = Cmd::new(command.get_program());
        if tool.is_like_msvc() {
            // Where its own headers and libraries are; other compilers know.
            for (name, value) in tool.get_envs() {
                line = line.env(name, value);
            }
        }
        let system = workspace.system();
        if system.os == "windows" && !system.is_msvc {
            // C99's printf(), with %zu.
            line = line.arg("-D__USE_MINGW_ANSI_STDIO=1");
        }
        let compiler = Compiler {
            line: line.args(command.get_args()),
            is_msvc: tool.is_like_msvc(),
        };
        found.insert(probes, compiler.clone());
        Ok(compiler)
    }

    /// The compiler with what the environment asks for, and nothing else.
    pub fn bare(&self) -> Cmd {
        self.line.clone()
    }

    /// Reads a file as strictly as a program is compiled, and makes nothing of it.
    pub fn syntax(&self, workspace: &Workspace, file: &Path) -> Cmd {
        let flags: &[&str] = match self.is_msvc {
            true => &["/nologo", "/utf-8", "/Zs"],
            false => &["-Wpedantic", "-fsyntax-only"],
        };
        self.line.clone().args(flags).arg(workspace.relative(file))
    }

    /// Compiles a program against the pipeline's header and links it with its library.
    pub fn program(&self, workspace: &Workspace, program: &Program<'_>) -> Cmd {
        let flags = program.flags.iter();
        // Clang takes it for threads of another WebAssembly.
        let flags = flags.filter(|flag| workspace.system().os != "wasi" || **flag != "-pthread");
        let line = self.against_header(workspace).args(flags);
        let line = line.args(&program.sources);
        self.linked(workspace, line, program.linkage, program.to)
    }

    /// Compiles a file against the pipeline's header, and links nothing.
    pub fn object(&self, workspace: &Workspace, source: &str, to: &Path) -> Cmd {
        let (line, to) = (self.against_header(workspace), workspace.shown(to));
        match self.is_msvc {
            true => line.args(["/c", source, &format!("/Fo{to}")]),
            false => line.args(["-c", source, "-o", &to]),
        }
    }

    /// Links what was compiled with the library.
    pub fn link(&self, workspace: &Workspace, object: &Path, linkage: Linkage, to: &Path) -> Cmd {
        let line = match self.is_msvc {
            true => self.line.clone().arg("/nologo"),
            false => self.line.clone(),
        };
        let line = line.arg(workspace.shown(object));
        self.linked(workspace, line, linkage, to)
    }

    /// The warnings are errors.
    fn against_header(&self, workspace: &Workspace) -> Cmd {
        let include = workspace.shown(&workspace.pipeline("include"));
        let line = self.line.clone();
        match self.is_msvc {
            true => line
                .args(["/nologo", "/utf-8", "/O2", "/MD"])
                .arg(format!("/I{include}")),
            false => line.args(["-Wpedantic", "-O2", "-I", &include]),
        }
    }

    /// The program finds the shared library from its own place, wherever both are moved together: no
    /// LD_LIBRARY_PATH, no absolute path.
    fn linked(&self, workspace: &Workspace, line: Cmd, linkage: Linkage, to: &Path) -> Cmd {
        let lib = workspace.shown(&workspace.pipeline("lib"));
        let (name, program) = (workspace.library().name, workspace.shown(to));
        if self.is_msvc {
            let outputs = [format!("/Fo{program}.obj"), format!("/Fe{program}")];
            let line = line.args(outputs).arg("/link");
            return match linkage {
                Linkage::Shared => line.arg(format!("{lib}\\{name}.dll.lib")),
                Linkage::Static => line
                    .arg(format!("{lib}\\{}", workspace.static_file()))
                    .arg(format!("@{lib}\\{NATIVE_LIBRARIES}")),
                Linkage::Loaded => line,
            };
        }
        let line = match linkage {
            Linkage::Shared => {
                let line = line.args(["-L", &lib]).arg(format!("-l{name}"));
                match workspace.system().os.as_str() {
                    "windows" => line, // There the library lies beside the program.
                    os => line.arg(rpath(workspace, os, to)),
                }
            }
            Linkage::Static => {
                // Without what is not used and without symbols: a tenth of the size.
                line.args(smallest(workspace.system()))
                    .arg(format!("{lib}/{}", workspace.static_file()))
                    // A response file: what Rust's library needs, as rustc wrote it down.
                    .arg(format!("@{lib}/{NATIVE_LIBRARIES}"))
            }
            Linkage::Loaded => line.arg("-ldl"),
        };
        line.args(["-o", &program])
    }
}

/// A C program to be made.
pub struct Program<'a> {
    /// Its files, from the root.
    pub sources: Vec<OsString>,
    /// Additional flags.
    pub flags: &'a [&'a str],
    pub linkage: Linkage,
    /// Where it is written.
    pub to: &'a Path,
}

/// Lets the linker leave out what nobody calls, and the names of the rest.
fn smallest(system: &System) -> &'static [&'static str] {
    match system.os.as_str() {
        "macos" => &["-Wl,-dead_strip"],
        _ => &["-s", "-Wl,--gc-sections"],
    }
}

/// The file in which rustc notes what a program needs that links the static library.
pub const NATIVE_LIBRARIES: &str = "native-static-libs.txt";

/// Lets the loader look for the library in the target directory, which can be moved as a whole.
fn rpath(workspace: &Workspace, os: &str, program: &Path) -> String {
    let origin = match os {
        "macos" => "@loader_path",
        _ => "$ORIGIN",
    };
    let folder = program.parent().unwrap_or(program);
    let up = |outer: &Path| {
        let inside = folder.strip_prefix(outer).ok()?;
        Some(format!(
            "{origin}{}",
            "/..".repeat(inside.components().count())
        ))
    };
    let (target, pipeline) = (workspace.target(), workspace.target().join("pipeline"));
    let lib = up(&pipeline).map(|up| format!("{up}/lib"));
    let lib = lib.or_else(|| Some(format!("{}/pipeline/lib", up(target)?)));
    let lib = lib.unwrap_or_else(|| workspace.pipeline("lib").display().to_string());
    format!("-Wl,-rpath,{lib}")
}

/// The program that a C file of the harness becomes.
pub fn program_of(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.pipeline("c").join(workspace.program_file(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rpath_leads_from_the_program_to_the_library() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let rpath = |program: &str| rpath(&workspace, "linux", &workspace.target().join(program));
        assert_eq!(rpath("pipeline/c/x"), "-Wl,-rpath,$ORIGIN/../lib");
        assert_eq!(rpath("lesson/c/x"), "-Wl,-rpath,$ORIGIN/../../pipeline/lib");
    }
}
