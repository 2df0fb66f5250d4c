//! The same faults, seen by cargo abi, by abidiff, and by cbindgen's own check.
//!
//! abidiff compares two libraries: the Rust library with one in C that has every function of the
//! header. What it says about the right header (it does not know that `f64` is `double`) does not count:
//! a fault is noticed if it changes what is said. cbindgen compares the header that it would write with
//! the one that is there.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use cargo_abi::check::{Check, Rules};
use cargo_abi::process::{exists, program, run};
use cargo_abi::{Abi, Headers};

use crate::Options;
use crate::oracle::{self, ORIGINAL};
use crate::package::{Package, cbindgen};
use crate::recipe::{Header, Recipe};
use crate::recipes::RECIPES;
use crate::sample_faults::FAULTS;
use crate::trial::Subject;

/// How many faults of each foreign library.
const EACH: usize = 5;

/// Who noticed what, of a number of faults.
#[derive(Default)]
struct Row {
    what: String,
    faults: usize,
    cargo_abi: usize,
    abidiff: usize,
    /// None if it refuses the right header, too.
    cbindgen: Option<usize>,
}

/// The table, as Markdown.
pub fn table(options: &Options) -> Result<String> {
    let mut rows = vec![sample(&options.folder.join("sample"))?];
    // And one whose header cbindgen has written.
    let is_generated = |recipe: &&Recipe| {
        let mut headers = recipe.headers.iter();
        headers.any(|header| matches!(header, Header::Generated { expand: None, .. }))
    };
    for recipe in RECIPES
        .iter()
        .filter(|recipe| !recipe.long || is_generated(recipe))
    {
        rows.push(foreign(recipe, options)?);
    }
    let mut text = "| faults in the header of | faults | cargo abi | abidiff | cbindgen's check |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for row in rows {
        let cbindgen = row
            .cbindgen
            .map_or("refuses the right header".to_owned(), |count| {
                count.to_string()
            });
        let Row {
            what,
            faults,
            cargo_abi,
            abidiff,
            ..
        } = row;
        let _ = writeln!(
            text,
            "| {what} | {faults} | {cargo_abi} | {abidiff} | {cbindgen} |"
        );
    }
    Ok(text)
}

/// A library as all three see it.
struct Library<'a> {
    file: &'a Path,
    scratch: PathBuf,
}

impl Library<'_> {
    /// What abidiff says of the library and one in C with these headers.
    fn abidiff(&self, headers: &Headers) -> Result<String> {
        if !exists("abidiff".as_ref()) {
            bail!("abidiff was not found; Debian, Ubuntu: apt install abigail-tools");
        }
        let compiler = program("cc".as_ref(), &[]);
        let abi = headers.read(&compiler, &self.scratch)?;
        let source = self.scratch.with_extension("stub.c");
        fs::write(&source, stub(headers, &abi)?)?;
        let library = self.scratch.with_extension("stub.so");
        let mut arguments = vec!["-g".into(), "-shared".into(), "-fPIC".into(), "-w".into()];
        for folder in &headers.include {
            arguments.extend(["-I".into(), folder.clone().into()]);
        }
        arguments.extend(
            headers
                .defines
                .iter()
                .map(|define| format!("-D{define}").into()),
        );
        arguments.extend([source.into(), "-o".into(), library.clone().into()]);
        compiler(&arguments)?.checked()?;
        let mut command = Command::new("abidiff");
        Ok(run(command.arg("--no-show-locs").arg(self.file).arg(library))?.stdout)
    }
}

/// Whether cbindgen would write this header, from the sources in a folder.
fn cbindgen_agrees(sources: &Path, header: &Path, tools: &Path) -> Result<bool> {
    let config = header.with_file_name("cbindgen.toml");
    // It writes before it compares.
    let copy = header.with_extension("verify.h");
    fs::copy(header, &copy)?;
    let mut command = Command::new(cbindgen(tools)?);
    if config.is_file() {
        command.arg("--config").arg(config);
    }
    command
        .args(["--quiet", "--lang", "c", "--verify", "--output"])
        .arg(&copy)
        .arg(sources);
    Ok(run(&mut command)?.success)
}

