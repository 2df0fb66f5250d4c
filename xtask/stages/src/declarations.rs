//! What a header is made from: the declarations of a crate that cbindgen can see.
//!
//! What cannot reach the header is left out, so that an edit there does not run cbindgen:
//! the bodies of functions, functions that C cannot call, imports, traits, macros, tests, comments.
//! What is in doubt is kept: a header may be generated once too often, but is never stale.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::workspace;

/// The declarations of the crate whose root is this file, module by module.
pub fn of_crate(root: &Path) -> Result<Vec<String>> {
    let mut declarations = Vec::new();
    let folder = root.parent().unwrap_or(root);
    of_file(root, folder, &mut declarations)?;
    Ok(declarations)
}

/// `folder` is where the files of the module's own modules are.
fn of_file(file: &Path, folder: &Path, declarations: &mut Vec<String>) -> Result<()> {
    let tokens = TokenStream::from_str(&workspace::read(file)?)
        .map_err(|error| anyhow!("{} is not Rust: {error}", file.display()))?;
    of_items(
        tokens,
        [folder, file.parent().unwrap_or(folder)],
        declarations,
    )
}

/// `folders` are where files of modules are: by their names, and by their attribute `path`. Inside of a
/// module without a file both are the same.
fn of_items(
    tokens: TokenStream,
    folders: [&Path; 2],
    declarations: &mut Vec<String>,
) -> Result<()> {
    for item in Item::split(tokens) {
        if item.attribute("cfg").is_some_and(|cfg| cfg == "(test)") {
            continue;
        }
        match item.kind() {
            Kind::Invisible => {}
            Kind::Function | Kind::Static => {
                if item.is_for_c() {
                    declarations.push(item.text(item.before_body()));
                }
            }
            Kind::Module(name) => {
                let mut inner = Vec::new();
                if let Some(body) = item.body() {
                    let folder = folders[0].join(name);
                    of_items(body.stream(), [&folder; 2], &mut inner)?;
                } else if let Some((file, folder)) = item.file_of_module(&name, folders) {
                    of_file(&file, &folder, &mut inner)?;
                } else {
                    inner.push(item.text(&item.tokens));
                }
                // Its condition counts if anything depends on it.
                if !inner.is_empty() {
                    declarations.extend(item.attribute("cfg"));
                    declarations.append(&mut inner);
                }
            }
            Kind::Impl => {
                let mut inner = Vec::new();
                if let Some(body) = item.body() {
                    of_items(body.stream(), folders, &mut inner)?;
                }
                if !inner.is_empty() {
                    declarations.push(item.text(item.before_body()));
                    declarations.append(&mut inner);
                }
            }
            Kind::Other => declarations.push(item.text(&item.tokens)),
        }
    }
    Ok(())
}

/// An item of a module: its attributes, then its tokens. There are no comments among the tokens;
/// documentation, which the header shows, is an attribute.
#[derive(Default)]
struct Item {
    attributes: Vec<Group>,
    tokens: Vec<TokenTree>,
}

enum Kind {
    /// cbindgen does not look at it.
    Invisible,
    Function,
    Static,
    Module(String),
    Impl,
    /// A type, a constant, a foreign block, a call of a macro.
    Other,
}

