//! Calls of a library that its author did not think of, whatever it is called.
//!
//! What each parameter means follows from its type ([`Tables`]). By that calls are drawn, and the [driver](Driver)
//! makes them, as it makes the [calls](crate::calls) of any library: one with something [special](special) about
//! it, such as NULL for a pointer, after those that make what it needs; or random ones. What goes wrong is made
//! as short as possible, and told as a C program.

mod draw;
mod interface;
mod play;
mod roles;
pub mod special;

use crate::calls::SOURCES;

pub use interface::{Conventions, Function, Interface, is_pointer, is_text, words};
pub use play::{Crash, Driver, Item, Kind, Played, Said, command};
pub use roles::Tables;

/// What is compiled with [what is generated](Tables::source).
pub const DRIVER: [(&str, &str); 3] = [
    SOURCES[0],
    SOURCES[1],
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
