//! What the Python package of any library needs and cargo cannot bring: files that the engine writes
//! into a workspace, each by its path in the folder of the Python side. They know no library by name;
//! `{module}` is the name of the package.

/// The files.
pub const FILES: [(&str, &str); 4] = [
    ("support/ffi_builder.py", include_str!("ffi_builder.py")),
    ("support/fixtures.py", include_str!("fixtures.py")),
    ("support/rust_backend.py", include_str!("rust_backend.py")),
    (
        "src/{module}/_boundary.py",
        include_str!("../src/pyhello/_boundary.py"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_says_which_engine_wrote_it() {
        let head = concat!("# abi-python ", env!("CARGO_PKG_VERSION"), ". ");
        for (path, text) in FILES {
            assert!(text.starts_with(head), "{path} does not begin with {head}");
        }
    }
}
