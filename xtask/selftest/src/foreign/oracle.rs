//! Makes a header with a fault, and asks the C compiler whether it is one.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_abi::model::Definition;
use cargo_abi::process::Run;
use cargo_abi::{Abi, Headers};

use crate::fault::{Change, Fault};

/// The headers with a fault. Nothing if it cannot be made in their text.
pub fn with_fault(
    headers: &Headers,
    abi: &Abi,
    fault: &Fault,
    folder: &Path,
) -> Result<Option<Headers>> {
    fs::create_dir_all(folder)?;
    let wrapper = folder.join("with_fault.h");
    let mut text = String::new();
    let mut changed = headers.clone();
    match &fault.change {
        Change::Prototype(prototype) => {
            // The header's own declaration is about another name.
            let name = &fault.name;
            text.push_str(NAMES_OF_TYPES);
            let _ = writeln!(text, "#define {name} {ORIGINAL}{name}");
            include(&mut text, &headers.files)?;
            let _ = writeln!(text, "#undef {name}\nextern {prototype};");
        }
        Change::Value(value) => {
            let edit = |text: &str, _| with_value(text, &fault.name, *value);
            let Some(files) = edited(headers, abi, &fault.name, folder, edit)? else {
                return Ok(None);
            };
            include(&mut text, &files)?;
        }
        Change::Swap(first, second) => {
            let Some(Definition::Record(record)) = abi.types.get(&fault.name) else {
                return Ok(None);
            };
            let names = [*first, *second].map(|index| record.fields[index].name.as_str());
            let edit = |text: &str, line| with_swapped(text, line, names);
            let Some(files) = edited(headers, abi, &fault.name, folder, edit)? else {
                return Ok(None);
            };
            include(&mut text, &files)?;
        }
    }
    fs::write(&wrapper, text)?;
    // What was found beside a header is found there still.
    let folders = headers
        .files
        .iter()
        .filter(|file| !Headers::is_system(file));
    changed
        .include
        .extend(folders.filter_map(|file| file.parent()).map(Path::to_owned));
    changed.files = vec![wrapper];
    Ok(Some(changed))
}

/// What a changed prototype may need that the header does not.
const NAMES_OF_TYPES: &str = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n";

/// Before the name of a function whose declaration was replaced.
pub const ORIGINAL: &str = "abi_original_of_";

pub fn include(text: &mut String, files: &[PathBuf]) -> Result<()> {
    for file in files {
        if Headers::is_system(file) {
            let _ = writeln!(text, "#include {}", file.display());
        } else {
            let file = file
                .canonicalize()
                .with_context(|| format!("cannot find {}", file.display()))?;
            let _ = writeln!(text, "#include \"{}\"", file.display());
        }
    }
    Ok(())
}

/// Copies of the headers, with the one edited that declares `name`.
fn edited(
    headers: &Headers,
    abi: &Abi,
    name: &str,
    folder: &Path,
    edit: impl Fn(&str, u64) -> Option<String>,
) -> Result<Option<Vec<PathBuf>>> {
    let holder = || {
        let mut types = abi.types.iter();
        types.find_map(|(of, definition)| match definition {
            Definition::Enumeration(values) if values.values.contains_key(name) => {
                abi.locations.get(of)
            }
            _ => None,
        })
    };
    let Some(location) = abi.locations.get(name).or_else(holder) else {
        return Ok(None);
    };
    let declares = location.file.canonicalize()?;
    let mut files = Vec::new();
    let mut is_edited = false;
    for file in &headers.files {
        let is_it = file.canonicalize().ok().as_deref() == Some(&declares);
        if !is_it {
            files.push(file.clone());
            continue;
        }
        let Some(text) = edit(&fs::read_to_string(file)?, location.line) else {
            return Ok(None);
        };
        let copy = folder.join(file.file_name().context("no name")?);
        fs::write(&copy, text)?;
        files.push(copy);
        is_edited = true;
    }
    Ok(is_edited.then_some(files))
}

/// The text with another value for a macro or the value of an enum.
fn with_value(text: &str, name: &str, value: i128) -> Option<String> {
    let define = text.lines().find(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some("#define") && words.next() == Some(name)
    });
    if let Some(line) = define {
        return Some(text.replacen(line, &format!("#define {name} {value}"), 1));
    }
    let bare = without_comments(text);
    let start = place(&bare, name, 0)?;
    let after = start + name.len();
    let end = after + bare[after..].find([',', '}'])?;
    Some(format!(
        "{}{name} = {value}{}",
        &text[..start],
        &text[end..]
    ))
}

