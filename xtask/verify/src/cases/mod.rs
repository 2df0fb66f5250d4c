//! The cases: a list of calls with their answers, as a person writes them, asked of every language.
//!
//! They stand in `cases/*.txt` of the package with the C ABI. [`syntax`] has the grammar, README its
//! description. A call is made [ready](calls) by the description of the ABI, so that a driver need not
//! know the grammar: one in C, which is [generated](driver), and one in Python, which drives CFFI's `lib`.
//! What they say is compared with the answers that are recorded, and the languages with each other.

mod calls;
mod draw;
pub mod driver;
mod judge;
mod syntax;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use abi_stages::page::Page;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, anyhow, bail};
use cargo_abi::Abi;
use cargo_abi::model::Type;

use self::calls::{Did, Names, Ready};
use self::judge::cut;
use self::syntax::{Answer, Call, Callback, Declarations, Expr, File, Line};
use self::values::{Types, plain};
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

/// All cases of a library, read but not understood yet.
pub struct Cases {
    pub abi: Abi,
    files: Vec<(PathBuf, String, File)>,
}

/// What is drawn, and which calls are left out.
#[derive(Clone, Copy)]
pub struct Choice {
    pub seed: u64,
    /// How often a random line is drawn, if not as often as it says.
    pub random: Option<usize>,
    /// Only calls that are short, for runs with many rounds.
    pub short: bool,
    /// Without panics and handles.
    pub calm: bool,
}

impl Choice {
    pub const ALL: Choice = Choice {
        seed: 1,
        random: None,
        short: false,
        calm: false,
    };
    pub const SHORT: Choice = Choice {
        seed: 1,
        random: Some(3),
        short: true,
        calm: false,
    };
    /// For programs that are made and run in many ways.
    pub const SOME: Choice = Choice {
        random: Some(3),
        ..Choice::ALL
    };
    pub const CALM: Choice = Choice {
        calm: true,
        ..Choice::SHORT
    };
}

/// A line's longest call, in characters of what the drivers read, that is still short.
const SHORT: usize = 2000;

/// A call that every language makes.
pub struct Asked<'a> {
    pub file: &'a PathBuf,
    pub line: &'a Line,
    pub call: Call,
    label: String,
    ready: Ready<'a>,
    declarations: &'a Declarations,
    /// It is there to see what the call before it or behind it changes.
    observes: bool,
    /// The handle whose observers stand around it.
    observed: Option<String>,
}

impl Asked<'_> {
    fn finding(&self, who: &str, words: &str) -> Finding {
        let text = format!("{who}: {}{words}", cut(&self.call.to_string()));
        Finding::new(text).at(self.file, self.line.number)
    }
}

/// The calls, and what the drivers need for them.
pub struct Plan<'a> {
    pub asked: Vec<Asked<'a>>,
    callbacks: Vec<(Callback, &'a Type)>,
    text: String,
    types: &'a Types<'a>,
}

/// What one language did.
pub struct Done {
    pub name: String,
    /// For each call that was asked, as far as the driver came.
    pub did: Vec<Did>,
    /// Why it came no further.
    pub end: Option<String>,
}

/// The files, read.
fn read(workspace: &Workspace) -> Result<Vec<(PathBuf, String, File)>> {
    let read = |file: PathBuf| {
        let text = workspace::read(&workspace.root().join(&file))?;
        let parsed = syntax::parse(&text);
        let parsed = parsed.map_err(|error| anyhow!("{}:{error}", file.display()))?;
        Ok((file, text, parsed))
    };
    files(workspace).into_iter().map(read).collect()
}

impl Cases {
    fn read(workspace: &Workspace) -> Result<Cases> {
        let files = read(workspace)?;
        if files.iter().all(|(_, _, file)| file.lines.is_empty()) {
            bail!(
                "there is no case in {}/cases/*.txt",
                workspace.library().cdylib
            );
        }
        let abi = readers::header(workspace)?;
        Ok(Cases { abi, files })
    }

