//! The measure: what the logic answers when it is called directly, and what the header promises of
//! the arguments that only C can get wrong.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use anyhow::{Context, Result};

use super::{Case, Speaker, bits, double, doubles, items, list, quoted, text};

/// As in hello.h: the longest message has so many bytes.
const LONGEST_MESSAGE: usize = 511;

pub struct Core {
    /// The names of the statuses by their number, from hello.h.
    statuses: BTreeMap<i32, String>,
    abi_version: String,
}

/// A status other than OK and the message that comes with it.
struct Refusal {
    status: &'static str,
    message: String,
}

type Answer<T> = std::result::Result<T, Refusal>;

impl Core {
    pub fn new(header: &str) -> Core {
        let statuses = header.lines().filter_map(|line| {
            let (name, number) = line.trim().strip_suffix(',')?.split_once(" = ")?;
            Some((number.parse().ok()?, name.to_owned()))
        });
        let version = header
            .lines()
            .find_map(|line| line.strip_prefix("#define HELLO_ABI_VERSION "));
        Core {
            statuses: statuses.collect(),
            abi_version: version.unwrap_or_default().to_owned(),
        }
    }
}

impl Speaker for Core {
    fn answer(&mut self, case: &Case<'_>, out: &mut dyn Write) -> Result<String> {
        Ok(match case.words() {
            ("nothing", []) => {
                hello_core::hello(&mut &mut *out)?;
                "void".to_owned()
            }
            ("nothing", [value]) => {
                hello_core::print(&mut &mut *out, double(value)?)?;
                ok("")
            }
            ("scalar", [value]) => bits(hello_core::sqrt(double(value)?)),
            ("struct", [value]) => {
                let root = hello_core::root(double(value)?);
                format!("{} {} {}", bits(root.value), bits(root.root), root.exact)
            }
            ("error", [value]) => told(checked_sqrt(double(value)?)),
            ("error", [_, "NULL"]) => told(null("hello_checked_sqrt", "root")),
            ("text-in", [name, rest @ ..]) => {
                let greeting = greet("hello_greet", &text(name)?, *rest != ["NULL"]);
                told(greeting.map(|greeting| greeting.len().to_string()))
            }
            ("text-out", [name]) => {
                let greeting = greet("hello_greet", &text(name)?, true);
                told(greeting.map(|greeting| quoted(greeting.as_bytes())))
            }
            ("buffer", [value, rest @ ..]) => buffer(double(value)?, rest)?,
            ("slice", [mode, values]) => {
                slice(mode, &doubles(values)?).with_context(|| case.unknown())?
            }
            ("handle", [words, names]) => handle(&text(words)?, names)?,
            ("handle-null", [what]) => handle_null(what).with_context(|| case.unknown())?,
            ("callback", ["NULL", _]) => told(null("hello_each_root", "visitor")),
            ("callback", [stop, values]) => callback(stop.parse()?, doubles(values)?),
            ("callback-null", [_]) => told(null("hello_each_root", "values")),
            ("callback-again", [name, values]) => callback_again(&text(name)?, doubles(values)?),
            ("panic", [message]) => told(panic(&text(message)?)),
            ("status", [number]) => {
                let name = self.statuses.get(&number.parse()?).map(String::as_str);
                quoted(name.unwrap_or("unknown status").as_bytes())
            }
            ("version", []) => {
                let version = quoted(env!("CARGO_PKG_VERSION").as_bytes());
                format!("{} {version}", self.abi_version)
            }
            _ => return Err(case.unknown()),
        })
    }
}

fn ok(results: &str) -> String {
    if results.is_empty() {
        "HELLO_STATUS_OK".into()
    } else {
        format!("HELLO_STATUS_OK {results}")
    }
}

fn told(answer: Answer<String>) -> String {
    match answer {
        Ok(results) => ok(&results),
        Err(refusal) => refusal.to_string(),
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = self.message.floor_char_boundary(LONGEST_MESSAGE);
        write!(
            f,
            "{} {}",
            self.status,
            quoted(&self.message.as_bytes()[..end])
        )
    }
}

fn refuse<T>(status: &'static str, function: &str, words: &str) -> Answer<T> {
    Err(Refusal {
        status,
        message: format!("{function}: {words}"),
    })
}

fn null<T>(function: &str, parameter: &str) -> Answer<T> {
    refuse(
        "HELLO_STATUS_NULL_POINTER",
        function,
        &format!("`{parameter}` is NULL"),
    )
}

fn utf8<'a>(function: &str, parameter: &str, text: &'a Option<Vec<u8>>) -> Answer<&'a str> {
    let Some(bytes) = text else {
        return null(function, parameter);
    };
    str::from_utf8(bytes).or_else(|error| {
        let words = format!("`{parameter}` is not UTF-8 at byte {}", error.valid_up_to());
        refuse("HELLO_STATUS_INVALID_UTF8", function, &words)
    })
}

fn checked_sqrt(value: f64) -> Answer<String> {
    match hello_core::checked_sqrt(value) {
        Ok(root) => Ok(bits(root)),
        Err(error) => refuse(
            "HELLO_STATUS_DOMAIN",
            "hello_checked_sqrt",
            &error.to_string(),
        ),
    }
}

