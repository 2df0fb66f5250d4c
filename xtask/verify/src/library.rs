//! All that the checks know by name.

use cargo_abi::Library;

/// The library.
pub const LIBRARY: Library<'_> = Library {
    package: "hello-cdylib",
    name: "hello",
    header: "hello.h",
    module: "pyhello",
    version: "HELLO_ABI_VERSION",
};
