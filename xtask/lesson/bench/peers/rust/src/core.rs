//! Rust calling Rust: no boundary at all.

use std::hint::black_box;
use std::ops::ControlFlow;

use hello_core::Root;

use crate::data::Data;

/// Does the row's call so many times and notes the last answer; none if the core has no such call.
pub fn run(row: &str, data: &mut Data, calls: u64) -> Option<()> {
    let kind = row.split('-').next().unwrap_or(row);
    match kind {
        "sqrt" => {
            let root = times(calls, || hello_core::sqrt(black_box(2.0)));
            data.told = format!("{:016x}", root.to_bits());
        }
        "struct" => {
            let Root { value, root, exact } = times(calls, || hello_core::root(black_box(2.25)));
            let (value, root) = (value.to_bits(), root.to_bits());
            data.told = format!("{value:016x} {root:016x} {}", u8::from(exact));
        }
        "status" => {
            let root = times(calls, || hello_core::checked_sqrt(black_box(2.0)));
            data.told = format!("{:016x}", root.unwrap_or(0.0).to_bits());
        }
        "text" => {
            data.told = times(calls, || {
                hello_core::greet(black_box(&data.name)).to_string()
            });
        }
        "slice" => {
            let (values, roots) = data.slices();
            for _ in 0..calls {
                hello_core::sqrt_all(black_box(values), black_box(roots));
            }
        }
        "callback" => {
            let seen = times(calls, || {
                let mut seen = 0.0;
                // Behind a pointer, as a function of somebody else's is.
                let mut visit = |_: f64, root: f64| {
                    seen = root;
                    ControlFlow::Continue(())
                };
                let visit: &mut dyn FnMut(f64, f64) -> ControlFlow<()> = black_box(&mut visit);
                hello_core::each_root([black_box(2.0)], visit);
                seen
            });
            data.told = format!("{:016x}", seen.to_bits());
        }
        "error" => {
            data.told = times(calls, || {
                let refused = hello_core::checked_sqrt(black_box(-4.0));
                refused.map_or_else(|error| error.to_string(), |_| String::new())
            });
        }
        _ => return None,
    }
    Some(())
}

/// Calls so many times, at least once, and returns the last result.
pub fn times<T>(calls: u64, mut call: impl FnMut() -> T) -> T {
    for _ in 1..calls {
        black_box(call());
    }
    call()
}
