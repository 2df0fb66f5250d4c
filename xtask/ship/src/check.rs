//! The checks of what was installed.

use xtask_verify::check::Check;

pub const CHECKS: &[Check] = &[];
