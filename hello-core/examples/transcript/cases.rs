//! The cases: a fixed set with everything that is special, and a seeded random one.

use crate::words::{Dice, encoded};

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
    add("nothing".into());
    for bits in SPECIAL {
        let value = digits(bits);
        for name in ["nothing", "scalar", "struct", "error"] {
            add(format!("{name} {value}"));
        }
        add(format!("buffer {value} NULL"));
        add(format!("buffer {value} 400"));
    }
    let four = digits(4.0_f64.to_bits());
    add(format!("error {four} NULL"));
    add(format!("error {} NULL", digits((-4.0_f64).to_bits())));

    let long = "n".repeat(1_000_000);
    for name in NAMES.into_iter().chain([long.as_str()]) {
        add(format!("text-in {}", encoded(name.as_bytes())));
        add(format!("text-out {}", encoded(name.as_bytes())));
    }
    for bytes in NOT_UTF8 {
        add(format!("text-in {}", encoded(bytes)));
        add(format!("handle {} {}", encoded(bytes), encoded(b"x")));
        add(format!(
            "handle {} {},{}",
            encoded(b"Hi"),
            encoded(bytes),
            encoded(b"x")
        ));
        add(format!("panic {}", encoded(bytes)));
    }
    add("text-in NULL".into());
    add(format!("text-in {} NULL", encoded(b"Ada")));
    add("text-in NULL NULL".into());

    // Around the 34 bytes that the sentence of 4 needs, whatever the number is by then.
    [0, 1, 2]
        .into_iter()
        .chain(30..38)
        .for_each(|size| add(format!("buffer {four} {size}")));
    add(format!("buffer {four} NULL 10"));
    add(format!("buffer {four} 100 NULL"));

    let special = SPECIAL.map(digits).join(",");
    let many = (0..10_000)
        .map(|n| digits(f64::from(n).to_bits()))
        .collect::<Vec<_>>()
        .join(",");
    let three = [1.0, 4.0, 9.0]
        .map(|value: f64| digits(value.to_bits()))
        .join(",");
    // A loop may take several elements at a time, whatever their number: each length beside a power of
    // two leaves it a rest of its own.
    let counts = (0..=10).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
    let by_length: Vec<String> = counts
        .map(|count: usize| {
            let numbers = SPECIAL.into_iter().cycle().take(count).map(digits);
            doubles(numbers.collect())
        })
        .collect();
    let lists = [&four, &three, &special, &many];
    for values in lists.into_iter().chain(&by_length) {
        add(format!("slice apart {values}"));
        add(format!("slice in-place {values}"));
        add(format!("callback 0 {values}"));
    }
    // A loop that takes several at a time, or a buffer on the way, ends at some power of two.
    for power in 0..=12 {
        for count in [(1 << power) - 1, 1 << power, (1 << power) + 1] {
            let numbers: Vec<String> = (0..count).map(|n| digits(f64::from(n).to_bits())).collect();
            let values = if count == 0 {
                "-".to_owned()
            } else {
                numbers.join(",")
            };
            add(format!("slice apart {values}"));
            add(format!("slice in-place {values}"));
        }
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

    let list = |names: &[&str]| {
        names
            .iter()
            .map(|name| encoded(name.as_bytes()))
            .collect::<Vec<_>>()
            .join(",")
    };
    for words in NAMES {
        add(format!(
            "handle {} {}",
            encoded(words.as_bytes()),
            list(&NAMES)
        ));
    }
    add(format!("handle {} -", encoded(b"Hi")));
    add(format!("handle NULL {}", encoded(b"x")));
    add(format!(
        "handle {} NULL,{},NULL",
        encoded(b"Hi"),
        encoded(b"x")
    ));
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

    [1, 2, 3, 4]
        .into_iter()
        .for_each(|stop| add(format!("callback {stop} {three}")));
    add(format!("callback NULL {three}"));
    add(format!("callback-null {three}"));
    add(format!("callback-again {} {three}", encoded(b"Ada")));
    add(format!("callback-again {} -", encoded(b"Ada")));

    add("panic NULL".into());
    for message in ["boom", "", "two\nlines", "50% \u{e9}"] {
        add(format!("panic {}", encoded(message.as_bytes())));
    }
    // Too long for the last error, which ends in the middle of a character, whatever stands before
    // the message: one of these begins so that it does.
    for character in ["\u{e9}", "\u{20ac}", "\u{1f980}"] {
        for before in 0..character.len() {
            let message = "x".repeat(before) + &character.repeat(800 / character.len());
            add(format!("panic {}", encoded(message.as_bytes())));
        }
    }
    cases
}

/// `count` cases drawn with `seed`: the same for the same two.
pub fn random(seed: u64, count: u64) -> impl Iterator<Item = String> {
    let mut dice = Dice::new(seed);
    (0..count).map(move |_| dice.case())
}

fn digits(bits: u64) -> String {
    format!("{bits:016x}")
}

/// A list of doubles, `-` for none.
fn doubles(digits: Vec<String>) -> String {
    if digits.is_empty() {
        "-".to_owned()
    } else {
        digits.join(",")
    }
}

impl Dice {
    /// Any double but a signalling NaN, which a move through a register may make a quiet one.
    fn double(&mut self) -> String {
        let bits = match self.below(4) {
            0 => SPECIAL[self.below(SPECIAL.len() as u64) as usize],
            1 => (self.below(1_000_000) as f64).to_bits(),
            _ => self.next(),
        };
        let is_nan = f64::from_bits(bits).is_nan();
        digits(if is_nan {
            bits | 0x0008_0000_0000_0000
        } else {
            bits
        })
    }

    fn doubles(&mut self) -> String {
        let count = match self.below(4) {
            0 => self.below(140),
            _ => self.below(20),
        };
        doubles((0..count).map(|_| self.double()).collect())
    }

    /// Characters of every length, or now and then any bytes but NUL.
    fn text(&mut self) -> String {
        let length = self.below(30);
        if self.below(5) == 0 {
            let bytes: Vec<u8> = (0..length).map(|_| 1 + self.below(255) as u8).collect();
            return encoded(&bytes);
        }
        let characters: String = (0..length)
            .map(|_| {
                let limit = [0x7f, 0x7ff, 0xffff, 0x10_ffff][self.below(4) as usize];
                char::from_u32(1 + self.below(limit) as u32).unwrap_or('?')
            })
            .collect();
        encoded(characters.as_bytes())
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
            _ => format!("status {}", self.next() as i32 % 20),
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