/// Every function of the headers, with a body.
fn stub(headers: &Headers, abi: &Abi) -> Result<String> {
    let mut text = String::new();
    oracle::include(&mut text, &headers.files)?;
    for (name, signature) in abi
        .functions
        .iter()
        .filter(|(name, _)| !name.starts_with(ORIGINAL))
    {
        let head = signature.definition_in_c(name, |index| format!("p{index}"));
        // Some headers have a macro of the same name.
        let _ = writeln!(text, "#undef {name}\n{head} {{ __builtin_trap(); }}");
    }
    Ok(text)
}

fn sample(folder: &Path) -> Result<Row> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../abi/tests/sample");
    fs::create_dir_all(folder)?;
    let library = folder.join("libsample.so");
    let mut command = Command::new("rustc");
    command.args([
        "--edition",
        "2024",
        "--crate-type",
        "cdylib",
        "-Cdebuginfo=2",
        "-o",
    ]);
    run(command.arg(&library).arg(sources.join("sample.rs")))?.checked()?;
    let compiler = program("cc".as_ref(), &[]);
    let header = folder.join("sample.h");
    let found = |text: &str| -> Result<(String, String)> {
        fs::write(&header, text)?;
        let headers = Headers::one(&header);
        let check = Check {
            library: &library,
            headers: &headers,
            header_name: "sample.h",
            compiler: &compiler,
            scratch: &folder.join("scratch"),
            cffi: None,
            baseline: None,
            items: &|_| Err("a library alone".to_owned()),
            hint: "",
            rules: &Rules::default(),
        };
        let findings = check.run()?.findings;
        let ours = findings
            .iter()
            .map(|finding| finding.text() + "\n")
            .collect();
        let library = Library {
            file: &library,
            scratch: folder.join("abidiff"),
        };
        Ok((ours, library.abidiff(&headers)?))
    };
    let text = fs::read_to_string(sources.join("sample.h"))?;
    let sound = found(&text)?;
    let mut row = Row {
        what: "the tests' sample".to_owned(),
        ..Row::default()
    };
    fs::write(&header, &text)?;
    let tools = folder.parent().unwrap_or(folder);
    if cbindgen_agrees(&sources.join("sample.rs"), &header, tools)? {
        row.cbindgen = Some(0);
    }
    for (from, to, _) in FAULTS {
        let (ours, theirs) = found(&text.replacen(from, to, 1))?;
        row.faults += 1;
        row.cargo_abi += usize::from(ours != sound.0);
        row.abidiff += usize::from(theirs != sound.1);
        // It compares texts, so that it notices every edit.
        row.cbindgen = row.cbindgen.map(|count| count + 1);
    }
    Ok(row)
}

fn foreign(recipe: &'static Recipe, options: &Options) -> Result<Row> {
    let package = Package::fetch(recipe, &options.folder)?;
    let subject = Subject::check(recipe, &package)?;
    let compiler = program("cc".as_ref(), &[]);
    let abi = subject.headers.read(&compiler, &subject.scratch)?;
    let library = Library {
        file: &subject.library,
        scratch: subject.scratch.with_extension("abidiff"),
    };
    let sound = (
        subject.findings(&subject.headers, &abi)?,
        library.abidiff(&subject.headers)?,
    );
    let mut row = Row {
        what: recipe.package.to_owned(),
        ..Row::default()
    };
    let own = recipe
        .headers
        .iter()
        .zip(&package.headers)
        .find(|(header, _)| matches!(header, Header::Own(_) | Header::Generated { .. }));
    if let Some((_, header)) = own
        && cbindgen_agrees(&package.folder.join("src/lib.rs"), header, &options.folder)?
    {
        row.cbindgen = Some(0);
    }
    for fault in subject.draw(&abi, options.seed, EACH * 4) {
        let folder = subject.scratch.with_extension("fault");
        let Some(changed) = oracle::with_fault(&subject.headers, &abi, &fault, &folder)? else {
            continue;
        };
        if row.faults == EACH
            || oracle::is_equivalent(&subject.headers, &changed, &abi, &fault, &compiler, &folder)?
        {
            continue;
        }
        row.faults += 1;
        let found = subject.findings(&changed, &abi)?;
        row.cargo_abi += usize::from(found.get(&fault.name) != sound.0.get(&fault.name));
        row.abidiff += usize::from(library.abidiff(&changed)? != sound.1);
        row.cbindgen = row.cbindgen.map(|count| count + 1);
    }
    Ok(row)
}