fn greet(function: &str, name: &Option<Vec<u8>>, has_place: bool) -> Answer<String> {
    let name = utf8(function, "name", name)?;
    if !has_place {
        return null(function, "greeting");
    }
    Ok(hello_core::greet(name).to_string())
}

fn buffer(value: f64, rest: &[&str]) -> Result<String> {
    let sentence = hello_core::sentence(value);
    let (length, needed) = (sentence.len(), sentence.len() + 1);
    Ok(match rest {
        ["NULL"] => ok(&length.to_string()),
        ["NULL", _] => told(null("hello_sentence", "buffer")),
        [_, "NULL"] => told(null("hello_sentence", "length")),
        [capacity] => {
            let capacity: usize = capacity.parse()?;
            if capacity < needed {
                let words = format!("`capacity` is {capacity} and has to be at least {needed}");
                let answer: Answer<String> =
                    refuse("HELLO_STATUS_BUFFER_TOO_SMALL", "hello_sentence", &words);
                format!("{} {length}", told(answer))
            } else {
                ok(&format!("{length} {}", quoted(sentence.as_bytes())))
            }
        }
        _ => anyhow::bail!("`{}` is no buffer", rest.join(" ")),
    })
}

fn slice(mode: &str, values: &[f64]) -> Option<String> {
    const FUNCTION: &str = "hello_sqrt_all";
    let mut roots = vec![0.0; values.len()];
    let too_large = |count: usize| {
        let words = format!("`values` cannot have {count} elements: no memory is that large");
        refuse("HELLO_STATUS_TOO_LARGE", FUNCTION, &words)
    };
    let misaligned = |parameter: &str| {
        let words = format!("`{parameter}` is not aligned to 8 bytes");
        refuse("HELLO_STATUS_MISALIGNED", FUNCTION, &words)
    };
    let answer: Answer<()> = match mode {
        "too-large" => too_large(isize::MAX as usize / size_of::<f64>() + 1),
        "too-large-max" => too_large(usize::MAX),
        // Without elements nothing is looked at.
        _ if values.is_empty() => Ok(()),
        "apart" => {
            hello_core::sqrt_all(values, &mut roots);
            Ok(())
        }
        "in-place" => {
            roots.copy_from_slice(values);
            hello_core::sqrt_in_place(&mut roots);
            Ok(())
        }
        "overlap" => refuse(
            "HELLO_STATUS_OVERLAP",
            FUNCTION,
            "`values` and `roots` overlap but are not equal",
        ),
        "null-values" => null(FUNCTION, "values"),
        "null-roots" => null(FUNCTION, "roots"),
        "misaligned-values" => misaligned("values"),
        "misaligned-roots" => misaligned("roots"),
        _ => return None,
    };
    Some(match answer {
        Ok(()) => ok(&list(roots.into_iter().map(bits))),
        Err(refusal) => format!("{refusal} untouched"),
    })
}

fn handle(words: &Option<Vec<u8>>, names: &str) -> Result<String> {
    let greeter = match utf8("hello_greeter_new", "greeting", words) {
        Ok(words) => hello_core::Greeter::new(words.to_owned()),
        Err(refusal) => return Ok(refusal.to_string()),
    };
    let mut told_so_far = vec![ok("")];
    for name in items(names) {
        let name = text(name)?;
        let greeting = utf8("hello_greeter_greet", "name", &name)
            .map(|name| quoted(greeter.greet(name).to_string().as_bytes()));
        told_so_far.push(told(greeting));
    }
    told_so_far.push(ok(&greeter.count().to_string()));
    Ok(told_so_far.join(" "))
}

fn handle_null(what: &str) -> Option<String> {
    let (function, parameter) = match what {
        "greet-greeter" => ("hello_greeter_greet", "greeter"),
        "greet-greeting" => ("hello_greeter_greet", "greeting"),
        "count-greeter" => ("hello_greeter_count", "greeter"),
        "count-count" => ("hello_greeter_count", "count"),
        "new-greeter" => ("hello_greeter_new", "greeter"),
        "free" => return Some("void".to_owned()),
        _ => return None,
    };
    Some(told(null(function, parameter)))
}

fn callback(stop: usize, values: Vec<f64>) -> String {
    let mut visits = Vec::new();
    hello_core::each_root(values, |value, root| {
        visits.push(format!("{}:{}", bits(value), bits(root)));
        if visits.len() == stop {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    ok(&list(visits))
}

fn callback_again(name: &Option<Vec<u8>>, values: Vec<f64>) -> String {
    let mut greetings = Vec::new();
    hello_core::each_root(values, |_, _| {
        let greeting = greet("hello_greet", name, true);
        greetings.push(greeting.map_or_else(
            |refusal| refusal.to_string(),
            |greeting| quoted(greeting.as_bytes()),
        ));
        ControlFlow::Continue(())
    });
    let greetings = if greetings.is_empty() {
        "-".to_owned()
    } else {
        greetings.join(" ")
    };
    ok(&greetings)
}

fn panic(message: &Option<Vec<u8>>) -> Answer<String> {
    let message = utf8("hello_panic", "message", message)?;
    refuse(
        "HELLO_STATUS_PANIC",
        "hello_panic",
        &format!("the library panicked: {message}"),
    )
}
