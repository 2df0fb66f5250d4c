//! Whether the whole body of every function with a status is guarded, by the tokens of the source.
//!
//! A build that panics on demand shows that a guard is there, and not that nothing stands beside it.

use std::str::FromStr;

use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::check::Finding;
use crate::generated::interface::Interface;

/// What the guard is called.
const GUARD: &str = "guard";

/// Every function with a status whose body is more or less than one `guard(|call| ...)`.
pub fn bodies_are_guarded(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    let mut functions: Vec<&str> = interface
        .with_status()?
        .into_iter()
        .map(|function| function.name.as_str())
        .collect();
    let mut findings = Vec::new();
    let folder = format!("{}/src", workspace.library().cdylib);
    for path in workspace::files(&workspace.source(&folder))? {
        if path.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let text = workspace::read(&path)?;
        let tokens = TokenStream::from_str(&text)
            .map_err(|error| anyhow!("{} is not Rust: {error}", path.display()))?;
        let place = workspace.relative(&path);
        for (name, body) in bodies(tokens) {
            let Some(at) = functions.iter().position(|known| *known == name) else {
                continue;
            };
            functions.swap_remove(at);
            if let Some(wrong) = wrong(body) {
                let head = format!("fn {name}(");
                let line = text.lines().position(|line| line.contains(&head));
                findings.push(
                    Finding::new(format!("`{name}`: {wrong}"))
                        .at(&place, line.unwrap_or_default() + 1),
                );
            }
        }
    }
    // Such as one that a macro writes.
    findings.extend(
        functions
            .iter()
            .map(|name| Finding::new(format!("`{name}`: there is no such function in {folder}"))),
    );
    Ok(findings)
}

/// The functions that C can call, `extern "C" fn name(...) {...}`, with their bodies.
fn bodies(tokens: TokenStream) -> Vec<(String, TokenStream)> {
    let mut found = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut name: Option<String> = None;
    let mut is_extern = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "extern" => is_extern = true,
            TokenTree::Ident(word) if word == "fn" && is_extern => {
                if let Some(TokenTree::Ident(word)) = tokens.peek() {
                    name = Some(word.to_string());
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => (name, is_extern) = (None, false),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                match name.take() {
                    Some(name) => found.push((name, group.stream())),
                    None => found.extend(bodies(group.stream())), // A module, a test.
                }
                is_extern = false;
            }
            _ => {}
        }
    }
    found
}

/// What is wrong with a body, if something is.
fn wrong(body: TokenStream) -> Option<String> {
    let body: Vec<TokenTree> = body.into_iter().collect();
    // `guard`, or a path that ends with it.
    let path = body
        .iter()
        .take_while(|token| match token {
            TokenTree::Ident(_) => true,
            TokenTree::Punct(punct) => punct.as_char() == ':',
            _ => false,
        })
        .count();
    let is_guard = matches!(
        body[..path].last(), Some(TokenTree::Ident(word)) if word == GUARD
    );
    match (&body[..path], &body[path..]) {
        (_, [TokenTree::Group(arguments)])
            if is_guard && arguments.delimiter() == Delimiter::Parenthesis =>
        {
            (!is_one_closure(arguments.stream())).then(|| {
                format!("`{GUARD}` takes more than a closure: what is beside it is not guarded")
            })
        }
        _ => Some(format!(
            "its body is more than one `{GUARD}(|call| ...)`: a panic outside it would leave the \
             library"
        )),
    }
}

/// `|call| ...` or `move |call| ...`, and nothing that is evaluated before or beside it.
fn is_one_closure(arguments: TokenStream) -> bool {
    let is_bar = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == '|');
    let mut tokens = arguments.into_iter().peekable();
    tokens.next_if(|token| matches!(token, TokenTree::Ident(word) if word == "move"));
    if !tokens.next().is_some_and(|token| is_bar(&token)) {
        return false;
    }
    let mut body = tokens.skip_while(|token| !is_bar(token)).skip(1);
    // A comma at the end of the line begins no further argument.
    let after = body.find(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','));
    after.is_none() || body.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(body: &str) -> Option<String> {
        let source = format!(
            "mod m {{ #[unsafe(no_mangle)] pub unsafe extern \"C\" fn f(x: *mut f64, y: [u8; 2]) -> \
             Status {{ {body} }} }} fn g() {{ extern \"C\" fn h() -> i32 {{ 1 }} }}"
        );
        let mut found = bodies(TokenStream::from_str(&source).unwrap()).into_iter();
        let (name, body) = found.next().unwrap();
        assert_eq!(name, "f");
        wrong(body)
    }

    #[test]
    fn one_guard_is_enough() {
        for body in [
            "guard(|call| { let y = call.place(\"x\", x)?; y.set(1.0); Ok(()) })",
            "guard(move |call| call.place(\"x\", x).map(|place| place.set(1.0)),)",
            "abi_boundary::guard(|_| Ok(()))",
        ] {
            assert_eq!(verdict(body), None, "{body}");
        }
    }

    #[test]
    fn what_stands_beside_it_is_seen() {
        for (body, words) in [
            ("Status::Ok", "more than one"),
            ("let y = x; guard(|_| Ok(()))", "more than one"),
            ("guard(|_| Ok(())); Status::Ok", "more than one"),
            ("unsafe { guard(|_| Ok(())) }", "more than one"),
            ("keep(guard(|_| Ok(())))", "more than one"),
            ("guard({ visit(); |_| Ok(()) })", "more than a closure"),
            ("guard(|_| Ok(()), visit())", "more than a closure"),
            ("guard(visit)", "more than a closure"),
            ("", "more than one"),
        ] {
            let wrong = verdict(body).unwrap_or_default();
            assert!(wrong.contains(words), "{body}: {wrong}");
        }
    }
}
