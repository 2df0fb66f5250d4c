//! What a header is made from: the declarations of a crate that cbindgen can see.
//!
//! What cannot reach the header is left out, so that an edit there does not run cbindgen: the bodies of
//! functions, functions that C cannot call, imports, traits, macros, tests, comments. Items are told apart
//! as rustfmt writes them, each at the beginning of a line. What is in doubt is kept: a header may be
//! generated once too often, but is never stale.

use std::path::Path;

use anyhow::Result;

use crate::workspace;

/// The declarations in all sources below a folder, and in those elsewhere that they name by `#[path]`.
pub fn below(folder: &Path) -> Result<Vec<String>> {
    let (mut declarations, mut files) = (Vec::new(), workspace::files(folder)?);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let mut next = 0;
    while let Some(file) = files.get(next) {
        let text = workspace::read(file)?;
        declarations.extend(in_text(&text));
        let named = text
            .lines()
            .filter_map(|line| line.strip_prefix("#[path = \"")?.strip_suffix("\"]"));
        let named = named.filter_map(|path| file.with_file_name(path).canonicalize().ok());
        let new: Vec<_> = named.filter(|file| !files.contains(file)).collect();
        files.extend(new);
        next += 1;
    }
    Ok(declarations)
}

/// The declarations of a file, without what differs only in how it is set: blanks, and the comma behind the
/// last of several.
fn in_text(text: &str) -> Vec<String> {
    let mut items: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().filter(|line| !is_comment(line)) {
        let last = items.len() - 1;
        if begins(line)
            && items[last]
                .iter()
                .any(|line| begins(line) && !leads_in(line))
        {
            items.push(vec![line]);
        } else {
            items[last].push(line);
        }
    }
    let declared = items.iter().filter_map(|item| declaration(item));
    let plain = declared.map(|lines| lines.concat().replace([' ', '\t'], ""));
    plain
        .map(|text| text.replace(",)", ")").replace(",}", "}"))
        .collect()
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    // Documentation is shown in the header, but not that of a whole file.
    line.starts_with("//") && !line.starts_with("///")
}

/// Whether a line begins an item, or an attribute of one.
fn begins(line: &str) -> bool {
    let goes_on = line.starts_with([' ', '\t', '}', ')', ']', '{']) || line.starts_with("where");
    !goes_on && !line.is_empty()
}

/// Whether a line stands before an item and belongs to it.
fn leads_in(line: &str) -> bool {
    line.starts_with("///") || line.starts_with('#') && !line.ends_with(['{', '}', ';'])
}

/// What is to be seen of an item, which cbindgen may or may not look at.
fn declaration<'a>(item: &'a [&str]) -> Option<&'a [&'a str]> {
    let code = item.iter().position(|line| begins(line) && !leads_in(line));
    let code = code.unwrap_or_default();
    let (before, first) = (item[..code].concat(), *item.get(code)?);
    let qualifies = |word: &&str| {
        let words = ["const", "unsafe", "async", "extern"];
        words.contains(word) || word.starts_with("pub") || word.starts_with('"')
    };
    let keyword = first.split_whitespace().find(|word| !qualifies(word));
    match keyword.unwrap_or_default() {
        _ if item[..code].contains(&"#[cfg(test)]") => None,
        "use" | "trait" | "macro_rules!" => None,
        // One whose body is here is kept with all that is in it.
        "mod" if first.ends_with(';') && !before.contains("cfg") => None,
        impl_ if impl_.starts_with("impl") && !item.concat().contains("const ") => None,
        "fn" | "static" => {
            let is_named = before.contains("no_mangle") || before.contains("export_name");
            let end = item.iter().position(|line| line.ends_with('{'));
            let is_for_c = is_named && first.starts_with("pub ");
            is_for_c.then(|| &item[..end.map_or(item.len(), |end| end + 1)])
        }
        _ => Some(item),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SOURCE: &str = "\
//! Module.

use a::{b, c};

/// Doc.
#[unsafe(no_mangle)]
#[cfg(any(
    unix,
))]
pub extern \"C\" fn f(x: f64) -> f64 {
    x
}

pub const A: u32 = 1;

