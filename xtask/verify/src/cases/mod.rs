//! The cases: a list of calls with their answers, as a person writes them, asked of every language.
//!
//! They stand in `cases/*.txt` of the package with the C ABI; README has the grammar. A call is read by the
//! types that the description of the ABI has, and becomes a line that two [drivers](driver) make: one in C,
//! which knows the library by what is generated from the description, and one in Python, which drives
//! CFFI's `lib`. What they say is compared with the answers that are recorded, and the languages with each
//! other.
//!
//! A new kind of argument is a kind of [place](calls::Place): what a person writes is read in [`calls`],
//! the drivers get a letter for it, and [`answers`] shows what they say of it.

mod answers;
mod calls;
mod draw;
pub mod driver;
mod judge;
mod scan;
mod text;
pub(crate) mod types;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

use abi_stages::page::Page;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, bail};
use cargo_abi::Abi;

use self::answers::Did;
use self::calls::{Call, Reader};
use self::draw::Dice;
use self::text::{File, Line};
use self::types::Types;
use crate::builds::Variant;
use crate::check::Finding;
use crate::suite::Pages;
use crate::{builds, readers};

pub use self::driver::Language;

/// Answers that lines lack.
pub const PAGES: Pages = Pages {
    made_from: "its calls, which lack answers,",
    make: pages,
};

/// The files of cases, from the root.
pub fn files(workspace: &Workspace) -> Vec<PathBuf> {
    let folder = workspace.source(workspace.library().cdylib).join("cases");
    let files = workspace::files(&folder).unwrap_or_default().into_iter();
    let files = files.filter(|file| file.extension().is_some_and(|end| end == "txt"));
    files.map(|file| workspace.relative(&file).into()).collect()
}

/// What is drawn, and which calls are left out.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Choice {
    All,
    /// Without random calls.
    Recorded,
    /// With few of them, for programs that are made and run in many ways.
    Few,
    /// The same with short calls alone, for runs with many rounds.
    Short,
}

/// So often that what adds up is seen.
pub const ROUNDS: [&str; 2] = ["--rounds", "100"];

/// A line's longest call, in characters of what the drivers read, that is still short.
const SHORT: usize = 2000;

/// A call that every language makes.
struct Asked {
    /// The number of its file, and of its line there.
    at: (usize, usize),
    call: Call,
    label: String,
    /// What a driver said of it last, and what that means: in most rounds and languages it is the same.
    last: Mutex<(String, Did)>,
}

/// All calls, and what the drivers need for them.
pub struct Plan {
    files: Vec<File>,
    asked: Vec<Asked>,
    choice: Choice,
    text: String,
    types: Types,
}

fn read(workspace: &Workspace) -> Result<Vec<File>> {
    let read = |path: PathBuf| {
        let text = workspace::read(&workspace.root().join(&path))?;
        File::new(path, text)
    };
    files(workspace).into_iter().map(read).collect()
}

impl Plan {
    pub fn read(workspace: &Workspace, choice: Choice) -> Result<Plan> {
        Plan::of(workspace, readers::header(workspace)?, &[], choice)
    }

    /// The same by another description, without the calls of functions that it does not have.
    pub fn of(workspace: &Workspace, abi: Abi, added: &[&String], choice: Choice) -> Result<Plan> {
        let (mut files, library) = (read(workspace)?, workspace.library());
        if !workspace.system().is_unix {
            // Elsewhere a descriptor that was closed does not come back.
            let opened = |file: &mut File| file.lines.retain(|line| !line.closed);
            files.iter_mut().for_each(opened);
        }
        if let ("wasi", Some(panics)) = (&*workspace.system().os, library.panics) {
            // There a panic ends the module.
            leave_out(&mut files, panics);
        }
        added
            .iter()
            .for_each(|function| leave_out(&mut files, function));
        if files.iter().all(|file| file.lines.is_empty()) {
            bail!("there is no case in {}/cases/*.txt", library.cdylib);
        }
        Plan::new(files, Types::new(abi, library), choice)
    }

