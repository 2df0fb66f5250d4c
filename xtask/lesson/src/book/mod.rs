//! `cargo xtask book`: the lesson as a site, made from what the terminal shows.

pub mod look;
mod markdown;
mod pages;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, Flags, flags};
use abi_stages::process::Cmd;
use abi_stages::python::{Environment, Pins, REQUIREMENTS};
use abi_stages::say;
use abi_stages::workspace::{self, Workspace, program_name};
use anyhow::{Context, Result, ensure};

use crate::hello;
use crate::page::working;

flags! {
    struct BookFlags {
        open: "Open it in the browser",
        serve: "Serve it on this machine, until Ctrl+C",
    }
}

/// `cargo xtask book`.
pub const COMMAND: Command = Command {
    summary: hello::BOOK,
    args: &[],
    details: "The stages, crossings, exhibits and exercises, with what the programs print when they are \
              run here. The first time every exhibit is tried, which takes minutes; what they print is \
              kept until something changes that they are made from. The site works from a folder and \
              without a network.",
    flags: BookFlags::ALL,
    example: "cargo xtask book --open",
    run,
};

/// Where its sources are, from the root.
pub const FOLDER: &str = "xtask/lesson/book";

/// `cargo xtask book`
fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: BookFlags = arguments.flags();
    build(workspace)?;
    let site = site(workspace);
    let index = site.join("index.html");
    say!("{}", workspace.relative(&index).display())?;
    let python = || Cmd::new(environment(workspace).python()).arg("-m");
    if flags.open {
        python().arg("webbrowser").arg(index).check(workspace)?;
    }
    if flags.serve {
        say!("http://127.0.0.1:8000/, until Ctrl+C")?;
        let server = ["http.server", "--bind", "127.0.0.1", "--directory"];
        return python().args(server).arg(site).run_in_our_place(workspace);
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder of the site.
pub fn site(workspace: &Workspace) -> PathBuf {
    workspace.target().join("book")
}

/// With the generator, and what any environment has.
fn environment(workspace: &Workspace) -> Environment {
    const PINS: [Pins; 2] = [
        REQUIREMENTS,
        Pins::Workspace("xtask/lesson/book/requirements.txt"),
    ];
    Environment::new(workspace.target().join("lesson/python"), &PINS, (3, 9))
}

/// Writes the pages, and makes the site of them.
pub fn build(workspace: &Workspace) -> Result<()> {
    let work = workspace.target().join("lesson/book");
    let _lock = workspace::lock(&work.join(".lock"), || say!("waiting for another book"))?;
    let environment = environment(workspace);
    working("installing the generator", || environment.make(workspace))?;

    let docs = work.join("docs");
    workspace::remove(&docs)?;
    let pages = pages::all(workspace)?;
    for (path, text) in &pages.files {
        workspace::write(&docs.join(path), text)?;
    }
    let settings = workspace::read(&workspace.source(FOLDER).join("mkdocs.yml"))?;
    let settings = format!("{settings}nav:\n{}", pages.nav);
    let file = work.join("mkdocs.yml");
    workspace::write(&file, settings.as_bytes())?;
    let program = environment
        .python()
        .with_file_name(program_name("zensical"));
    let line = Cmd::new(workspace.relative(&program))
        .args(["build", "--strict", "--clean", "--config-file"])
        .arg(workspace.relative(&file));
    working("making the site", || line.check(workspace))?;
    let made = work.join("site");
    take_away(&made)?;
    let site = site(workspace);
    workspace::remove(&site)?;
    fs::rename(&made, &site).with_context(|| format!("cannot replace {}", site.display()))
}

/// Takes away what no reader needs: another theme, a second copy of the search index, and the indentation of the
/// theme's HTML, a quarter of all bytes.
fn take_away(site: &Path) -> Result<()> {
    fs::remove_dir_all(site.join("assets/stylesheets/classic"))?;
    fs::remove_file(site.join("search.json"))?;
    for file in workspace::files(site)? {
        if file.extension().is_some_and(|end| end == "html") {
            let text = workspace::read(&file)?;
            workspace::write(&file, without_indentation(&text).as_bytes())?;
        }
    }
    let index = site.join("index.html");
    ensure!(index.exists(), "the generator made no {}", index.display());
    Ok(())
}

/// HTML whose lines begin with their text, except where it is shown as it is.
fn without_indentation(html: &str) -> String {
    let mut shorter = String::with_capacity(html.len());
    for part in html.split_inclusive("</pre>") {
        let (plain, shown) = part.split_at(part.find("<pre").unwrap_or(part.len()));
        for line in plain
            .split_inclusive('\n')
            .filter(|line| !line.trim().is_empty())
        {
            shorter += line.trim_start_matches(' ');
        }
        shorter += shown;
    }
    shorter
}

#[test]
fn only_what_is_shown_as_it_is_keeps_its_indentation() {
    let html = "<p>\n\n  a b\n  <pre>\n  c\n\n</pre>\n  <b> d </b>";
    assert_eq!(
        without_indentation(html),
        "<p>\na b\n<pre>\n  c\n\n</pre><b> d </b>"
    );
}
