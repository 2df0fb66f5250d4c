//! The checks of `cargo xtask verify`, for any library: how they are described, chosen, run and
//! reported, and the engine's own.
//!
//! A program of checks is one line, [`main`] with the rows that it adds. This package's own adds
//! none; the program of a workspace with a lesson adds those of the lesson.

// How checks are described, chosen, run and reported.
pub mod check;
pub mod copy;
mod generate;
pub mod mirror;
pub mod paths;
pub mod report;
pub mod run;
mod suite;

pub use suite::{ENGINE, Pages, Rows, add, check, checks, main, pages};

// The checks, a file for each boundary.
pub mod abi;
mod c;
pub mod docs;
mod python;
pub mod rust;

// What all languages are asked, and what they answer.
pub mod builds;
pub mod cases;
mod generated;
mod guard;
pub mod machines;
pub mod readers;

pub use generated::other_version;

// The tests look at the workspace that this engine is developed in.
#[cfg(test)]
#[path = "../../src/library.rs"]
mod hello;
