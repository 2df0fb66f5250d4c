//! The other library. It knows nothing of the first one.

use std::ffi::c_int;

#[unsafe(no_mangle)]
pub extern "C" fn other_sum(last: c_int) -> c_int {
    let numbers: Vec<c_int> = (1..=last).collect();
    numbers.iter().sum()
}