    pub(crate) fn new(files: Vec<File>, types: Types, choice: Choice) -> Result<Plan> {
        let (none, mut asked) = (File::default(), Vec::new());
        let mut reader = Reader::new(&types, &none);
        for (number, file) in files.iter().enumerate() {
            reader.file = file;
            reader.cells.clear();
            for line in 0..file.lines.len() {
                let added = add(&mut reader, &mut asked, (number, line), choice);
                added.map_err(|error| file.complaint(reader.place(), &error))?;
            }
        }
        let mut last_error = types.library.last_error();
        if !types.abi.functions.contains_key(&last_error) {
            last_error = "-".to_owned();
        }
        let (cells, lines) = (reader.cell_count, reader.lines);
        let text = format!(
            "{cells}:{}:{last_error}\n{}\n",
            lines.len(),
            lines.join("\n")
        );
        Ok(Plan {
            files,
            asked,
            choice,
            text,
            types,
        })
    }

    /// The calls, in order.
    pub fn calls(&self) -> impl Iterator<Item = &Call> + Clone {
        self.asked.iter().map(|asked| &asked.call)
    }

    fn place(&self, asked: &Asked) -> (&File, &Line) {
        let file = &self.files[asked.at.0];
        (file, &file.lines[asked.at.1])
    }
}

/// Leaves out the lines that call a function.
fn leave_out(files: &mut [File], function: &str) {
    let call = format!("{function}(");
    for file in files {
        let calls = |line: &Line| file.text[line.calls.clone()].contains(&call);
        file.lines.retain(|line| !calls(line));
    }
}

/// Adds the calls of a line, as often as they are drawn.
fn add(
    reader: &mut Reader<'_>,
    asked: &mut Vec<Asked>,
    at: (usize, usize),
    choice: Choice,
) -> Result<()> {
    let (file, types) = (reader.file, reader.types);
    let line = &file.lines[at.1];
    let width = 8 * types.pointer();
    let is_short = choice == Choice::Short;
    // While the output is closed, other threads print, too.
    if line.bits.is_some_and(|bits| bits != width) || (line.closed && is_short) {
        return Ok(());
    }
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let label = format!("{name}:{}", line.number).replace(' ', "_");
    // Each line is drawn by itself: what stands before it is no matter.
    let text = &file.text[line.calls.clone()];
    let hash = |seed: u64, byte: u8| seed.wrapping_mul(31).wrapping_add(byte.into());
    let seed = text.bytes().fold(1, hash);
    let times = match (line.random, choice) {
        (None, _) => 1,
        (Some(times), Choice::All) => times as usize,
        (Some(_), Choice::Recorded) => 0,
        (Some(_), _) => 3,
    };
    for turn in 0..times {
        reader.begin(text, line.calls.start);
        reader.dice = Dice::new(seed, turn);
        loop {
            let call = reader.call()?;
            if !(is_short && call.tokens.len() > SHORT) {
                let closed = if line.closed { "!" } else { "" };
                let tokens = format!("{closed}{label} {}", call.tokens);
                reader.lines.push(tokens);
                let label = label.clone();
                let last = Mutex::default();
                asked.push(Asked {
                    at,
                    call,
                    label,
                    last,
                });
            }
            if line.random.is_none() || !reader.eats(";") {
                break;
            }
        }
        if !reader.rest().is_empty() {
            bail!("this does not belong to the line any more");
        }
    }
    Ok(())
}

/// What is wrong with a language's answers.
pub fn compare(workspace: &Workspace, language: Language) -> Result<Vec<Finding>> {
    let plan = Plan::read(workspace, Choice::All)?;
    let line = language.line(workspace, &plan)?;
    plan.compare(workspace, language.name(), &line)
}

/// What is wrong with a run of the short calls that is arranged otherwise. The answers are not those that are
/// recorded: a call may depend on one that is left out.
pub fn run(
    workspace: &Workspace,
    language: Language,
    arrange: impl FnOnce(Cmd) -> Cmd,
) -> Result<Vec<Finding>> {
    let plan = Plan::read(workspace, Choice::Short)?;
    let line = arrange(language.line(workspace, &plan)?);
    Ok(plan.run(workspace, language.name(), &line)?.end)
}

