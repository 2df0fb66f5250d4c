//! `cargo xtask generate`: everything that is generated and committed.

use std::process::ExitCode;

use abi_stages::cli::Arguments;
use abi_stages::cli::{Command, Flags, flags};
use abi_stages::library;
use abi_stages::page::{self, Page};
use abi_stages::term::{bold, red};
use abi_stages::workspace::Workspace;
use abi_stages::{header, say};
use anyhow::Result;

use crate::suite::{self, Pages};

flags! {
    struct GenerateFlags {
        check: "Compare instead of writing; exit with 1 if a file is stale",
    }
}

/// What Python's build needs and cargo cannot bring.
pub const ENGINE: Pages = Pages {
    made_from: concat!("the files of abi-python ", env!("CARGO_PKG_VERSION")),
    make: |workspace| {
        let library = workspace.library();
        let files = abi_python::files(library.name, library.prefix, library.module);
        let page = |(path, text)| Page::new(format!("py-harness/{path}"), text);
        Ok(files.map(page).into())
    },
};

/// `cargo xtask generate`.
pub const GENERATE: Command = Command {
    summary: library::GENERATE,
    args: &[],
    details: "None of them is edited by hand. A page of measured figures is generated from the \
              record of the measurement; nothing is measured again.",
    flags: GenerateFlags::ALL,
    example: "cargo xtask generate --check",
    run,
};

/// `cargo xtask generate`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: GenerateFlags = arguments.flags();
    if flags.check {
        let mut stale: Vec<String> = header::check(workspace)?.into_iter().collect();
        let mut outdated = Vec::new();
        for pages in suite::pages() {
            let made = (pages.make)(workspace)?;
            stale.extend(page::stale(workspace, &made, pages.made_from));
            outdated.extend(page::outdated(&made));
        }
        stale.iter().try_for_each(|it| say!("{it}"))?;
        if !stale.is_empty() {
            say!("{} `cargo xtask generate` writes it", bold(&red("stale:")))?;
        }
        outdated.iter().try_for_each(|it| say!("{it}"))?;
        if !stale.is_empty() || !outdated.is_empty() {
            return Ok(ExitCode::FAILURE);
        }
        say!("everything that is generated is current")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut written = Vec::new();
    if header::write_if_different(workspace)? {
        let header = workspace.relative(&workspace.header());
        written.push(header.to_string_lossy().into_owned());
    }
    for pages in suite::pages() {
        let pages = (pages.make)(workspace)?;
        let paths = page::write(workspace, &pages)?;
        written.extend(paths.into_iter().map(str::to_owned));
    }
    if written.is_empty() {
        say!("everything that is generated is current")?;
    }
    written.iter().try_for_each(|path| say!("wrote {path}"))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::Copy;

    #[test]
    fn a_file_of_the_engine_that_was_edited_is_named_and_written_again() {
        let original = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let copy = Copy::in_folder(&original, "generate").unwrap();
        copy.restore().unwrap();
        let made = (ENGINE.make)(&copy.workspace).unwrap();
        let stale = || page::stale(&copy.workspace, &made, ENGINE.made_from);
        assert_eq!(stale(), [""; 0]);

        let file = "py-harness/support/rust_backend.py";
        copy.edit(file, "    wrapper.chmod(0o755)", "    wrapper.chmod(0o777)")
            .unwrap();
        let [complaint] = &stale()[..] else {
            panic!("{:?}", stale());
        };
        let expected = concat!(
            "py-harness/support/rust_backend.py is not what the files of abi-python ",
            env!("CARGO_PKG_VERSION"),
            " make of it:\n"
        );
        assert!(complaint.starts_with(expected), "{complaint}");
        let edited = "-    wrapper.chmod(0o755)\n+    wrapper.chmod(0o777)";
        assert!(complaint.contains(edited), "{complaint}");

        assert_eq!(page::write(&copy.workspace, &made).unwrap(), [file]);
        assert_eq!(stale(), [""; 0]);
    }
}
