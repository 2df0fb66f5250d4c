//! A program that makes calls which a check chooses, each in a process of its own, and reports how
//! each ended.

use std::collections::BTreeMap;
use std::ffi::OsString;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result, bail};
use cargo_abi::model::{Signature, Type};

use super::interface::{Function, Interface, is_pointer};
use super::stand_in::{self, ignore, parameters, return_zero};
use super::{Source, program, source};

const SOURCES: &[Source] = &[
    source!("calls.h"),
    source!("calls.c"),
    source!("footprint.h"),
    source!("footprint.c"),
];

/// A call of a function.
pub struct Call<'a> {
    pub function: &'a Function,
    /// What is special about its arguments, in words.
    pub what: String,
    /// One for each parameter.
    pub arguments: Vec<Argument>,
}

impl Call<'_> {
    /// By how many bytes a pointer is misaligned, if one is.
    pub fn offset(&self) -> Option<u64> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Misaligned(offset) => Some(*offset),
            _ => None,
        })
    }
}

/// What is passed for a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// Something that the function can use: a pointer to zeroes, a handle, a callback that returns
    /// zero, the number 1.
    Usable,
    /// All bits zero: NULL for a pointer.
    Zero,
    /// A pointer so many bytes past what is aligned.
    Misaligned(u64),
    /// A text of which no copy fits into memory, and no memory during the call.
    LongText,
}

/// How a call ended.
#[derive(Default)]
pub struct Outcome {
    pub status: Option<i128>,
    /// The message of the last error, empty if there is none.
    pub error: String,
    /// The function failed and wrote something nevertheless.
    pub wrote: bool,
    /// The function failed, and these show something else of a handle than before.
    pub changed: Vec<String>,
    /// What the call left changed in the process, in words.
    pub left: Vec<String>,
    /// How the process ended, if not well.
    pub died: Option<String>,
    /// What was printed to standard error.
    pub stderr: String,
}

/// The compiled program.
pub struct Caller {
    /// Its path from the root.
    pub program: OsString,
    count: usize,
}

