//! A few lines of a transcript that show what may happen, chosen and made legible.

/// A case and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    pub case: &'a str,
    pub answer: &'a str,
}

/// From the lines of a transcript: each case of these crossings with its answer. What the library
/// printed in between is left out.
pub fn answers<'a>(cases: &'a str, transcript: &'a str, crossings: &[&str]) -> Vec<Answer<'a>> {
    let cases: Vec<&str> = cases.lines().collect();
    let mut answers = Vec::new();
    for line in transcript.lines() {
        let Some((number, rest)) = line.split_once(' ') else {
            continue;
        };
        let case = number.parse::<usize>().ok();
        let case = case.and_then(|number| cases.get(number.wrapping_sub(1)));
        let (crossing, answer) = rest.split_once(' ').unwrap_or((rest, ""));
        if let Some(case) = case
            && crossings.contains(&crossing)
        {
            answers.push(Answer { case, answer });
        }
    }
    answers
}

/// One of each kind, the shortest: a success, each kind of failure, a special value.
pub fn sample<'a>(answers: &[Answer<'a>]) -> Vec<Answer<'a>> {
    let length = |it: &Answer| it.case.len() + it.answer.len();
    let mut chosen: Vec<Answer> = Vec::new();
    for answer in answers {
        match chosen.iter_mut().find(|other| kind(other) == kind(answer)) {
            Some(other) if length(answer) < length(other) => *other = *answer,
            Some(_) => {}
            None => chosen.push(*answer),
        }
    }
    chosen
}

/// What distinguishes an answer: its statuses, and the special numbers in its question.
fn kind<'a>(answer: &Answer<'a>) -> (Vec<&'a str>, Option<&'static str>) {
    let statuses = words(answer.answer).filter(|word| word.starts_with("HELLO_STATUS_"));
    let mut statuses: Vec<&str> = statuses.collect();
    statuses.dedup();
    // Beside a failure the number is no matter.
    let is_failure = statuses.iter().any(|status| *status != "HELLO_STATUS_OK");
    let numbers = words(answer.case).filter_map(double);
    let special = numbers.filter_map(special).next();
    (statuses, special.filter(|_| !is_failure))
}

fn special(number: f64) -> Option<&'static str> {
    match number {
        _ if number.is_nan() => Some("nan"),
        _ if number.is_infinite() => Some("infinity"),
        _ if number < 0.0 => Some("below zero"),
        _ if number == 0.0 && number.is_sign_negative() => Some("-0"),
        _ => None,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', ':'])
}

/// The number behind its 16 digits.
fn double(word: &str) -> Option<f64> {
    let is_bits = word.len() == 16 && is_hex(word);
    let bits = is_bits.then(|| u64::from_str_radix(word, 16).ok())?;
    bits.map(f64::from_bits)
}

fn is_hex(digits: &str) -> bool {
    digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// The text behind its bytes, such as `x626f6f6d`.
fn text(word: &str) -> Option<String> {
    let digits = word.strip_prefix('x')?;
    if digits.len() > MOST || digits.len() % 2 == 1 || !is_hex(digits) {
        return None;
    }
    let starts = (0..digits.len()).step_by(2);
    let bytes = starts.map(|start| u8::from_str_radix(&digits[start..start + 2], 16).ok());
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}

/// How many characters of a line are shown.
const MOST: usize = 150;

/// The line with each double and each text beside its bytes, cut where it is long.
pub fn decoded(line: &str) -> String {
    let mut decoded = String::new();
    for piece in line.split_inclusive([' ', ',', ':']) {
        let word = piece.trim_end_matches([' ', ',', ':']);
        decoded += word;
        if let Some(number) = double(word) {
            decoded += &format!("={number:?}");
        } else if let Some(text) = text(word) {
            decoded += &format!("={text:?}");
        }
        decoded += &piece[word.len()..];
    }
    match decoded.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}... ({} bytes)", &decoded[..end], line.len()),
        None => decoded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: &str = "scalar 3ff0000000000000\nerror 4010000000000000\nerror 4000000000000000\n\
                         error bff0000000000000\nerror 7ff8000000000000\n";
    const TRANSCRIPT: &str = "1 scalar 3ff0000000000000\n2 error HELLO_STATUS_OK 4000000000000000\n\
                              A line!\n3 error HELLO_STATUS_OK 3ff6a09e667f3bcd\n\
                              4 error HELLO_STATUS_DOMAIN \"no root\"\n\
                              5 error HELLO_STATUS_OK 7ff8000000000000\n";

    #[test]
    fn a_sample_has_one_of_each_kind() {
        let all = answers(CASES, TRANSCRIPT, &["error"]);
        assert_eq!(all.len(), 4);
        let chosen: Vec<&str> = sample(&all).iter().map(|it| it.case).collect();
        assert_eq!(
            chosen,
            [
                "error 4010000000000000",
                "error bff0000000000000",
                "error 7ff8000000000000"
            ]
        );
    }

    #[test]
    fn doubles_and_texts_stand_beside_their_bytes() {
        assert_eq!(
            decoded("panic x626f6f6d xff x"),
            "panic x626f6f6d=\"boom\" xff x=\"\""
        );
        assert_eq!(
            decoded("OK 4010000000000000:4000000000000000,8000000000000000 x"),
            "OK 4010000000000000=4.0:4000000000000000=2.0,8000000000000000=-0.0 x=\"\""
        );
        assert!(decoded(&"é".repeat(200)).ends_with("... (400 bytes)"));
    }
}
