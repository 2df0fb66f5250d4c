//! The system that is built for. As a rule it is the one that xtask runs on.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX, OS};

/// The system that xtask was built for.
pub const TARGET: &str = env!("TARGET");

#[derive(Clone)]
pub struct System {
    /// As rustc calls it.
    pub name: String,
    /// As [`std::env::consts::OS`] has it.
    pub os: String,
    /// It has processes, threads, descriptors and signals.
    pub is_unix: bool,
    /// Rust makes shared libraries for it.
    pub has_shared: bool,
    /// Its tools are Microsoft's.
    pub is_msvc: bool,
    /// What runs its programs here, with its arguments; empty if they run by themselves.
    pub runner: Vec<String>,
}

impl System {
    pub fn here() -> System {
        System {
            name: TARGET.to_owned(),
            os: OS.to_owned(),
            is_unix: cfg!(unix),
            has_shared: !cfg!(target_feature = "crt-static"),
            is_msvc: cfg!(target_env = "msvc"),
            runner: Vec::new(),
        }
    }

    pub fn is_foreign(&self) -> bool {
        self.name != TARGET
    }

    /// `libNAME.so`, `libNAME.dylib` or `NAME.dll`: what cargo builds, and what the linker looks for.
    pub fn shared_file(&self, name: &str) -> String {
        let (prefix, suffix) = self.around_shared();
        format!("{prefix}{name}{suffix}")
    }

    /// What stands before and after a library's name.
    fn around_shared(&self) -> (&'static str, &'static str) {
        match self.os.as_str() {
            OS => (DLL_PREFIX, DLL_SUFFIX),
            "windows" => ("", ".dll"),
            "macos" => ("lib", ".dylib"),
            _ => ("lib", ".so"),
        }
    }

    /// By that name programs ask the loader for the library: `libNAME.so.N`, `libNAME.N.dylib` or
    /// `NAME.dll`, where N is the version of the ABI.
    pub fn loader_name(&self, name: &str, version: u32) -> String {
        match self.around_shared() {
            (prefix, ".dll") => format!("{prefix}{name}.dll"),
            (prefix, ".dylib") => format!("{prefix}{name}.{version}.dylib"),
            (prefix, suffix) => format!("{prefix}{name}{suffix}.{version}"),
        }
    }

    /// `libNAME.a`, or `NAME.lib` where the tools are Microsoft's.
    pub fn static_file(&self, name: &str) -> String {
        match self.is_msvc {
            true => format!("{name}.lib"),
            false => format!("lib{name}.a"),
        }
    }

    /// What the linker needs to link with a DLL; other shared libraries need no such file.
    pub fn import_file(&self, name: &str) -> Option<String> {
        let file = match (self.os.as_str(), self.is_msvc) {
            ("windows", true) => format!("{name}.dll.lib"),
            ("windows", false) => format!("lib{name}.dll.a"),
            _ => return None,
        };
        Some(file)
    }

    /// `NAME`, `NAME.exe` or `NAME.wasm`.
    pub fn program_file(&self, name: &str) -> String {
        let suffix = match self.os.as_str() {
            OS => EXE_SUFFIX,
            "windows" => ".exe",
            "wasi" => ".wasm",
            _ => "",
        };
        format!("{name}{suffix}")
    }
}