/// The text with two fields in each other's place, of the struct that begins in this line.
fn with_swapped(text: &str, line: u64, names: [&str; 2]) -> Option<String> {
    let bare = without_comments(text);
    let lines = bare
        .split_inclusive('\n')
        .take(line.saturating_sub(1) as usize);
    let mut from = lines.map(str::len).sum();
    // The first pair of declarations, one after the other, that ends with these names.
    while let Some(first) = place(&bare, names[0], from) {
        from = first + 1;
        let declaration = |at: usize| -> Option<(usize, usize)> {
            let start = bare[..at].rfind([';', '{', '}'])? + 1;
            Some((start, at + bare[at..].find(';')? + 1))
        };
        let Some((start, middle)) = declaration(first) else {
            continue;
        };
        let Some(second) = place(&bare, names[1], middle) else {
            continue;
        };
        let Some((next, end)) = declaration(second) else {
            continue;
        };
        let [one, two] = [&bare[start..middle], &bare[next..end]];
        if next == middle && ![one, two].iter().any(|text| text.contains([',', '#', '{'])) {
            return Some(format!("{}{two}{one}{}", &bare[..start], &bare[end..]));
        }
    }
    None
}

/// The place of a word from `from` on.
fn place(text: &str, word: &str, from: usize) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.get(from..)?
        .match_indices(word)
        .map(|(at, _)| at + from)
        .find(|at| {
            let before = text[..*at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

/// The text with blanks in place of comments.
fn without_comments(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("/*").into_iter().chain(rest.find("//")).min() {
        let (before, comment) = rest.split_at(at);
        bare.push_str(before);
        let length = match comment.starts_with("/*") {
            true => comment.find("*/").map_or(comment.len(), |at| at + 2),
            false => comment.find('\n').unwrap_or(comment.len()),
        };
        bare.extend(
            comment[..length]
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
        );
        rest = &comment[length..];
    }
    bare + rest
}

/// Whether the fault changes nothing, by the C compiler: it accepts both prototypes of a function, or
/// finds every size, offset and value of the header unchanged.
pub fn is_equivalent(
    headers: &Headers,
    changed: &Headers,
    abi: &Abi,
    fault: &Fault,
    compiler: Run<'_>,
    folder: &Path,
) -> Result<bool> {
    let mut text = String::new();
    match &fault.change {
        Change::Prototype(prototype) => {
            text.push_str(NAMES_OF_TYPES);
            include(&mut text, &headers.files)?;
            let _ = writeln!(text, "#undef {}\nextern {prototype};", fault.name);
        }
        Change::Value(_) | Change::Swap(..) => {
            text.push_str("#include <stddef.h>\n");
            include(&mut text, &changed.files)?;
            for (fact, value) in facts(abi) {
                let _ = writeln!(text, "_Static_assert(({fact}) == ({value}), \"\");");
            }
        }
    }
    let file = folder.join("oracle.c");
    fs::write(&file, text)?;
    let mut arguments = vec!["-std=c11".into(), "-fsyntax-only".into(), "-w".into()];
    for include in &changed.include {
        arguments.extend(["-I".into(), include.clone().into()]);
    }
    arguments.extend(
        changed
            .defines
            .iter()
            .map(|define| format!("-D{define}").into()),
    );
    arguments.push(file.into());
    Ok(compiler(&arguments)?.success)
}

/// Every size, offset and value of a header, as C writes it.
fn facts(abi: &Abi) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    for (name, of) in &abi.types {
        match of {
            Definition::Record(record) if !name.contains("::") => {
                facts.insert(format!("sizeof({name})"), record.size.to_string());
                for field in record.fields.iter().filter(|field| field.bits.is_none()) {
                    facts.insert(
                        format!("offsetof({name}, {})", field.name),
                        field.offset.to_string(),
                    );
                }
            }
            Definition::Enumeration(of) => {
                facts.extend(
                    of.values
                        .iter()
                        .map(|(name, value)| (name.clone(), value.to_string())),
                );
            }
            _ => {}
        }
    }
    let numbers = abi
        .constants
        .iter()
        .filter(|(_, value)| value.parse::<i128>().is_ok());
    facts.extend(numbers.map(|(name, value)| (name.clone(), value.clone())));
    facts
}
