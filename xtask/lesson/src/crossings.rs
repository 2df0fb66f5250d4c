//! `cargo xtask crossings`: every kind of crossing, as a table, or one as a lesson in all languages.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use xtask::cli::{Arguments, did_you_mean, number, usage_error};
use xtask::library::lesson::CrossingsFlags;
use xtask::quote;
use xtask::say;
use xtask::term::{self, bold, cyan, dim, green, red};
use xtask::workspace::Workspace;

use xtask::names::Implementation;
use xtask_verify::implementations;
use xtask_verify::{builds, transcript};

/// A kind of crossing.
struct Crossing {
    name: &'static str,
    functions: &'static [&'static str],
    teaches: &'static str,
    /// The cases of this crossing in the transcript.
    cases: &'static [&'static str],
    /// File and item of hello-core, if there is one.
    core: Option<(&'static str, &'static str)>,
    /// File of hello-cdylib/src/crossing; the items are the functions.
    abi: &'static str,
    /// Items of c-harness/programs/crossings.c.
    c: &'static [&'static str],
    /// Item of py-harness/crossings.py.
    python: &'static str,
    /// File and item of pyhello that it goes through, if it is more than the library's function.
    pyhello: Option<(&'static str, &'static str)>,
    /// Who owns what, for `--explain`.
    owners: &'static str,
    /// The same as a drawing of memory, where there is something to draw.
    drawing: &'static str,
}

