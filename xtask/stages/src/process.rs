//! The one place that starts other programs: it decides their environment, shows the line, passes
//! on what they print, and explains when they fail.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::workspace::{Workspace, program_name};

/// A command line. It runs in the workspace's root, exactly as it is shown.
#[derive(Clone)]
pub struct Cmd {
    program: Program,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    /// Another folder than the root, and no environment but the line's own.
    alone_in: Option<PathBuf>,
    /// What the program holds open as long as it, or a child of its, is at work.
    lock: Option<Arc<File>>,
}

#[derive(Clone)]
enum Program {
    /// The cargo that started xtask.
    Cargo,
    /// xtask itself, without going through cargo again.
    Xtask,
    Named(OsString),
}

impl Cmd {
    pub fn cargo() -> Cmd {
        Cmd::with(Program::Cargo)
    }

    pub fn xtask(command: &str) -> Cmd {
        Cmd::with(Program::Xtask).arg(command)
    }

    pub fn new(program: impl Into<OsString>) -> Cmd {
        Cmd::with(Program::Named(program.into()))
    }

    fn with(program: Program) -> Cmd {
        Cmd {
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            alone_in: None,
            lock: None,
        }
    }

    /// Runs it from `folder` with an empty environment, as on a machine that knows nothing of us.
    pub fn alone_in(mut self, folder: &Path) -> Cmd {
        self.alone_in = Some(folder.to_owned());
        self
    }

    /// Lets the program share a lock on an empty file: should we be killed, the lock holds until the
    /// program and its children have ended, too.
    pub fn sharing(mut self, lock: Option<Arc<File>>) -> Cmd {
        self.lock = lock;
        self
    }

    /// The same line as another program runs it, with arguments of its own. cargo and xtask are not run so.
    pub fn under(&self, program: &str, arguments: &[&str]) -> Cmd {
        let mut line = self.clone();
        let Program::Named(own) =
            std::mem::replace(&mut line.program, Program::Named(program.into()))
        else {
            return self.clone();
        };
        let before = arguments.iter().map(Into::into).chain([own]);
        line.arguments = before.chain(line.arguments).collect();
        line
    }

