//! The reference of the transcripts: which cases every language is asked, and what Rust answers.
//!
//! A case is a line: a crossing and its arguments. The harnesses of C and of Python read the same
//! cases, and what they print must be equal byte for byte. A double is the 16 hexadecimal digits of
//! its bits; text is `x` and the hexadecimal digits of its bytes, in answers it stands in quotes.

mod program;
mod words;

use std::ops::ControlFlow;
use std::process::ExitCode;

use acme_core::{Extent, Histogram, edit_distance};
use words::{Dice, Failure, bits, double, doubles, encoded, quoted, text};

fn main() -> ExitCode {
    let header = include_str!("../../../acme-cdylib/include/acme.h");
    program::main(header, fixed, random, |case, _| answer(case))
}

/// What Rust answers to a case; in the same order in every language: add yours here.
fn answer(case: &[&str]) -> Result<String, Failure> {
    Ok(match case {
        ["distance", a, b, rest @ ..] => {
            let (a, b) = (text(a)?, text(b)?);
            let utf8 = |text: &Option<Vec<u8>>, parameter| match text {
                None => Err(is_null("edit_distance", parameter)),
                Some(bytes) => match String::from_utf8(bytes.clone()) {
                    Ok(text) => Ok(text),
                    Err(error) => Err(not_utf8("edit_distance", parameter, error.utf8_error())),
                },
            };
            match (utf8(&a, "a"), utf8(&b, "b")) {
                (Err(refusal), _) | (_, Err(refusal)) => refusal,
                _ if *rest == ["NULL"] => is_null("edit_distance", "distance"),
                (Ok(a), Ok(b)) => match edit_distance(&a, &b) {
                    Ok(distance) => ok(&distance.to_string()),
                    Err(error) => refused("edit_distance", error),
                },
            }
        }
        ["histogram", percentile, stop, values] => histogram(percentile, stop, values)?,
        ["words", words, stop, rest @ ..] => match text(words)?.map(String::from_utf8) {
            None => is_null("each_word", "text"),
            Some(Err(error)) => not_utf8("each_word", "text", error.utf8_error()),
            _ if *rest == ["NULL"] => is_null("each_word", "visitor"),
            Some(Ok(text)) => {
                let stop: usize = stop.parse()?;
                let most = if stop == 0 { usize::MAX } else { stop };
                let words = acme_core::words(&text).take(most);
                let words: String = words.map(|word| quoted(word.as_bytes()) + " ").collect();
                words + &ok("")
            }
        },
        ["null", "free"] => "void".to_owned(),
        ["null", "extent"] => {
            let message = "acme_histogram_extent: `histogram` is NULL";
            format!("{} {}", extent(Extent::NONE), quoted(message.as_bytes()))
        }
        ["null", "each-visitor"] => is_null("histogram_each", "visitor"),
        ["null", "percentile-value"] => is_null("histogram_percentile", "value"),
        ["null", "summary-summary"] => is_null("histogram_summary", "summary"),
        ["null", what] => is_null(&format!("histogram_{what}"), "histogram"),
        _ => return Err(format!("`{}` is no case", case.join(" ")).into()),
    })
}

