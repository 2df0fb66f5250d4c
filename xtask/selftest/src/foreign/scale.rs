//! Time and memory for libraries of 10 to 5 000 functions, each part alone.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cargo_abi::compare::{Side, compare};
use cargo_abi::process::{program, run, run_shown};
use cargo_abi::{Headers, rust_reader, symbols};

use crate::Options;
use crate::trial::program_of_cargo_abi;

const SIZES: [usize; 5] = [10, 100, 200, 1000, 5000];

/// The table, as Markdown.
pub fn table(options: &Options) -> Result<String> {
    let mut text = "| functions | build | header | Rust | comparison | memory | `cargo abi check`, built before |\n| --- | --- | --- | --- | --- | --- | --- |\n".to_owned();
    for size in SIZES {
        let folder = options.folder.join(format!("scale-{size}"));
        generate(&folder, size)?;
        let started = Instant::now();
        check(&folder)?;
        let first = started.elapsed();
        let again = best(|| check(&folder))?.0;
        // In a process of its own, because its memory is measured.
        let mut command = Command::new(env::current_exe()?);
        command.arg("--scale-one").arg(&folder);
        let parts = run(&mut command)?.checked()?;
        let _ = writeln!(
            text,
            "| {size} | {} | {} | {} |",
            seconds(first.saturating_sub(again)),
            parts.trim(),
            seconds(again)
        );
    }
    Ok(text)
}

/// Measures the readers on a package that was built.
pub fn one(folder: &Path) -> Result<()> {
    let library = folder.join("target/abi/debug/libscale.so");
    let compiler = program("cc".as_ref(), &[]);
    let headers = Headers::one(&folder.join("include/scale.h"));
    let (header_time, header) = best(|| headers.read(&compiler, &folder.join("target/scratch")))?;
    let exported = symbols::exported(&library)?;
    let (rust_time, rust) = best(|| rust_reader(&library, &exported, &header, &BTreeMap::new()))?;
    let sides = (Side::rust(&rust.abi), Side::c("header", &header));
    let (comparison, found) = best(|| Ok(compare(sides.0, sides.1)))?;
    anyhow::ensure!(
        found.differences.is_empty(),
        "the generated library differs from its header"
    );
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no memory")?;
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse()?;
    let [header_time, rust_time, comparison] = [header_time, rust_time, comparison].map(seconds);
    println!(
        "{header_time} | {rust_time} | {comparison} | {} MB",
        kilobytes / 1024
    );
    Ok(())
}

/// The shortest of three times: others may be at work on the machine.
fn best<T>(work: impl Fn() -> Result<T>) -> Result<(Duration, T)> {
    let mut shortest: Option<(Duration, T)> = None;
    for _ in 0..3 {
        let started = Instant::now();
        let made = work()?;
        let time = started.elapsed();
        if shortest.as_ref().is_none_or(|(known, _)| time < *known) {
            shortest = Some((time, made));
        }
    }
    shortest.context("nothing was measured")
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn check(folder: &Path) -> Result<()> {
    let mut command = Command::new(program_of_cargo_abi()?);
    command
        .args(["abi", "check"])
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR");
    run_shown(&mut command)?.checked()?;
    Ok(())
}

fn generate(folder: &Path, size: usize) -> Result<()> {
    let mut rust = String::new();
    let mut header = "#include <stdint.h>\n#include <stddef.h>\n".to_owned();
    for index in 0..size {
        let _ = writeln!(
            rust,
            "#[repr(C)] pub struct Item{index} {{ pub a: i32, pub b: f64, pub c: *const Item{index} }}\n\
             #[unsafe(no_mangle)] pub extern \"C\" fn scale_{index}(item: *const Item{index}, size: usize, \
             visit: Option<extern \"C\" fn(*const Item{index}) -> i32>) -> i32 {{ let _ = (item, size, visit); 0 }}"
        );
        let _ = writeln!(
            header,
            "typedef struct Item{index} {{ int32_t a; double b; const struct Item{index} *c; }} Item{index};\n\
             int32_t scale_{index}(const Item{index} *item, size_t size, int32_t (*visit)(const Item{index} *));"
        );
    }
    fs::create_dir_all(folder.join("src"))?;
    fs::create_dir_all(folder.join("include"))?;
    fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"scale\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n",
    )?;
    fs::write(folder.join("src/lib.rs"), rust)?;
    fs::write(folder.join("include/scale.h"), header)?;
    Ok(())
}
