//! The driver of [hostile calls](cargo_abi::hostile), compiled with this workspace's library.

use std::time::Duration;

use abi_stages::compiler::Linkage;
use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::{self, DRIVER, Driver, Tables};

use super::{Source, program};
use crate::builds::Variant;

/// The time that a process has.
const LIMIT: Duration = Duration::from_secs(120);

/// Counts the memory of the process. A sanitizer has memory of its own.
pub const COUNTING: [&str; 3] = ["-DCOUNT_MEMORY", "-pthread", "-lm"];

/// Makes the program of that name, with `flags` for the compiler besides the usual ones. `library` takes the
/// shipped one's place.
pub fn driver<'t>(
    workspace: &Workspace,
    tables: &'t Tables<'t>,
    name: &str,
    flags: &[&str],
    library: Option<Variant>,
) -> Result<Driver<'t>> {
    let generated: Source = ("generated.c", &tables.source);
    let sources = [&DRIVER[..], &[generated]].concat();
    let program = program(workspace, name, &sources, flags, Linkage::Shared)?;
    let environment = library.map(|library| library.environment(workspace));
    let environment: Vec<_> = environment.into_iter().flatten().collect();
    let start = move || {
        let mut command = hostile::command(&program);
        // A process that makes one call and keeps what it made leaks by intent.
        command.env("ASAN_OPTIONS", "detect_leaks=0");
        command.envs(environment.iter().cloned());
        command
    };
    Ok(Driver::new(tables, LIMIT, Box::new(start)))
}
