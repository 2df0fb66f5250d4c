//! Calls of a library that its author did not think of, whatever it is called.
//!
//! From the [description](crate::Abi) of its ABI [tables](Tables) are written in C, and compiled with a driver
//! that is the same for all libraries. The [driver](Driver) plays sequences of calls: one with something
//! [special](special) about it, such as NULL for a pointer, after those that make what it needs; or random ones.
//! What goes wrong is made as short as possible, and told as a C program.

mod interface;
mod play;
pub mod special;
mod write;

pub use interface::{Conventions, Function, Interface, is_pointer, is_text, words};
pub use play::{Crash, Driver, Item, Kind, Played, command};
pub use write::{Tables, place_of};

/// What is compiled with the tables.
pub const DRIVER: [(&str, &str); 2] = [
    ("driver.h", include_str!("driver.h")),
    ("driver.c", include_str!("driver.c")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Abi;

    /// A small library with statuses.
    pub fn interface(header: &str, functions: &str) -> Interface {
        let facts = format!(
            "opaque Handle\nopaque Other\nenum Status size 4 unsigned\nenum Status OK = 0\n{functions}"
        );
        let conventions = Conventions {
            status: Some("Status".to_owned()),
            ..Conventions::default()
        };
        Interface::new(Abi::parse(&facts).unwrap(), header, conventions)
    }
}
