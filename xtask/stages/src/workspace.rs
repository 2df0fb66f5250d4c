//! Where everything is. A workspace is a library's configuration, a root and a target directory, so every
//! command can also run on a copy.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, io, process, thread};

use anyhow::{Context, Result, bail};

use crate::library::Library;
use crate::process::Cmd;
use crate::system::System;

pub use crate::system::TARGET;

#[derive(Clone)]
pub struct Workspace {
    library: &'static Library,
    root: PathBuf,
    target: PathBuf,
    programs: PathBuf,
    release: PathBuf,
    system: System,
    /// Root and target directory of the workspace that this xtask was built in.
    home: [PathBuf; 2],
}

/// How a child learns that it works elsewhere than at home: root and target directory.
const COPY: [&str; 2] = ["XTASK_COPY_ROOT", "XTASK_COPY_TARGET"];

impl Workspace {
    /// The workspace that this xtask was built in; the current folder does not matter.
    pub fn locate(library: &'static Library) -> Result<Workspace> {
        let workspace = Workspace::of_this_program(library)?;
        Ok(match COPY.map(env::var_os) {
            [Some(root), Some(target)] => workspace.copy_at(root.into(), target.into()),
            _ => workspace,
        })
    }

    /// The same sources with a target directory of their own, as on a machine that has built nothing.
    pub fn fresh(&self) -> Workspace {
        self.copy_at(self.root.clone(), self.target.join("fresh"))
    }

    /// A copy of the sources elsewhere, with a target directory of its own. The tools are those of
    /// the original: they are what the copy is looked at with.
    pub fn copy_at(&self, root: PathBuf, target: PathBuf) -> Workspace {
        // The same configuration of cargo holds for it, and so the same folders.
        let release = match self.release.strip_prefix(&self.target) {
            Ok(release) => target.join(release),
            Err(_) => target.join("release"),
        };
        Workspace {
            root,
            target,
            release,
            ..self.clone()
        }
    }

    /// The same sources, built for another system in a target directory of its own.
    pub fn on(&self, system: System) -> Workspace {
        let target = self.target.join("machines").join(&system.name);
        Workspace {
            release: target.join(&system.name).join("release"),
            system,
            ..self.copy_at(self.root.clone(), target)
        }
    }

    /// The system that is built for.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The line that runs a program that was built.
    pub fn runs(&self, program: impl Into<OsString>) -> Cmd {
        match self.system.runner.split_first() {
            Some((runner, arguments)) => Cmd::new(runner).args(arguments).arg(program),
            None => Cmd::new(program),
        }
    }

    /// The workspace whose tools this one is looked at with: this one, unless it is a copy.
    pub fn home(&self) -> Workspace {
        let [root, target] = self.home.clone();
        Workspace {
            system: System::here(),
            ..self.copy_at(root, target)
        }
    }

    /// What a child has to know, unless this is where xtask was built.
    pub fn environment(&self) -> Vec<(&'static str, &Path)> {
        let values = [self.root.as_path(), self.target.as_path()];
        if values == [self.home[0].as_path(), self.home[1].as_path()] {
            Vec::new()
        } else {
            COPY.into_iter().zip(values).collect()
        }
    }

    fn of_this_program(library: &'static Library) -> Result<Workspace> {
        // `cargo run` says it at run time, which holds even after the checkout was moved.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .filter(|folder| Path::new(folder).ends_with("xtask"))
            .unwrap_or_else(|| library.xtask.into());
        let package = Path::new(&package);
        let mut outer = package.ancestors().skip(1);
        let Some(root) = outer.find(|folder| folder.join(library.core).is_dir()) else {
            bail!(
                "{} is no longer in the workspace that this xtask was built in: there is no folder {} beside \
                 it\nnext: run it as `cargo xtask`, from inside the checkout",
                package.display(),
                library.core
            );
        };
        // Cargo put this program into TARGET/debug, or TARGET/TRIPLE/debug when its configuration
        // names a system. What it builds with the same configuration lands beside that, so there
        // is nothing to guess from environment variables and configuration files.
        let program = env::current_exe().context("cannot find this program's own file")?;
        let programs = program.parent().context("xtask is not in a folder")?;
        // A program of tests is a folder deeper.
        let programs = match programs.parent() {
            Some(parent) if programs.ends_with("deps") => parent,
            _ => programs,
        };
        let profiles = programs
            .parent()
            .context("xtask is not in a target folder")?;
        let target = match profiles.parent() {
            Some(parent) if profiles.ends_with(TARGET) => parent,
            _ => profiles,
        };
        Ok(Workspace {
            library,
            root: root.to_owned(),
            target: target.to_owned(),
            programs: programs.to_owned(),
            release: profiles.join("release"),
            system: System::here(),
            home: [root.to_owned(), target.to_owned()],
        })
    }

