//! `cargo xtask header`: hello.h, made by cbindgen from the Rust source.
//!
//! The generator takes longer to compile than all else, so stage 1 does not wait for it unless it
//! has to. The header's first lines carry two hashes: of the declarations that it was made from,
//! and of its own text. Both match: it is current. Neither git nor time stamps are asked, so a
//! copy, a commit without regenerating and a tarball behave alike.

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::cli::{Arguments, Command, Flag, usage_error};
use crate::process::Line;
use crate::term::{self, say};
use crate::tool;
use crate::workspace::{self, Workspace};

pub static COMMAND: Command = Command {
    name: "header",
    words: "",
    about: "writes hello.h from the Rust source, with cbindgen",
    details: "Without a flag it always generates the header, and what was in the file is replaced. \
              The first time it compiles cbindgen.\n\n\
              --if-changed is what stage 1 runs: it generates when the declarations in the Rust \
              source are others than those the header was made from, and stops when the header was \
              edited by hand. A change inside a function's body needs no new header.",
    flags: &[
        Flag::switch("check", "compares in memory, shows a diff, writes nothing"),
        Flag::switch("if-changed", "generates only if the declarations changed"),
    ],
    example: "cargo xtask header --check",
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    match (arguments.has("check"), arguments.has("if-changed")) {
        (true, true) => Err(usage_error(
            "--check and --if-changed exclude each other\nnext: `cargo xtask header --help`",
        )),
        (true, false) => match check(workspace)? {
            None => {
                say!("{} is what the Rust source says", shown(workspace))?;
                Ok(ExitCode::SUCCESS)
            }
            Some(difference) => {
                say!("{difference}")?;
                bail!(
                    "{} is not what the Rust source says\nnext: `cargo xtask header` writes it anew",
                    shown(workspace)
                )
            }
        },
        (false, true) => write_if_changed(workspace),
        (false, false) => write(workspace),
    }
}

/// The names of the functions that cbindgen finds in the Rust source.
pub fn symbols(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let names = run_generator(workspace, &["--symbols"])?;
    Ok(names.lines().map(str::to_owned).collect())
}

/// What the generator prints about hello-cdylib.
fn run_generator(workspace: &Workspace, flags: &[&str]) -> Result<String> {
    let generator = tool::build(workspace, "hello-header", "cbindgen")?;
    let folder = workspace.relative(&workspace.source("hello-cdylib"));
    Ok(Line::new(generator)
        .arg(folder)
        .args(flags)
        .check(workspace)?
        .stdout())
}

/// The difference between the header and what the Rust source says, if there is one.
pub fn check(workspace: &Workspace) -> Result<Option<String>> {
    let wanted = generate(workspace)?;
    let name = shown(workspace);
    if !workspace.header().exists() {
        return Ok(Some(format!("{name} is missing")));
    }
    let seen = workspace::read(&workspace.header())?;
    if seen != wanted && seen.replace("\r\n", "\n") == wanted {
        return Ok(Some(format!(
            "{name} has the line endings of Windows, and nothing else differs"
        )));
    }
    Ok((seen != wanted)
        .then(|| term::diff((&format!("{name} (from Rust)"), &wanted), (&name, &seen))))
}

