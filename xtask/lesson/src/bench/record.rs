//! The figures that are committed: a record for each processor, which `peers/python/render.py` writes,
//! and what is made from the records. Whether they are of this library is said in each.

use abi_stages::page::{Page, escaped};
use abi_stages::workspace::{self, Workspace};
use abi_verify::mirror;
use anyhow::{Context, Result};

const FOLDER: &str = "xtask/lesson/bench";

const OLD: &str =
    "These figures are of the library as it was: it, the package or a peer has changed.";
const AGAIN: &str = "next: `cargo xtask bench --record` measures again";

const HEAD: &str = "<!-- `cargo xtask generate` makes this page from the records. -->\n\n\
    # What a crossing costs\n\nA figure is true of the processor on which it was measured. Instructions \
    repeat: a bound is held against them. A time varies with the machine.\n\n";

/// The hash of everything that the figures are of, as it is now: after a change of the library, the
/// package or a peer they are measured again.
pub fn measured(workspace: &Workspace) -> Result<String> {
    let endings = ["rs", "c", "h", "go", "mod", "py", "toml", "lock"];
    let manifest = workspace::read(&workspace.source("Cargo.toml"))?;
    // How it is optimised.
    let mut profile = manifest
        .split("\n[")
        .filter(|part| part.starts_with("profile.release]"));
    let mut parts = vec![profile.next().unwrap_or_default().to_owned()];
    for folder in [
        "hello-core/src",
        "hello-cdylib",
        "py-harness/src",
        "xtask/lesson/bench/peers",
    ] {
        parts.extend(mirror::contents(&workspace.source(folder), &endings)?);
    }
    Ok(workspace::fingerprint(parts))
}

/// The page of all figures and the README's part.
///
/// # Errors
///
/// No run is on record, or the README has lost a marker.
pub fn pages(workspace: &Workspace) -> Result<Vec<Page>> {
    let mut records = Vec::new();
    for file in workspace::files(&workspace.source(&format!("{FOLDER}/records")))? {
        if file.extension().is_some_and(|it| it == "md") {
            records.push(workspace::read(&file)?);
        }
    }
    made_from(workspace, &records, &measured(workspace)?)
}

fn made_from(workspace: &Workspace, records: &[String], now: &str) -> Result<Vec<Page>> {
    let first = records
        .first()
        .with_context(|| format!("no run is on record\n{AGAIN}"))?;
    let is_old = records
        .iter()
        .any(|it| !it.starts_with(&format!("<!-- measured: {now} -->\n")));
    let notice = if is_old {
        format!("**{OLD}**\n\n")
    } else {
        String::new()
    };
    let mut page = Page::new(
        format!("{FOLDER}/figures.md"),
        format!("{HEAD}{notice}{}", records.join("\n")),
    );
    page.outdated = is_old.then(|| format!("{FOLDER}/records: {OLD}\n{AGAIN}"));

    let part = |from: &str, to: &str| {
        let found = first
            .split_once(from)
            .and_then(|(_, rest)| rest.split_once(to));
        found
            .map(|(part, _)| part)
            .with_context(|| format!("a record lacks its part `{from}`\n{AGAIN}"))
    };
    let (processor, picture) = (part("\n## ", "\n")?, part("](", ")")?);
    let alt =
        "The time of a call from C and from Python, for each library; the page has all numbers.";
    let summary = format!(
        "\n{notice}<img src=\"{FOLDER}/{picture}\" width=\"800\" alt=\"{alt}\">\n\nMeasured on {}. \
         [All figures]({FOLDER}/figures.md), for each processor that was measured.\n\n",
        escaped(processor)
    );
    Ok(vec![
        page,
        Page::with_part(workspace, "README.md", "bench", &summary)?,
    ])
}

#[cfg(test)]
mod tests {
    use abi_stages::page;

    use super::*;

    const RECORD: &str =
        "<!-- measured: 12 -->\n\n## Sons & Co\n\n![The time of a call](records/sons.svg)\n\n";

    #[test]
    fn figures_of_other_sources_are_said_to_be_so_and_what_to_do() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        for (now, is_old) in [("12", false), ("13", true)] {
            let pages = made_from(&workspace, &[RECORD.to_owned()], now).unwrap();
            assert!(pages.iter().all(|page| page.text.contains(OLD) == is_old));
            let outdated: Vec<String> = page::outdated(&pages).collect();
            assert_eq!(outdated.len(), usize::from(is_old));
            assert!(
                outdated
                    .iter()
                    .all(|it| it.contains("next: `cargo xtask bench --record`"))
            );
            assert!(
                pages[1]
                    .text
                    .contains("Measured on Sons &amp; Co. [All figures]")
            );
        }
    }

    #[test]
    fn without_a_whole_record_it_is_said_how_to_make_one() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        for records in [vec![], vec!["<!-- measured: 12 -->\n".to_owned()]] {
            let error = made_from(&workspace, &records, "12").err().unwrap();
            assert!(
                error.to_string().contains("cargo xtask bench --record"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_hash_is_of_the_sources_and_of_nothing_else() {
        let now = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let folder = now.target().join("bench/hash");
        let _ = std::fs::remove_dir_all(&folder);
        let copy = now.copy_at(folder.clone(), folder.join("target"));
        let put = |path: &str, text: &str| {
            workspace::write(&folder.join(path), text.as_bytes()).unwrap();
            measured(&copy).unwrap_or_default()
        };
        for path in [
            "hello-core/src/lib.rs",
            "hello-cdylib/a.rs",
            "py-harness/src/a.py",
        ] {
            put(path, "1");
        }
        put("xtask/lesson/bench/peers/c/hello.c", "1");
        let first = put(
            "Cargo.toml",
            "[workspace]\n[profile.release]\nstrip = true\n[x]\n",
        );
        assert_eq!(put("hello-cdylib/README.md", "2"), first);
        assert_eq!(
            put(
                "Cargo.toml",
                "[workspace]\n#\n[profile.release]\nstrip = true\n[x]\n"
            ),
            first
        );
        let other = put("hello-cdylib/a.rs", "2");
        assert_ne!(other, first);
        assert_ne!(put("xtask/lesson/bench/peers/c/hello.c", "2"), other);
        assert_eq!(put("Cargo.toml", "[profile.release]\n").len(), 16);
    }
}
