//! One fault on its way: the copy as it should be, broken, built, run, and caught.

use abi_stages::compiler::program_of;
use abi_stages::python::Environment;
use abi_stages::workspace::{Workspace, program_name};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::copy::Copy;
use super::exhibit::{self, Shown};
use super::file::{Catcher, Exhibit, Fault, Mistake};
use super::strict::{self, Noticed, StrictBuild};
use super::tools::{self, Saw};
use crate::check::{Check, Outcome};
use crate::report;
use crate::run;

/// A fault, and the copy that it is tried on. The methods are to be called in their order.
pub struct Trial<'a> {
    copy: &'a Copy,
    fault: &'a Fault,
}

/// Whether a fault was noticed by whom it has to be.
pub enum Caught {
    Yes,
    /// Why it does not count as caught.
    No(String),
    /// What is not here that would catch it.
    Skipped(String),
}

/// How a fault fared.
pub struct Verdict {
    pub result: Caught,
    /// The line that made it notice; empty if nothing can.
    pub command: String,
    /// What the check, or the tool, said.
    pub told: String,
}

/// What one fault led to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Of the fault as it was then.
    pub fingerprint: String,
    /// By rustc, the C compiler, CFFI.
    pub noticed: [Noticed; 3],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhibit: Option<Seen>,
    /// Of each of [`tools::TOOLS`], if the exhibit's mistake is one for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Saw>,
}

/// What an exhibit's program printed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seen {
    pub before: Vec<Shown>,
    pub damage: Vec<Shown>,
    /// What made somebody notice, and the lines in which it says what the exhibit wants said; empty
    /// if nothing can.
    pub command: String,
    pub told: Vec<String>,
}

impl Verdict {
    /// Where nothing was run.
    pub fn silent(result: Caught) -> Verdict {
        Verdict {
            result,
            command: String::new(),
            told: String::new(),
        }
    }
}

