//! What a recipe is.

use cargo_abi::compare::Kind;

/// A public library, and what is to be found in it.
pub struct Recipe {
    /// The package in the registry.
    pub package: &'static str,
    pub version: &'static str,
    pub features: &'static [&'static str],
    pub no_default_features: bool,
    /// For the compiler, as `RUSTFLAGS`.
    pub rustflags: &'static str,
    pub headers: &'static [Header],
    /// Macros, as its documentation tells its users to define them.
    pub defines: &'static [&'static str],
    /// What differs and is meant to, with the reason of the library's own sources.
    pub allow: &'static [Allow],
    /// What differs and is not meant to, as far as one can tell: how often each kind.
    pub expected: &'static [(Kind, usize)],
    /// Faults that cannot be noticed.
    pub missed: &'static [Missed],
    /// Not among the quick ones.
    pub long: bool,
}

/// Most of a recipe.
pub const RECIPE: Recipe = Recipe {
    package: "",
    version: "",
    features: &[],
    no_default_features: false,
    rustflags: "",
    headers: &[],
    defines: &[],
    allow: &[],
    expected: &[],
    missed: &[],
    long: false,
};

/// Where a header comes from.
pub enum Header {
    /// A file of the package.
    Own(&'static str),
    /// One of the system, which must come before: `<stddef.h>`.
    System(&'static str),
    /// A file of another package: name, version, path.
    Of(&'static str, &'static str, &'static str),
    /// What cbindgen makes of the package, after macros are expanded: the prefix of the functions.
    Generated {
        name: &'static str,
        /// Lines for cbindgen.toml, if the package has none.
        config: &'static str,
        /// If its functions are written by macros: the module in which these are expanded first.
        expand: Option<&'static str>,
    },
}

pub struct Allow {
    pub at: &'static str,
    pub kind: Kind,
    pub why: &'static str,
}

pub struct Missed {
    /// The function, type or constant.
    pub name: &'static str,
    /// A fault's description begins with it.
    pub fault: &'static str,
    pub why: &'static str,
}
