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
use words::{
    Dice, Failure, Outcome, bits, double, doubles, encoded, is_null, list, ok, quoted, refused,
    shown, text, utf8,
};

fn main() -> ExitCode {
    let header = include_str!("../../../acme-cdylib/include/acme.h");
    program::main(header, fixed, random, |case, _| answer(case))
}

/// What Rust answers to a case; in the same order in every language: add yours here.
fn answer(case: &[&str]) -> Result<String, Failure> {
    Ok(match case {
        ["distance", a, b, rest @ ..] => shown(distance(&text(a)?, &text(b)?, *rest != ["NULL"])),
        ["histogram", percentile, stop, values] => histogram(percentile, stop, values)?,
        ["words", words, stop, rest @ ..] => match utf8("each_word", "text", &text(words)?) {
            Ok(_) if *rest == ["NULL"] => shown(is_null("each_word", "visitor")),
            Ok(text) => {
                let stop: usize = stop.parse()?;
                let most = if stop == 0 { usize::MAX } else { stop };
                let words = acme_core::words(text).take(most);
                words.map(|word| quoted(word) + " ").collect::<String>() + &ok("")
            }
            Err(refusal) => shown(Err(refusal)),
        },
        ["null", "free"] => "void".to_owned(),
        ["null", "extent"] => {
            let message = "acme_histogram_extent: `histogram` is NULL";
            format!("{} {}", extent(Extent::NONE), quoted(message))
        }
        ["null", "each-visitor"] => shown(is_null("histogram_each", "visitor")),
        ["null", "percentile-value"] => shown(is_null("histogram_percentile", "value")),
        ["null", "summary-summary"] => shown(is_null("histogram_summary", "summary")),
        ["null", what] => shown(is_null(&format!("histogram_{what}"), "histogram")),
        _ => return Err(format!("`{}` is no case", case.join(" ")).into()),
    })
}

fn distance(a: &Option<Vec<u8>>, b: &Option<Vec<u8>>, has_place: bool) -> Outcome {
    let [a, b] = [
        utf8("edit_distance", "a", a)?,
        utf8("edit_distance", "b", b)?,
    ];
    if !has_place {
        return is_null("edit_distance", "distance");
    }
    came_to(
        "edit_distance",
        edit_distance(a, b).map(|distance| distance.to_string()),
    )
}

/// A histogram of the values: what each of its functions says, one after the other.
fn histogram(percentile: &str, stop: &str, values: &str) -> Result<String, Failure> {
    let histogram = Histogram::new();
    let mut answers = Vec::new();
    for value in doubles(values)? {
        if let Err(error) = histogram.add(value) {
            answers.push(shown(came_to("histogram_add", Err(error))));
        }
    }
    let value = histogram.percentile(double(percentile)?).map(bits);
    answers.push(shown(came_to("histogram_percentile", value)));
    let summary = histogram.summary().map(|summary| {
        let numbers = [
            summary.least,
            summary.greatest,
            summary.mean,
            summary.range(),
        ];
        format!("{} {}", numbers.map(bits).join(" "), summary.count)
    });
    answers.push(shown(came_to("histogram_summary", summary)));
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
    let visits = visits.map(|()| visited.to_string());
    answers.push(shown(came_to("histogram_each", visits)));
    Ok(answers.join(" "))
}

/// Everything that is special.
fn fixed() -> Vec<String> {
    let mut cases = Vec::new();
    let texts = ["", "kitten", "sitting", "Zo\u{eb}", "Zoe", "\u{1f980}"].map(encoded);
    for a in &texts {
        cases.extend(texts.iter().map(|b| format!("distance {a} {b}")));
    }
    let [good, bad, all] = [b"good".as_slice(), b"ba\xff", b"one  two\nthree "].map(encoded);
    cases.push(format!("distance {bad} {good}"));
    cases.push(format!("distance {good} {bad}"));
    cases.push(format!("distance NULL {good}"));
    cases.push(format!("distance {good} NULL"));
    cases.push(format!("distance {good} {good} NULL"));
    for words in [
        format!("{all} 0"),
        format!("{all} 2"),
        format!("{good} 1"),
        "x 0".to_owned(),
        format!("{bad} 0"),
        "NULL 0".to_owned(),
        format!("{good} 0 NULL"),
    ] {
        cases.push(format!("words {words}"));
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
    let whats = functions.iter().chain(&places);
    cases.extend(whats.map(|what| format!("null {what}")));
    cases
}

/// Any number of cases, the same for the same seed.
fn random(seed: u64, count: u64) -> impl Iterator<Item = String> {
    let mut dice = Dice::new(seed);
    (0..count).map(move |_| {
        if dice.below(2) == 0 {
            let [a, b] = [dice.next(), dice.next()]
                .map(|n| encoded(n.to_be_bytes().map(|byte| b'a' + byte % 3)));
            return format!("distance {a} {b}");
        }
        let values = list((0..dice.below(20)).map(|_| bits(dice.below(1000) as f64)));
        format!(
            "histogram {} {} {values}",
            bits(dice.below(101) as f64),
            dice.below(8)
        )
    })
}

// How answers are written.

fn extent(Extent { least, greatest }: Extent) -> String {
    [least, greatest].map(bits).join(" ")
}

fn came_to(function: &str, result: Result<String, acme_core::Error>) -> Outcome {
    result.or_else(|error| {
        let status = match error {
            acme_core::Error::Empty => "EMPTY",
            acme_core::Error::Memory => "OUT_OF_MEMORY",
            acme_core::Error::NoPercentile(_) | acme_core::Error::NotANumber => "DOMAIN",
        };
        refused(status, function, error)
    })
}
