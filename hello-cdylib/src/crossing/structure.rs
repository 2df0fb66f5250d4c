//! A struct is returned by value.

/// A number and its square root.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HelloRoot {
    /// The number.
    pub value: f64,
    /// Its square root, as hello_sqrt() returns it.
    pub root: f64,
    /// Whether `root` is the square root itself and not merely the double next to it. True for the
    /// zeros and for infinity, false for NaN.
    pub exact: bool,
}

/// Returns `value`, its square root, and whether that root is exact.
#[unsafe(no_mangle)]
pub extern "C" fn hello_root(value: f64) -> HelloRoot {
    let hello_core::Root { value, root, exact } = hello_core::root(value);
    HelloRoot { value, root, exact }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_in_its_place() {
        let root = hello_root(4.0);
        assert_eq!((root.value, root.root, root.exact), (4.0, 2.0, true));
        assert!(!hello_root(2.0).exact);
    }
}
