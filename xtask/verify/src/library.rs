//! All that the checks know by name.

use xtask_abi::Library;

/// The library.
pub const LIBRARY: Library<'_> = Library {
    package: "hello-cdylib",
    name: "hello",
    header: "hello.h",
    module: "pyhello",
    version: "HELLO_ABI_VERSION",
};

/// The result type of functions that can fail; 0 is success.
pub const STATUS: &str = "HelloStatus";

/// The function that is there to fail.
pub const ALWAYS_FAILS: &str = "hello_panic";

/// The function that programs ask for the version of the ABI.
pub const VERSION_FUNCTION: &str = "hello_abi_version";
