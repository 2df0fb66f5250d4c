//! Quotes an item from a source file, so that what is shown is what runs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::step::Source;
use crate::workspace::{self, Workspace};

/// The item of `file` whose first line, comments aside, contains `start`, with the comments and attributes above it;
/// the whole file if `start` is empty.
pub fn item(file: &Path, start: &str) -> Result<String> {
    let text = workspace::read(file)?;
    if start.is_empty() {
        return Ok(text);
    }
    item_of(&text, start)
        .with_context(|| format!("{} has no line with `{start}` to quote", file.display()))
}

/// What a step is about.
pub fn of(workspace: &Workspace, source: &Source) -> Result<String> {
    item(&workspace.root().join(&source.file), &source.item)
}

/// The file among the sources of a package, from the root, that has an item to quote that begins so.
pub fn find(workspace: &Workspace, package: &str, start: &str) -> Option<PathBuf> {
    let files = workspace::files(&workspace.source(package).join("src")).ok()?;
    let has_item =
        |file: &PathBuf| workspace::read(file).is_ok_and(|text| item_of(&text, start).is_some());
    let file = files.into_iter().find(has_item)?;
    Some(workspace.relative(&file).into())
}

/// Items end where their indentation is reached again: at a closing brace, or at a `;`, or, in
/// Python, before the next line that is not indented further.
fn item_of(text: &str, start: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines
        .iter()
        .position(|line| line.contains(start) && !is_lead_in(line))?;
    let depth = indent(lines[first]);
    let above = lines[..first]
        .iter()
        .rev()
        .take_while(|line| is_lead_in(line))
        .count();
    let mut end = first;
    if !lines[first].trim_end().ends_with(';') {
        for (index, line) in lines.iter().enumerate().skip(first + 1) {
            if line.trim().is_empty() {
                continue;
            }
            if indent(line) > depth {
                end = index;
                continue;
            }
            // The closing line, or a signature's that goes on: `) -> f64 {`.
            if line.trim_start().starts_with(['}', ')']) {
                end = index;
                if line.trim_end().ends_with('{') {
                    continue;
                }
            }
            break;
        }
    }
    Some(lines[first - above..=end].join("\n"))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_lead_in(line: &&str) -> bool {
    let line = line.trim_start();
    ["//", "#[", "/*", "*", "@"]
        .iter()
        .any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_items_come_with_their_documentation() {
        let text = "use a;\n\n/// Doc.\n#[inline]\nfn a(\n    x: i32,\n) -> i32 {\n    x\n\n}\n\nfn b() {}\n";
        let item = item_of(text, "fn a(").unwrap();
        assert_eq!(
            item,
            "/// Doc.\n#[inline]\nfn a(\n    x: i32,\n) -> i32 {\n    x\n\n}"
        );
        assert_eq!(item_of(text, "fn b(").unwrap(), "fn b() {}");
        assert!(item_of(text, "fn c(").is_none());
    }

    #[test]
    fn declarations_of_c_come_with_their_comment() {
        let text = "/**\n * Doc.\n */\ndouble f(double x);\n\nint g(void);\n";
        assert_eq!(
            item_of(text, "double f(").unwrap(),
            "/**\n * Doc.\n */\ndouble f(double x);"
        );
    }

    #[test]
    fn functions_of_python_end_with_their_body() {
        let text = "def a() -> None:\n    x()\n\n    y()\n\n\ndef b() -> None:\n    pass\n";
        assert_eq!(
            item_of(text, "def a(").unwrap(),
            "def a() -> None:\n    x()\n\n    y()"
        );
    }
}
