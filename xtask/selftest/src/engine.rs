//! That the engine stands alone: no name of the library in it, and nothing of it needs the lesson.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use xtask::LIBRARY;
use xtask::process::Cmd;
use xtask::workspace::{self, Workspace};
use xtask_verify::check::Requirement::*;
use xtask_verify::check::{Check, Finding};
use xtask_verify::{mirror, rust};

pub const CHECKS: &[Check] = &[
    Check {
        id: "engine/names",
        claim: "no file of the engine has the library's name in it",
        hint: "take it from the row, `xtask::LIBRARY`, or let the library pass it in",
        needs: &[],
        run: names,
    },
    Check {
        id: "engine/faults",
        claim: "every check fails when what it guards is broken: a fault shows it, and `break` tries it",
        hint: "write a fault that the check catches, as faults/NAME.patch beside the table that has the check: \
               the head of xtask/verify/src/fault/file.rs says how, and `cargo xtask break NAME --record` \
               tries it",
        needs: &[After("docs/faults")],
        run: faults,
    },
    Check {
        id: "engine/tests",
        claim: "the engine's own unit and doc tests pass",
        hint: "`cargo test --package NAME -- --include-ignored` runs those of one package",
        needs: &[Time, Generator, Module],
        run: |workspace| rust::cargo_test(workspace, packages()),
    },
    Check {
        id: "engine/lints",
        claim: "clippy does not complain about the engine",
        hint: "clippy's report is above",
        needs: &[Time],
        run: |workspace| rust::clippy(workspace, packages()),
    },
    Check {
        id: "engine/alone",
        claim: "without the lesson and the self-test, the rest demonstrates and verifies, and catches \
                the kit's faults",
        hint: "the engine depends on the lesson somewhere; the copy below target/alone has the error",
        needs: &[Time, PythonTools],
        run: alone,
    },
];

/// The engine; what every library has as it is comes to it.
const ENGINE: [&str; 7] = [
    "xtask/src",
    "xtask/tests",
    "xtask/header",
    "xtask/abi",
    "xtask/verify",
    "xtask/ship",
    "xtask/new",
];

/// The parts that are taken away.
const PARTS: [&str; 2] = ["lesson", "selftest"];

/// The engine's packages, as cargo's arguments.
fn packages() -> impl Iterator<Item = &'static str> {
    rust::ENGINE
        .into_iter()
        .flat_map(|package| ["--package", package])
}

fn names(workspace: &Workspace) -> Result<Vec<Finding>> {
    let engine = ENGINE.map(str::to_owned).into_iter();
    let mut findings = Vec::new();
    for path in engine.chain(xtask_new::write::shared()) {
        let path = workspace.source(&path);
        let of_path = match path.is_dir() {
            true => workspace::files(&path)?,
            false => vec![path],
        };
        for file in of_path {
            let bytes =
                fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            let shown = workspace.relative(&file);
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if name.to_lowercase().contains(LIBRARY.name) {
                findings
                    .push(Finding::new("the file's name has the library's in it").at(&shown, 1));
            }
            for (number, line) in (1..).zip(text.lines()) {
                if line.contains(LIBRARY.name) {
                    let text = format!("`{}` in: {}", LIBRARY.name, line.trim());
                    findings.push(Finding::new(text).at(&shown, number));
                }
            }
        }
    }
    Ok(findings)
}

fn faults(workspace: &Workspace) -> Result<Vec<Finding>> {
    let faults = xtask_verify::fault::file::all(workspace)?.sound;
    let unproven = xtask_verify::checks()
        .map(|check| check.id)
        .filter(|id| !is_common(id))
        .filter(|id| !faults.iter().any(|fault| fault.is_for(id)));
    let text =
        |id| format!("no fault shows that the check `{id}` fails when what it guards is broken");
    Ok(unproven.map(|id| Finding::new(text(id))).collect())
}