    /// Makes the calls ready.
    pub fn plan<'a>(&'a self, types: &'a Types<'a>, choice: Choice) -> Result<Plan<'a>> {
        static NONE: Declarations = Declarations::NONE;
        let mut names = Names {
            types,
            declarations: &NONE,
            cells: BTreeMap::new(),
            cell_count: 0,
            callbacks: Vec::new(),
            lines: Vec::new(),
        };
        let mut asked = Vec::new();
        for (path, text, file) in &self.files {
            names.cells.clear();
            names.declarations = &file.declarations;
            for line in &file.lines {
                let is_for_others = line.bits.is_some_and(|bits| bits != 8 * types.pointer());
                // Other threads print, too.
                if is_for_others || (line.closed && choice.short) {
                    continue;
                }
                // Each line is drawn by itself: what stands before it is no matter.
                let seed = text[line.at.0..line.at.1].bytes();
                let seed = seed.fold(choice.seed, |seed, byte| {
                    seed.wrapping_mul(31).wrapping_add(u64::from(byte))
                });
                let mut dice = draw::Dice::new(types, seed);
                let times = line
                    .random
                    .map_or(1, |times| choice.random.unwrap_or(times));
                for turn in 0..times {
                    for call in &line.calls {
                        let drawn = dice.call(call, turn);
                        let added = drawn.and_then(|call| {
                            add(&mut names, &mut asked, (path, line), &call, choice)
                        });
                        added.map_err(|error| {
                            let (line, column) = syntax::place(text, call.at);
                            anyhow!("{}:{line}:{column}: {error:#}", path.display())
                        })?;
                    }
                }
            }
        }
        let Names {
            cell_count,
            callbacks,
            lines,
            ..
        } = names;
        let shown = callbacks
            .iter()
            .map(|(it, _)| format!(" {}:{}:{}", it.goes_on(), it.stops, it.context.unwrap_or(0)));
        let head = format!(
            "{cell_count} {}{}",
            types.library.last_error(),
            shown.collect::<String>()
        );
        let text = format!("{head}\n{}\n", lines.join("\n"));
        Ok(Plan {
            asked,
            callbacks,
            text,
            types,
        })
    }
}

