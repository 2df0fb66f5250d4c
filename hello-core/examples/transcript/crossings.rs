//! Each crossing: its cases, a fixed set with everything that is special and a seeded random one, and
//! what Rust answers to them. That is the logic, called directly, and what hello.h promises of the
//! arguments that only C can get wrong. Every other language is compared with this.

use std::io::Write;
use std::ops::ControlFlow;

use abi_cases::words::{
    Dice, Failure, Outcome, bits, double, doubles, encoded, is_null, items, list, ok, quoted,
    refused, shown, text, utf8,
};

/// The result of a case, as the transcript shows it. What the case itself prints goes to `out`.
pub fn answer(case: &[&str], out: &mut dyn Write) -> Result<String, Failure> {
    let unknown = || format!("`{}` is no case", case.join(" "));
    Ok(match case {
        ["nothing"] => {
            hello_core::hello(&mut &mut *out)?;
            "void".to_owned()
        }
        ["nothing", value] => {
            hello_core::print(&mut &mut *out, double(value)?)?;
            ok("")
        }
        ["scalar", value] => bits(hello_core::sqrt(double(value)?)),
        ["struct", value] => {
            let root = hello_core::root(double(value)?);
            format!("{} {} {}", bits(root.value), bits(root.root), root.exact)
        }
        ["error", value] => shown(checked_sqrt(double(value)?)),
        ["error", _, "NULL"] => shown(is_null("checked_sqrt", "root")),
        ["text-in", name, rest @ ..] => {
            let greeting = greet(&text(name)?, *rest != ["NULL"]);
            shown(greeting.map(|greeting| greeting.len().to_string()))
        }
        ["text-out", name] => shown(greet(&text(name)?, true).map(quoted)),
        ["buffer", value, rest @ ..] => buffer(double(value)?, rest)?,
        ["slice", mode, values] => slice(mode, &doubles(values)?).ok_or_else(unknown)?,
        ["handle", words, names] => handle(&text(words)?, names)?,
        ["handle-null", "free"] => "void".to_owned(),
        ["handle-null", what] => {
            let (function, parameter) = what.split_once('-').ok_or_else(unknown)?;
            shown(is_null(&format!("greeter_{function}"), parameter))
        }
        ["callback", "NULL", _] => shown(is_null("each_root", "visitor")),
        ["callback", stop, values] => callback(stop.parse()?, doubles(values)?),
        ["callback-null", _] => shown(is_null("each_root", "values")),
        ["callback-again", name, values] => callback_again(&text(name)?, doubles(values)?),
        ["panic", message] => shown(panic(&text(message)?)),
        _ => return Err(unknown().into()),
    })
}

fn checked_sqrt(value: f64) -> Outcome {
    match hello_core::checked_sqrt(value) {
        Ok(root) => Ok(bits(root)),
        Err(error) => refused("DOMAIN", "checked_sqrt", error),
    }
}

fn greet(name: &Option<Vec<u8>>, has_place: bool) -> Outcome {
    let name = utf8("greet", "name", name)?;
    if !has_place {
        return is_null("greet", "greeting");
    }
    Ok(hello_core::greet(name).to_string())
}

fn buffer(value: f64, rest: &[&str]) -> Result<String, Failure> {
    let sentence = hello_core::sentence(value);
    let (length, needed) = (sentence.len(), sentence.len() + 1);
    Ok(match rest {
        ["NULL"] => ok(length),
        ["NULL", _] => shown(is_null("sentence", "buffer")),
        [_, "NULL"] => shown(is_null("sentence", "length")),
        [capacity] => {
            let capacity: usize = capacity.parse()?;
            if capacity < needed {
                let words = format!("`capacity` is {capacity} and has to be at least {needed}");
                let refusal = refused("BUFFER_TOO_SMALL", "sentence", words);
                format!("{} {length}", shown(refusal))
            } else {
                ok(format!("{length} {}", quoted(sentence)))
            }
        }
        _ => return Err(format!("`{}` is no buffer", rest.join(" ")).into()),
    })
}