fn write(workspace: &Workspace) -> Result<ExitCode> {
    let text = generate(workspace)?;
    let path = workspace.header();
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        say!("{} is current", shown(workspace))?;
    } else {
        workspace::write(&path, text.as_bytes())?;
        say!("{} written", shown(workspace))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write_if_changed(workspace: &Workspace) -> Result<ExitCode> {
    let name = shown(workspace);
    let declarations = declarations(workspace)?;
    match State::of(&workspace.header(), &declarations)? {
        State::Current => {
            say!("{name} is current: no declaration changed since it was made")?;
            Ok(ExitCode::SUCCESS)
        }
        State::Edited => bail!(
            "{name} was edited by hand: its text is not the one that was generated\n\
             It is made from the Rust source, and the next change there would overwrite the edit.\n\
             next: `cargo xtask header --check` shows the edit; make the change in \
             hello-cdylib/src,\n      then `cargo xtask header` writes the header anew, without the \
             edit"
        ),
        State::Missing | State::Changed if env::var_os(KEEP).is_some() => bail!(
            "{name} is not there, or was made from other declarations than those of today\n\
             next: `cargo xtask header` makes it"
        ),
        State::Missing => {
            say!("{name} is not there: it is made")?;
            write(workspace)
        }
        State::Changed => {
            say!("the declarations in hello-cdylib changed: {name} is made anew")?;
            write(workspace)
        }
    }
}

fn shown(workspace: &Workspace) -> String {
    workspace
        .relative(&workspace.header())
        .to_string_lossy()
        .into_owned()
}

enum State {
    /// Made from these declarations, and as it was made.
    Current,
    /// Made from other declarations.
    Changed,
    /// Not as it was made, or not made by us.
    Edited,
    Missing,
}

impl State {
    fn of(header: &Path, declarations: &str) -> Result<State> {
        if !header.exists() {
            return Ok(State::Missing);
        }
        Ok(State::of_text(&workspace::read(header)?, declarations))
    }

    fn of_text(text: &str, declarations: &str) -> State {
        let Some(marks) = Marks::find(text) else {
            return State::Edited;
        };
        if marks.text != text_hash(text) {
            State::Edited
        } else if marks.declarations != declarations {
            State::Changed
        } else {
            State::Current
        }
    }
}

/// The line with the two hashes.
struct Marks {
    declarations: String,
    text: String,
}

/// Set by whoever only looks: then nothing in the sources is written.
pub const KEEP: &str = "XTASK_KEEP_HEADER";

const MARKS: &str = " * Made from declarations ";

impl Marks {
    fn find(text: &str) -> Option<Marks> {
        let line = text.lines().find_map(|line| line.strip_prefix(MARKS))?;
        let (declarations, text) = line.split_once(", text ")?;
        Some(Marks {
            declarations: declarations.into(),
            text: text.strip_suffix('.')?.into(),
        })
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARKS}{}, text {}.", self.declarations, self.text)
    }
}

/// The hash of a header's text, the line with the hashes left out.
fn text_hash(text: &str) -> String {
    workspace::fingerprint(text.lines().filter(|line| !line.starts_with(MARKS)))
}

/// The whole header, in memory.
fn generate(workspace: &Workspace) -> Result<String> {
    let finished = run_generator(workspace, &[])?;
    compose(
        &finished,
        declarations(workspace)?,
        &generator_version(workspace)?,
    )
}

fn compose(body: &str, declarations: String, version: &str) -> Result<String> {
    if !body.contains("#ifndef") {
        bail!("cbindgen printed no header:\n{body}");
    }
    let with = |text: String| {
        let marks = Marks {
            declarations: declarations.clone(),
            text,
        };
        format!(
            "/*\n \
             * hello.h - the C interface of libhello, made by cbindgen {version} from the Rust source in\n \
             * hello-cdylib/src. Do not edit it: change the source, then run\n \
             *\n \
             *     cargo xtask header\n \
             *\n\
             {marks}\n \
             */\n\n{}\n",
            body.trim()
        )
    };
    let text = with(String::new());
    Ok(with(text_hash(&text)))
}

/// Makes the header in the sources look as if it had been generated as it is: the hashes agree with
/// its text and with the declarations. A lie like this is what the checks have to find.
pub fn forge(workspace: &Workspace) -> Result<()> {
    let text = workspace::read(&workspace.header())?;
    let marks = Marks {
        declarations: declarations(workspace)?,
        text: text_hash(&text),
    }
    .to_string();
    let lines = text.lines().map(|line| {
        if line.starts_with(MARKS) {
            &marks
        } else {
            line
        }
    });
    let forged = lines.fold(String::new(), |text, line| text + line + "\n");
    workspace::write(&workspace.header(), forged.as_bytes())
}

/// cbindgen's version, as the generator pins it.
fn generator_version(workspace: &Workspace) -> Result<String> {
    let manifest = workspace::read(&workspace.source("hello-cdylib/header/Cargo.toml"))?;
    let version = manifest
        .split_once("version = \"=")
        .and_then(|(_, rest)| rest.split_once('"'));
    Ok(version
        .context("hello-cdylib/header/Cargo.toml does not pin cbindgen exactly")?
        .0
        .into())
}