    pub fn arg(mut self, argument: impl Into<OsString>) -> Cmd {
        self.arguments.push(argument.into());
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Cmd {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Cmd {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Runs it to its end and keeps what it printed. An exit code other than 0 is not an error.
    pub fn output(&self, workspace: &Workspace) -> Result<Finished> {
        self.run(workspace, &mut |_| Ok(()))
    }

    /// The same, but a failure is an error that says everything.
    pub fn check(&self, workspace: &Workspace) -> Result<Finished> {
        let finished = self.output(workspace)?;
        ensure!(finished.status.success(), finished.complaint(self));
        Ok(finished)
    }

    /// Runs it to its end; `on_event` sees each line as it is printed, and each second of silence.
    pub fn run(
        &self,
        workspace: &Workspace,
        on_event: &mut dyn FnMut(Event<'_>) -> io::Result<()>,
    ) -> Result<Finished> {
        let mut child = self.spawn(workspace, self.input()?)?;
        let (sender, lines) = channel();
        let readers = [
            read_lines(child.stdout.take().context("no pipe")?, sender.clone()),
            read_lines(child.stderr.take().context("no pipe")?, sender),
        ];
        let started = Instant::now();
        if let Err(error) = follow(&lines, started, on_event) {
            // Nobody is left to read the output: end the child instead of waiting for it.
            let _ = child.kill();
            let _ = child.wait();
            return Err(error.into());
        }
        let status = child
            .wait()
            .with_context(|| format!("cannot wait for the end of: {self}"))?;
        let [stdout, stderr] = readers.map(|reader| reader.join().unwrap_or_default());
        Ok(Finished {
            status,
            stdout,
            stderr,
        })
    }

    /// An empty standard input. The locked file is one: children inherit it unasked, and what puts
    /// itself into the background, such as a cache of compilers, gives it up.
    fn input(&self) -> Result<Stdio> {
        match &self.lock {
            // On Windows a lock belongs to a process and is not inherited.
            Some(lock) if cfg!(unix) => {
                Ok(lock.try_clone().context("cannot share the lock")?.into())
            }
            _ => Ok(Stdio::null()),
        }
    }

    /// Starts it, to be talked with: its standard input and outputs are pipes of the caller's.
    pub fn start(&self, workspace: &Workspace) -> Result<Child> {
        self.spawn(workspace, Stdio::piped())
    }

    fn spawn(&self, workspace: &Workspace, input: Stdio) -> Result<Child> {
        self.command(workspace)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.not_started(error))
    }

    /// Becomes the program, with our terminal and folder: a signal to this process reaches it. Returns
    /// only on failure; where no program can become another, when it has ended.
    pub fn run_in_our_place(&self, workspace: &Workspace) -> Result<ExitCode> {
        let mut command = self.command(workspace);
        command.current_dir(env::current_dir().context("the current folder is gone")?);
        #[cfg(unix)]
        return Err(self.not_started(std::os::unix::process::CommandExt::exec(&mut command)));
        #[cfg(not(unix))]
        {
            let status = command.status().map_err(|error| self.not_started(error))?;
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
        }
    }

    /// The program's own file, if it is one that the system has.
    pub fn file(&self, workspace: &Workspace) -> Option<PathBuf> {
        match &self.program {
            Program::Cargo | Program::Xtask => None,
            Program::Named(name) if Path::new(name).components().count() > 1 => {
                Some(workspace.root().join(name))
            }
            Program::Named(name) => find_program(&name.to_string_lossy()),
        }
    }

    fn command(&self, workspace: &Workspace) -> Command {
        let mut command = match &self.program {
            Program::Cargo => Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
            Program::Xtask => Command::new(workspace.program(&program_name("xtask"))),
            // A path is relative to the root, a bare name is looked up: as a shell there would.
            Program::Named(name) if Path::new(name).components().count() > 1 => {
                Command::new(workspace.root().join(name))
            }
            Program::Named(name) => Command::new(name),
        };
        command.args(&self.arguments).current_dir(workspace.root());
        for name in SEARCH_VARIABLES {
            command.env_remove(name);
        }
        for name in LOADER_VARIABLES {
            if let Some(path) = env::var_os(name) {
                match without_cargos_own(workspace, &path) {
                    own if own.is_empty() => command.env_remove(name),
                    own => command.env(name, own),
                };
            }
        }
        command.envs(workspace.environment());
        // A copy has its own, whatever a configuration or this process's environment says.
        command.env("CARGO_TARGET_DIR", workspace.target());
        if workspace.system().is_foreign() {
            command.env("CARGO_BUILD_TARGET", &workspace.system().name);
        } else {
            // It is set for a system that has no standard library yet. This one has.
            command.env_remove("CARGO_UNSTABLE_BUILD_STD");
        }
        if let Some(folder) = &self.alone_in {
            command.env_clear().current_dir(folder);
        }
        for (name, value) in &self.environment {
            let mut value = value.clone();
            let own = command.get_envs().find(|(known, _)| known == name);
            // What a line looks into comes first, and the person's own folders are looked into as well.
            if let Some((_, Some(own))) = own
                && LOADER_VARIABLES.iter().any(|known| name == known)
            {
                value.push(SEPARATOR);
                value.push(own);
            }
            command.env(name, value);
        }
        command
    }

    fn not_started(&self, error: io::Error) -> anyhow::Error {
        let program = &self.program;
        let what = match error.kind() {
            io::ErrorKind::NotFound => "was not found".to_owned(),
            _ => format!("could not be started: {error}"),
        };
        anyhow::anyhow!("`{program}` {what}\nit is needed for: {self}")
    }
}

/// Variables with more folders for the loader. `cargo run` and rustup put folders into them, so that a program in
/// development finds its libraries: passed on, they would let a stage work here and fail by hand. What a
/// person has put there stays: a compiler or a Python may need it.
const LOADER_VARIABLES: &[&str] = if cfg!(windows) {
    &["PATH"]
} else {
    &[
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
    ]
};

/// Between two folders in such a variable.
const SEPARATOR: &str = if cfg!(windows) { ";" } else { ":" };

/// With these Python would look elsewhere, pip would install elsewhere, or not what the requirements say, or
/// a warning of Python would end it. From where pip installs is not among them: that is for a person to say.
pub const SEARCH_VARIABLES: [&str; 13] = [
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONWARNINGS",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PYTHON",
    "PIP_DRY_RUN",
    "PIP_NO_DEPS",
    "PIP_CONSTRAINT",
    "PIP_REQUIRE_HASHES",
    "PIP_REQUIRE_VIRTUALENV",
];

/// A list of folders without those of the target directory, of Rust's own libraries and of the toolchain.
fn without_cargos_own(workspace: &Workspace, path: &OsStr) -> OsString {
    let cargo = env::var_os("CARGO").map(PathBuf::from);
    // TOOLCHAIN/bin/cargo, and its libraries are in TOOLCHAIN/lib.
    let toolchain = cargo.and_then(|cargo| Some(cargo.parent()?.parent()?.join("lib")));
    let home = workspace.home();
    let is_cargos = |folder: &PathBuf| {
        [workspace.target(), home.target()]
            .iter()
            .any(|target| folder.starts_with(target))
            || folder
                .components()
                .any(|part| part.as_os_str() == "rustlib")
            || toolchain.as_ref() == Some(folder)
    };
    let own = env::split_paths(path).filter(|folder| !is_cargos(folder));
    env::join_paths(own).unwrap_or_else(|_| path.to_owned())
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Program::Cargo => f.write_str("cargo"),
            Program::Xtask => f.write_str("cargo xtask"),
            Program::Named(name) => f.write_str(&quoted(name)),
        }
    }
}

/// The line as a POSIX shell reads it: what is shown can be pasted.
impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(folder) = &self.alone_in {
            write!(f, "cd {} && env -i ", quoted(folder.as_os_str()))?;
        }
        for (name, value) in &self.environment {
            write!(f, "{}={} ", name.to_string_lossy(), quoted(value))?;
        }
        write!(f, "{}", self.program)?;
        self.arguments
            .iter()
            .try_for_each(|argument| write!(f, " {}", quoted(argument)))
    }
}