fn slice(mode: &str, values: &[f64]) -> Option<String> {
    const FUNCTION: &str = "sqrt_all";
    let mut roots = vec![0.0; values.len()];
    let too_large = |count: usize| {
        let words = format!("`values` cannot have {count} elements: no memory is that large");
        refused("TOO_LARGE", FUNCTION, words)
    };
    let misaligned = |parameter: &str| {
        // On some 32-bit systems a double needs no more than 4.
        let alignment = align_of::<f64>();
        let words = format!("`{parameter}` is not aligned to {alignment} bytes");
        refused("MISALIGNED", FUNCTION, words)
    };
    let outcome = match mode {
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
        "overlap" => {
            let words = "`values` and `roots` overlap but are not equal";
            refused("OVERLAP", FUNCTION, words)
        }
        "null-values" => is_null(FUNCTION, "values"),
        "null-roots" => is_null(FUNCTION, "roots"),
        "misaligned-values" => misaligned("values"),
        "misaligned-roots" => misaligned("roots"),
        _ => return None,
    };
    let end = if outcome.is_ok() { "" } else { " untouched" };
    Some(shown(outcome.map(|()| list(roots.into_iter().map(bits)))) + end)
}

fn handle(words: &Option<Vec<u8>>, names: &str) -> Result<String, Failure> {
    let greeter = match utf8("greeter_new", "greeting", words) {
        Ok(words) => hello_core::Greeter::new(words.to_owned()),
        Err(refusal) => return Ok(shown(Err(refusal))),
    };
    let mut answers = vec![ok("")];
    for name in items(names) {
        let name = text(name)?;
        let name = utf8("greeter_greet", "name", &name);
        answers.push(shown(
            name.map(|name| quoted(greeter.greet(name).to_string())),
        ));
    }
    answers.push(ok(greeter.count()));
    Ok(answers.join(" "))
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
    ok(list(visits))
}

fn callback_again(name: &Option<Vec<u8>>, values: Vec<f64>) -> String {
    let mut greetings = Vec::new();
    hello_core::each_root(values, |_, _| {
        greetings.push(match greet(name, true) {
            Ok(greeting) => quoted(greeting),
            refusal => shown(refusal),
        });
        ControlFlow::Continue(())
    });
    match greetings.as_slice() {
        [] => ok("-"),
        greetings => ok(greetings.join(" ")),
    }
}

fn panic(message: &Option<Vec<u8>>) -> Outcome {
    let message = utf8("panic", "message", message)?;
    let words = format!("the library panicked: {message}");
    refused("PANIC", "panic", words)
}

/// Doubles at which something changes.
const SPECIAL: [u64; 24] = [
    0x0000_0000_0000_0000, // 0
    0x8000_0000_0000_0000, // -0
    0x3ff0_0000_0000_0000, // 1
    0xbff0_0000_0000_0000, // -1
    0x4000_0000_0000_0000, // 2
    0x4010_0000_0000_0000, // 4
    0xc010_0000_0000_0000, // -4
    0x3fd0_0000_0000_0000, // 0.25
    0x3fb9_9999_9999_999a, // 0.1
    0x400f_ffff_ffff_ffff, // just below 4
    0x4010_0000_0000_0001, // just above 4
    0x4330_0000_0000_0001, // 2^52 + 1
    0x0000_0000_0000_0001, // the smallest subnormal
    0x8000_0000_0000_0001, // the same below zero
    0x0000_0000_0000_0004, // a subnormal with an exact root
    0x000f_ffff_ffff_ffff, // the largest subnormal
    0x0010_0000_0000_0000, // the smallest normal
    0x7fef_ffff_ffff_ffff, // the largest
    0xffef_ffff_ffff_ffff, // the lowest
    0x7ff0_0000_0000_0000, // infinity
    0xfff0_0000_0000_0000, // -infinity
    0x7ff8_0000_0000_0000, // NaN
    0xfff8_0000_0000_0000, // NaN with its sign set
    0x7ff8_0000_0000_1234, // NaN with a payload
];