impl Item {
    fn split(tokens: TokenStream) -> Vec<Item> {
        let mut items = Vec::new();
        let mut item = Item::default();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let is =
                |token: &TokenTree, c| matches!(token, TokenTree::Punct(p) if p.as_char() == c);
            if is(&token, '#') && item.tokens.is_empty() {
                let is_inner = tokens.next_if(|token| is(token, '!')).is_some();
                if let Some(TokenTree::Group(group)) = tokens.next()
                    && !is_inner
                {
                    item.attributes.push(group);
                }
                continue;
            }
            let ends = match &token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    !item.ends_with_semicolon()
                }
                token => is(token, ';'),
            };
            item.tokens.push(token);
            if ends {
                items.push(std::mem::take(&mut item));
            }
        }
        items.push(item);
        items.retain(|item| !item.tokens.is_empty());
        items
    }

    /// Its identifiers outside of all brackets.
    fn names(&self) -> impl Iterator<Item = String> {
        self.tokens.iter().filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        })
    }

    /// Its keyword, such as `fn`.
    fn keyword(&self) -> String {
        const KEYWORDS: [&str; 11] = [
            "fn",
            "static",
            "mod",
            "impl",
            "use",
            "trait",
            "macro_rules",
            "struct",
            "enum",
            "union",
            "type",
        ];
        let mut names = self.names().filter(|name| name != "pub").peekable();
        while let Some(name) = names.next() {
            // `const fn` is a function, `const NAME` is not, even if its type is one.
            let qualifies = ["fn", "unsafe", "extern", "async"];
            let is_constant = name == "const"
                && !names
                    .peek()
                    .is_some_and(|next| qualifies.contains(&&**next));
            if is_constant || KEYWORDS.contains(&name.as_str()) {
                return name;
            }
        }
        String::new()
    }

    /// Whether a brace within it, as in `use a::{b, c};`, is not its end.
    fn ends_with_semicolon(&self) -> bool {
        ["use", "const", "static", "type"].contains(&self.keyword().as_str())
    }

    fn kind(&self) -> Kind {
        match self.keyword().as_str() {
            "use" | "trait" | "macro_rules" => Kind::Invisible,
            "fn" => Kind::Function,
            "static" => Kind::Static,
            "impl" => Kind::Impl,
            "mod" => match self.names().skip_while(|name| name != "mod").nth(1) {
                Some(name) => Kind::Module(name),
                None => Kind::Other,
            },
            _ => Kind::Other,
        }
    }

    /// Whether it is public without a restriction, and keeps its name for the linker.
    fn is_for_c(&self) -> bool {
        let is_public = matches!(&self.tokens[0], TokenTree::Ident(first) if first == "pub")
            && !matches!(self.tokens.get(1), Some(TokenTree::Group(_)));
        let is_named = self.attributes.iter().any(|attribute| {
            let text = attribute.to_string();
            text.contains("no_mangle") || text.contains("export_name")
        });
        is_public && is_named
    }

    fn body(&self) -> Option<&Group> {
        match self.tokens.last() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        }
    }

    fn before_body(&self) -> &[TokenTree] {
        &self.tokens[..self.tokens.len() - usize::from(self.body().is_some())]
    }

    fn text(&self, tokens: &[TokenTree]) -> String {
        let mut text = String::new();
        for attribute in &self.attributes {
            put(attribute.stream(), &mut text);
        }
        put(tokens.iter().cloned().collect(), &mut text);
        text
    }

    /// What stands behind the name of an attribute, blanks left out: `(test)` of `#[cfg(test)]`.
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find_map(|attribute| {
            let mut tokens = attribute.stream().into_iter();
            let found = tokens.next()?.to_string() == name;
            found.then(|| {
                let rest = tokens.collect::<TokenStream>().to_string();
                rest.split_whitespace().collect()
            })
        })
    }

    /// Where rustc finds a module that is only named here, and where its own modules are.
    fn file_of_module(
        &self,
        name: &str,
        [folder, beside]: [&Path; 2],
    ) -> Option<(PathBuf, PathBuf)> {
        let chosen = self.attributes.iter().find_map(|attribute| {
            let tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
            let [
                TokenTree::Ident(name),
                TokenTree::Punct(_),
                TokenTree::Literal(path),
            ] = &tokens[..]
            else {
                return None;
            };
            let file = beside.join(path.to_string().trim_matches('"'));
            let folder = file.parent().unwrap_or(beside).to_owned();
            (name == "path").then_some((file, folder))
        });
        let inside = folder.join(name);
        let usual = [
            (folder.join(format!("{name}.rs")), inside.clone()),
            (inside.join("mod.rs"), inside),
        ];
        chosen
            .into_iter()
            .chain(usual)
            .find(|(file, _)| file.is_file())
    }
}