/// One argument for a POSIX shell.
pub fn quoted(argument: &OsStr) -> String {
    let argument = argument.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.into_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

/// The file of a program that is given by name, searched for as the system does.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&path)
        .flat_map(|dir| [dir.join(name), dir.join(&file)])
        .find(|it| it.is_file() && (cfg!(unix) || it.extension().is_some()))
}

pub enum Event<'a> {
    Printed(&'a str),
    /// Nothing was printed for a second; the time since the start.
    Silence(Duration),
}

/// A program that ran to its end.
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Finished {
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// How it failed, for a reader who has seen what it printed.
    pub fn ending(&self, line: &Cmd) -> String {
        format!("this command failed, {}:\n  {line}", self.status)
    }

    /// The same for a reader who has seen nothing of it: with all that it printed.
    pub fn complaint(&self, line: &Cmd) -> String {
        // What is wrong stands on standard error, and comes first: a report shows the first lines.
        let output = self.stderr() + &self.stdout();
        let lines = output.lines();
        lines.fold(self.ending(line), |text, line| text + "\n  | " + line)
    }
}

/// Passes on the lines until both outputs are closed.
fn follow(
    lines: &Receiver<String>,
    started: Instant,
    on_event: &mut dyn FnMut(Event<'_>) -> io::Result<()>,
) -> io::Result<()> {
    loop {
        // Only to say that it is still at work: it decides nothing.
        match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => on_event(Event::Printed(&line))?,
            Err(RecvTimeoutError::Timeout) => on_event(Event::Silence(started.elapsed()))?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Reads one output to its end, on a thread of its own; returns its bytes as they were.
fn read_lines(
    output: impl Read + Send + 'static,
    sender: Sender<String>,
) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut all = Vec::new();
        loop {
            let start = all.len();
            match reader.read_until(b'\n', &mut all) {
                Ok(0) | Err(_) => return all,
                Ok(_) => {
                    let line = String::from_utf8_lossy(&all[start..]);
                    // Nobody listens any more: go on reading, or the program would block.
                    let _ = sender.send(line.trim_end_matches(['\n', '\r']).to_owned());
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_as_a_shell_reads_it() {
        let line = Cmd::new("cc")
            .arg("-Wl,-rpath,$ORIGIN/../lib")
            .args(["a b", "it's", ""]);
        assert_eq!(
            line.to_string(),
            r"cc '-Wl,-rpath,$ORIGIN/../lib' 'a b' 'it'\''s' ''"
        );
        assert_eq!(
            Cmd::cargo().arg("build").env("A", "b c").to_string(),
            "A='b c' cargo build"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_a_person_set_is_passed_on_if_it_says_from_where() {
        // Set for a process of its own: this one has other threads.
        let finished = Command::new(env::current_exe().unwrap())
            .args(["--exact", "--ignored", "--nocapture"])
            .arg("process::tests::prints_what_a_child_sees")
            .envs(
                [
                    "PIP_USER",
                    "PIP_TARGET",
                    "PIP_REQUIRE_HASHES",
                    "PYTHONWARNINGS",
                ]
                .map(|it| (it, "set")),
            )
            .env("PIP_INDEX_URL", "set")
            .env("LD_LIBRARY_PATH", "/a/lib/rustlib/b/lib:/set:/own=set")
            .output()
            .unwrap();
        let seen = String::from_utf8(finished.stdout).unwrap();
        let mut seen: Vec<&str> = seen.lines().filter(|line| line.ends_with("=set")).collect();
        seen.sort_unstable();
        assert_eq!(
            seen,
            ["LD_LIBRARY_PATH=/first:/set:/own=set", "PIP_INDEX_URL=set"]
        );
    }

    #[cfg(unix)]
    #[test]
    #[ignore = "is run by the test above"]
    fn prints_what_a_child_sees() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let line = Cmd::new("env").env("LD_LIBRARY_PATH", "/first");
        print!("{}", line.check(&workspace).unwrap().stdout());
    }

    #[test]
    fn the_folders_of_a_person_stay_where_loaders_look() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let target = workspace.target().join("debug/deps");
        let rust = Path::new("/opt/rust/lib/rustlib/x/lib");
        let own = [Path::new("/opt/mine"), Path::new("/opt/python/lib")];
        let all = env::join_paths([&target, own[0], rust, own[1]]).unwrap();
        let kept = without_cargos_own(&workspace, &all);
        assert_eq!(env::split_paths(&kept).collect::<Vec<_>>(), own);
        let none = env::join_paths([target]).unwrap();
        assert_eq!(without_cargos_own(&workspace, &none), "");
    }

    #[test]
    fn a_missing_program_is_not_found() {
        assert!(find_program("no-such-program-anywhere").is_none());
    }
}
