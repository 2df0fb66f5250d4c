//! What a new workspace consists of: the files of `template`, in which the library is called `acme`.

use super::name;

/// A file of the template, by its path there.
macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../../template/", $path)))
    };
}

/// The files; `.in` is no part of a name, but keeps cargo from taking a manifest for its own.
pub const FILES: &[(&str, &str)] = &[
    file!(".cargo/config.toml"),
    file!(".ci/run"),
    file!(".gitattributes"),
    file!(".github/workflows/ci.yml"),
    file!(".gitignore"),
    file!("Cargo.toml.in"),
    file!("LICENSE-APACHE"),
    file!("LICENSE-MIT"),
    file!("README.md"),
    file!("acme-cdylib/Cargo.toml.in"),
    file!("acme-cdylib/abi/1-64.txt"),
    file!("acme-cdylib/build.rs"),
    file!("acme-cdylib/cases/acme.txt"),
    file!("acme-cdylib/cbindgen.toml"),
    file!("acme-cdylib/include/acme.h"),
    file!("acme-cdylib/src/abi_version.rs"),
    file!("acme-cdylib/src/crossing/error.rs"),
    file!("acme-cdylib/src/crossing/example.rs"),
    file!("acme-cdylib/src/crossing/mod.rs"),
    file!("acme-cdylib/src/crossing/status.rs"),
    file!("acme-cdylib/src/crossing/text.rs"),
    file!("acme-cdylib/src/crossing/version.rs"),
    file!("acme-cdylib/src/lib.rs"),
    file!("acme-cdylib/src/main.rs"),
    file!("acme-core/Cargo.toml.in"),
    file!("acme-core/src/lib.rs"),
    file!("acme-core/src/main.rs"),
    file!("c-harness/acme.c"),
    file!("py-harness/README.md"),
    file!("py-harness/acme.py"),
    file!("py-harness/acme_ffi_builder.py"),
    file!("py-harness/pyproject.toml"),
    file!("py-harness/requirements.txt"),
    file!("py-harness/src/pyacme/__init__.py"),
    file!("py-harness/src/pyacme/_errors.py"),
    file!("py-harness/src/pyacme/_example.py"),
    file!("py-harness/src/pyacme/_names.py"),
    file!("py-harness/src/pyacme/py.typed"),
    file!("py-harness/tests/conftest.py"),
    file!("py-harness/tests/test_acme.py"),
    file!("py-harness/tests/test_example.py"),
    file!("py-harness/tests/test_threads.py"),
    file!("xtask/Cargo.toml.in"),
    file!("xtask/src/checks.rs"),
    file!("xtask/src/header.rs"),
    file!("xtask/src/library.rs"),
    file!("xtask/src/main.rs"),
];

/// The part of a file that a workspace gets: with examples, or around a core that exists. Marks are lines with
/// `example: begin` or `core: begin`, and `: end`. Nothing, if the file is only for the other kind.
pub fn part(text: &str, has_core: bool) -> Option<String> {
    let mut part = String::new();
    let (mut is_left_out, mut is_marked) = (false, false);
    for line in text.split_inclusive('\n') {
        let marks = [("example: ", has_core), ("core: ", !has_core)];
        let mark = marks.into_iter().find_map(|(mark, leaves_out)| {
            let (_, rest) = line.split_once(mark)?;
            match rest {
                rest if rest.starts_with("begin") => Some(leaves_out),
                rest if rest.starts_with("end") => Some(false),
                _ => None,
            }
        });
        match mark {
            Some(leaves_out) => (is_left_out, is_marked) = (leaves_out, true),
            None if is_left_out => {}
            None => part.push_str(line),
        }
    }
    (!is_marked || !part.trim().is_empty()).then_some(part)
}

/// What the library of the template is called, in lower case as everywhere in its files.
const NAME: &str = "acme";

/// `text` with the name of the template's library, in each of its spellings, replaced.
pub fn renamed(text: &str, name: &str) -> String {
    let types = name::in_types(name);
    [
        (NAME.to_owned(), name.to_owned()),
        (NAME.to_uppercase(), name.to_uppercase()),
        (name::in_types(NAME), types),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(&from, &to))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use abi_stages::workspace;

    use super::*;

    fn folder() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/template"))
    }

    #[test]
    fn a_workspace_gets_what_is_not_marked_for_the_other_kind() {
        let text = "a\n// example: begin\nb\n// example: end\n# core: begin\nc\n# core: end\n";
        assert_eq!(part(text, false).unwrap(), "a\nb\n");
        assert_eq!(part(text, true).unwrap(), "a\nc\n");
        let text = "/* example: begin */\nb\n/* example: end */\n";
        assert_eq!(
            (part(text, false).as_deref(), part(text, true)),
            (Some("b\n"), None)
        );
        // An empty file is one.
        assert_eq!(part("", true).as_deref(), Some(""));
    }

    #[test]
    fn every_file_of_the_template_is_written() {
        let mut listed: Vec<&Path> = FILES.iter().map(|(path, _)| Path::new(path)).collect();
        listed.sort();
        assert_eq!(workspace::sources(folder()).unwrap(), listed);
    }

    #[test]
    fn a_line_of_python_is_not_too_long_with_a_longer_name() {
        for (path, text) in FILES.iter().filter(|(path, _)| path.ends_with(".py")) {
            for line in renamed(text, "a_name_of_twenty_abc").lines() {
                assert!(line.chars().count() <= 100, "{path}: {line}");
            }
        }
    }
}
