//! How a lesson is set on a terminal.

use abi_stages::say;
use abi_stages::term::{self, cyan, dim, yellow};
use anyhow::Result;

use crate::shell::Shown;

/// How many lines of a long output are shown.
pub const LINES: usize = 40;

const WIDTH: usize = 88;

/// A paragraph, each of its lines behind `indent`.
pub fn paragraph(text: &str, indent: &str) -> Result<()> {
    let wrapped = term::wrap(text, WIDTH - indent.len());
    Ok(wrapped.iter().try_for_each(|line| say!("{indent}{line}"))?)
}

/// Commands and what they printed.
pub fn sessions(shown: &[Shown], indent: &str) -> Result<()> {
    for one in shown {
        say!("{indent}{}", cyan(&format!("$ {}", one.command)))?;
        let mut lines = one.output.iter().take(LINES);
        lines.try_for_each(|line| say!("{indent}  {line}"))?;
        if one.output.len() > LINES {
            let count = format!("({} lines)", one.output.len());
            say!("{indent}  {}", dim(&count))?;
        }
        if let Some(end) = &one.end {
            say!("{indent}  {}", yellow(&format!("[{end}]")))?;
        }
    }
    Ok(())
}

/// Does something that takes a while; on a terminal it says what.
pub fn working<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    term::status(&dim(&format!("{what} ...")))?;
    let done = work();
    term::clear_status()?;
    done
}
