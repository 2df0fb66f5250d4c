//! The reference of the transcripts: which cases every language is asked, and what Rust answers.
//!
//! A case is a line: a crossing and its arguments. The harnesses of C and of Python read the same
//! cases, and what they print must be equal byte for byte. A double is the 16 hexadecimal digits of
//! its bits; text is `x` and the hexadecimal digits of its bytes, in answers it stands in quotes.

use std::process::ExitCode;

use abi_cases::program::{self, Library};
use acme_core::{Total, divide, fahrenheit, reversed};
use abi_cases::words::{
    Dice, Failure, bits, double, doubles, encoded, is_null, ok, quoted, refused, shown, text, utf8,
};

fn main() -> ExitCode {
    let library = Library {
        name: "acme",
        version: env!("CARGO_PKG_VERSION"),
        header: include_str!("../../../acme-cdylib/include/acme.h"),
    };
    program::main(&library, fixed, random, |case, _| answer(case))
}

/// What Rust answers to a case; in the same order in every language: add yours here.
fn answer(case: &[&str]) -> Result<String, Failure> {
    Ok(match case {
        ["fahrenheit", celsius] => bits(fahrenheit(double(celsius)?)),
        ["divide", _, _, "NULL"] => shown(is_null("divide", "quotient")),
        ["divide", dividend, divisor] => match divide(double(dividend)?, double(divisor)?) {
            Ok(quotient) => ok(bits(quotient)),
            Err(error) => shown(refused("DIVISION_BY_ZERO", "divide", error)),
        },
        ["reverse", word, rest @ ..] => match utf8("reverse", "text", &text(word)?) {
            Ok(_) if *rest == ["NULL"] => shown(is_null("reverse", "reversed")),
            text => shown(text.map(|text| quoted(reversed(text).to_string()))),
        },
        ["total", values] => {
            let total = Total::new();
            for value in doubles(values)? {
                total.add(value);
            }
            ok(bits(total.sum()))
        }
        ["total-null", "free"] => "void".to_owned(),
        ["total-null", "new"] => shown(is_null("total_new", "total")),
        ["total-null", "add"] => shown(is_null("total_add", "total")),
        ["total-null", "sum"] => shown(is_null("total_sum", "total")),
        ["total-null", "sum-sum"] => shown(is_null("total_sum", "sum")),
        _ => return Err(format!("`{}` is no case", case.join(" ")).into()),
    })
}

/// Everything that is special.
fn fixed() -> Vec<String> {
    let mut cases = Vec::new();
    let numbers = [0.0, -0.0, 1.0, -40.0, 100.0, 1e300, f64::INFINITY].map(bits);
    for number in &numbers {
        cases.push(format!("fahrenheit {number}"));
        cases.push(format!("divide {} {number}", bits(3.0)));
    }
    cases.push(format!("divide {0} {0} NULL", bits(3.0)));
    let long = "n".repeat(100_000);
    for text in ["", "Ada", "Zo\u{eb}", "\u{1f980}!", "\"\\", &long] {
        cases.push(format!("reverse {}", encoded(text)));
    }
    for text in [b"\xff".as_slice(), b"Zo\xc3"] {
        cases.push(format!("reverse {}", encoded(text)));
    }
    cases.push("reverse NULL".to_owned());
    cases.push(format!("reverse {} NULL", encoded("Ada")));
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
                encoded(dice.roll().to_be_bytes().map(|byte| byte | 1))
            ),
        }
    })
}