const CROSSINGS: &[Crossing] = &[
    Crossing {
        name: "nothing",
        functions: &["Hello", "hello_print"],
        teaches: "output; a void function cannot report, so there is one that can",
        cases: &["nothing"],
        core: Some(("hello-core/src/lib.rs", "pub fn print(")),
        abi: "nothing.rs",
        c: &["cross_nothing("],
        python: "def nothing(",
        pyhello: Some(("_output.py", "def print_sentence(")),
        owners: "Nobody owns anything: the process's standard output is used by all, and each has a \
                 buffer of its own before it.",
        drawing: "",
    },
    Crossing {
        name: "scalar",
        functions: &["hello_sqrt"],
        teaches: "by value; NaN, infinities and -0.0 exactly as IEEE 754 has them",
        cases: &["scalar"],
        core: Some(("hello-core/src/root.rs", "pub fn sqrt(")),
        abi: "scalar.rs",
        c: &["cross_scalar("],
        python: "def scalar(",
        pyhello: None,
        owners: "Both numbers travel in registers. There is nothing to own.",
        drawing: "",
    },
    Crossing {
        name: "struct",
        functions: &["hello_root"],
        teaches: "layout, by value",
        cases: &["struct"],
        core: Some(("hello-core/src/root.rs", "pub fn root(")),
        abi: "structure.rs",
        c: &["cross_struct("],
        python: "def struct(",
        pyhello: Some(("_numbers.py", "def root(")),
        owners: "The struct is copied to the caller, padding and all. Both sides must agree where each \
                 field lies: `#[repr(C)]` on one, the header on the other.",
        drawing: "",
    },
    Crossing {
        name: "error",
        functions: &[
            "hello_checked_sqrt",
            "hello_last_error",
            "hello_status_name",
        ],
        teaches: "a status, and the message of the last failure on this thread",
        cases: &["error", "status"],
        core: Some(("hello-core/src/root.rs", "pub fn checked_sqrt(")),
        abi: "error.rs",
        c: &["cross_error("],
        python: "def error(",
        pyhello: Some(("_numbers.py", "def checked_sqrt(")),
        owners: "The place for the result is the caller's and lent for the call. The message is the \
                 library's, one buffer for each thread, until the next failure there.",
        drawing: "",
    },
    Crossing {
        name: "text-in",
        functions: &["hello_greet"],
        teaches: "text borrowed in, checked to be UTF-8",
        cases: &["text-in"],
        core: Some(("hello-core/src/greeting.rs", "pub fn greet(name")),
        abi: "text.rs",
        c: &["cross_text_in("],
        python: "def text_in(",
        pyhello: Some(("_strings.py", "def c_text(")),
        owners: "The name stays the caller's. The library reads it during the call and keeps nothing.",
        drawing: "",
    },
    Crossing {
        name: "text-out",
        functions: &["hello_greet", "hello_string_free"],
        teaches: "owned out: who allocates frees",
        cases: &["text-out"],
        core: Some(("hello-core/src/greeting.rs", "pub fn greet(name")),
        abi: "text.rs",
        c: &["cross_text_out("],
        python: "def text_out(",
        pyhello: Some(("_text.py", "def greet(")),
        owners: "The greeting is allocated by Rust's allocator and becomes the caller's, who gives it \
                 back to hello_string_free(). C's free() belongs to another allocator.",
        drawing: "
  caller                         library
  char *greeting  ------------>  [H e l l o ,   A d a ! \\0]   Rust's heap
       |                                   ^
       '-- hello_string_free(greeting) ----'   the only way back",
    },
    Crossing {
        name: "buffer",
        functions: &["hello_sentence"],
        teaches: "the caller's buffer, as snprintf does it; NULL and 0 ask for the size",
        cases: &["buffer"],
        core: Some(("hello-core/src/lib.rs", "pub fn sentence(")),
        abi: "buffer.rs",
        c: &["cross_buffer("],
        python: "def buffer(",
        pyhello: Some(("_text.py", "def sentence(")),
        owners: "The buffer is the caller's before, during and after. The library writes into it and \
                 allocates nothing that would have to be freed.",
        drawing: "",
    },
    Crossing {
        name: "slice",
        functions: &["hello_sqrt_all"],
        teaches: "arrays without a copy; in place is allowed, a partial overlap refused",
        cases: &["slice"],
        core: Some(("hello-core/src/root.rs", "pub fn sqrt_all(")),
        abi: "slice.rs",
        c: &["static Arrays arrays_in(", "cross_slice("],
        python: "def slice_(",
        pyhello: Some(("_arrays.py", "def sqrt_all(values: Buffer, out: Buffer")),
        owners: "Both arrays are the caller's and lent for the call. In Rust one is `&[f64]` and the \
                 other `&mut [f64]`, which must not overlap: the check makes that true.",
        drawing: "
  caller's memory
  values --> [ 1.0 | 4.0 | 9.0 ]   read      no copy on the way in
  roots  --> [ 1.0 | 2.0 | 3.0 ]   written   or out; one array may be both",
    },
    Crossing {
        name: "handle",
        functions: &[
            "hello_greeter_new",
            "hello_greeter_greet",
            "hello_greeter_count",
            "hello_greeter_free",
        ],
        teaches: "something opaque that lives on between calls",
        cases: &["handle", "handle-null"],
        core: Some(("hello-core/src/greeting.rs", "pub struct Greeter")),
        abi: "handle.rs",
        c: &["cross_handle("],
        python: "def handle(",
        pyhello: Some(("_greeter.py", "class Greeter")),
        owners: "The greeter is Rust's memory and the caller's to free, once. C knows its address and \
                 nothing of what is there.",
        drawing: "
  caller                           library
  HelloGreeter *greeter  ------->  { words: \"Hi\", count: 2 }   Rust's heap
       |  hello_greeter_greet()    any thread, several at once
       '- hello_greeter_free()     once, when nobody uses it any more",
    },
    Crossing {
        name: "callback",
        functions: &["hello_each_root"],
        teaches: "a function and its context; the visitor stops with 0 and may call back",
        cases: &["callback", "callback-null", "callback-again"],
        core: Some(("hello-core/src/root.rs", "pub fn each_root(")),
        abi: "callback.rs",
        c: &["static int32_t note_visit(", "cross_callback("],
        python: "def callback(",
        pyhello: Some(("_visitor.py", "def each_root(")),
        owners: "The context is the caller's; the library only passes it on. The visitor must return: \
                 an exception has to wait in the context until the call is over.",
        drawing: "
  caller                              library
  hello_each_root(..., visit, &mine)  for each value:
       visit(value, root, &mine)  <-----  calls back, on the same thread
       return 1 or 0              ----->  goes on, or stops
  mine: what was noted                never looked into",
    },
    Crossing {
        name: "panic",
        functions: &["hello_panic"],
        teaches: "a panic becomes a status with its message, and the process lives",
        cases: &["panic"],
        core: None,
        abi: "panic.rs",
        c: &["cross_panic("],
        python: "def panic(",
        pyhello: Some(("_panic.py", "def panic(")),
        owners: "The panic unwinds through Rust up to the guard, and no further: a frame of C has \
                 nothing to say how it is unwound.",
        drawing: "",
    },
    Crossing {
        name: "version",
        functions: &["hello_abi_version", "hello_version"],
        teaches: "a program built for another library finds out at start, in words",
        cases: &["version"],
        core: None,
        abi: "version.rs",
        c: &["cross_version("],
        python: "def version(",
        pyhello: Some(("_abi.py", "def version(")),
        owners: "The text is static: it is never freed.",
        drawing: "",
    },
];

/// `cargo xtask crossings`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: CrossingsFlags = arguments.flags();
    let lesson = match arguments.args.first() {
        None => None,
        Some(name) => Some(find(name)?),
    };
    let seed = number("seed", flags.seed.as_ref())?.unwrap_or(1);
    let count = number("cases", flags.cases.as_ref())?.unwrap_or(200);
    if count > MOST_CASES {
        return Err(usage_error(format!(
            "--cases takes at most {MOST_CASES}, not {count}\nnext: draw others with another --seed"
        )));
    }
    builds::build_library(workspace)?;
    builds::build_module(workspace)?;
    builds::build_c(workspace)?;
    let cases = implementations::write_cases(workspace, seed, count)?;
    let transcripts = implementations::all()?
        .iter()
        .map(|it| Ok((it, implementations::transcript(workspace, it, &cases)?)))
        .collect::<Result<Vec<_>>>()?;
    match lesson {
        Some(crossing) => teach(workspace, crossing, flags.explain, &transcripts),
        None => table(&transcripts, flags.explain),
    }
}