/// Makes a call ready, with observers around it.
fn add<'a>(
    names: &mut Names<'a>,
    all: &mut Vec<Asked<'a>>,
    (file, line): (&'a PathBuf, &'a Line),
    call: &Call,
    choice: Choice,
) -> Result<()> {
    let observer = observer(names.types, names.declarations, call);
    let (handle, observer) = observer.unzip();
    let around = observer.as_ref().map(|observer| (observer, true));
    let calls = around.into_iter().chain([(call, false)]).chain(around);
    for (call, observes) in calls {
        let mut ready = names.ready(call)?;
        ready
            .tokens
            .splice(..0, line.closed.then(|| "o".to_owned()));
        let text = ready.text();
        let is_calm =
            !ready.has_handle && Some(call.function.as_str()) != names.types.library.panics;
        if (choice.short && text.len() > SHORT) || (choice.calm && !is_calm) {
            continue;
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let label = format!("{name}:{}", line.number).replace(' ', "_");
        names.lines.push(format!("{label} {text}"));
        all.push(Asked {
            file,
            line,
            call: call.clone(),
            label,
            ready,
            declarations: names.declarations,
            observes,
            observed: handle.clone().filter(|_| !observes),
        });
    }
    Ok(())
}

/// The handle of a call that can fail, and the call that says how the handle is.
fn observer(types: &Types<'_>, declarations: &Declarations, call: &Call) -> Option<(String, Call)> {
    let signature = types.abi.functions.get(&call.function)?;
    let parameters = signature.parameters.iter().zip(&call.arguments);
    parameters.into_iter().find_map(|(parameter, argument)| {
        let handle = Names::handle(types, &parameter.of)?;
        let (_, observer) = declarations.observers.iter().find(|(of, _)| of == handle)?;
        let Expr::Word(name) = argument else {
            return None;
        };
        let is_status = signature.result == Type::Named(types.library.status());
        if name == "NULL" || !is_status || observer.function == call.function {
            return None;
        }
        let mut observer = observer.clone();
        for argument in &mut observer.arguments {
            if *argument == Expr::Word("it".to_owned()) {
                *argument = Expr::Word(name.clone());
            }
        }
        Some((name.clone(), observer))
    })
}

/// Makes the calls ready, and does something with them.
pub fn with_plan<T>(
    workspace: &Workspace,
    choice: Choice,
    then: impl FnOnce(&Plan<'_>) -> Result<T>,
) -> Result<T> {
    let cases = Cases::read(workspace)?;
    let types = Types {
        abi: &cases.abi,
        library: workspace.library(),
    };
    then(&cases.plan(&types, choice)?)
}

/// What is wrong with a language's answers.
pub fn compare(workspace: &Workspace, language: Language) -> Result<Vec<Finding>> {
    with_plan(workspace, Choice::ALL, |plan| {
        let line = language.line(workspace, plan, language.id())?;
        plan.compare(workspace, language.name(), &line)
    })
}

/// The line that makes some of the calls, for runs whose answers are not looked at.
pub fn line(workspace: &Workspace, language: Language, name: &str, choice: Choice) -> Result<Cmd> {
    with_plan(workspace, choice, |plan| {
        language.line(workspace, plan, name)
    })
}

/// Each function that a language calls, with the statuses that it returned; 0 if it has none.
pub fn statuses(workspace: &Workspace, language: Language) -> Result<BTreeSet<(String, i128)>> {
    with_plan(workspace, Choice::SOME, |plan| {
        let name = format!("statuses-{}", language.id());
        let line = language.line(workspace, plan, &name)?;
        let done = plan.run(workspace, language.name(), &line)?;
        if let Some(end) = done.end {
            bail!(end);
        }
        let pairs = plan.asked.iter().zip(&done.did);
        let status = |(asked, did): (&Asked<'_>, &Did)| {
            let result = did.answer.0.first().filter(|_| did.failed);
            let number = result.map(|(_, status)| plan.types.number(&status.to_string()));
            Ok((
                asked.call.function.clone(),
                number.transpose()?.unwrap_or(0),
            ))
        };
        pairs.map(status).collect()
    })
}

/// A case, for people.
pub struct Told {
    pub function: String,
    /// Of random lines it is what was drawn.
    pub call: String,
    pub answer: String,
    /// The languages that do something else, or something that is wrong.
    pub differs: Vec<String>,
}

/// The ways to the library that are compared.
pub const LANGUAGES: [Language; 3] = [Language::C, Language::CStatic, Language::Python];

/// What every language does in every case, and what is wrong with it.
pub fn tell(workspace: &Workspace, choice: Choice) -> Result<(Vec<Told>, Vec<Finding>)> {
    with_plan(workspace, choice, |plan| {
        let run = |language: Language| {
            let line = language.line(workspace, plan, language.id())?;
            plan.run(workspace, language.name(), &line)
        };
        let all = LANGUAGES.into_iter().map(run).collect::<Result<Vec<_>>>()?;
        let judged = all.iter().map(|done| plan.judge(done, &all[0]));
        let findings = judged.collect::<Result<Vec<_>>>()?;
        let told = plan.asked.iter().zip(&all[0].did);
        let told = told
            .filter(|(asked, _)| !asked.observes)
            .map(|(asked, did)| {
                let place = Some((asked.file.clone(), asked.line.number));
                let is_wrong =
                    |findings: &&Vec<Finding>| findings.iter().any(|it| it.place == place);
                let names = all.iter().zip(&findings);
                let differs = names.filter(|(_, findings)| is_wrong(findings));
                Told {
                    function: asked.call.function.clone(),
                    call: asked.call.to_string(),
                    answer: did.answer.to_string(),
                    differs: differs.map(|(done, _)| done.name.clone()).collect(),
                }
            });
        Ok((told.collect(), findings.concat()))
    })
}

/// The files with the answers that lines lack.
fn pages(workspace: &Workspace) -> Result<Vec<Page>> {
    let lacks = |line: &Line| line.random.is_none() && line.answer.is_none();
    let read = read(workspace)?;
    if !read.iter().any(|(_, _, file)| file.lines.iter().any(lacks)) {
        return Ok(Vec::new());
    }
    builds::build_library(workspace)?;
    let cases = Cases::read(workspace)?;
    let types = Types {
        abi: &cases.abi,
        library: workspace.library(),
    };
    let plan = cases.plan(
        &types,
        Choice {
            random: Some(0),
            ..Choice::ALL
        },
    )?;
    let line = Language::C.line(workspace, &plan, "generate")?;
    let done = plan.run(workspace, Language::C.name(), &line)?;
    if let Some(wrong) = plan.wrong(&done)?.first() {
        let (file, line) = wrong.place.clone().unwrap_or_default();
        bail!(
            "{}:{line}: {}\nnext: no answer is written before this is put right",
            file.display(),
            wrong.text
        );
    }
    let pages = cases.files.iter().map(|(path, text, _)| {
        let mut page = text.clone();
        let asked = plan.asked.iter().zip(&done.did);
        let lacking =
            asked.filter(|(asked, _)| asked.file == path && !asked.observes && lacks(asked.line));
        for (asked, did) in lacking.collect::<Vec<_>>().into_iter().rev() {
            let (start, end) = asked.line.at;
            let answer = did
                .answer
                .0
                .iter()
                .map(|(label, value)| (label.clone(), plain(value)));
            let answer = Answer(answer.collect()).to_string();
            let width = text[start..end].chars().count() + answer.chars().count();
            let between = if width > 110 { "\n    -> " } else { " -> " };
            page.insert_str(end, &format!("{between}{answer}"));
        }
        Page::new(path.to_string_lossy(), page)
    });
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
        programs: &[],
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
"#;

    const CASES: &str = r#"
texts are freed by t_text_free
word stops with 1, its context is parameter 4
t_doubled writes needed when it fails with T_STATUS_SMALL
TBag is observed by t_bag_size(it, &size)

bag = t_bag() -> pointer
t_bag_put(bag, b"\0\xff\u{d800}", 5) -> T_STATUS_OK
t_bag_put(bag, NULL, 1) -> T_STATUS_NULL "no"
t_bag_size(bag, &size) -> T_STATUS_OK, size 5
t_bag_all(bag, &all[*count], &count) -> T_STATUS_OK, all b"\0\xff\xed\xa0\x80", count 5
t_bytes_free(all) -> void
random 20: t_bag_put(bag, bytes[?], #bytes)
t_bag_free(bag) -> void
t_mirror({0x1.8p0, -128, [1, 0xffffffffffffffff], true})
    -> {x: -1.5, y: -128, z: [1, 18446744073709551615], on: true}
t_mirror({x: nan, y: 1, z: [0, 0], on: false}) -> {nan, -1, [0, 0], false}
random 100: t_mirror(?)
t_doubled(in[1, 2, 3], #in, &out[4], 4, &needed) -> T_STATUS_OK, out [2, 4, 6, _], needed 3
t_doubled([1, 2; 20], 20, &out[19], 19, &needed) -> T_STATUS_SMALL "no", needed 20
random 30: t_doubled(in[?], #in, &out[#in], #in, &needed)
t_words("ab", word, context) -> T_STATUS_OK, visited [("a", NULL, {0.5, 1, [0, 0], false}), ("b", NULL, {0.5, 2, [0, 0], false})]
t_words("abc", word(stop after 1), context) -> T_STATUS_OK, visited [("a", NULL, {x: 0.5, y: 1, z: [0, 0], on: false})]
t_words("ab", word(stop after 1, calls t_doubled([7], 1, &out[1], 1, &needed)), context)
    -> T_STATUS_OK, visited [("a", NULL, {0.5, 1, [0, 0], false}) {T_STATUS_OK, out [14], needed 1}]
t_words("ab", NULL, NULL) -> T_STATUS_NULL "no"
t_upper("zoë") -> "ZOë"
t_upper(NULL) -> NULL
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
        let parsed = match syntax::parse(&cases) {
            Ok(parsed) => parsed,
            Err(error) => return vec![error.to_string()],
        };
        let cases = Cases {
            abi,
            files: vec![(PathBuf::from("tiny.txt"), cases, parsed)],
        };
        let types = Types {
            abi: &cases.abi,
            library: &LIBRARY,
        };
        let plan = match cases.plan(&types, Choice::ALL) {
            Ok(plan) => plan,
            Err(error) => return vec![error.to_string()],
        };
        let source = plan.in_c();
        let mut sources =
            generated::write_sources(&workspace, &folder, driver::SOURCES, &source).unwrap();
        let library = folder.join("library.c");
        workspace::write(&library, bodies.as_bytes()).unwrap();
        sources.push(workspace.relative(&library));
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
            .run(&workspace, "C", &line.args(["--rounds", "2"]))
            .unwrap();
        let findings = plan.wrong(&done).unwrap().into_iter();
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
                "counted",
                "bag->count + count > 64) {",
                "bag->count + count > 64) { bag->count--;",
                13,
                "it failed, and `bag` is not as before\n  before T_STATUS_OK, size",
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
        ] {
            let found = said("words", from, to);
            assert!(found[0].contains(words), "{found:?}");
        }
    }
}
