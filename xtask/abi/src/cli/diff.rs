//! `cargo abi diff`: what a change does to the users of the library.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use abi_stages::cli::usage_error;
use anyhow::{Result, bail};
use tempfile::TempDir;

use super::arguments::{Diff, Options};
use super::{Subject, declared, exit_code, find_headers, header, show, temporary};
use crate::check::Rules;
use crate::compare::{Side, compare};
use crate::model::Abi;
use crate::process::run as run_program;
use crate::stability::changes;

/// Compares two headers, descriptions or revisions of git.
pub fn run(arguments: &Diff) -> Result<ExitCode> {
    let (old, new, options) = (&arguments.old, &arguments.new, &arguments.options);
    // Two files need no package; if there is one, its rules hold.
    let subject = Subject::find(options);
    let mut rules = subject.map_or_else(|_| Rules::default(), |of| of.config.rules);
    rules.strict |= arguments.report.strict;
    let mut was = side(options, old)?;
    let mut is = match new {
        Some(new) => side(options, new)?,
        None => header(options)?.0,
    };
    rules.keep_own(&mut was);
    rules.keep_own(&mut is);
    let found = changes(&was, &is)?;
    let new = new.as_deref().unwrap_or("what is there".as_ref());
    let title = format!("{} to {}", old.display(), new.display());
    let compared = compare(Side::c("", &was), Side::c("", &is)).compared;
    let notes = [was.notes.clone(), is.notes.clone()].concat();
    // An allowance may be for the library.
    let mut report = rules.report(&title, found, notes, compared, false);
    report.labels = ["break", "source", "compatible"];
    show(&arguments.report, &report)?;
    Ok(exit_code(report.is_good()))
}

/// A description, a header, or the package's headers as they were in a revision.
fn side(options: &Options, path: &Path) -> Result<Abi> {
    if path.is_file() {
        let end = path.extension().unwrap_or_default();
        if !["h", "hh", "hpp"].iter().any(|known| end == *known) {
            return Abi::read(path);
        }
        let headers = options.headers.with(vec![path.to_owned()]);
        return declared(options, &headers, temporary()?.path());
    }
    revision(options, path)
}

fn revision(options: &Options, name: &Path) -> Result<Abi> {
    let git = |more: &[&str], folder: &TempDir| {
        let mut command = Command::new("git");
        // Not the user's own index.
        command.env("GIT_INDEX_FILE", folder.path().join("index"));
        command.args(more);
        command
    };
    let files = temporary()?;
    let commit = format!("{}^{{commit}}", name.display());
    let commit = ["rev-parse", "--verify", "--quiet", &commit];
    let commit = match run_program(&mut git(&commit, &files)) {
        Ok(finished) if finished.success => finished.stdout.trim().to_owned(),
        _ => bail!(usage_error(format!(
            "{} is neither a file nor a revision of git",
            name.display()
        ))),
    };
    let package = Subject::find(options)?.package;
    let top = run_program(&mut git(&["rev-parse", "--show-toplevel"], &files))?.checked()?;
    let top = fs::canonicalize(top.trim_end_matches('\n'))?;
    let tree = files.path().join("tree");
    fs::create_dir(&tree)?;
    let mut checkout = git(&["checkout", "--quiet", &commit, "--", "."], &files);
    run_program(checkout.env("GIT_WORK_TREE", &tree).current_dir(&top))?.checked()?;
    let moved = |path: &Path| {
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let within = canonical.strip_prefix(&top).map(|within| tree.join(within));
        within.unwrap_or(canonical)
    };
    // The same package as it was there.
    let mut options = options.clone();
    options.cargo.manifest_path = Some(moved(&package.manifest_path));
    let given = &mut options.headers;
    let paths = given.files.iter_mut().chain(&mut given.include);
    paths.for_each(|path| *path = moved(path));
    let subject = Subject::find(&options);
    let headers = subject.and_then(|subject| find_headers::find_in_sources(&subject));
    let Ok(Some(headers)) = headers else {
        bail!(
            "{} has no header of the package in git: what is made by a build can be frozen, `cargo abi \
             freeze`, and its description compared",
            name.display()
        );
    };
    declared(&options, &headers, &files.path().join("scratch"))
}
