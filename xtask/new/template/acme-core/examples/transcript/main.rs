//! The reference of the transcripts: which cases every language is asked, and what Rust answers.
//!
//! * `transcript cases SEED COUNT` prints the fixed cases, and `COUNT` random ones.
//! * `transcript answers FILE` prints the answer to each case of a file.
//!
//! A case is a line: a crossing and its arguments. The harnesses of C and of Python read the same
//! cases, and what they print must be equal byte for byte. A double is the 16 hexadecimal digits of
//! its bits; text is `x` and the hexadecimal digits of its bytes, in answers it stands in quotes.

mod words;

use acme_core::{Total, divide, fahrenheit, reversed};
use words::{Dice, Failure, bits, double, doubles, encoded, quoted, text};

const HEADER: &str = include_str!("../../../acme-cdylib/include/acme.h");

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["cases", seed, count] => {
            fixed().iter().for_each(|case| println!("{case}"));
            random(seed.parse()?, count.parse()?).for_each(|case| println!("{case}"));
        }
        ["answers", file] => {
            for (number, case) in (1..).zip(std::fs::read_to_string(file)?.lines()) {
                let words: Vec<&str> = case.split(' ').collect();
                println!("{number} {} {}", words[0], answer(&words)?);
            }
        }
        _ => return Err("usage: transcript cases SEED COUNT | transcript answers FILE".into()),
    }
    Ok(())
}

/// What Rust answers to a case; in the same order in every language: add yours here.
fn answer(case: &[&str]) -> Result<String, Failure> {
    Ok(match case {
        ["version"] => format!(
            "{} {}",
            abi_version(),
            quoted(env!("CARGO_PKG_VERSION").as_bytes())
        ),
        ["status", number] => quoted(status_name(number).as_bytes()),
        ["fahrenheit", celsius] => bits(fahrenheit(double(celsius)?)),
        ["divide", _, _, "NULL"] => is_null("divide", "quotient"),
        ["divide", dividend, divisor] => match divide(double(dividend)?, double(divisor)?) {
            Ok(quotient) => ok(&bits(quotient)),
            Err(error) => failed("DIVISION_BY_ZERO", &format!("acme_divide: {error}")),
        },
        ["reverse", word, rest @ ..] => match text(word)?.as_deref().map(str::from_utf8) {
            None => is_null("reverse", "text"),
            Some(Err(error)) => {
                let valid = error.valid_up_to();
                let message = format!("acme_reverse: `text` is not UTF-8 at byte {valid}");
                failed("INVALID_UTF8", &message)
            }
            Some(Ok(_)) if *rest == ["NULL"] => is_null("reverse", "reversed"),
            Some(Ok(text)) => ok(&quoted(reversed(text).to_string().as_bytes())),
        },
        ["total", values] => {
            let total = Total::new();
            for value in doubles(values)? {
                total.add(value);
            }
            ok(&bits(total.sum()))
        }
        ["total-null", "free"] => "void".to_owned(),
        ["total-null", "new"] => is_null("total_new", "total"),
        ["total-null", "add"] => is_null("total_add", "total"),
        ["total-null", "sum"] => is_null("total_sum", "total"),
        ["total-null", "sum-sum"] => is_null("total_sum", "sum"),
        _ => return Err(format!("`{}` is no case", case.join(" ")).into()),
    })
}

/// Everything that is special.
fn fixed() -> Vec<String> {
    let mut cases = vec!["version".to_owned()];
    cases.extend((-1..=10).map(|number| format!("status {number}")));
    let numbers = [0.0, -0.0, 1.0, -40.0, 100.0, 1e300, f64::INFINITY].map(bits);
    for number in &numbers {
        cases.push(format!("fahrenheit {number}"));
        cases.push(format!("divide {} {number}", bits(3.0)));
    }
    cases.push(format!("divide {0} {0} NULL", bits(3.0)));
    let long = "n".repeat(100_000);
    for text in ["", "Ada", "Zo\u{eb}", "\u{1f980}!", "\"\\", &long] {
        cases.push(format!("reverse {}", encoded(text.as_bytes())));
    }
    for text in [b"\xff".as_slice(), b"Zo\xc3"] {
        cases.push(format!("reverse {}", encoded(text)));
    }
    cases.push("reverse NULL".to_owned());
    cases.push(format!("reverse {} NULL", encoded(b"Ada")));
    cases.push("total -".to_owned());
    cases.push(format!("total {}", numbers[..4].join(",")));
    let whats = ["free", "new", "add", "sum", "sum-sum"];
    cases.extend(whats.map(|what| format!("total-null {what}")));
    cases
}

/// Any number of cases, the same for the same seed.
fn random(seed: u64, count: u64) -> impl Iterator<Item = String> {
    let mut dice = Dice::new(seed);
    (0..count).map(move |_| {
        let [a, b] = [(); 2].map(|()| bits(dice.below(2_000_001) as f64 / 1000.0 - 1000.0));
        match dice.below(4) {
            0 => format!("fahrenheit {a}"),
            1 => format!("divide {a} {b}"),
            2 => format!("total {a},{b}"),
            _ => format!(
                "reverse {}",
                encoded(&dice.next().to_be_bytes().map(|byte| byte | 1))
            ),
        }
    })
}

// How answers are written.

fn ok(results: &str) -> String {
    format!("ACME_STATUS_OK {results}")
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

fn abi_version() -> &'static str {
    let mut lines = HEADER.lines();
    let found = lines.find_map(|line| line.strip_prefix("#define ACME_ABI_VERSION "));
    found.unwrap_or_default()
}

fn status_name(number: &str) -> &'static str {
    let values = HEADER.lines().filter_map(|line| line.strip_suffix(','));
    let mut values = values.filter_map(|value| value.trim().split_once(" = "));
    values
        .find(|(_, of)| *of == number)
        .map_or("unknown status", |(name, _)| name)
}
