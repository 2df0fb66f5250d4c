//! Files that are generated and committed: what each has to be, and how it differs from that.
//!
//! Pages are a pure function of what they are made from. A command writes them, and a check compares
//! them with what is committed.

use anyhow::{Context, Result};

use crate::term;
use crate::workspace::{self, Workspace};

/// A file, as it has to be.
pub struct Page {
    /// From the root.
    pub path: String,
    pub text: String,
    /// What is wrong with its source, and what to do: writing the page does not repair that.
    pub outdated: Option<String>,
}

impl Page {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Page {
        Page {
            path: path.into(),
            text: text.into(),
            outdated: None,
        }
    }

    /// A file of which only the part between two markers is generated.
    ///
    /// # Errors
    ///
    /// It cannot be read, or a marker is missing.
    pub fn with_part(workspace: &Workspace, path: &str, name: &str, part: &str) -> Result<Page> {
        let text = workspace::read(&workspace.source(path))?;
        let text = replaced(&text, name, part).with_context(|| format!("in {path}"))?;
        Ok(Page::new(path, text))
    }

    /// How the file differs from what it has to be; one that is not there is empty.
    pub fn difference(&self, workspace: &Workspace) -> Option<String> {
        let seen = workspace::read(&workspace.source(&self.path)).unwrap_or_default();
        let [generated, seen_name] =
            ["generated", "as it is"].map(|which| format!("{}, {which}", self.path));
        // An editor's line endings are no difference, and a diff would not show them.
        let is_same = seen.lines().eq(self.text.lines());
        (!is_same).then(|| term::diff((&generated, &self.text), (&seen_name, &seen)))
    }
}

/// What is wrong with each page that is not what is `made_from`, such as "the records", makes of it.
pub fn stale(workspace: &Workspace, pages: &[Page], made_from: &str) -> Vec<String> {
    let complaint = |page: &Page| {
        let difference = page.difference(workspace)?;
        let path = &page.path;
        Some(format!(
            "{path} is not what {made_from} make of it:\n{difference}"
        ))
    };
    pages.iter().filter_map(complaint).collect()
}

/// What is wrong with what pages are made from: writing them does not mend it.
pub fn outdated(pages: &[Page]) -> impl Iterator<Item = String> {
    pages.iter().filter_map(|page| page.outdated.clone())
}

/// Writes the pages that differ, and returns their paths.
pub fn write<'a>(workspace: &Workspace, pages: &'a [Page]) -> Result<Vec<&'a str>> {
    let mut written = Vec::new();
    for page in pages {
        if page.difference(workspace).is_some() {
            workspace::write(&workspace.source(&page.path), page.text.as_bytes())?;
            written.push(page.path.as_str());
        }
    }
    Ok(written)
}

/// A text with another part between the lines that begin with `<!-- NAME: begin` and
/// `<!-- NAME: end`.
///
/// # Errors
///
/// One of them is missing.
pub fn replaced(text: &str, name: &str, part: &str) -> Result<String> {
    let find = |from: usize, which: &str| {
        let marker = format!("<!-- {name}: {which}");
        let found = text[from..].find(&marker).map(|at| from + at);
        found.with_context(|| format!("the marker `{marker} -->` is missing"))
    };
    let begin = find(0, "begin")?;
    let inside = text[begin..]
        .find('\n')
        .map_or(text.len(), |end| begin + end + 1);
    let end = find(inside, "end")?;
    Ok(format!("{}{part}{}", &text[..inside], &text[end..]))
}

/// Text as XML and HTML have it, in an element or an attribute, and without the characters that XML
/// does not allow at all.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- bench: begin. A command writes this part. -->\n";
    const END: &str = "<!-- bench: end -->\n";

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let text = format!("a\n{BEGIN}old\n{END}z\n");
        let new = replaced(&text, "bench", "new\n").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}new\n{END}z\n"));
        assert_eq!(replaced(&new, "bench", "new\n").unwrap(), new);
    }

    #[test]
    fn a_missing_marker_is_named() {
        for (text, words) in [
            ("a\n", "bench: begin"),
            (BEGIN, "bench: end"),
            (END, "bench: begin"),
        ] {
            let error = replaced(text, "bench", "").unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn line_endings_are_no_difference() {
        let folder = std::env::temp_dir().join(format!("xtask-{}-page", std::process::id()));
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let workspace = workspace.copy_at(folder.clone(), folder.join("target"));
        workspace::write(&folder.join("page.md"), b"a\r\nb\r\n").unwrap();
        let difference = |text: &str| Page::new("page.md", text.to_owned()).difference(&workspace);
        let (same, other) = (difference("a\nb\n"), difference("a\nc\n"));
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(same, None);
        assert!(other.is_some_and(|text| text.contains("-c")));
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            escaped("a < b & \"c\" > d\n\u{1b}"),
            "a &lt; b &amp; &quot;c&quot; &gt; d\n\u{fffd}"
        );
    }
}
