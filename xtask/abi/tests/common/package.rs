//! A package in a folder of its own, and what `cargo abi` prints about it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use super::{scratch, source};

pub const MANIFEST: &str = "[package]\nname = \"sample\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\n\
                        [lib]\ncrate-type = [\"cdylib\"]\n\n[workspace]\n";

/// A package in a folder of its own.
pub struct Package {
    pub folder: PathBuf,
}

impl Package {
    pub fn new(name: &str, library: &str, header: &str) -> Package {
        let package = Package {
            folder: scratch(name),
        };
        package.write("Cargo.toml", MANIFEST);
        package.write("src/lib.rs", library);
        package.write("include/sample.h", header);
        package
    }

    /// The sample library.
    pub fn sample(name: &str) -> Package {
        Package::new(name, &source("sample.rs"), &source("sample.h"))
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn add_to_manifest(&self, text: &str) {
        self.write("Cargo.toml", &format!("{MANIFEST}\n{text}"));
    }

    pub fn replace_in_header(&self, from: &str, to: &str) {
        let header = fs::read_to_string(self.folder.join("include/sample.h")).unwrap();
        assert!(header.contains(from), "{from}");
        self.write("include/sample.h", &header.replacen(from, to, 1));
    }

    pub fn abi(&self, arguments: &[&str]) -> Answer {
        self.abi_with(arguments, |command| command)
    }

    pub fn abi_with(
        &self,
        arguments: &[&str],
        change: impl Fn(&mut Command) -> &mut Command,
    ) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-abi"));
        command.arg("abi").args(arguments).current_dir(&self.folder);
        for name in ["CARGO_TARGET_DIR", "RUSTFLAGS", "CC"] {
            command.env_remove(name);
        }
        Answer::from(change(&mut command).output().unwrap())
    }
}

#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Answer {
        Answer {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Answer {
    pub fn expect(&self, code: i32, stdout: &str) {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (code, stdout),
            "{}",
            self.stderr
        );
    }

    /// Something could not be read: one message, and not a word on standard output.
    pub fn could_not_look(&self, message: &str) {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (3, ""),
            "{}",
            self.stderr
        );
        let errors = self
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "));
        let errors: Vec<&str> = errors.collect();
        assert!(
            errors.last().is_some_and(|last| last.contains(message)),
            "{}",
            self.stderr
        );
    }
}
