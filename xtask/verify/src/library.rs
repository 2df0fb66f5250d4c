//! The library, as the description of its C ABI wants it named.

use std::sync::LazyLock;

use cargo_abi::Library;
use xtask::LIBRARY as ROW;

pub static LIBRARY: LazyLock<Library<'static>> = LazyLock::new(|| Library {
    package: ROW.cdylib,
    name: ROW.name,
    header: ROW.header().leak(),
    module: ROW.module,
    version: ROW.version_constant().leak(),
});