/// What other projects check as well, with tools of their own: tests, types, lints. That those bite is
/// the tools' matter.
fn is_common(id: &str) -> bool {
    let ends = ["tests", "types", "lints"];
    id.starts_with("rust/") || ends.iter().any(|end| id.ends_with(end))
}

fn alone(workspace: &Workspace) -> Result<Vec<Finding>> {
    let folder = workspace.target().join("alone");
    let root = folder.join("without the lesson");
    let target = folder.join("target");
    copy_without(workspace, &root)?;
    let lines = [
        // The members that are gone leave the lockfile; nothing is fetched for that.
        Cmd::cargo().args(["update", "--workspace", "--offline", "--quiet"]),
        // A list that is shorter may fit on one line, and a table has fewer rows.
        Cmd::cargo().args(["fmt", "--all"]),
        Cmd::cargo().args(["xtask", "generate"]),
        Cmd::cargo().args(["xtask", "demo"]),
        Cmd::cargo().args(["xtask", "verify", "--strict"]),
        Cmd::cargo().args(["xtask", "break"]),
    ];
    let mut findings = Vec::new();
    for line in lines {
        let line = line.in_workspace(&root).env("CARGO_TARGET_DIR", &target);
        let finished = line.output(workspace)?;
        if !finished.status.success() {
            findings.push(Finding::new(finished.complaint(&line)));
            break;
        }
    }
    Ok(findings)
}

/// Copies the sources without [`PARTS`]: their folders, their member lines, and what stands between
/// their markers in the row, the README and CI. Files that are the same are left alone, so that the
/// second time little is built.
fn copy_without(workspace: &Workspace, root: &Path) -> Result<()> {
    let mut files = mirror::read(workspace.root())?;
    files.retain(|path, _| {
        let mut parts = PARTS.iter().map(|part| Path::new("xtask").join(part));
        !parts.any(|part| path.starts_with(part))
    });
    for (path, (bytes, _)) in &mut files {
        if let Ok(text) = str::from_utf8(bytes) {
            *bytes = without_parts(path, text)?.into_bytes();
        }
    }
    mirror::write(root, &files)
}

/// The text without what belongs to a part: lines between `PART: begin` and `PART: end`, and the
/// members in the workspace's manifest.
fn without_parts(path: &Path, text: &str) -> Result<String> {
    let is_manifest = path == Path::new("Cargo.toml");
    let mut kept = String::new();
    let mut inside = None;
    for line in text.split_inclusive('\n') {
        let marks = |which: &str| {
            PARTS
                .into_iter()
                .find(|part| line.contains(&format!(" {part}: {which}")))
        };
        match (inside, marks("begin"), marks("end")) {
            (None, Some(part), _) => inside = Some(part),
            (Some(part), _, Some(end)) if part == end => inside = None,
            (Some(_), ..) => {}
            (None, None, Some(part)) => {
                bail!("{}: `{part}: end` without a beginning", path.display())
            }
            (None, None, None) => {
                let is_member = is_manifest
                    && PARTS
                        .iter()
                        .any(|part| line.contains(&format!("\"xtask/{part}")));
                if !is_member {
                    kept.push_str(line);
                }
            }
        }
    }
    match inside {
        Some(part) => bail!("{}: `{part}: begin` without an end", path.display()),
        None => Ok(kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_markers_goes() {
        let text = "a\n// lesson: begin\nb\n// lesson: end\nc\n";
        assert_eq!(without_parts(Path::new("x.rs"), text).unwrap(), "a\nc\n");
        let manifest = "    \"xtask/lesson/bench\",\n    \"xtask/verify\",\n";
        let kept = without_parts(Path::new("Cargo.toml"), manifest).unwrap();
        assert_eq!(kept, "    \"xtask/verify\",\n");
    }

    #[test]
    fn a_marker_without_its_other_half_is_an_error() {
        for text in ["// lesson: begin\n", "// lesson: end\n"] {
            let error = without_parts(Path::new("x.rs"), text).unwrap_err();
            assert!(error.to_string().contains("lesson"), "{error}");
        }
    }
}
