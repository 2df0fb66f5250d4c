//! The self-test: that the engine is a product. It knows no library, works without the lesson, and
//! serves libraries that nobody here wrote.

mod engine;
mod new;
mod public;

use xtask_verify::Rows;

/// What this package adds to the program that serves the checks.
pub static ROWS: Rows = Rows {
    checks: &[engine::CHECKS, public::CHECKS, new::CHECKS],
    commands: &[],
    faults: &["xtask/selftest/faults"],
    pages: &[],
};