const NAMES: [&str; 7] = [
    "Ada",
    "",
    "Zo\u{eb}",
    "\u{1f980}",
    "a b\tc",
    "\"\\",
    "\u{10ffff}",
];

/// Bytes that are not UTF-8: a lone byte, a cut character, an overlong NUL, a surrogate, too large.
const NOT_UTF8: [&[u8]; 5] = [
    b"\xff",
    b"Zo\xc3",
    b"a\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
];

/// The fixed set.
pub fn fixed() -> Vec<String> {
    let mut cases = Vec::new();
    let mut add = |case: String| cases.push(case);
    let special = SPECIAL.map(digits);
    let four = bits(4.0);
    let [hi, ada, x] = ["Hi", "Ada", "x"].map(encoded);
    add("nothing".into());
    for value in &special {
        for name in ["nothing", "scalar", "struct", "error"] {
            add(format!("{name} {value}"));
        }
        add(format!("buffer {value} NULL"));
        add(format!("buffer {value} 400"));
    }
    add(format!("error {four} NULL"));
    add(format!("error {} NULL", bits(-4.0)));

    let long = "n".repeat(1_000_000);
    for name in NAMES.into_iter().chain([long.as_str()]).map(encoded) {
        add(format!("text-in {name}"));
        add(format!("text-out {name}"));
    }
    for bytes in NOT_UTF8.map(encoded) {
        add(format!("text-in {bytes}"));
        add(format!("handle {bytes} {x}"));
        add(format!("handle {hi} {bytes},{x}"));
        add(format!("panic {bytes}"));
    }
    add("text-in NULL".into());
    add(format!("text-in {ada} NULL"));
    add("text-in NULL NULL".into());

    // Around the 34 bytes that the sentence of 4 needs, whatever the number is by then.
    for size in (0..3).chain(30..38) {
        add(format!("buffer {four} {size}"));
    }
    add(format!("buffer {four} NULL 10"));
    add(format!("buffer {four} 100 NULL"));

    let three = list([1.0, 4.0, 9.0].map(bits));
    let many = list((0..10_000).map(|number| bits(f64::from(number))));
    // A loop may take several elements at a time, whatever their number, and a buffer on the way ends at
    // some power of two: each length beside one leaves a rest of its own.
    let lengths = (0..=12).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
    let by_length = lengths.map(|length| list(special.iter().cycle().take(length).cloned()));
    let lists = [four, three.clone(), list(special.clone()), many];
    for values in lists.into_iter().chain(by_length) {
        add(format!("slice apart {values}"));
        add(format!("slice in-place {values}"));
        add(format!("callback 0 {values}"));
    }
    add(format!("slice overlap {three}"));
    for mode in ["null-values", "null-roots"] {
        add(format!("slice {mode} {three}"));
        add(format!("slice {mode} -"));
    }
    for mode in [
        "misaligned-values",
        "misaligned-roots",
        "too-large",
        "too-large-max",
    ] {
        add(format!("slice {mode} {three}"));
    }

    for words in NAMES.map(encoded) {
        add(format!("handle {words} {}", list(NAMES.map(encoded))));
    }
    add(format!("handle {hi} -"));
    add(format!("handle NULL {x}"));
    add(format!("handle {hi} NULL,{x},NULL"));
    for what in [
        "greet-greeter",
        "greet-greeting",
        "count-greeter",
        "count-count",
        "new-greeter",
        "free",
    ] {
        add(format!("handle-null {what}"));
    }

    for stop in 1..5 {
        add(format!("callback {stop} {three}"));
    }
    add(format!("callback NULL {three}"));
    add(format!("callback-null {three}"));
    add(format!("callback-again {ada} {three}"));
    add(format!("callback-again {ada} -"));

    add("panic NULL".into());
    for message in ["boom", "", "two\nlines", "50% \u{e9}"].map(encoded) {
        add(format!("panic {message}"));
    }
    // Too long for the last error, which ends in the middle of a character, whatever stands before
    // the message: one of these begins so that it does.
    for character in ["\u{e9}", "\u{20ac}", "\u{1f980}"] {
        for before in 0..character.len() {
            let message = "x".repeat(before) + &character.repeat(800 / character.len());
            add(format!("panic {}", encoded(message)));
        }
    }
    cases
}