    /// The library that the workspace is about.
    pub fn library(&self) -> &'static Library {
        self.library
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    /// A program that cargo built beside this one.
    pub fn program(&self, file: &str) -> PathBuf {
        self.programs.join(file)
    }

    /// Where cargo puts what it builds with the release profile.
    pub fn release(&self, file: &str) -> PathBuf {
        self.release.join(file)
    }

    /// A file or folder that the stages make.
    pub fn pipeline(&self, path: &str) -> PathBuf {
        self.target.join("pipeline").join(path)
    }

    /// Where a file is that the engine brings along, once [`bring`](Workspace::bring) wrote it.
    pub fn engine(&self, path: &str) -> PathBuf {
        self.target.join("engine").join(path)
    }

    /// Writes a file that the engine brings along, unless it exists with that content.
    pub fn bring(&self, path: &str, text: &str) -> Result<PathBuf> {
        let file = self.engine(path);
        if fs::read(&file).ok().as_deref() != Some(text.as_bytes()) {
            write(&file, text.as_bytes())?;
        }
        Ok(file)
    }

    /// A file or folder of the sources.
    pub fn source(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// `path` as a command line shows it that is run from the root.
    pub fn relative(&self, path: &Path) -> OsString {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .as_os_str()
            .to_owned()
    }

    /// The same as text.
    pub fn shown(&self, path: &Path) -> String {
        self.relative(path).to_string_lossy().into_owned()
    }

    /// The header in the sources.
    pub fn header(&self) -> PathBuf {
        self.source(self.library.cdylib)
            .join("include")
            .join(self.library.header())
    }

    /// The header that all stages read.
    pub fn pipeline_header(&self) -> PathBuf {
        self.pipeline("include").join(self.library.header())
    }

    /// The shared library that all stages load, under the name that the linker looks for.
    pub fn shared_library(&self) -> PathBuf {
        self.pipeline("lib").join(self.shared_file())
    }

    /// What cargo calls the shared library, and what the linker looks for.
    pub fn shared_file(&self) -> String {
        self.system.shared_file(self.library.name)
    }

    /// The static library that programs have inside.
    pub fn static_library(&self) -> PathBuf {
        self.pipeline("lib").join(self.static_file())
    }

    pub fn static_file(&self) -> String {
        self.system.static_file(self.library.name)
    }

    /// `name`, or `name.exe`: a program that is built.
    pub fn program_file(&self, name: &str) -> String {
        self.system.program_file(name)
    }

    /// The version of the ABI, from the file that the library and its build script share.
    pub fn abi_version(&self) -> Result<u32> {
        let file = self.source(self.library.cdylib).join("src/abi_version.rs");
        let text = read(&file)?;
        let constant = format!("const {}: u32 = ", self.library.version_constant());
        text.split_once(&constant)
            .and_then(|(_, rest)| rest.split_once(';'))
            .and_then(|(number, _)| number.parse().ok())
            .with_context(|| format!("{} has no `{constant}N;`", file.display()))
    }

    /// The name by which programs ask the loader for the library.
    pub fn loader_name(&self) -> Result<String> {
        let version = self.abi_version()?;
        Ok(self.system.loader_name(self.library.name, version))
    }
}

/// `name`, or `name.exe`: a program that runs on this machine.
pub fn program_name(name: &str) -> String {
    format!("{name}{EXE_SUFFIX}")
}

/// Reads a text file; the error says which.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Every file below a folder, sorted; Python's caches aside.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    walk(folder, |folder| folder.ends_with("__pycache__"))
}

