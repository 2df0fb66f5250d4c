//! A [`Report`] as text, JSON, SARIF and JUnit.

mod json;
mod junit;
mod sarif;
mod text;

use std::path::{Path, PathBuf};

use crate::model::Location;

pub use json::json;
pub use junit::junit;
pub use sarif::sarif;
pub use text::text;

/// The location with its file as seen from `folder`, with slashes.
pub(crate) fn shown(location: &Location, folder: &Path) -> String {
    let file = relative(&location.file, folder);
    format!("{}:{}", file.display(), location.line)
}

fn relative(file: &Path, folder: &Path) -> PathBuf {
    let canonical = file.canonicalize();
    let file = canonical.as_deref().unwrap_or(file);
    file.strip_prefix(folder).unwrap_or(file).to_owned()
}

/// A text without what could do something to a terminal.
pub(crate) fn plain(text: &str) -> String {
    let is_plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars()
        .map(|c| if is_plain(c) { c } else { '\u{fffd}' })
        .collect()
}
