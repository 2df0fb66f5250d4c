//! Paths of the machine that built a file, in the file.

use std::env;
use std::path::{Path, PathBuf};

/// Where cargo keeps the sources of dependencies.
pub fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// What stands in `content` from where `path`, or one below it, begins: each time.
pub fn below<'a>(content: &'a [u8], path: &'a Path) -> impl Iterator<Item = &'a [u8]> {
    let path = path.as_os_str().as_encoded_bytes();
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let is_path = move |start: usize| {
        // `/root` is not in `core/root.rs`.
        content[start..].starts_with(path)
            && !content[..start].last().is_some_and(in_word)
            && !content.get(start + path.len()).is_some_and(in_word)
    };
    let starts = (0..content.len()).filter(move |&start| is_path(start));
    starts.map(|start| &content[start..])
}

/// Whether what stands there begins with the name of a source file of this machine, as rustc notes it for
/// each place that can panic. `cargo xtask dist` gives these files other names.
pub fn is_source(text: &[u8]) -> bool {
    const END: &[u8] = b".rs";
    let text = &text[..text.len().min(4096)];
    let ends = (END.len()..=text.len()).filter(|&end| text[..end].ends_with(END));
    ends.filter_map(|end| std::str::from_utf8(&text[..end]).ok())
        .any(|path| Path::new(path).is_file())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_as_a_path() {
        let contains = |content: &[u8]| below(content, Path::new("/root")).next().is_some();
        assert!(contains(b"\0/root/x\0"));
        assert!(contains(b"at /root"));
        assert!(!contains(b"core/root/x"));
        assert!(!contains(b"/rooted"));
        assert!(!contains(b""));
    }

    #[test]
    fn the_name_of_a_source_file_is_told_from_other_paths() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join("src/lib.rs").display().to_string();
        // What stands behind it in a library is no part of it, and need not be text.
        for end in [&b""[..], b"\0\xff", b"assertion failed"] {
            assert!(is_source(&[file.as_bytes(), end].concat()), "{end:?}");
        }
        let folder = root.display().to_string();
        assert!(!is_source(folder.as_bytes()));
        assert!(!is_source(format!("{folder}core/src/lib.rs").as_bytes()));
    }
}
