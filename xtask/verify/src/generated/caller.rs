//! The driver of [hostile calls](cargo_abi::hostile), compiled with this workspace's library.

use std::time::Duration;

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::{self, DRIVER, Driver, Tables};

pub use cargo_abi::hostile::place_of;

use super::{Source, program, source};
use crate::builds::Variant;

pub const SOURCES: &[Source] = &[
    DRIVER[0],
    DRIVER[1],
    source!("footprint.h"),
    source!("footprint.c"),
];

/// The time that a process has.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Looks at the process and at its memory, too. A tool has memory and threads of its own.
pub const LOOKING: [&str; 4] = ["-DCOUNT_MEMORY", "-DFOOTPRINT", "-pthread", "-lm"];

/// How a program is made and started.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    pub name: &'a str,
    /// For the compiler, besides the usual ones.
    pub flags: &'a [&'a str],
    /// The program that looks at it, with its arguments.
    pub under: &'static [&'static str],
    /// What takes the shipped library's place.
    pub library: Option<Variant>,
}

impl Caller<'_> {
    pub fn driver<'t>(&self, workspace: &Workspace, tables: &'t Tables<'t>) -> Result<Driver<'t>> {
        let built = program(workspace, self.name, SOURCES, &tables.source, self.flags)?;
        let program = workspace.root().join(built);
        let environment = self.library.map(|library| library.environment(workspace));
        let environment: Vec<_> = environment.into_iter().flatten().collect();
        let under = self.under;
        let start = move || {
            let mut command = match under {
                [] => hostile::command(&program),
                [tool, arguments @ ..] => {
                    let mut command = hostile::command(tool.as_ref());
                    command.args(arguments).arg(&program);
                    command
                }
            };
            // A process that makes one call and keeps what it made leaks by intent.
            command.env("ASAN_OPTIONS", "detect_leaks=0");
            command.envs(environment.iter().cloned());
            command
        };
        Ok(Driver::new(tables, LIMIT, Box::new(start)))
    }
}
