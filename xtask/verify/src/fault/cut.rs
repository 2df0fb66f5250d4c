//! `cargo xtask break NAME --cut`: a patch that has drifted is cut again, in the person's editor.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use xtask::process::Cmd;
use xtask::say;
use xtask::workspace::{self, Workspace};

use super::copy::Copy;
use super::file::Fault;
use super::patch::Patch;

/// Opens the fault's files in the copy, with those of its changes that find their place, and makes a
/// patch of what comes back.
pub fn cut(workspace: &Workspace, copy: &Copy, fault: &Fault) -> Result<ExitCode> {
    copy.restore()?;
    for problem in copy.apply_what_fits(fault)? {
        say!("{problem}")?;
    }
    say!(
        "the editor opens a copy: make this fault in it, \"{}\", as its patch made it:\n\n{}",
        fault.title,
        fault.patch.text
    )?;
    let patch = edited(workspace, copy, fault);
    copy.restore()?;
    let path = workspace.root().join(&fault.path);
    let text = workspace::read(&path)?;
    let (head, _) = text.split_once("\n\n").context("no head")?;
    workspace::write(&path, format!("{head}\n\n{}", patch?).as_bytes())?;
    say!(
        "written: {}\n`cargo xtask break {}` tries it",
        fault.path.display(),
        fault.name
    )?;
    Ok(ExitCode::SUCCESS)
}

fn edited(workspace: &Workspace, copy: &Copy, fault: &Fault) -> Result<String> {
    let paths = fault.patch.files.iter().map(|file| &file.path);
    let read = |of: &Workspace| -> Result<Vec<String>> {
        let files = paths.clone().map(|path| of.root().join(path));
        files.map(|file| workspace::read(&file)).collect()
    };
    let offered = read(&copy.workspace)?;
    // As git does: the variable may hold arguments, quoted ones too.
    let script = r#"eval "${VISUAL:-${EDITOR:-vi}} \"\$@\"""#;
    let line = Cmd::new("sh")
        .args(["-c", script, "sh"])
        .args(paths.clone().map(|path| copy.workspace.root().join(path)));
    if line.run_in_our_place(workspace)? != ExitCode::SUCCESS {
        bail!("the editor failed, so nothing is written\nnext: set EDITOR to another one");
    }
    let edited = read(&copy.workspace)?;
    if edited == offered {
        bail!(
            "nothing was changed in the editor, so nothing is written\nnext: run it again, and make the \
             fault in the editor: the patch is cut from what you save"
        );
    }
    let originals = read(workspace)?;
    let files = paths.zip(originals.iter().zip(&edited));
    files
        .map(|(path, (before, after))| Patch::between(path, before, after))
        .collect()
}