/// `count` cases drawn with `seed`: the same for the same two.
pub fn random(seed: u64, count: u64) -> impl Iterator<Item = String> {
    let mut dice = Dice::new(seed);
    (0..count).map(move |_| dice.case())
}

fn digits(number: u64) -> String {
    bits(f64::from_bits(number))
}

/// What hello's cases are drawn with.
trait Draw {
    fn double(&mut self) -> String;
    fn doubles(&mut self) -> String;
    fn text(&mut self) -> String;
    fn case(&mut self) -> String;
}

impl Draw for Dice {
    /// Any double but a signalling NaN, which a move through a register may make a quiet one.
    fn double(&mut self) -> String {
        let number = match self.below(4) {
            0 => SPECIAL[self.below(SPECIAL.len() as u64) as usize],
            1 => (self.below(1_000_000) as f64).to_bits(),
            _ => self.roll(),
        };
        let is_nan = f64::from_bits(number).is_nan();
        digits(if is_nan {
            number | 0x0008_0000_0000_0000
        } else {
            number
        })
    }

    fn doubles(&mut self) -> String {
        let count = match self.below(4) {
            0 => self.below(140),
            _ => self.below(20),
        };
        list((0..count).map(|_| self.double()))
    }

    /// Characters of every length, or now and then any bytes but NUL.
    fn text(&mut self) -> String {
        let length = self.below(30);
        if self.below(5) == 0 {
            let bytes: Vec<u8> = (0..length).map(|_| 1 + self.below(255) as u8).collect();
            return encoded(bytes);
        }
        let characters: String = (0..length)
            .map(|_| {
                let limit = [0x7f, 0x7ff, 0xffff, 0x10_ffff][self.below(4) as usize];
                char::from_u32(1 + self.below(limit) as u32).unwrap_or('?')
            })
            .collect();
        encoded(characters)
    }

    fn case(&mut self) -> String {
        match self.below(13) {
            0 => format!("nothing {}", self.double()),
            1 => format!("scalar {}", self.double()),
            2 => format!("struct {}", self.double()),
            3 => format!("error {}", self.double()),
            4 => format!("text-in {}", self.text()),
            5 => format!("text-out {}", self.text()),
            6 => format!("buffer {} {}", self.double(), self.below(80)),
            7 => format!("slice apart {}", self.doubles()),
            8 => format!("slice in-place {}", self.doubles()),
            9 => format!("handle {} {},{}", self.text(), self.text(), self.text()),
            10 => format!("callback {} {}", self.below(8), self.doubles()),
            11 => format!("panic {}", self.text()),
            _ => format!("status {}", self.roll() as i32 % 20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, count: u64) -> Vec<String> {
        random(seed, count).collect()
    }

    #[test]
    fn a_seed_gives_the_same_cases_and_another_one_others() {
        assert_eq!(drawn(1, 50), drawn(1, 50));
        assert_ne!(drawn(1, 50), drawn(2, 50));
        assert_eq!(drawn(1, 50).len(), 50);
    }

    #[test]
    fn the_random_set_reaches_every_kind_that_it_knows() {
        let cases = drawn(7, 500);
        for name in [
            "nothing",
            "struct",
            "buffer",
            "slice in-place",
            "handle",
            "callback",
            "panic",
        ] {
            assert!(cases.iter().any(|case| case.starts_with(name)), "{name}");
        }
    }
}
