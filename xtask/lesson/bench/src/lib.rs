//! What a crossing costs, beside its alternatives: `cargo xtask bench`.
//!
//! The way through it: the table of rows and subjects -> `peers/python/measure.py`, which builds the
//! peers and measures in rounds -> a record and what shows it, which `render.py` writes. This package
//! starts that, and holds what is committed against the sources.

pub mod record;
pub mod table;
