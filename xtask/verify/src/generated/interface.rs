//! What this workspace adds to what [`cargo_abi::hostile`] knows of each function: the library's names and
//! its statuses.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use abi_stages::library::Library;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};
use cargo_abi::Abi;
pub use cargo_abi::hostile::Function;
use cargo_abi::hostile::{self, Conventions, words};
use cargo_abi::model::Definition;

use crate::readers;

/// Every function of the header.
pub struct Interface {
    pub library: &'static Library,
    /// The values of the status type, by name.
    statuses: BTreeMap<String, i128>,
    of_any: hostile::Interface,
}

impl Deref for Interface {
    type Target = hostile::Interface;

    fn deref(&self) -> &hostile::Interface {
        &self.of_any
    }
}

impl Interface {
    /// Of the pipeline's header alone: parameters have no names then.
    pub fn of_header(workspace: &Workspace) -> Result<Interface> {
        let header = readers::header(workspace)?;
        let text = workspace::read(&workspace.pipeline_header())?;
        Interface::new(workspace.library(), header, &text)
    }

    /// With what Rust's debug information adds to the header.
    pub fn of_both(workspace: &Workspace) -> Result<Interface> {
        let asked = hostile::Interface::asked(&readers::header(workspace)?);
        let mut interface = Interface::of_header(workspace)?;
        interface
            .of_any
            .add_rust(&readers::rust(workspace, &asked)?.abi);
        Ok(interface)
    }

    pub fn new(library: &'static Library, header: Abi, text: &str) -> Result<Interface> {
        if header.functions.is_empty() {
            bail!("no function was found in {}", library.header());
        }
        let statuses = match header.types.get(&library.status()) {
            Some(Definition::Enumeration(enumeration)) => enumeration.values.clone(),
            _ => BTreeMap::new(),
        };
        let conventions = Conventions {
            include: format!("#include \"{}\"\n", library.header()),
            status: Some(library.status()),
            last_error: Some(library.last_error()),
        };
        Ok(Interface {
            library,
            statuses,
            of_any: hostile::Interface::new(header, text, conventions),
        })
    }

    /// The number of a status such as `PANIC`.
    pub fn status(&self, name: &str) -> Result<i128> {
        let name = self.library.status_value(name);
        let number = self.statuses.get(&name).copied();
        number.with_context(|| format!("{} has no {name}", self.library.header()))
    }

    /// A status as a reader knows it.
    pub fn status_name(&self, number: i128) -> String {
        let mut statuses = self.statuses.iter();
        statuses
            .find(|(_, known)| **known == number)
            .map_or_else(|| format!("the status {number}"), |(name, _)| name.clone())
    }

    /// The statuses that a comment names.
    pub fn listed<'a>(&'a self, comment: &str) -> Vec<(&'a str, i128)> {
        let words: BTreeSet<&str> = words(comment).collect();
        let statuses = self.statuses.iter();
        statuses
            .filter(|(name, _)| words.contains(name.as_str()))
            .map(|(name, number)| (name.as_str(), *number))
            .collect()
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::hello::LIBRARY;

    /// A small library under the row's names.
    pub fn interface(header: &str, functions: &str) -> Interface {
        let status = LIBRARY.status();
        let [ok, null, memory] =
            ["OK", "NULL_POINTER", "OUT_OF_MEMORY"].map(|name| LIBRARY.status_value(name));
        let facts = format!(
            "opaque Handle\nenum {status} size 4 unsigned\nenum {status} {ok} = 0\n\
             enum {status} {null} = 1\nenum {status} {memory} = 8\n{}",
            functions.replace("Status", &status)
        );
        Interface::new(&LIBRARY, Abi::parse(&facts).unwrap(), header).unwrap()
    }
}
