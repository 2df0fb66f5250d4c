//! On what the figures were taken: without it they say nothing.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use abi_stages::compiler::Compiler;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    /// The widest registers that it has for a loop over doubles.
    pub registers: String,
    pub cores: usize,
    pub system: String,
    /// Year, month, day.
    pub date: String,
    /// Of the tools that took part.
    pub versions: Vec<Version>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub tool: String,
    pub version: String,
}

impl Machine {
    /// This one. What cannot be found out is `unknown`; a tool that is missing has no version.
    pub fn look(workspace: &Workspace, python: Option<&Path>) -> Machine {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Machine {
            processor: processor(workspace).unwrap_or_else(unknown),
            registers: registers().into(),
            cores: thread::available_parallelism().map_or(0, Into::into),
            system: system(workspace).unwrap_or_else(unknown),
            date: date_of(now.map_or(0, |time| time.as_secs() / 86_400)),
            versions: versions(workspace, python),
        }
    }

    /// One that is made up.
    #[cfg(test)]
    pub fn example() -> Machine {
        let version = |tool: &str, version: &str| Version {
            tool: tool.into(),
            version: version.into(),
        };
        Machine {
            processor: "Example & Sons <8>".into(),
            registers: "AVX2".into(),
            cores: 8,
            system: "Linux 6.1".into(),
            date: "2026-01-31".into(),
            versions: vec![version("Rust", "1.95.0"), version("Python", "3.11.7")],
        }
    }

    /// In one sentence.
    pub fn sentence(&self) -> String {
        let versions: Vec<String> = self
            .versions
            .iter()
            .map(|version| format!("{} {}", version.tool, version.version))
            .collect();
        format!(
            "{} with {}, {} cores, {}; {}; {}",
            self.processor,
            self.registers,
            self.cores,
            self.system,
            versions.join(", "),
            self.date
        )
    }
}

#[cfg(target_arch = "x86_64")]
pub fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(target_arch = "x86_64")]
pub fn has_avx512() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
}

#[cfg(not(target_arch = "x86_64"))]
pub fn has_avx2() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
pub fn has_avx512() -> bool {
    false
}

fn registers() -> &'static str {
    match (has_avx512(), has_avx2()) {
        (true, _) => "AVX-512",
        (false, true) => "AVX2",
        (false, false) if cfg!(target_arch = "x86_64") => "SSE2",
        _ => "the registers that all of its kind have",
    }
}

fn unknown() -> String {
    "unknown".into()
}

fn processor(workspace: &Workspace) -> Option<String> {
    if cfg!(target_os = "macos") {
        return answer(
            workspace,
            Cmd::new("sysctl").args(["-n", "machdep.cpu.brand_string"]),
        );
    }
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("model name")?;
    // A virtual machine may hide the model; the family tells the generation.
    let numbers = field("cpu family").zip(field("model\t"));
    Some(match numbers {
        Some((family, number)) if !model.contains(|c: char| c.is_ascii_digit()) => {
            format!("{model} (family {family}, model {number})")
        }
        _ => model,
    })
}

fn system(workspace: &Workspace) -> Option<String> {
    let kernel = answer(workspace, Cmd::new("uname").args(["-sr"]))?;
    // The version; what stands behind it is the distributor's.
    let kernel = kernel.split('-').next().unwrap_or_default().to_owned();
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| name.trim_matches('"'));
    Some(match name {
        Some(name) => format!("{name}, {kernel}"),
        None => kernel,
    })
}

/// Prints the versions that matter in Python.
const PYTHON: &str = "\
import platform, cffi, numpy
print(platform.python_version(), cffi.__version__, numpy.__version__)";

fn versions(workspace: &Workspace, python: Option<&Path>) -> Vec<Version> {
    let mut versions = Vec::new();
    let mut add = |tool: &str, version: Option<String>| {
        versions.extend(version.map(|version| Version {
            tool: tool.into(),
            version,
        }));
    };
    let word = |text: String, index| text.split_whitespace().nth(index).map(str::to_owned);
    let rustc = answer(workspace, Cmd::new("rustc").arg("--version"));
    add("Rust", rustc.and_then(|text| word(text, 1)));
    let compiler = Compiler::find(workspace).ok();
    let banner = compiler.and_then(|compiler| answer(workspace, compiler.bare().arg("--version")));
    if let Some((name, version)) = banner.as_deref().and_then(|text| text.split_once(' ')) {
        add(name, Some(version.to_owned()));
    }
    let ask = |python| answer(workspace, Cmd::new(python).args(["-c", PYTHON]));
    let answered = python.and_then(ask).unwrap_or_default();
    for (tool, version) in ["Python", "cffi", "numpy"]
        .into_iter()
        .zip(answered.split_whitespace())
    {
        add(tool, Some(version.to_owned()));
    }
    let go = answer(workspace, Cmd::new("go").arg("version"));
    let number = go.and_then(|text| word(text, 2));
    add(
        "Go",
        number.map(|text| text.trim_start_matches("go").to_owned()),
    );
    add("PyO3", pyo3(workspace));
    versions
}

/// The version that its lock file names.
fn pyo3(workspace: &Workspace) -> Option<String> {
    let lock =
        workspace::read(&workspace.source("xtask/lesson/bench/peers/pyo3/Cargo.lock")).ok()?;
    let (_, rest) = lock.split_once("name = \"pyo3\"\nversion = \"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The first line that a program prints; none if it fails or is not there.
fn answer(workspace: &Workspace, line: Cmd) -> Option<String> {
    let finished = line.output(workspace).ok()?;
    let text = finished.stdout();
    let first = text.lines().next()?.trim();
    (finished.status.success() && !first.is_empty()).then(|| first.to_owned())
}

/// Year, month and day of a number of days since the beginning of 1970, after Howard Hinnant's
/// `civil_from_days`.
fn date_of(days: u64) -> String {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(date_of(11_016), "2000-02-29");
        assert_eq!(date_of(20_089), "2025-01-01");
        assert_eq!(date_of(20_088), "2024-12-31");
    }

    #[test]
    fn a_machine_is_one_sentence() {
        assert_eq!(
            Machine::example().sentence(),
            "Example & Sons <8> with AVX2, 8 cores, Linux 6.1; Rust 1.95.0, Python 3.11.7; \
             2026-01-31"
        );
    }
}
