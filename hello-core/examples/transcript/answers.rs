//! What Rust answers to each case: the logic, called directly, and what hello.h promises of the
//! arguments that only C can get wrong. Every other language is compared with this.

use std::io::Write;
use std::ops::ControlFlow;

use crate::words::{Failure, bits, double, doubles, items, list, quoted, text};

/// As in hello.h: the longest message has so many bytes.
const LONGEST_MESSAGE: usize = 511;

/// A case's result, or a refusal with its status and message.
type Answer<T> = Result<T, Refusal>;

/// A status other than OK and the message that comes with it.
struct Refusal {
    status: &'static str,
    message: String,
}

/// The result of a case, as the transcript shows it. What the case itself prints goes to `out`.
pub fn answer(case: &[&str], out: &mut dyn Write) -> Result<String, Failure> {
    let unknown = || format!("`{}` is no case", case.join(" "));
    let (name, arguments) = case.split_first().ok_or_else(unknown)?;
    Ok(match (*name, arguments) {
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
        ("error", [value]) => shown(checked_sqrt(double(value)?)),
        ("error", [_, "NULL"]) => shown(null("hello_checked_sqrt", "root")),
        ("text-in", [name, rest @ ..]) => {
            let greeting = greet("hello_greet", &text(name)?, *rest != ["NULL"]);
            shown(greeting.map(|greeting| greeting.len().to_string()))
        }
        ("text-out", [name]) => {
            let greeting = greet("hello_greet", &text(name)?, true);
            shown(greeting.map(|greeting| quoted(greeting.as_bytes())))
        }
        ("buffer", [value, rest @ ..]) => buffer(double(value)?, rest)?,
        ("slice", [mode, values]) => slice(mode, &doubles(values)?).ok_or_else(unknown)?,
        ("handle", [words, names]) => handle(&text(words)?, names)?,
        ("handle-null", [what]) => handle_null(what).ok_or_else(unknown)?,
        ("callback", ["NULL", _]) => shown(null("hello_each_root", "visitor")),
        ("callback", [stop, values]) => callback(stop.parse()?, doubles(values)?),
        ("callback-null", [_]) => shown(null("hello_each_root", "values")),
        ("callback-again", [name, values]) => callback_again(&text(name)?, doubles(values)?),
        ("panic", [message]) => shown(panic(&text(message)?)),
        _ => return Err(unknown().into()),
    })
}

fn ok(results: &str) -> String {
    if results.is_empty() {
        "HELLO_STATUS_OK".into()
    } else {
        format!("HELLO_STATUS_OK {results}")
    }
}

fn shown(answer: Answer<String>) -> String {
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

fn buffer(value: f64, rest: &[&str]) -> Result<String, Failure> {
    let sentence = hello_core::sentence(value);
    let (length, needed) = (sentence.len(), sentence.len() + 1);
    Ok(match rest {
        ["NULL"] => ok(&length.to_string()),
        ["NULL", _] => shown(null("hello_sentence", "buffer")),
        [_, "NULL"] => shown(null("hello_sentence", "length")),
        [capacity] => {
            let capacity: usize = capacity.parse()?;
            if capacity < needed {
                let words = format!("`capacity` is {capacity} and has to be at least {needed}");
                let answer: Answer<String> =
                    refuse("HELLO_STATUS_BUFFER_TOO_SMALL", "hello_sentence", &words);
                format!("{} {length}", shown(answer))
            } else {
                ok(&format!("{length} {}", quoted(sentence.as_bytes())))
            }
        }
        _ => return Err(format!("`{}` is no buffer", rest.join(" ")).into()),
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

fn handle(words: &Option<Vec<u8>>, names: &str) -> Result<String, Failure> {
    let greeter = match utf8("hello_greeter_new", "greeting", words) {
        Ok(words) => hello_core::Greeter::new(words.to_owned()),
        Err(refusal) => return Ok(refusal.to_string()),
    };
    let mut answers = vec![ok("")];
    for name in items(names) {
        let name = text(name)?;
        let greeting = utf8("hello_greeter_greet", "name", &name)
            .map(|name| quoted(greeter.greet(name).to_string().as_bytes()));
        answers.push(shown(greeting));
    }
    answers.push(ok(&greeter.count().to_string()));
    Ok(answers.join(" "))
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
    Some(shown(null(function, parameter)))
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
