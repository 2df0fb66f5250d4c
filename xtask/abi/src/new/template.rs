//! What a new workspace consists of: the files of `template`, in which the library is called `acme`.

use heck::ToUpperCamelCase;
use include_dir::{Dir, File, include_dir};

/// The files; `.in` is no part of a name, but keeps cargo from taking a manifest for its own.
pub static TEMPLATE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/template");

/// All of them, with their paths.
pub fn files(folder: &'static Dir<'_>) -> Vec<(&'static str, &'static str)> {
    let text = |file: &'static File<'_>| Some((file.path().to_str()?, file.contents_utf8()?));
    let own = folder.files().filter_map(text);
    own.chain(folder.dirs().flat_map(files)).collect()
}

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
    text.replace(NAME, name)
        .replace(&NAME.to_uppercase(), &name.to_uppercase())
        .replace(&NAME.to_upper_camel_case(), &name.to_upper_camel_case())
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
        let files = files(&TEMPLATE).into_iter();
        let mut listed: Vec<&Path> = files.map(|(path, _)| Path::new(path)).collect();
        listed.sort();
        assert_eq!(workspace::sources(folder()).unwrap(), listed);
    }

    #[test]
    fn a_line_of_python_is_not_too_long_with_a_longer_name() {
        for (path, text) in files(&TEMPLATE) {
            if !path.ends_with(".py") {
                continue;
            }
            for line in renamed(text, "a_name_of_twenty_abc").lines() {
                assert!(line.chars().count() <= 100, "{path}: {line}");
            }
        }
    }
}
