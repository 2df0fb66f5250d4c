//! The C API of wasmtime 2.0.1, reduced to the function with which it wrote out of bounds.

#![allow(non_camel_case_types)]

pub struct wasm_trap_t {
    code: Option<i32>,
}

#[unsafe(no_mangle)]
pub extern "C" fn wasmtime_trap_code(raw: &wasm_trap_t, code: &mut i32) -> bool {
    let Some(trap) = raw.code else { return false };
    *code = trap;
    true
}
