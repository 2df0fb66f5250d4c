//! A worker: a program that lives for many rounds and makes calls on request.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout};
use std::thread::{self, JoinHandle};

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result, anyhow};

use crate::protocol::{self, Said};
use crate::table::Row;

/// How many calls a worker makes before those that are timed: the caches are the other programs'
/// until then.
pub const fn warm_up(calls: u64) -> u64 {
    calls / 16 + 1
}

/// A program to be started as a worker, and the subjects that it calls.
pub struct Caller {
    /// The program and what comes before the rows.
    pub words: Vec<OsString>,
    pub subjects: Vec<&'static str>,
}

impl Caller {
    /// The line that starts it for these rows and these of its subjects, under another program such
    /// as valgrind if there is one.
    pub fn line(&self, under: &[&str], rows: &[&Row], subjects: &[&str]) -> Cmd {
        let rows: Vec<&str> = rows.iter().map(|row| row.id).collect();
        let under = under.iter().map(OsString::from);
        let mut words = under.chain(self.words.iter().cloned());
        Cmd::new(words.next().unwrap_or_default())
            .args(words)
            .arg(rows.join(","))
            .arg(subjects.join(","))
            // The order of sets and dictionaries is a matter of luck otherwise.
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONDONTWRITEBYTECODE", "1")
    }
}

pub struct Worker {
    /// How it was started, for errors.
    line: String,
    child: Child,
    replies: BufReader<ChildStdout>,
    complaints: Option<JoinHandle<String>>,
}

impl Worker {
    /// Starts it; returns what it says up to `ready` as well.
    pub fn start(line: &Cmd, workspace: &Workspace) -> Result<(Worker, Vec<Said>)> {
        let mut child = line.start(workspace)?;
        let replies = BufReader::new(child.stdout.take().context("no pipe")?);
        let mut stderr = child.stderr.take().context("no pipe")?;
        let complaints = thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut worker = Worker {
            line: line.to_string(),
            child,
            replies,
            complaints: Some(complaints),
        };
        let mut said = Vec::new();
        loop {
            match worker.reply()? {
                Said::Ready => return Ok((worker, said)),
                other => said.push(other),
            }
        }
    }

    /// Makes it call so many times; returns nanoseconds of all of them, the loop subtracted.
    pub fn run(&mut self, row: &str, subject: &str, calls: u64) -> Result<f64> {
        let (calls, empty_loop) = self.ask("run", row, subject, calls)?;
        // A call that costs less than the clock can tell still costs something.
        Ok((calls as f64 - empty_loop as f64).max(calls as f64 * 0.01))
    }

    /// Makes it call so many times and do nothing else that grows with their number, but for as
    /// many calls again as [`warm_up`] says.
    pub fn count(&mut self, row: &str, subject: &str, calls: u64) -> Result<()> {
        self.ask("count", row, subject, calls).map(drop)
    }

    fn ask(&mut self, verb: &str, row: &str, subject: &str, calls: u64) -> Result<(u64, u64)> {
        let request = format!("{verb} {row} {subject} {calls}\n");
        let requests = self.child.stdin.as_mut().context("no pipe")?;
        if requests.write_all(request.as_bytes()).is_err() {
            return Err(self.died());
        }
        match self.reply()? {
            Said::Took { calls, empty_loop } => Ok((calls, empty_loop)),
            other => Err(anyhow!("{}\nsaid {other:?} to `{request}`", self.line)),
        }
    }

    /// Lets it end; returns what it wrote to standard error.
    pub fn end(mut self) -> Result<String> {
        // It closes the child's input first.
        let status = self.child.wait();
        let status = status.context("cannot wait for a worker's end")?;
        if !status.success() {
            return Err(self.died());
        }
        Ok(self.complaint())
    }

    fn reply(&mut self) -> Result<Said> {
        let mut line = String::new();
        match self.replies.read_line(&mut line) {
            Ok(0) | Err(_) => Err(self.died()),
            Ok(_) => protocol::parse(&line).with_context(|| self.line.clone()),
        }
    }

    fn died(&mut self) -> anyhow::Error {
        let _ = self.child.kill();
        let status = self.child.wait().map(|status| status.to_string());
        let complaint = self.complaint();
        let complaint = complaint.lines().map(|line| format!("\n  | {line}"));
        anyhow!(
            "a worker ended in the middle of its work, {}:\n  {}{}",
            status.unwrap_or_default(),
            self.line,
            complaint.collect::<String>()
        )
    }

    fn complaint(&mut self) -> String {
        let thread = self.complaints.take();
        thread
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default()
    }
}

/// Nobody is left to talk with it.
impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
