//! Every check can fail: a fault makes it, with the words that it must say.
//!
//! `cargo test --package abi-verify --test faults -- --ignored` tries all, in a few minutes; with
//! `FAULT=NAME` and `--nocapture` one.

#[path = "../../../src/library.rs"]
mod library;

mod abi;
mod c;
mod docs;
mod fault;
mod python;
mod rust;

const FAULTS: &[&[fault::Fault]] = &[
    rust::FAULTS,
    abi::FAULTS,
    c::FAULTS,
    python::FAULTS,
    docs::FAULTS,
];

#[test]
fn every_check_has_a_fault_that_fits_the_files_of_today() {
    fault::fit(FAULTS, abi_verify::ENGINE.checks);
}

#[test]
#[ignore = "minutes: builds copies of the workspace"]
fn every_fault_is_noticed() {
    // Some wait for what hangs.
    fault::are_noticed(FAULTS, vec![], 3);
}
