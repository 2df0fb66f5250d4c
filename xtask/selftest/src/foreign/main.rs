//! Tries `cargo abi` on public libraries, and on their headers with faults.
//!
//! Each recipe names a package of the registry, its version and its header. The package is fetched by
//! cargo, copied, built and checked: what is found has to be what the recipe expects. Then faults are
//! made in the header, drawn by a seed, and each has to be noticed where it was made; whether a fault
//! is one at all, the C compiler decides.
//!
//! ```text
//! cargo run --package xtask-selftest --bin foreign -- [--long] [--seed N] [--faults N] [--record FILE] [NAME]...
//! cargo run --package xtask-selftest --bin foreign -- --side-by-side [--record FILE]
//! cargo run --package xtask-selftest --bin foreign -- --scale [--record FILE]
//! ```
//!
//! The second compares with abidiff and with cbindgen's own check, the third measures time and memory.

mod fault;
mod oracle;
mod package;
mod recipe;
mod recipes;
#[path = "../../../abi/tests/sample/faults.rs"]
mod sample_faults;
mod scale;
mod side_by_side;
mod table;
mod trial;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use recipe::Recipe;
use trial::Trial;

fn main() -> Result<ExitCode> {
    let options = Options::parse(env::args().skip(1))?;
    if let Some(folder) = &options.scale_one {
        scale::one(folder)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((name, make)) = options.table {
        let table = make(&options)?;
        println!("{table}");
        if let Some(path) = &options.record {
            table::record(path, name, &table)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = Vec::new();
    let mut is_good = true;
    for recipe in options.recipes()? {
        let trial = Trial::run(recipe, &options)?;
        for problem in trial.problems() {
            println!("problem: {}: {problem}", recipe.package);
            is_good = false;
        }
        rows.push(trial);
    }
    let text = format!("{}\n{}", table::table(&rows), table::faults(&rows));
    println!("\n{text}");
    if let Some(path) = &options.record {
        table::record(path, "libraries", &text)?;
    }
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Makes a table, as Markdown.
type MakeTable = fn(&Options) -> Result<String>;

/// What was asked for.
pub struct Options {
    long: bool,
    seed: u64,
    faults: usize,
    names: Vec<String>,
    /// Another table is made instead.
    table: Option<(&'static str, MakeTable)>,
    scale_one: Option<PathBuf>,
    /// A Markdown file with a part between two marks, for the table.
    record: Option<PathBuf>,
    /// Where everything is fetched, copied and built.
    pub folder: PathBuf,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        let mut options = Options {
            long: false,
            seed: 1,
            faults: 50,
            names: Vec::new(),
            table: None,
            scale_one: None,
            record: None,
            folder: env::current_dir()?.join(target).join("foreign"),
        };
        while let Some(argument) = arguments.next() {
            let mut number = || -> Result<u64> {
                let value = arguments.next().context("a number is missing")?;
                value
                    .parse()
                    .with_context(|| format!("`{value}` is no number"))
            };
            match argument.as_str() {
                "--side-by-side" => options.table = Some(("side by side", side_by_side::table)),
                "--scale" => options.table = Some(("scale", scale::table)),
                "--scale-one" => options.scale_one = arguments.next().map(PathBuf::from),
                "--long" => options.long = true,
                "--seed" => options.seed = number()?,
                "--faults" => options.faults = number()? as usize,
                "--record" => options.record = arguments.next().map(PathBuf::from),
                name if !name.starts_with('-') => options.names.push(name.to_owned()),
                other => bail!("no such option: {other}"),
            }
        }
        Ok(options)
    }

    fn recipes(&self) -> Result<Vec<&'static Recipe>> {
        let all = recipes::RECIPES;
        if let Some(name) = self
            .names
            .iter()
            .find(|name| all.iter().all(|of| of.package != **name))
        {
            bail!("no such recipe: {name}");
        }
        let is_chosen = |recipe: &&Recipe| match self.names.is_empty() {
            true => self.long || !recipe.long,
            false => self.names.iter().any(|name| name == recipe.package),
        };
        Ok(all.iter().filter(is_chosen).collect())
    }
}
