//! A run of checks in JUnit's form, as CI systems read it.

use std::fmt::Write as _;
use std::path::Path;

use abi_stages::page::escaped;
use abi_stages::workspace;
use anyhow::Result;

use crate::check::Checked;
use crate::report::{has_failed, is_skipped, told};

/// Writes the report.
pub fn write(file: &Path, suite: &str, results: &[Checked], strict: bool) -> Result<()> {
    let has_failed = |checked: &&Checked| has_failed(checked, strict);
    let is_skip = |checked: &&Checked| is_skipped(checked) && !has_failed(checked);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{suite}\" tests=\"{}\" \
         failures=\"{}\" skipped=\"{}\">\n",
        results.len(),
        results.iter().filter(has_failed).count(),
        results.iter().filter(is_skip).count(),
    );
    for checked in results {
        let id = checked.check.id;
        let (boundary, name) = id.split_once('/').unwrap_or(("", id));
        let _ = write!(
            text,
            "<testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
            escaped(boundary),
            escaped(name),
            checked.time.as_secs_f64()
        );
        let told = escaped(told(checked).trim_end());
        if has_failed(&checked) {
            let claim = escaped(checked.check.claim);
            let _ = write!(text, "<failure message=\"{claim}\">{told}</failure>");
        } else if is_skip(&checked) {
            let _ = write!(text, "<skipped message=\"{told}\"/>");
        }
        text.push_str("</testcase>\n");
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    workspace::write(file, text.as_bytes())
}