/// Every file of the sources, as paths from `root`: all but what git and cargo keep.
pub fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    // A target directory elsewhere in the checkout says that it is a cache.
    let files = walk(root, |folder| {
        let known = ["target", ".git", "__pycache__"];
        known.iter().any(|name| folder.ends_with(name))
            || folder.is_symlink()
            || folder.join("CACHEDIR.TAG").exists()
    })?;
    // Nothing else belongs to the sources: an editor's links, a pipe.
    let is_file = |path: &PathBuf| path.symlink_metadata().is_ok_and(|data| data.is_file());
    let files = files.into_iter().filter(is_file);
    Ok(files
        .map(|path| path.strip_prefix(root).unwrap_or(&path).to_owned())
        .collect())
}

/// Every file below a folder, sorted, without those in folders that are left out.
pub fn walk(folder: &Path, is_left_out: fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let failed = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        if !path.is_dir() {
            files.push(path);
        } else if !is_left_out(&path) {
            files.extend(walk(&path, is_left_out)?);
        }
    }
    files.sort();
    Ok(files)
}

/// Writes a file whole or not at all: a reader meanwhile sees the old one, and of two who write it
/// at once the later one wins.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    replace(path, |draft| fs::write(draft, content))
}

/// Puts what `make` makes into a file's place, in one move. Nobody else writes to the draft meanwhile, in this
/// process or in another.
pub fn replace(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.new", process::id()));
    let draft = path.with_file_name(name);
    fs::create_dir_all(path.parent().unwrap_or(path))
        .and_then(|()| make(&draft))
        .and_then(|()| fs::rename(&draft, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Removes a folder with all that is in it, if it is there.
pub fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Locks a file as long as what is returned lives, and whatever program shares it. `on_wait` is called if
/// another process has it for more than a moment: what another thread starts has it for one.
/// Nothing is returned on a file system without locks: two runs at once are rare, one that refuses
/// to run is not.
pub fn lock(path: &Path, on_wait: impl FnOnce() -> io::Result<()>) -> Result<Option<File>> {
    let failed = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    // Readable, for those who share it have it as their empty standard input.
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .with_context(failed)?;
    let moment = Instant::now() + Duration::from_millis(500);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() < moment => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                on_wait()?;
                file.lock()
                    .with_context(|| format!("cannot lock {}", path.display()))?;
                return Ok(Some(file));
            }
            Err(TryLockError::Error(_)) => return Ok(None),
        }
    }
}

/// 64-bit FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>): notices a change, also between
/// versions of Rust, and is not meant to withstand an attacker.
pub fn fingerprint(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for part in parts {
        part.as_ref().iter().copied().for_each(&mut add);
        add(0xff); // Never in UTF-8: "a", "bc" is not "ab", "c".
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_who_write_a_file_at_once_none_takes_the_others_draft() {
        let folder = env::temp_dir().join(format!("xtask-{}-draft", process::id()));
        let file = folder.join("file.txt");
        replace(&file, |first| {
            let other = replace(&file, |second| {
                assert_ne!(first, second);
                assert_eq!(first.parent(), second.parent());
                fs::write(second, "second")
            });
            other.map_err(io::Error::other)?;
            fs::write(first, "first")
        })
        .unwrap();
        assert_eq!(read(&file).unwrap(), "first");
        remove(&folder).unwrap();
    }

    #[test]
    fn the_fingerprint_is_that_of_the_reference() {
        // The reference value of "foobar", continued with the separator.
        let reference: u64 = 0x8594_4171_f739_67e8;
        let expected = (reference ^ 0xff).wrapping_mul(0x0100_0000_01b3);
        assert_eq!(fingerprint(["foobar"]), format!("{expected:016x}"));
        assert_ne!(fingerprint(["a", "bc"]), fingerprint(["ab", "c"]));
    }
}