impl Caller {
    /// Compiles the calls. `flags` are for the compiler, besides the usual ones.
    pub fn build(
        workspace: &Workspace,
        name: &str,
        interface: &Interface,
        calls: &[&Call<'_>],
        flags: &[&str],
    ) -> Result<Caller> {
        let source = source_of(interface, calls);
        Ok(Caller {
            program: program(workspace, name, SOURCES, &source, flags)?,
            count: calls.len(),
        })
    }

    /// The line that makes the calls.
    pub fn line(&self) -> Cmd {
        Cmd::new(&self.program).env("RUST_BACKTRACE", "0")
    }

    /// Runs it by `line` and returns how each call ended; none for a call that was not made.
    pub fn run(&self, workspace: &Workspace, line: &Cmd) -> Result<Vec<Option<Outcome>>> {
        let finished = line.output(workspace)?;
        let report = finished.stdout();
        if !finished.status.success() || report.lines().last() != Some("end") {
            bail!("{}", finished.complaint(line));
        }
        let mut outcomes = read(&report)?;
        for (index, words) in sections(&finished.stderr()) {
            if let Some(outcome) = outcomes.get_mut(&index) {
                outcome.stderr = words;
            }
        }
        Ok((0..self.count)
            .map(|index| outcomes.remove(&index))
            .collect())
    }
}

/// The lines `INDEX<tab>WHAT<tab>VALUE`.
fn read(report: &str) -> Result<BTreeMap<usize, Outcome>> {
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    for line in report.lines().filter(|line| *line != "end") {
        let mut parts = line.splitn(3, '\t');
        let index = parts.next().and_then(|index| index.parse().ok());
        let (Some(index), Some(what), Some(value)) = (index, parts.next(), parts.next()) else {
            bail!("the program that makes the calls printed `{line}`");
        };
        let outcome = outcomes.entry(index).or_default();
        match what {
            "status" => outcome.status = Some(value.parse().context("a status is a number")?),
            "error" => outcome.error = value.to_owned(),
            "wrote" => outcome.wrote = true,
            "changed" => outcome.changed.push(value.to_owned()),
            "left" => outcome.left.push(value.to_owned()),
            "died" => outcome.died = Some(value.to_owned()),
            "returned" => {}
            other => bail!("the program that makes the calls printed `{other}`"),
        }
    }
    Ok(outcomes)
}

/// What each call printed to standard error, after the line `=== call INDEX`.
fn sections(stderr: &str) -> BTreeMap<usize, String> {
    let pieces = stderr.split("=== call ").skip(1);
    pieces
        .filter_map(|piece| {
            let (index, words) = piece.split_once('\n')?;
            Some((index.parse().ok()?, words.to_owned()))
        })
        .collect()
}

pub fn source_of(interface: &Interface, calls: &[&Call<'_>]) -> String {
    let mut writer = Writer {
        interface,
        callbacks: Vec::new(),
        handles: Vec::new(),
        functions: String::new(),
    };
    let mut table = String::new();
    for (index, call) in calls.iter().enumerate() {
        writer.call(index, call);
        let has_status = call.function.has_status;
        let without_memory = call.arguments.contains(&Argument::LongText);
        table += &format!("    {{call_{index}, {has_status}, {without_memory}}},\n");
    }
    let (looks, look_count) = writer.looks();
    let handles = writer.make_handles();
    let last_error = match interface.library.last_error() {
        name if interface.has(&name) => format!("{name}()"),
        _ => "NULL".to_owned(),
    };
    format!(
        "#include <string.h>\n#include \"{}\"\n#include \"calls.h\"\n\n{}{}{}\
         const Call CALLS[] = {{\n{table}    {{NULL, false, false}},\n}};\n\
         const size_t CALL_COUNT = {};\n\
         const Look LOOKS[] = {{\n{looks}    {{NULL, NULL}},\n}};\n\
         const size_t LOOK_COUNT = {look_count};\n\n\
         const char *last_error(void) {{ return {last_error}; }}\n\n{handles}",
        interface.library.header(),
        writer.handles_declared(),
        writer.callbacks_defined(),
        writer.functions,
        calls.len(),
    )
}

/// Collects what the calls need.
struct Writer<'a> {
    interface: &'a Interface,
    callbacks: Vec<&'a Signature>,
    /// The types whose handles are needed and can be made.
    handles: Vec<&'a str>,
    functions: String,
}

impl<'a> Writer<'a> {
    fn call(&mut self, index: usize, call: &Call<'a>) {
        let (name, what) = (&call.function.name, &call.what);
        let arguments = self.arguments(call.function, &call.arguments);
        let values: Vec<String> = parameters(&call.function.signature).collect();
        let made = format!("{name}({})", values.join(", "));
        let made = if call.function.has_status {
            format!("return (int64_t){made};")
        } else {
            format!("(void){made};\n    return 0;")
        };
        self.functions += &format!(
            "/* {name}: {what} */\nstatic int64_t call_{index}(void) {{\n{arguments}    {made}\n}}\n\n"
        );
    }

    /// Declares `a0`, `a1` and so on.
    fn arguments(&mut self, function: &'a Function, arguments: &[Argument]) -> String {
        let parameters = function
            .signature
            .parameters
            .iter()
            .zip(arguments)
            .enumerate();
        parameters
            .map(|(index, (parameter, argument))| {
                let of = &parameter.of;
                let value = match argument {
                    Argument::LongText => Some("long_text()".to_owned()),
                    Argument::Misaligned(offset) => Some(format!("misaligned({index}, {offset})")),
                    Argument::Zero if is_pointer(of) => Some("NULL".to_owned()),
                    Argument::Zero => None,
                    Argument::Usable => self.usable(index, of),
                };
                let declared = parameter.in_c(&stand_in::parameter(index));
                match value {
                    Some(value) => format!("    {declared} = {value};\n"),
                    None => {
                        format!("    {declared};\n    memset(&a{index}, 0, sizeof a{index});\n")
                    }
                }
            })
            .collect()
    }

