//! The checks of what was installed: in the folder where it was installed, after it was moved, with the
//! checkout out of sight.

mod beside;
mod consumers;
mod outside;
mod python;
mod reproducible;
mod tree;
mod versions;

use abi_verify::check::Check;

/// In the order in which they are listed.
pub const CHECKS: &[&[Check]] = &[
    tree::CHECKS,
    consumers::CHECKS,
    versions::CHECKS,
    beside::CHECKS,
    python::CHECKS,
    reproducible::CHECKS,
];
