//! What the Python package of any library needs and cargo cannot bring by itself.

/// How a header becomes a module, and what it reads. Stage 3 runs it, and so does the build backend, which finds it
/// in this package by cargo.
pub const FFI_BUILDER: [(&str, &str); 2] = [
    ("ffi_builder.py", include_str!("ffi_builder.py")),
    ("capsule.c", include_str!("capsule.c")),
];

/// The files that the engine writes into the workspace of the library `name`, whose functions begin with
/// `prefix` and whose package is `module`: each by its path in the folder of the Python side.
pub fn files(name: &str, prefix: &str, module: &str) -> [(String, String); 2] {
    let boundary = include_str!("../src/pyhello/_boundary.py")
        .replace("hello_", prefix)
        .replace("HELLO_", &prefix.to_uppercase())
        .replace("hello", name);
    [
        (
            "support/rust_backend.py".to_owned(),
            include_str!("rust_backend.py").to_owned(),
        ),
        (format!("src/{module}/_boundary.py"), boundary),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_says_which_engine_wrote_it() {
        let head = concat!("# abi-python ", env!("CARGO_PKG_VERSION"), ". ");
        for (path, text) in files("zebra", "zebra_", "pyzebra") {
            assert!(text.starts_with(head), "{path} does not begin with {head}");
        }
    }

    #[test]
    fn a_file_has_the_names_of_the_library() {
        let [_, (path, text)] = files("zebra", "z_", "pyzebra");
        assert_eq!(path, "src/pyzebra/_boundary.py");
        for expected in [
            "from ._zebra import ffi, lib\n",
            "LOADED = lib.z_abi_version()",
            "statuses=[lib.Z_STATUS_PANIC]",
        ] {
            assert!(text.contains(expected), "{expected}");
        }
        assert!(!text.to_lowercase().contains("hello"), "{text}");
    }
}
