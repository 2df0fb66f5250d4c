//! `cargo xtask break NAME --cut`: a patch that has drifted is cut again, in the person's editor.

use std::env;
use std::process::ExitCode;

use abi_stages::process::Cmd;
use abi_stages::say;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};

use super::copy::Copy;
use super::file::Fault;
use super::patch::Patch;

/// Opens the fault's files in the copy, with those of its changes that find their place, and makes a
/// patch of what comes back.
pub fn cut(workspace: &Workspace, copy: &Copy, fault: &Fault) -> Result<ExitCode> {
    let set = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| env::var(name).ok());
    cut_with(workspace, copy, fault, set.as_deref().unwrap_or("vi"))
}

fn cut_with(workspace: &Workspace, copy: &Copy, fault: &Fault, editor: &str) -> Result<ExitCode> {
    copy.restore()?;
    for problem in copy.apply_what_fits(fault)? {
        say!("{problem}")?;
    }
    say!(
        "the editor opens a copy: make this fault in it, \"{}\", as its patch made it:\n\n{}",
        fault.title,
        fault.patch.text
    )?;
    let patch = edited(workspace, copy, fault, editor);
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

fn edited(workspace: &Workspace, copy: &Copy, fault: &Fault, editor: &str) -> Result<String> {
    let paths = fault.patch.files.iter().map(|file| &file.path);
    let read = |of: &Workspace| -> Result<Vec<String>> {
        let files = paths.clone().map(|path| of.root().join(path));
        files.map(|file| workspace::read(&file)).collect()
    };
    let offered = read(&copy.workspace)?;
    // As git does: the editor may have arguments, quoted ones too.
    let line = Cmd::new("sh")
        .args(["-c", &format!("{editor} \"$@\""), "sh"])
        .args(paths.clone().map(|path| copy.workspace.root().join(path)));
    if !line.run_in_our_terminal(workspace)?.success() {
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fault::file;

    const FAULT: &str = "title: A lie\ncheck: abi/header\nsays: one\nlesson: It lies.\n\n\
                         --- a/file\n+++ b/file\n@@ -1 +1 @@\n-true\n+false\n";

    #[test]
    fn a_patch_is_cut_from_what_the_editor_saves() {
        let ours = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let root = ours.target().join("tmp/cut");
        let workspace = ours.copy_at(root.clone(), root.join("target"));
        let patch = root.join("xtask/verify/faults/lie.patch");
        workspace::write(&patch, FAULT.as_bytes()).unwrap();
        workspace::write(&root.join("file"), b"truly\n").unwrap();
        let fault = &file::all(&workspace).unwrap().sound[0];
        let copy = Copy::of(&workspace).unwrap();
        let cut = |editor: &str| cut_with(&workspace, &copy, fault, editor);

        let unchanged = cut("true").unwrap_err().to_string();
        assert!(unchanged.contains("so nothing is written"), "{unchanged}");
        assert_eq!(workspace::read(&patch).unwrap(), FAULT);

        cut("save() { echo falsely > \"$1\"; }; save").unwrap();
        let written = workspace::read(&patch).unwrap();
        assert!(written.contains("\n-truly\n+falsely\n"), "{written}");
        assert_eq!(workspace::read(&root.join("file")).unwrap(), "truly\n");
    }
}