/// The hash of everything that the header is made from: the sources of the C ABI without the bodies
/// of functions, cbindgen's configuration, the generator.
fn declarations(workspace: &Workspace) -> Result<String> {
    let mut parts = Vec::new();
    let mut sources = workspace::files(&workspace.source("hello-cdylib/src"))?;
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    for path in sources
        .into_iter()
        .chain([workspace.source("hello-cdylib/header/src/main.rs")])
    {
        let tokens = TokenStream::from_str(&workspace::read(&path)?)
            .map_err(|error| anyhow!("{} is not Rust: {error}", path.display()))?;
        parts.push(
            workspace
                .relative(&path)
                .to_string_lossy()
                .replace('\\', "/"),
        );
        parts.push(without_bodies(tokens).to_string());
    }
    for path in [
        "hello-cdylib/cbindgen.toml",
        "hello-cdylib/header/Cargo.toml",
    ] {
        parts.push(workspace::read(&workspace.source(path))?);
    }
    Ok(workspace::fingerprint(parts))
}

/// The tokens with every `fn name(...) {...}` emptied. Comments are gone by now; documentation,
/// which the header shows, is there as attributes.
fn without_bodies(tokens: TokenStream) -> TokenStream {
    let mut in_function = false;
    let mut after_fn = false;
    tokens
        .into_iter()
        .map(|tree| {
            let is_name = matches!(tree, TokenTree::Ident(_));
            // `fn` and a name: a function. `fn` and a parenthesis: only a type.
            in_function |= after_fn && is_name;
            after_fn = matches!(&tree, TokenTree::Ident(ident) if ident == "fn");
            match tree {
                TokenTree::Group(group) => {
                    let is_body = group.delimiter() == Delimiter::Brace;
                    let inner = if is_body && in_function {
                        TokenStream::new()
                    } else {
                        without_bodies(group.stream())
                    };
                    in_function &= !is_body;
                    TokenTree::Group(Group::new(group.delimiter(), inner))
                }
                TokenTree::Punct(punct) => {
                    in_function &= punct.as_char() != ';';
                    TokenTree::Punct(punct)
                }
                other => other,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declarations_of(source: &str) -> String {
        without_bodies(TokenStream::from_str(source).unwrap()).to_string()
    }

    #[test]
    fn a_change_inside_a_body_is_no_change() {
        let one = declarations_of("/// Doc.\npub extern \"C\" fn f(x: f64) -> f64 { x }");
        let other = declarations_of(
            "/// Doc.\npub extern \"C\" fn f(x: f64) -> f64 { /* { */ let y = '}'; \"}\"; x + y }",
        );
        assert_eq!(one, other);
    }

    #[test]
    fn everything_else_is_a_change() {
        let one = "/// Doc.\npub extern \"C\" fn f(x: f64) -> f64 { x }\nconst A: u32 = 1;";
        for (from, to) in [
            ("Doc.", "Other doc."),
            ("x: f64", "y: f64"),
            ("-> f64", "-> f32"),
            ("u32 = 1", "u32 = 2"),
            ("fn f", "fn g"),
            ("const", "pub const"),
        ] {
            let other = one.replace(from, to);
            assert_ne!(
                declarations_of(one),
                declarations_of(&other),
                "{from} -> {to}"
            );
        }
        let fields = |ty: &str| declarations_of(&format!("mod m {{ struct S {{ a: {ty} }} }}"));
        assert_ne!(fields("f32"), fields("f64"));
        let callback = |ty: &str| declarations_of(&format!("struct S {{ f: fn(i32), a: {ty} }}"));
        assert_ne!(callback("f32"), callback("f64"));
    }

    #[test]
    fn an_edit_by_hand_is_noticed_before_anything_else() {
        let text = compose("#ifndef A\nvoid f(void);\n#endif", "d1".into(), "1.2.3").unwrap();
        assert!(matches!(State::of_text(&text, "d1"), State::Current));
        assert!(matches!(State::of_text(&text, "d2"), State::Changed));
        let edited = text.replace("void f(void)", "int f(void)");
        assert!(matches!(State::of_text(&edited, "d1"), State::Edited));
        assert!(matches!(State::of_text(&edited, "d2"), State::Edited));
        assert!(matches!(
            State::of_text("void f(void);", "d1"),
            State::Edited
        ));
    }
}