#[repr(C)]
pub struct S {
    // Why.
    a: f32,
    g: fn(i32),
}
";

    #[test]
    fn what_c_cannot_see_is_no_change() {
        let original = in_text(SOURCE);
        assert_eq!(original.len(), 3, "{original:?}");
        let add = |text: &str| format!("{SOURCE}\n{text}\n");
        for (what, edited) in [
            (
                "a body",
                SOURCE.replace("    x\n", "    let y = '}';\n    x + y\n"),
            ),
            (
                "a helper",
                add("/// Helps.\nconst fn help(a: &str) -> u8 {\n    1\n}"),
            ),
            (
                "a visible helper",
                add("pub fn help<T>(a: T)\nwhere\n    T: Copy,\n{\n}"),
            ),
            (
                "a helper of the crate",
                add("pub(crate) extern \"C\" fn h() {}"),
            ),
            ("an import", SOURCE.replace("{b, c}", "{b, c, d as e}")),
            (
                "a comment",
                SOURCE.replace("//! Module.", "//! A module.\n// More."),
            ),
            ("a comment within", SOURCE.replace("// Why.", "// Because.")),
            ("a test", add("#[cfg(test)]\nmod tests {\n    struct T;\n}")),
            (
                "a method",
                add("impl Drop for S {\n    fn drop(&mut self) {}\n}"),
            ),
            ("a trait", add("trait T {\n    const X: u32;\n}")),
            (
                "a macro",
                add("macro_rules! m {\n    () => {\n        struct M;\n    };\n}"),
            ),
            ("a module", add("mod m;")),
            ("another one", add("\nfn help() {}\nstatic COUNT: u32 = 1;")),
            (
                "what `cargo fmt` does",
                SOURCE
                    .replace("f(x: f64)", "f(\n    x:f64,\n)")
                    .replace("g: fn(i32),\n}", "g: fn(i32) }"),
            ),
        ] {
            assert_eq!(original, in_text(&edited), "{what}");
        }
    }

    #[test]
    fn everything_else_is_a_change() {
        let original = in_text(SOURCE);
        for (from, to) in [
            ("/// Doc.", "/// Other doc."),
            ("x: f64", "y: f64"),
            ("-> f64", "-> f32"),
            ("u32 = 1", "u32 = 2"),
            ("fn f", "fn g"),
            ("pub const", "const"),
            ("pub extern", "extern"),
            ("#[unsafe(no_mangle)]", ""),
            ("#[repr(C)]", ""),
            ("a: f32", "a: f64"),
            ("fn(i32)", "fn(i64)"),
            ("    unix", "    windows"),
            ("#[unsafe(no_mangle)]", "#[cfg(unix)]\n#[unsafe(no_mangle)]"),
        ] {
            let edited = SOURCE.replace(from, to);
            assert_ne!(original, in_text(&edited), "{from} -> {to}");
        }
        for added in [
            "impl S { pub const X: u32 = 1; }",
            "mod m { pub struct S; }",
            "#[no_mangle]\npub static X: u32 = 1;",
            "unsafe extern \"C\" { fn g(); }",
            "bitflags! { struct B: u32 { const A = 1; } }",
            "/// Not in `#[cfg(test)]`.\n#[repr(C)]\npub struct B(u8);",
            // Not as rustfmt writes it.
            "#[no_mangle] pub extern \"C\" fn g() {}\nfn help() {}",
            "    pub struct B { a: u8 }",
        ] {
            let edited = format!("{SOURCE}\n{added}\n");
            assert_ne!(original, in_text(&edited), "{added}");
        }
    }

    #[test]
    fn every_file_counts() {
        let folder = std::env::temp_dir().join(format!("xtask-{}-sources", std::process::id()));
        fs::create_dir_all(folder.join("src/a")).unwrap();
        let write = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
        write("src/lib.rs", "mod a;\nmod c;\n");
        write("src/a/mod.rs", "#[cfg(unix)]\nmod b;\n");
        write("src/a/b.rs", "const B: u8 = 1;\n");
        write("src/a/notes.txt", "const N: u8 = 1;\n");
        // One of these is there already, and one names another; a file that is gone is for rustc to say.
        let named = ["../c.rs", "../../d.rs", "gone.rs"];
        let named = named.map(|path| format!("#[path = \"{path}\"]\nmod m;\n"));
        write("src/a/e.rs", &named.concat());
        write("src/c.rs", "const C: u8 = 1;\n");
        write("d.rs", "const D: u8 = 1;\n#[path = \"f.inc\"]\nmod f;\n");
        write("f.inc", "const F: u8 = 1;\n");
        let declarations = below(&folder.canonicalize().unwrap().join("src")).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let expected = [
            "constB:u8=1;",
            "#[cfg(unix)]modb;",
            "constC:u8=1;",
            "constD:u8=1;",
            "constF:u8=1;",
        ];
        assert_eq!(declarations, expected);
    }
}