impl<'a> Trial<'a> {
    /// With the copy as it should be.
    pub fn begin(copy: &'a Copy, fault: &'a Fault) -> Result<Trial<'a>> {
        copy.restore()?;
        Ok(Trial { copy, fault })
    }

    /// What the exhibit's program prints as long as nothing is broken; nothing if it is no exhibit.
    pub fn before(&self) -> Result<Vec<Shown>> {
        let Some(exhibit) = &self.fault.exhibit else {
            return Ok(Vec::new());
        };
        let workspace = &self.copy.workspace;
        exhibit.prepare(workspace)?;
        let mut shown: Vec<Shown> = exhibit.compile(workspace)?.into_iter().collect();
        shown.extend(exhibit.run(workspace)?);
        if exhibit.sees_it(&shown) {
            bail!("the program shows the damage before anything is broken");
        }
        Ok(shown)
    }

    /// Shows the sound program to each tool, if its mistake is one for them.
    pub fn tools_before(&self) -> Result<()> {
        match self.watched() {
            Some((exhibit, mistake)) => tools::are_content(&self.copy.workspace, exhibit, mistake),
            None => Ok(()),
        }
    }

    /// What each tool says of the broken one.
    pub fn tools(&self) -> Result<Vec<Saw>> {
        match self.watched() {
            Some((exhibit, mistake)) => tools::saw(&self.copy.workspace, exhibit, mistake),
            None => Ok(Vec::new()),
        }
    }

    fn watched(&self) -> Option<(&Exhibit, Mistake)> {
        let exhibit = self.fault.exhibit.as_ref()?;
        Some((exhibit, exhibit.mistake?))
    }

    /// Breaks the copy.
    pub fn break_it(&self) -> Result<()> {
        self.copy.apply(self.fault)
    }

    /// Asks all that look at every build.
    pub fn build(&self) -> Result<StrictBuild> {
        let mut build = strict::build(&self.copy.workspace)?;
        // The user's own program is compiled as strictly.
        if let (Some(exhibit), Noticed::No) = (&self.fault.exhibit, build.noticed[1])
            && let Err(error) = exhibit.compile(&self.copy.workspace)
        {
            build.noticed[1] = Noticed::Yes;
            build.words[1] = format!("{error:#}");
        }
        Ok(build)
    }

    /// What a user sees of it: the exhibit's program, which printed `before`, or else the programs of
    /// the three stages.
    pub fn damage(&self, before: &[Shown]) -> Result<Vec<Shown>> {
        let Some(exhibit) = &self.fault.exhibit else {
            return self.stages();
        };
        let workspace = &self.copy.workspace;
        exhibit.prepare(workspace)?;
        exhibit.compile(workspace)?;
        exhibit.damage(workspace, before)
    }

    fn stages(&self) -> Result<Vec<Shown>> {
        let workspace = &self.copy.workspace;
        let python = Environment::of_pipeline(workspace).python();
        let programs = [
            workspace
                .pipeline("rust")
                .join(program_name(workspace.library().name)),
            program_of(workspace, workspace.library().name),
            python,
        ];
        let script = format!(" py-harness/{}.py", workspace.library().name);
        let mut shown = Vec::new();
        for (program, script) in programs.iter().zip(["", "", &script]) {
            if program.exists() {
                let program = workspace.relative(program).to_string_lossy().into_owned();
                shown.push(exhibit::shell(workspace, &(program + script))?);
            }
        }
        Ok(shown)
    }

    /// Runs what must catch it, and mends the copy.
    pub fn catch(&self) -> Result<Verdict> {
        let caught = match &self.fault.catcher {
            Catcher::Check(check) => self.check(check),
            Catcher::Tool { line, .. } => self.tool(line),
            Catcher::Nobody(_) => Ok(Verdict::silent(Caught::Yes)),
        };
        self.copy.restore()?;
        caught
    }

    /// Lets the check have a look, and all others that must catch it.
    fn check(&self, check: &'static Check) -> Result<Verdict> {
        let mut told = String::new();
        let mut passed = Vec::new();
        let checks: Vec<&Check> = [check].into_iter().chain(self.fault.also.clone()).collect();
        for check in &checks {
            let checked = run::one(&self.copy.workspace, check);
            if let Outcome::Skipped(absent) = &checked.outcome {
                let skipped = Caught::Skipped(report::reason(absent));
                return Ok(Verdict::silent(skipped));
            }
            let findings = report::told(&checked);
            if findings.is_empty() {
                passed.push(format!("the check `{}` passes in spite of it", check.id));
            }
            told += &findings;
        }
        let ids: Vec<&str> = checks.iter().map(|check| check.id).collect();
        let result = if passed.is_empty() {
            self.says_it(&told, &format!("`{}`", ids.join("`, `")))
        } else {
            Caught::No(passed.join("\n"))
        };
        Ok(Verdict {
            result,
            command: format!("cargo xtask verify {}", ids.join(" ")),
            told,
        })
    }

    fn tool(&self, line: &str) -> Result<Verdict> {
        let workspace = &self.copy.workspace;
        let exhibit = self.fault.exhibit.as_ref().context("not an exhibit")?;
        let shown = match tools::run(workspace, exhibit, line)? {
            Ok(shown) => shown,
            Err(reason) => return Ok(Verdict::silent(Caught::Skipped(reason))),
        };
        let told = exhibit::text(std::slice::from_ref(&shown));
        let result = if shown.end.is_none() {
            Caught::No(format!("`{}` ends well in spite of it", shown.command))
        } else {
            self.says_it(&told, &format!("`{}`", shown.command))
        };
        Ok(Verdict {
            result,
            command: shown.command,
            told,
        })
    }

    fn says_it(&self, told: &str, who: &str) -> Caught {
        let says = self.fault.says.iter().map(String::as_str);
        let unsaid: Vec<&str> = says.filter(|words| !told.contains(words)).collect();
        match unsaid[..] {
            [] => Caught::Yes,
            _ => Caught::No(format!(
                "{who} fails, but does not say:\n  {}",
                unsaid.join("\n  ")
            )),
        }
    }
}

/// The lines of `told` that say what the fault wants said, each once, as they are on any machine. The
/// frames of a sanitizer's stack are left out: they are those of one build.
pub fn telling(fault: &Fault, told: &str, workspace: &Workspace) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in told.lines() {
        let is_frame = line.trim_start().starts_with('#');
        let is_wanted = !is_frame && fault.says.iter().any(|words| line.contains(words));
        // pytest shows more of the reason where `CI` is set.
        let line = match line.split_once(" - ") {
            Some((test, _)) if test.contains("FAILED ") => test,
            _ => line,
        };
        let line = exhibit::masked(line, workspace).trim_end().to_owned();
        if is_wanted && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}
