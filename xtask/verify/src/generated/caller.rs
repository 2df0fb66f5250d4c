//! The driver of [hostile calls](cargo_abi::hostile), compiled with this workspace's library.

use std::time::Duration;

use abi_stages::compiler::Linkage;
use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::{self, DRIVER, Driver, Tables};

pub use cargo_abi::hostile::place_of;

use super::program;
use crate::builds::Variant;

/// The time that a process has.
const LIMIT: Duration = Duration::from_secs(120);

/// Looks at the process and at its memory, too. A tool has memory and threads of its own.
pub const LOOKING: [&str; 4] = ["-DCOUNT_MEMORY", "-DFOOTPRINT", "-pthread", "-lm"];

/// Makes the program of that name, with `flags` for the compiler besides the usual ones. `library` takes the
/// shipped one's place.
pub fn driver<'t>(
    workspace: &Workspace,
    tables: &'t Tables<'t>,
    name: &str,
    flags: &[&str],
    library: Option<Variant>,
) -> Result<Driver<'t>> {
    let sources = [
        DRIVER[0],
        DRIVER[1],
        ("footprint.h", include_str!("../../c/footprint.h")),
        ("footprint.c", include_str!("../../c/footprint.c")),
        ("tables.c", &tables.source),
    ];
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
