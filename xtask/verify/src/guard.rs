//! Whether the whole body of every function with a status is guarded, by the source.
//!
//! A build that panics on demand shows that a guard is there, and not that nothing stands beside it.

use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};
use syn::{Block, Expr, ExprCall, Item, ItemFn, Stmt};

use crate::check::Finding;
use crate::generated::interface::Interface;

/// What the guard is called.
const GUARD: &str = "guard";

/// Every function with a status whose body is more or less than one `guard(|call| ...)`.
pub fn bodies_are_guarded(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    let functions = interface.functions.iter().filter(|it| it.has_status);
    let mut functions: Vec<&str> = functions.map(|it| it.name.as_str()).collect();
    let mut findings = Vec::new();
    let folder = format!("{}/src", workspace.library().cdylib);
    for path in workspace::files(&workspace.source(&folder))? {
        if path.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let text = workspace::read(&path)?;
        let place = workspace.relative(&path);
        let file = syn::parse_file(&text);
        let file = file.with_context(|| format!("{} is not Rust", path.display()))?;
        for function in callable(file.items) {
            let name = function.sig.ident.to_string();
            let Some(at) = functions.iter().position(|known| *known == name) else {
                continue;
            };
            functions.swap_remove(at);
            if let Some(wrong) = wrong(&function.block) {
                let head = format!("fn {name}(");
                let line = text.lines().position(|line| line.contains(&head));
                let finding = Finding::new(format!("`{name}`: {wrong}"));
                findings.push(finding.at(&place, line.unwrap_or_default() + 1));
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

/// The functions that C can call, those in modules as well.
fn callable(items: Vec<Item>) -> Vec<ItemFn> {
    let functions = items.into_iter().flat_map(|item| match item {
        Item::Fn(function) if function.sig.abi.is_some() => vec![function],
        Item::Mod(module) => callable(module.content.map_or(Vec::new(), |(_, items)| items)),
        _ => Vec::new(),
    });
    functions.collect()
}

/// What is wrong with a body, if something is.
fn wrong(body: &Block) -> Option<String> {
    let is_guard = |call: &ExprCall| match &*call.func {
        Expr::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|it| it.ident == GUARD),
        _ => false,
    };
    match &body.stmts[..] {
        [Stmt::Expr(Expr::Call(call), None)] if is_guard(call) => {
            let is_closure = |of: &Expr| matches!(of, Expr::Closure(_));
            let is_one = call.args.len() == 1 && call.args.iter().all(is_closure);
            (!is_one).then(|| {
                format!("`{GUARD}` takes more than a closure: what is beside it is not guarded")
            })
        }
        _ => Some(format!(
            "its body is more than one `{GUARD}(|call| ...)`: a panic outside it would leave the \
             library"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(body: &str) -> Option<String> {
        let source = format!(
            "mod m {{ #[unsafe(no_mangle)] pub unsafe extern \"C\" fn f(x: *mut f64, y: [u8; 2]) -> \
             Status {{ {body} }} }} fn g() {{ extern \"C\" fn h() -> i32 {{ 1 }} }}"
        );
        let [function] = &callable(syn::parse_file(&source).unwrap().items)[..] else {
            panic!("`g` is none that C can call");
        };
        assert_eq!(function.sig.ident, "f");
        wrong(&function.block)
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