/// The same in a hundred rounds with the library that counts its blocks of memory. Python need not be asked:
/// its driver makes the same calls, and has the same memory.
pub fn count(workspace: &Workspace) -> Result<Vec<Finding>> {
    run(workspace, Language::C, |line| {
        let count = workspace.library().function("canary_live_blocks");
        Variant::Canary.under(workspace, line.args(ROUNDS).arg("--canary").arg(count))
    })
}

/// Each function that the cases call, in every language, with the statuses that it returned; 0 if it has none.
pub fn statuses(workspace: &Workspace) -> Result<BTreeSet<(String, i128)>> {
    let plan = Plan::read(workspace, Choice::Few)?;
    let line = Language::C.line(workspace, &plan)?;
    let done = plan.run(workspace, Language::C.name(), &line)?;
    if let Some(end) = done.end.first() {
        bail!("{}", end.text);
    }
    let pairs = plan.asked.iter().zip(&done.did);
    Ok(pairs
        .map(|(asked, did)| (asked.call.function.clone(), did.status))
        .collect())
}

/// The files with the answers that lines lack.
fn pages(workspace: &Workspace) -> Result<Vec<Page>> {
    let read = read(workspace)?;
    if !read
        .iter()
        .any(|file| file.lines.iter().any(Line::lacks_answer))
    {
        return Ok(Vec::new());
    }
    builds::build_library(workspace)?;
    let plan = Plan::read(workspace, Choice::Recorded)?;
    let line = Language::C.line(workspace, &plan)?;
    let done = plan.run(workspace, Language::C.name(), &line)?;
    if let Some(wrong) = plan.wrong(&done).first() {
        let (file, line) = wrong.place.clone().unwrap_or_default();
        let (file, words) = (file.display(), &wrong.text);
        bail!("{file}:{line}: {words}\nnext: no answer is written before this is put right");
    }
    let mut pages: Vec<String> = plan.files.iter().map(|file| file.text.clone()).collect();
    for (asked, did) in plan.asked.iter().zip(&done.did).rev() {
        let line = plan.place(asked).1;
        if !line.lacks_answer() {
            continue;
        }
        let answer = did.answer.plain().to_string();
        let page = &mut pages[asked.at.0];
        let width = page[line.at.clone()].chars().count() + answer.chars().count();
        let between = if width > 110 { "\n    -> " } else { " -> " };
        page.insert_str(line.at.end, &format!("{between}{answer}"));
    }
    let pages = plan.files.iter().zip(pages);
    let pages = pages.map(|(file, page)| Page::new(file.path.to_string_lossy(), page));
    Ok(pages.collect())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use abi_stages::compiler::Compiler;
    use abi_stages::library::Library;
    use cargo_abi::Headers;

    use super::*;
    use crate::generated;

    /// A library of another kind than hello, in C.
    static LIBRARY: Library = Library {
        xtask: crate::hello::LIBRARY.xtask,
        version: "1.0.0",
        name: "tiny",
        prefix: "t_",
        type_prefix: "T",
        core: "",
        cdylib: "",
        module: "",
        walkthrough: None,
        panics: None,
        system_libraries: &[],
        commands: &[],
    };

    const HEADER: &str = "\
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef enum { T_STATUS_OK = 0, T_STATUS_NULL = 1, T_STATUS_SMALL = 2 } TStatus;
typedef struct TBag TBag;
typedef struct { float x; int8_t y; uint64_t z[2]; bool on; } TPoint;
typedef bool (*TWord)(const char *word, const uint8_t *bytes, TPoint at, void *own);
const char *t_last_error(void);
TBag *t_bag(void);
void t_bag_free(TBag *bag);
TStatus t_bag_put(TBag *bag, const uint8_t *bytes, size_t count);
TStatus t_bag_size(const TBag *bag, uint32_t *size);
TStatus t_bag_all(const TBag *bag, uint8_t **bytes, size_t *count);
void t_bytes_free(uint8_t *bytes);
TPoint t_mirror(TPoint point);
TStatus t_doubled(const uint32_t *numbers, size_t count, uint32_t *doubled, size_t room, size_t *needed);
TStatus t_words(const char *text, TWord word, void *own);
char *t_upper(const char *text);
void t_text_free(char *text);
typedef TBag *(*TMake)(void *own, void (*inner)(void));
typedef int (*TLog)(const char *form, ...);
void t_odd(TMake make, TLog log);
";

    const BODIES: &str = r#"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "tiny.h"
struct TBag { uint8_t bytes[64]; size_t count; };
const char *t_last_error(void) { return "no"; }
TBag *t_bag(void) { return calloc(1, sizeof(TBag)); }
void t_bag_free(TBag *bag) { free(bag); }
TStatus t_bag_put(TBag *bag, const uint8_t *bytes, size_t count) {
    if (bytes == NULL) { return T_STATUS_NULL; }
    if (bag->count + count > 64) { return T_STATUS_SMALL; }
    memcpy(bag->bytes + bag->count, bytes, count);
    bag->count += count;
    return T_STATUS_OK;
}
TStatus t_bag_size(const TBag *bag, uint32_t *size) { *size = (uint32_t)bag->count; return T_STATUS_OK; }
TStatus t_bag_all(const TBag *bag, uint8_t **bytes, size_t *count) {
    *bytes = malloc(64);
    memcpy(*bytes, bag->bytes, 64);
    *count = bag->count;
    return T_STATUS_OK;
}
void t_bytes_free(uint8_t *bytes) { free(bytes); }
TPoint t_mirror(TPoint point) { point.x = -point.x; point.y = (int8_t)-point.y; return point; }
TStatus t_doubled(const uint32_t *numbers, size_t count, uint32_t *doubled, size_t room, size_t *needed) {
    if (room < count) { *needed = count; return T_STATUS_SMALL; }
    for (size_t i = 0; i < count; i++) { doubled[i] = 2 * numbers[i]; }
    *needed = count;
    return T_STATUS_OK;
}
TStatus t_words(const char *text, TWord word, void *own) {
    TPoint at = {.x = 0.5f};
    if (word == NULL) { return T_STATUS_NULL; }
    for (; *text != '\0'; text++) {
        char one[2] = {*text, '\0'};
        at.y++;
        if (word(one, NULL, at, own)) { break; }
    }
    return T_STATUS_OK;
}
char *t_upper(const char *text) {
    char *upper = text == NULL ? NULL : malloc(strlen(text) + 1);
    for (size_t i = 0; upper != NULL && i <= strlen(text); i++) { upper[i] = (char)toupper(text[i]); }
    return upper;
}
void t_text_free(char *text) { free(text); }
void t_odd(TMake make, TLog log) { (void)make; (void)log; }
"#;

    const CASES: &str = r#"
texts are freed by t_text_free
word stops with 1
t_doubled writes needed when it fails with T_STATUS_SMALL
# A bag of bytes.

bag = t_bag() -> pointer
t_bag_put(bag, b"\0\xff\xed\xa0\x80", 5) -> T_STATUS_OK
t_bag_put(bag, NULL, 1) -> T_STATUS_NULL "no"
t_bag_size(bag, &size) -> T_STATUS_OK, size 5
t_bag_all(bag, &all[*count], &count) -> T_STATUS_OK, all b"\0\xff\xed\xa0\x80", count 5
t_bytes_free(all) -> void
random 20: t_bag_put(bag, bytes[?], #bytes)
t_bag_free(bag) -> void
t_mirror({0x1.8p0, -128, [1, 0xffffffffffffffff], true})
    -> {x: -1.5, y: -128, z: [1, 18446744073709551615], on: true}
t_mirror({x: nan, y: 1, z: [0, 0], on: false}) -> {x: nan, y: -1, z: [0, 0], on: false}
random 100: t_mirror(?)
t_doubled(in[1, 2, 3], #in, &out[4], 4, &needed) -> T_STATUS_OK, out [2, 4, 6, _], needed 3
t_doubled([1, 2; 20], 20, &out[19], 19, &needed) -> T_STATUS_SMALL "no", needed 20
random 30: t_doubled(in[?], #in, &out[#in], #in, &needed)
t_words("ab", word, context) -> T_STATUS_OK, visited [("a", NULL, {x: 0.5, y: 1, z: [0, 0], on: false}), ("b", NULL, {x: 0.5, y: 2, z: [0, 0], on: false})]
t_words("abc", word(stop after 1), context) -> T_STATUS_OK, visited [("a", NULL, {x: 0.5, y: 1, z: [0, 0], on: false})]
t_words("ab", word(stop after 1, calls t_doubled([7], 1, &out[1], 1, &needed)), context)
    -> T_STATUS_OK, visited [("a", NULL, {x: 0.5, y: 1, z: [0, 0], on: false}) {T_STATUS_OK, out [14], needed 1}]
t_words("ab", NULL, NULL) -> T_STATUS_NULL "no"
t_upper("zoë") -> "ZOë"
t_upper(NULL) -> NULL
t_odd(NULL, NULL) -> void
"#;

    /// What the driver in C, and with it the one in Python, has to say of the library and the cases after a
    /// change to one of them.
    fn said(name: &str, from: &str, to: &str) -> Vec<String> {
        let workspace = Workspace::locate(&LIBRARY).unwrap();
        let folder = generated::folder(&workspace, &format!("tests-cases-{name}"));
        let [header, bodies, cases] =
            [HEADER, BODIES, CASES].map(|text| text.replacen(from, to, 1));
        assert!(
            from.is_empty()
                || [HEADER, BODIES, CASES]
                    .iter()
                    .any(|text| text.contains(from)),
            "{from}"
        );
        let file = folder.join("tiny.h");
        workspace::write(&file, header.as_bytes()).unwrap();
        let compiler = Compiler::find(&workspace).unwrap();
        let run = |arguments: &[OsString]| {
            readers::finished(&workspace, &compiler.bare().args(arguments))
        };
        let abi = Headers::one(&file)
            .read(&run, &folder.join("reader"))
            .unwrap();
        let plan = File::new(PathBuf::from("tiny.txt"), cases)
            .and_then(|file| Plan::new(vec![file], Types::new(abi, &LIBRARY), Choice::All));
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => return vec![error.to_string()],
        };
        let source = plan.in_c(true);
        let mut sources = driver::sources(&source);
        sources.push(("library.c", &bodies));
        let sources = generated::write_sources(&workspace, &folder, &sources).unwrap();
        let program = folder.join("tiny");
        let line = compiler.bare().args([
            "-Wpedantic",
            "-g",
            "-fsanitize=address,undefined",
            "-pthread",
        ]);
        let line = line
            .args(sources)
            .args(["-ldl", "-o"])
            .arg(workspace.relative(&program));
        line.check(&workspace).unwrap();
        let calls = folder.join("calls.txt");
        workspace::write(&calls, plan.text().as_bytes()).unwrap();
        let line = Cmd::new(workspace.relative(&program)).arg(workspace.relative(&calls));
        let done = plan
            .run(&workspace, "C", &line.args(["--rounds", "3"]))
            .unwrap();
        let findings = plan.wrong(&done).into_iter();
        findings
            .map(|it| format!("{}: {}", it.place.map_or(0, |(_, line)| line), it.text))
            .collect()
    }

    #[test]
    fn a_library_of_another_kind_gives_its_answers() {
        let found = said("right", "", "");
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn what_no_call_may_do_is_seen() {
        for (name, from, to, line, words) in [
            (
                "late",
                "if (room < count) {",
                "if (room < count) { doubled[0] = 1;",
                20,
                "it failed, and wrote to `out`",
            ),
            (
                "out",
                "doubled[i] = 2",
                "doubled[i + 1] = 2",
                19,
                "expected out[0] 2\n  got      out[0] _",
            ),
            (
                "past",
                "*needed = count;\n    return",
                "doubled[room] = 7; *needed = count;\n    return",
                19,
                "it wrote before or behind `out`",
            ),
            (
                "const",
                "size_t i = 0; i < count",
                "size_t i = (((uint32_t *)numbers)[0] = 9, 0); i < count",
                19,
                "it wrote to `in`, which is const",
            ),
            (
                "context",
                "word(one, NULL, at, own)",
                "word(one, NULL, at, own == NULL ? own : &at)",
                22,
                "did not get the context",
            ),
            (
                "visits",
                "if (word == NULL) {",
                "if (word != NULL) { word(\"\", NULL, at, own);",
                22,
                "it failed, and called the callback",
            ),
            (
                "answer",
                "all b\"\\0\\xff\\xed\\xa0\\x80\"",
                "all b\"\\0\\xfe\\xed\\xa0\\x80\"",
                11,
                "expected all b\"\\0\\xfe",
            ),
            (
                "rounds",
                "point.x = -point.x;",
                "static int made; point.x = made++ < 102 ? -point.x : 0;",
                15,
                "it did something else than at first",
            ),
            (
                "ended",
                "*bytes = malloc(64);",
                "abort();",
                11,
                "ended the process",
            ),
        ] {
            let found = said(name, from, to);
            let first = found.iter().find(|it| it.starts_with(&format!("{line}: ")));
            assert!(
                first.is_some_and(|it| it.contains(words)),
                "{name}: {found:#?}"
            );
        }
    }

    #[test]
    fn what_a_person_writes_wrong_has_a_place_and_words() {
        for (from, to, words) in [
            (
                "t_upper(NULL) ->",
                "t_uper(NULL) ->",
                "tiny.txt:28:1: the header has no function `t_uper`",
            ),
            (
                "t_bytes_free(all)",
                "t_bytes_free(al)",
                "argument 1 of `t_bytes_free`: nothing before this is called `al`",
            ),
            (
                "t_bytes_free(all)",
                "t_bytes_free()",
                "`t_bytes_free` has 1 parameters, and here are 0 arguments",
            ),
            ("word, context)", "wort, context)", "`wort` is not declared"),
            (
                "t_odd(NULL",
                "t_odd(word",
                "argument 1 of `t_odd`: `word` returns what cannot be said in a case",
            ),
            (
                "&out[4]",
                "&out[SIZE_MAX]",
                "no memory has 18446744073709551615 elements",
            ),
            (
                "#in, &out[4]",
                "#on, &out[4]",
                "there is no array `on` before this",
            ),
            (
                "[1, 2; 20]",
                "[1, 0x100000000; 20]",
                "0x100000000 does not fit into 32 bits",
            ),
            (
                "bag = t_bag()",
                "t_bag()",
                "the result is a pointer: `name = f(...)` gives it a name",
            ),
            (
                "t_upper(NULL)",
                "t_upper(NULL, 1)",
                "tiny.txt:28:13: `t_upper` has 1 parameters, and here are more",
            ),
            (
                "\"zoë\") -> \"ZOë\"",
                "\"zoë",
                "27:10: argument 1 of `t_upper`: the text has no end",
            ),
            (
                "\"zoë\"",
                "\"zoë\\q\"",
                "27:9: argument 1 of `t_upper`: an escape is one of Rust's",
            ),
            (
                "t_upper(NULL)",
                "t_upper(%)",
                "28:9: argument 1 of `t_upper`: `%` is neither",
            ),
            (
                "t_upper(NULL)",
                "t_upper(NULL) 2",
                "28:15: this does not belong to the line",
            ),
            (
                "t_upper(NULL)",
                "t_upper is owned by me",
                "28:9: `(` is missing: this is neither a call nor",
            ),
            ("[1, 2; 20]", "[; 20]", "there are no elements to repeat"),
            (
                "#in, &out[#in]",
                "#in, %",
                "tiny.txt:21:34: argument 3 of `t_doubled`: `%`",
            ),
            (
                "word(stop after 1)",
                "word(stop 1)",
                "a callback may `stop after N`",
            ),
        ] {
            let found = said("words", from, to);
            assert!(found[0].contains(words), "{found:?}");
        }
    }
}
