//! Every check of what is shipped can fail: a fault makes it, with the words that it must say.
//!
//! `cargo test --package abi-ship --test faults -- --ignored` tries all, in a few minutes; with
//! `FAULT=NAME` and `--nocapture` one.

#[path = "../../../src/library.rs"]
mod library;

#[path = "../../../verify/tests/faults/fault.rs"]
mod fault;
mod ship;

#[test]
fn every_check_has_a_fault_that_fits_the_files_of_today() {
    fault::fit(&[ship::FAULTS], abi_ship::ROWS.checks);
}

#[test]
#[ignore = "minutes: builds copies of the workspace"]
fn every_fault_is_noticed() {
    fault::are_noticed(&[ship::FAULTS], vec![&abi_ship::ROWS], 2);
}