fn find(name: &str) -> Result<&'static Crossing> {
    CROSSINGS
        .iter()
        .find(|crossing| crossing.name == name)
        .ok_or_else(|| {
            let known = CROSSINGS.iter().map(|crossing| crossing.name);
            usage_error(format!(
                "there is no crossing `{name}`{}\nnext: `cargo xtask crossings` lists all",
                did_you_mean(name, known)
            ))
        })
}

/// As many are answered in seconds, and kept in memory.
const MOST_CASES: u64 = 100_000;

type Transcripts = [(&'static Implementation, Vec<u8>)];

fn table(transcripts: &Transcripts, explain: bool) -> Result<ExitCode> {
    let names: Vec<&str> = transcripts
        .iter()
        .map(|(implementation, _)| implementation.name)
        .collect();
    say!("Equal, byte for byte, in: {}\n", names.join("; "))?;
    let mut differences = Vec::new();
    for crossing in CROSSINGS {
        let lines = lines_of(&transcripts[0], crossing).len();
        let mut unequal = Vec::new();
        for transcript in &transcripts[1..] {
            if lines_of(transcript, crossing) != lines_of(&transcripts[0], crossing) {
                unequal.push(transcript.0.name);
            }
        }
        let verdict = match unequal.is_empty() {
            true => green(&format!("equal ({lines} lines)")),
            false => red(&format!("differs in {}", unequal.join(", "))),
        };
        say!("{}  {verdict}", bold(&format!("{:9}", crossing.name)))?;
        say!("           {}", crossing.teaches)?;
        say!("           {}", cyan(&crossing.functions.join(", ")))?;
        if explain {
            term::wrap(crossing.owners, 80)
                .iter()
                .try_for_each(|line| say!("           {line}"))?;
        }
        if lines == 0 {
            differences.push(format!("no case is of the crossing `{}`", crossing.name));
        }
    }
    for (implementation, transcript) in &transcripts[1..] {
        differences.extend(transcript::difference(
            implementation.name,
            &transcripts[0].1,
            transcript,
        ));
    }
    if !differences.is_empty() {
        bail!(
            "the languages do not say the same\n{}",
            differences.join("\n")
        );
    }
    say!("\nA lesson each: `cargo xtask crossings text-out`")?;
    Ok(ExitCode::SUCCESS)
}

fn lines_of(
    (_, transcript): &(&'static Implementation, Vec<u8>),
    crossing: &Crossing,
) -> Vec<String> {
    transcript::of_crossing(&String::from_utf8_lossy(transcript), crossing.cases)
}

fn teach(
    workspace: &Workspace,
    crossing: &Crossing,
    explain: bool,
    transcripts: &Transcripts,
) -> Result<ExitCode> {
    say!(
        "{}\n{}",
        bold(&format!("== {} ==", crossing.name)),
        crossing.teaches
    )?;
    if explain {
        say!("")?;
        term::wrap(crossing.owners, 88)
            .iter()
            .try_for_each(|line| say!("{line}"))?;
        if !crossing.drawing.is_empty() {
            say!("{}", crossing.drawing)?;
        }
    }
    let root = workspace.root();
    if let Some((file, item)) = crossing.core {
        show("The logic", root, file, item)?;
    }
    for function in crossing.functions {
        // A function may stand in the file of another crossing, as hello_last_error() does.
        let file = find_function(workspace, crossing, function)?;
        show("The C ABI", root, &file, &format!("fn {function}("))?;
    }
    let header = workspace
        .relative(&workspace.header())
        .to_string_lossy()
        .into_owned();
    for function in crossing.functions {
        show("The header", root, &header, &format!("{function}("))?;
    }
    for item in crossing.c {
        show("C", root, "c-harness/programs/crossings.c", item)?;
    }
    show("Python", root, "py-harness/crossings.py", crossing.python)?;
    if let Some((file, item)) = crossing.pyhello {
        show(
            "Inside pyhello",
            root,
            &format!("py-harness/src/pyhello/{file}"),
            item,
        )?;
    }
    say!(
        "\n{} {}",
        bold("What each says"),
        dim("(number of the case, crossing, results; doubles as their bits)")
    )?;
    for transcript in transcripts {
        let lines = lines_of(transcript, crossing);
        if lines.is_empty() {
            bail!("no case is of the crossing `{}`", crossing.name);
        }
        let equal = lines == lines_of(&transcripts[0], crossing);
        let is_reference = std::ptr::eq(transcript, &transcripts[0]);
        let verdict = match equal {
            _ if is_reference => dim("the reference"),
            true => green("the same"),
            false => red("differs"),
        };
        say!("  {} ({} lines, {verdict})", transcript.0.name, lines.len())?;
        // Once is enough of what is the same.
        if is_reference || !equal {
            lines
                .iter()
                .take(5)
                .try_for_each(|line| say!("    {}", shortened(line)))?;
            if lines.len() > 5 {
                say!("    ...")?;
            }
        }
        if !equal {
            let (wanted, seen) = (lines_of(&transcripts[0], crossing), lines);
            let [wanted, seen] = [wanted, seen].map(|lines| lines.join("\n").into_bytes());
            let told = transcript::difference(transcript.0.name, &wanted, &seen);
            bail!("{}", told.unwrap_or_default());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(110) {
        Some((end, _)) => format!("{}... ({} bytes)", &line[..end], line.len()),
        None => line.to_owned(),
    }
}

fn find_function(workspace: &Workspace, crossing: &Crossing, function: &str) -> Result<String> {
    let folder = "hello-cdylib/src";
    let own = format!("{folder}/crossing/{}", crossing.abi);
    let source = xtask::workspace::read(&workspace.source(&own))?;
    source
        .contains(&format!("fn {function}("))
        .then_some(own)
        .or_else(|| {
            let files = xtask::workspace::files(&workspace.source(folder)).ok()?;
            let file = files.into_iter().find(|file| {
                xtask::workspace::read(file)
                    .is_ok_and(|text| text.contains(&format!("extern \"C\" fn {function}(")))
            })?;
            Some(workspace.relative(&file).to_string_lossy().into_owned())
        })
        .with_context(|| format!("no file of {folder} has the function {function}"))
}

/// An item, quoted from the file that runs.
fn show(title: &str, root: &Path, file: &str, item: &str) -> Result<()> {
    say!("\n{} {}", bold(title), dim(file))?;
    for line in quote::item(&root.join(file), item)?.lines() {
        say!("  {} {line}", dim("|"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lesson quotes from files that change; each quote has to be found in them.
    #[test]
    fn every_quote_of_every_lesson_is_there() {
        let workspace = Workspace::locate().unwrap();
        let root = workspace.root();
        for crossing in CROSSINGS {
            let quoted = |file: &str, item: &str| quote::item(&root.join(file), item).unwrap();
            if let Some((file, item)) = crossing.core {
                quoted(file, item);
            }
            for function in crossing.functions {
                find_function(&workspace, crossing, function).unwrap();
                quoted("hello-cdylib/include/hello.h", &format!("{function}("));
            }
            crossing.c.iter().for_each(|item| {
                assert!(quoted("c-harness/programs/crossings.c", item).len() > 20)
            });
            quoted("py-harness/crossings.py", crossing.python);
            if let Some((file, item)) = crossing.pyhello {
                quoted(&format!("py-harness/src/pyhello/{file}"), item);
            }
        }
    }
}