/// A histogram of the values: what each of its functions says, one after the other.
fn histogram(percentile: &str, stop: &str, values: &str) -> Result<String, Failure> {
    let histogram = Histogram::new();
    let mut answers = Vec::new();
    for value in doubles(values)? {
        if let Err(error) = histogram.add(value) {
            answers.push(refused("histogram_add", error));
        }
    }
    answers.push(match histogram.percentile(double(percentile)?) {
        Ok(value) => ok(&bits(value)),
        Err(error) => refused("histogram_percentile", error),
    });
    answers.push(match histogram.summary() {
        Ok(summary) => {
            let numbers = [
                summary.least,
                summary.greatest,
                summary.mean,
                summary.range(),
            ];
            ok(&format!(
                "{} {}",
                numbers.map(bits).join(" "),
                summary.count
            ))
        }
        Err(error) => refused("histogram_summary", error),
    });
    answers.push(extent(histogram.extent()));
    let stop: usize = stop.parse()?;
    let mut visited = 0;
    let visits = histogram.each(|_| {
        visited += 1;
        if visited == stop {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    answers.push(match visits {
        Ok(()) => ok(&visited.to_string()),
        Err(error) => refused("histogram_each", error),
    });
    Ok(answers.join(" "))
}

/// Everything that is special.
fn fixed() -> Vec<String> {
    let mut cases = Vec::new();
    let texts = ["", "kitten", "sitting", "Zo\u{eb}", "Zoe", "\u{1f980}"]
        .map(|text| encoded(text.as_bytes()));
    for a in &texts {
        cases.extend(texts.iter().map(|b| format!("distance {a} {b}")));
    }
    let [good, bad] = [b"good".as_slice(), b"ba\xff"].map(encoded);
    for case in [
        "{bad} {good}",
        "{good} {bad}",
        "NULL {good}",
        "{good} NULL",
        "{good} {good} NULL",
    ] {
        cases.push(format!(
            "distance {}",
            case.replace("{good}", &good).replace("{bad}", &bad)
        ));
    }
    let all = encoded(b"one  two\nthree ");
    for case in [
        "{all} 0",
        "{all} 2",
        "{good} 1",
        "x 0",
        "{bad} 0",
        "NULL 0",
        "{good} 0 NULL",
    ] {
        let case = case.replace("{all}", &all).replace("{good}", &good);
        cases.push(format!("words {}", case.replace("{bad}", &bad)));
    }
    let values = [3.0, -1.0, 2.5, f64::NAN, 1e300, -0.0, f64::INFINITY].map(bits);
    for p in [0.0, 12.5, 50.0, 99.9, 100.0, 100.5, -1.0, f64::NAN].map(bits) {
        cases.push(format!("histogram {p} 0 {}", values[..5].join(",")));
    }
    for values in ["-", &values[0], &values.join(",")] {
        cases.push(format!("histogram {} 2 {values}", bits(50.0)));
    }
    let functions = [
        "new",
        "add",
        "percentile",
        "summary",
        "extent",
        "each",
        "free",
    ];
    let places = ["each-visitor", "percentile-value", "summary-summary"];
    cases.extend(
        functions
            .iter()
            .chain(&places)
            .map(|what| format!("null {what}")),
    );
    cases
}

/// Any number of cases, the same for the same seed.
fn random(seed: u64, count: u64) -> impl Iterator<Item = String> {
    let mut dice = Dice::new(seed);
    (0..count).map(move |_| {
        if dice.below(2) == 0 {
            let [a, b] = [dice.next(), dice.next()]
                .map(|n| encoded(&n.to_be_bytes().map(|byte| b'a' + byte % 3)));
            return format!("distance {a} {b}");
        }
        let values: Vec<String> = (0..dice.below(20))
            .map(|_| bits((dice.below(1000)) as f64))
            .collect();
        let values = if values.is_empty() {
            "-".to_owned()
        } else {
            values.join(",")
        };
        format!(
            "histogram {} {} {values}",
            bits((dice.below(101)) as f64),
            dice.below(8)
        )
    })
}

// How answers are written.

fn ok(results: &str) -> String {
    format!("ACME_STATUS_OK {results}").trim_end().to_owned()
}

fn extent(Extent { least, greatest }: Extent) -> String {
    [least, greatest].map(bits).join(" ")
}

fn failed(status: &str, message: &str) -> String {
    format!("ACME_STATUS_{status} {}", quoted(message.as_bytes()))
}

fn is_null(function: &str, parameter: &str) -> String {
    failed(
        "NULL_POINTER",
        &format!("acme_{function}: `{parameter}` is NULL"),
    )
}

fn refused(function: &str, error: acme_core::Error) -> String {
    let status = match error {
        acme_core::Error::Empty => "EMPTY",
        acme_core::Error::Memory => "OUT_OF_MEMORY",
        acme_core::Error::NoPercentile(_) | acme_core::Error::NotANumber => "DOMAIN",
    };
    failed(status, &format!("acme_{function}: {error}"))
}

fn not_utf8(function: &str, parameter: &str, error: std::str::Utf8Error) -> String {
    let valid = error.valid_up_to();
    let message = format!("acme_{function}: `{parameter}` is not UTF-8 at byte {valid}");
    failed("INVALID_UTF8", &message)
}
