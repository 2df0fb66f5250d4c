// Read by lib.rs and by build.rs: the constant, and the name by which programs ask the loader for
// the library, are one number.

/// The version of the ABI that this header describes. It changes when a program that was built
/// before the change could go wrong with the library after it.
pub const ACME_ABI_VERSION: u32 = 1;
