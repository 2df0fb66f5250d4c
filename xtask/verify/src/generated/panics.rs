//! Whether every function that can fail turns a panic into its status.
//!
//! In a test build the guard panics before it does anything else, so that the arguments do not matter.

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::{Item, Kind, Tables};

use super::caller::driver;
use super::interface::Interface;
use crate::builds::Variant;
use crate::check::Finding;

/// Every function whose panic does not arrive as a status.
pub fn panics_become_statuses(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    let expected = interface.status("PANIC")?;
    let tables = Tables::new(&interface);
    let (flags, library) = (["-pthread", "-lm"], Some(Variant::Panicking));
    let driver = driver(workspace, &tables, "panics", &flags, library)?;
    let mut findings = Vec::new();
    let functions = interface.functions.iter().enumerate();
    for (function, of) in functions.filter(|(_, function)| function.has_status) {
        let item = Item {
            nulls: u32::MAX,
            ..Item::of(function, Kind::Nulls)
        };
        let played = driver.play(true, &[vec![item]])?;
        let name = &of.name;
        match (&played.died, played.special().map(|said| said.status)) {
            (Some(died), _) => findings.push(format!(
                "`{name}` ended the process when the guard had to panic: {died}"
            )),
            (None, Some(status)) if status == expected => {}
            (None, status) => findings.push(format!(
                "`{name}` returned {} when the guard had to panic, and not {}: it does not go \
                 through the guard",
                interface.status_name(status.unwrap_or_default()),
                interface.status_name(expected)
            )),
        }
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}