/// Appends the tokens to `text` in a form that is the same before and after `cargo fmt`, which adds
/// and removes blanks and the comma behind the last of several. (Only a tuple of one means something
/// else with it, and C has no tuples.)
fn put(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("( ", ") "),
                    Delimiter::Brace => ("{ ", "} "),
                    Delimiter::Bracket => ("[ ", "] "),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                put(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(comma) if comma.as_char() == ',' && tokens.peek().is_none() => {}
            other => text.extend([&other.to_string(), " "]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn declarations_of(source: &str) -> Vec<String> {
        let mut declarations = Vec::new();
        let tokens = TokenStream::from_str(source).unwrap();
        of_items(tokens, [Path::new(""); 2], &mut declarations).unwrap();
        declarations
    }

    const SOURCE: &str = "//! Module.\nuse a::{b, c};\n/// Doc.\n#[unsafe(no_mangle)]\n\
        pub extern \"C\" fn f(x: f64) -> f64 { x }\npub const A: u32 = 1;\n\
        #[repr(C)]\npub struct S { a: f32, g: fn(i32) }\n";

    #[test]
    fn what_c_cannot_see_is_no_change() {
        let original = declarations_of(SOURCE);
        assert_eq!(original.len(), 3, "{original:?}");
        for (what, edited) in [
            (
                "a body",
                SOURCE.replace("{ x }", "{ /* { */ let y = '}'; \"}\"; x + y }"),
            ),
            (
                "a helper",
                SOURCE.to_owned() + "/// Helps.\nconst fn help(a: &str) -> u8 { 1 }",
            ),
            (
                "a visible helper",
                SOURCE.to_owned() + "pub fn help(a: &str) {}",
            ),
            (
                "a helper of the crate",
                SOURCE.to_owned() + "pub(crate) extern \"C\" fn h() {}",
            ),
            ("an import", SOURCE.replace("{b, c}", "{b, c, d as e}")),
            (
                "a comment",
                SOURCE.replace("//! Module.", "//! A module.\n// More."),
            ),
            (
                "a test",
                SOURCE.to_owned() + "#[cfg(test)]\nmod tests { struct T; }",
            ),
            (
                "a method",
                SOURCE.to_owned() + "impl Drop for S { fn drop(&mut self) {} }",
            ),
            (
                "a trait",
                SOURCE.to_owned() + "trait T { const X: u32; fn f() {} }",
            ),
            (
                "a macro",
                SOURCE.to_owned() + "macro_rules! m { () => { struct M; } }",
            ),
            ("a module", SOURCE.to_owned() + "mod m { fn f() {} }"),
            (
                "what `cargo fmt` does",
                SOURCE
                    .replace("f(x: f64)", "f(\n    x:f64,\n)")
                    .replace("g: fn(i32) }", "g: fn(i32), }"),
            ),
        ] {
            assert_eq!(original, declarations_of(&edited), "{what}");
        }
    }

    #[test]
    fn everything_else_is_a_change() {
        let original = declarations_of(SOURCE);
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
            ("#[unsafe(no_mangle)]", "#[cfg(unix)]\n#[unsafe(no_mangle)]"),
        ] {
            let edited = SOURCE.replace(from, to);
            assert_ne!(original, declarations_of(&edited), "{from} -> {to}");
        }
        for added in [
            "impl S { pub const X: u32 = 1; }",
            "mod m { pub struct S; }",
            "#[no_mangle]\npub static X: u32 = 1;",
            "unsafe extern \"C\" { fn g(); }",
            "bitflags! { struct B: u32 { const A = 1; } }",
        ] {
            let edited = SOURCE.to_owned() + added;
            assert_ne!(original, declarations_of(&edited), "{added}");
        }
    }

    #[test]
    fn modules_in_files_of_their_own_are_followed() {
        let folder = std::env::temp_dir().join(format!("xtask-{}-modules", std::process::id()));
        fs::create_dir_all(folder.join("a")).unwrap();
        let write = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
        write("lib.rs", "mod a;\n#[path = \"the other.rs\"]\nmod c;");
        // Of `path`, rustc looks beside the file, and inside of a module in the module's folder.
        let inside = "mod e { #[path = \"f.rs\"] mod g; }";
        write(
            "a.rs",
            &format!("mod b;\n#[path = \"d.rs\"]\nmod d;\n{inside}"),
        );
        write("a/b.rs", "const B: u8 = 1;");
        write("d.rs", "const D: u8 = 1;");
        write("a/d.rs", "no Rust");
        fs::create_dir(folder.join("a/e")).unwrap();
        write("a/e/f.rs", "const F: u8 = 1;");
        write("the other.rs", "const C: u8 = 1;");
        write("unused.rs", "const U: u8 = 1;");
        let declarations = of_crate(&folder.join("lib.rs")).unwrap();
        let compiled = std::process::Command::new("rustc")
            .args([
                "--crate-type",
                "lib",
                "--emit",
                "metadata",
                "-D",
                "warnings",
                "-A",
                "unused",
            ])
            .arg(folder.join("lib.rs"))
            .arg("--out-dir")
            .arg(&folder)
            .output()
            .unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(compiled.status.success(), "{compiled:?}");
        let expected = ["B", "D", "F", "C"].map(|name| format!("const {name} : u8 = 1 ; "));
        assert_eq!(declarations, expected);
    }
}
