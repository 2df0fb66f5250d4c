//! Whether every function that can fail turns a panic into its status.
//!
//! In a test build the guard panics before it does anything else, so that the arguments do not matter:
//! all are zeroes.

use abi_stages::workspace::Workspace;
use anyhow::Result;

use super::caller::{Argument, Call, Caller};
use super::interface::Interface;
use crate::builds::Variant;
use crate::check::Finding;

/// Every function whose panic does not arrive as a status.
pub fn panics_become_statuses(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    let expected = interface.status("PANIC")?;
    let calls: Vec<Call<'_>> = interface
        .with_status()?
        .into_iter()
        .map(|function| Call {
            function,
            what: "the guard panics".to_owned(),
            arguments: vec![Argument::Zero; function.signature.parameters.len()],
        })
        .collect();
    let made: Vec<&Call<'_>> = calls.iter().collect();
    let caller = Caller::build(workspace, "panics", &interface, &made, &[])?;
    let line = Variant::Panicking.under(workspace, caller.line());
    let line = line.env("PANIC_ON_DEMAND", "guard");
    let outcomes = caller.run(workspace, &line)?;
    let findings = calls.iter().zip(outcomes).filter_map(|(call, outcome)| {
        let name = &call.function.name;
        let outcome = outcome?;
        match (&outcome.died, outcome.status) {
            (Some(died), _) => Some(format!(
                "`{name}` ended the process when the guard had to panic: {died}"
            )),
            (None, Some(status)) if status == expected => None,
            (None, status) => Some(format!(
                "`{name}` returned {} when the guard had to panic, and not {}: it does not go \
                 through the guard",
                interface.status_name(status.unwrap_or_default()),
                interface.status_name(expected)
            )),
        }
    });
    Ok(findings.map(Finding::new).collect())
}