    /// A value that the function can use; none for zeroes.
    fn usable(&mut self, index: usize, of: &'a Type) -> Option<String> {
        if let Some(handle) = self.interface.handle(of)
            && self.interface.constructor(handle).is_some()
        {
            let number = place_of(&mut self.handles, handle);
            return Some(format!("handles[{number}]"));
        }
        match of {
            Type::Pointer { .. } => Some(format!("argument({index})")),
            Type::Function(signature) => {
                let number = place_of(&mut self.callbacks, &**signature);
                Some(format!("callback_{number}"))
            }
            Type::Bool
            | Type::Char
            | Type::Integer { .. }
            | Type::Size { .. }
            | Type::Float { .. } => Some("1".to_owned()),
            _ => None,
        }
    }

    fn callbacks_defined(&self) -> String {
        let callbacks = self.callbacks.iter().enumerate();
        callbacks
            .map(|(number, signature)| {
                let head =
                    signature.definition_in_c(&format!("callback_{number}"), stand_in::parameter);
                let body = ignore(signature) + &return_zero(signature);
                format!("static {head} {{\n{body}}}\n\n")
            })
            .collect()
    }

    fn handles_declared(&self) -> String {
        match self.handles.len() {
            0 => String::new(),
            count => format!("static void *handles[{count}];\n\n"),
        }
    }

    /// The table of the functions that show something of the handles that the calls use, and their number.
    fn looks(&mut self) -> (String, usize) {
        let mut table = String::new();
        let mut count = 0;
        for (number, handle) in self.handles.iter().enumerate() {
            for function in self.interface.readers(handle) {
                let name = &function.name;
                let values: Vec<String> = parameters(&function.signature).collect();
                let call = format!("{name}({})", values.join(", "));
                self.functions += &format!("static void look_{count}(void) {{\n");
                for (index, parameter) in function.signature.parameters.iter().enumerate() {
                    let declared = parameter.in_c(&stand_in::parameter(index));
                    let value = match self.interface.handle(&parameter.of) {
                        Some(_) => format!("handles[{number}]"),
                        None => format!("argument({index})"),
                    };
                    self.functions += &format!("    {declared} = {value};\n");
                }
                self.functions += &match function.signature.result {
                    Type::Void => format!("    {call};\n}}\n\n"),
                    // No parameter has the last argument's memory.
                    _ => format!(
                        "    __typeof__({call}) result = {call};\n    \
                         memcpy(argument(ARGUMENTS - 1), &result, sizeof result);\n}}\n\n"
                    ),
                };
                table += &format!("    {{\"{name}\", look_{count}}},\n");
                count += 1;
            }
        }
        (table, count)
    }

    fn make_handles(&mut self) -> String {
        let mut body = String::new();
        for (number, handle) in self.handles.clone().into_iter().enumerate() {
            let Some((function, place)) = self.interface.constructor(handle) else {
                continue;
            };
            let mut arguments = vec![Argument::Usable; function.signature.parameters.len()];
            arguments[place] = Argument::Zero;
            let declared = self.arguments(function, &arguments);
            let mut values: Vec<String> = parameters(&function.signature).collect();
            values[place] = "&made".to_owned();
            body += &format!(
                "    {{\n{declared}    __typeof__(*a{place}) made = NULL;\n    (void){name}({});\n    \
                 handles[{number}] = made_by(\"{name}\", made);\n    }}\n",
                values.join(", "),
                name = function.name,
            );
        }
        format!("void make_handles(void) {{\n{body}}}\n")
    }
}

/// Where `item` is among `items`; it is added if need be.
pub fn place_of<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    items
        .iter()
        .position(|known| *known == item)
        .unwrap_or_else(|| {
            items.push(item);
            items.len() - 1
        })
}
