//! Whether texts that the header calls static are.

use abi_stages::library::Library;
use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Result, bail};
use cargo_abi::hostile::is_text;
use cargo_abi::model::Type;

use super::interface::{Function, Interface};
use super::{Source, program, source};
use crate::check::Finding;

const SOURCES: &[Source] = &[source!("statics.h"), source!("statics.c")];

/// The numbers with which a function is asked that takes one.
const NUMBERS: std::ops::Range<i32> = -1..20;

/// Every text that moves or changes although the header calls it static.
pub fn static_texts_stay(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    let functions: Vec<&Function> = interface
        .functions
        .iter()
        .filter(|f| is_static(f))
        .collect();
    if functions.is_empty() {
        return Ok(Vec::new());
    }
    let source = source_of(workspace.library(), &functions);
    let line = Cmd::new(program(
        workspace,
        "statics",
        SOURCES,
        &source,
        &["-pthread"],
    )?);
    let finished = line.output(workspace)?;
    let output = finished.stdout();
    let findings: Vec<Finding> = output
        .lines()
        .filter(|line| *line != "end")
        .map(|line| {
            Finding::new(format!(
                "{line}; {} calls it static",
                workspace.library().header()
            ))
        })
        .collect();
    if findings.is_empty() && (!finished.status.success() || output.lines().last() != Some("end")) {
        bail!("{}", finished.complaint(&line));
    }
    Ok(findings)
}

fn is_static(function: &Function) -> bool {
    let mut words = function.comment.split(|c: char| !c.is_alphabetic());
    is_text(&function.signature.result) && words.any(|word| word == "static")
}

fn source_of(library: &Library, functions: &[&Function]) -> String {
    let (mut answers, mut table) = (String::new(), String::new());
    let calls = functions.iter().flat_map(|function| calls(function));
    for (index, call) in calls.enumerate() {
        answers += &format!("static const char *answer_{index}(void) {{ return {call}; }}\n");
        table += &format!("    {{\"{call}\", answer_{index}}},\n");
    }
    format!(
        "#include \"{}\"\n#include \"statics.h\"\n\n{answers}\nconst Answer ANSWERS[] = {{\n{table}}};\n\
         const size_t ANSWER_COUNT = sizeof ANSWERS / sizeof *ANSWERS;\n",
        library.header()
    )
}

/// The calls of a function with each number, or with NULL where it takes no number.
fn calls(function: &Function) -> Vec<String> {
    let is_number = |of: &Type| matches!(of, Type::Integer { .. } | Type::Size { .. });
    let parameters = &function.signature.parameters;
    let numbers = if parameters.iter().any(|p| is_number(&p.of)) {
        NUMBERS
    } else {
        0..1
    };
    numbers
        .map(|number| {
            let values: Vec<String> = parameters.iter().map(|_| number.to_string()).collect();
            format!("{}({})", function.name, values.join(", "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::interface::tests::interface;
    use super::*;

    #[test]
    fn only_what_is_called_static_is_asked() {
        let interface = interface(
            "/** Its name. It is static: never free it. */\nconst char *name(int32_t status);\n\
             /** Valid until the next call. */\nconst char *last(void);\n\
             /** Of statics. */\nconst char *more(void);\n",
            "fn last() -> *const char\nfn more() -> *const char\nfn name(i32) -> *const char\n",
        );
        let found: Vec<&str> = interface
            .functions
            .iter()
            .filter(|function| is_static(function))
            .map(|function| function.name.as_str())
            .collect();
        assert_eq!(found, ["name"]);
        let calls = calls(&interface.functions[2]);
        assert_eq!((calls[0].as_str(), calls.len()), ("name(-1)", 21));
    }
}
