//! The checks of what was installed: where it was installed, after it was moved, without the checkout.

mod consumers;
mod outside;
mod python;
mod reproducible;
mod tree;
mod versions;

use abi_verify::check::Check;

pub use self::python::COLUMNS;

/// In the order in which they are listed.
pub const CHECKS: &[&[Check]] = &[
    tree::CHECKS,
    consumers::CHECKS,
    versions::CHECKS,
    python::CHECKS,
    reproducible::CHECKS,
];
