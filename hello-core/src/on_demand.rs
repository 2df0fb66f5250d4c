//! A panic in the middle of the work, for the check that it is caught at the C boundary.

/// Panics if the environment demands it. In what is shipped there is nothing in it.
#[inline(always)]
pub fn may_panic() {
    #[cfg(feature = "panic-on-demand")]
    if std::env::var_os("PANIC_ON_DEMAND").is_some_and(|at| at == "core") {
        panic!("on demand, in the core");
    }
}
