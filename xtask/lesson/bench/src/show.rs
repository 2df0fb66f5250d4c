//! A run on the terminal.

use std::io;

use xtask::say;
use xtask::term::{bold, dim, green, red, yellow};

use crate::compare::{Pair, WITHIN};
use crate::instructions;
use crate::numbers;
use crate::record::{Figure, Record};
use crate::runtime::Runtime;
use crate::table::{self, CONTENDERS, Code, Contender, ROWS};

/// Columns of the longest bar.
const BAR: f64 = 28.0;

/// Whether a contender could have a figure in the row.
pub fn applies(contender: &Contender, row: &str) -> bool {
    let only_slices = ["numpy", "prepared"].contains(&contender.id);
    row.starts_with("slice-") || !only_slices
}

/// The rows and the contenders.
pub fn list() -> io::Result<()> {
    say!("{}", bold("rows"))?;
    for row in ROWS {
        say!("  {}  {}", bold(&format!("{:14}", row.id)), row.about)?;
    }
    say!("\n{}", bold("contenders"))?;
    CONTENDERS.iter().try_for_each(|contender| {
        let name = bold(&format!("{:18}", contender.title));
        say!("  {name}  {}", contender.about)
    })
}

/// All of it.
pub fn record(record: &Record) -> io::Result<()> {
    say!("{}", record.machine.sentence())?;
    let text = format!(
        "A call, the median of {} rounds; ± half the distance of the quarters; the ratio to C → C; bars \
         are logarithmic",
        record.rounds
    );
    say!("{}", dim(&text))?;
    for figures in &record.rows {
        row(record, &figures.row, &figures.figures)?;
    }
    if !record.instructions.is_empty() {
        counts(record)?;
    }
    if !record.runtimes.is_empty() {
        runtimes(&record.runtimes)?;
    }
    if !record.missing.is_empty() {
        say!("")?;
    }
    for missing in &record.missing {
        let title = table::title(&missing.contender);
        say!("{} {title}: {}", yellow("missing"), missing.reason)?;
    }
    claims(record)
}

fn row(record: &Record, id: &str, figures: &[Figure]) -> io::Result<()> {
    let (title, about) = table::row(id).map_or((id, ""), |row| (row.title, row.about));
    say!("\n{}  {}", bold(title), dim(about))?;
    let medians = || figures.iter().map(|figure| figure.nanoseconds.median);
    let (least, most) = (
        medians().fold(f64::INFINITY, f64::min),
        medians().fold(0.0, f64::max),
    );
    for contender in CONTENDERS.iter().filter(|one| applies(one, id)) {
        let Some(figure) = record.figure(id, contender.id) else {
            if record.is_missing(contender.id) {
                say!("  {:18} {}", contender.title, dim("missing"))?;
            }
            continue;
        };
        let time = figure.nanoseconds;
        // The shortest is half a decade long, so that it is seen.
        let scale = (most / least).log10() + 0.5;
        let length = BAR * ((time.median / least).log10() + 0.5) / scale;
        let spread = format!("±{:.0} %", time.relative() * 50.0);
        let ratio = figure
            .ratio
            .map_or(String::new(), |ratio| numbers::ratio(ratio.median));
        say!(
            "  {:18} {:>8} {} {ratio:>7}  {}",
            contender.title,
            numbers::time(time.median),
            dim(&format!("{spread:>6}")),
            paint(contender.code, &bar(length))
        )?;
    }
    Ok(())
}

/// A bar of so many columns, to an eighth.
fn bar(length: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (length * 8.0).round().max(1.0) as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

fn paint(code: Code, text: &str) -> String {
    match code {
        Code::Rust => yellow(text),
        Code::Go => xtask::term::cyan(text),
        Code::C | Code::Other => dim(text),
    }
}

fn counts(record: &Record) -> io::Result<()> {
    say!(
        "\n{}  {}",
        bold("instructions of a call"),
        dim("with the loop around it, counted by valgrind")
    )?;
    say!("  {:18}{}", "", headings())?;
    for id in instructions::CONTENDERS {
        let title = table::title(id);
        let cells = instructions::ROWS.map(|row| {
            let count = instructions::find(&record.instructions, row, id);
            format!("{:>9}", count.map_or("-".into(), numbers::three_digits))
        });
        say!("  {title:18}{}", cells.concat())?;
    }
    Ok(())
}

fn headings() -> String {
    instructions::ROWS
        .map(|row| format!("{:>9}", table::row(row).map_or(row, |row| row.short)))
        .concat()
}

/// A fact about a runtime: its name, and the figure in words.
pub type Fact = (&'static str, fn(&Runtime) -> String);

/// What is told of a runtime.
pub static RUNTIME: &[Fact] = &[
    ("size, stripped", |it| numbers::bytes(it.size as f64)),
    ("load and first call", |it| numbers::time(it.load.median)),
    ("memory it adds", |it| {
        numbers::bytes(it.memory.max(0) as f64)
    }),
    ("threads it adds", |it| it.threads.to_string()),
    ("signal handlers it sets", |it| it.handlers.to_string()),
    ("dlclose() unloads it", |it| {
        if it.unloads { "yes" } else { "no" }.into()
    }),
    ("a forked child", |it| it.fork.clone()),
    ("printing to a closed pipe", |it| it.closed_stdout.clone()),
];

/// The languages in the order of the columns; the last may be missing.
pub const LANGUAGES: [&str; 3] = ["C", "Rust", "Go"];

fn runtimes(found: &[Runtime]) -> io::Result<()> {
    say!("\n{}", bold("what comes along with the library"))?;
    say!(
        "  {:26}{}",
        "",
        LANGUAGES.map(|language| format!("{language:>22}")).concat()
    )?;
    for (name, figure) in RUNTIME {
        let cells = LANGUAGES.map(|language| {
            let of = crate::runtime::find(found, language);
            format!("{:>22}", of.map_or("missing".into(), figure))
        });
        say!("  {name:26}{}", cells.concat())?;
    }
    Ok(())
}

fn claims(record: &Record) -> io::Result<()> {
    // Of a few rows, only what is about them.
    let is_whole = record.rows.len() == ROWS.len();
    let told = record
        .claims
        .iter()
        .filter(|verdict| is_whole || verdict.holds.is_some());
    for (number, verdict) in told.enumerate() {
        if number == 0 {
            say!("\n{}", bold("claims"))?;
        }
        let word = format!("{:12}", verdict.word());
        let word = match verdict.holds {
            Some(true) => green(&word),
            Some(false) => red(&word),
            None => dim(&word),
        };
        let measured = verdict.measured.map_or("-".into(), numbers::three_digits);
        let row = if verdict.row.is_empty() {
            String::new()
        } else {
            format!(", {}", verdict.row)
        };
        let bound = dim(&format!("{:7}", verdict.bound));
        say!("  {word}  {measured:>6} {bound} {}{row}", verdict.claim)?;
    }
    Ok(())
}

/// Two runs.
pub fn comparison(pairs: &[Pair]) -> io::Result<()> {
    let agreeing = pairs.iter().filter(|pair| pair.agrees()).count();
    for pair in pairs.iter().filter(|pair| !pair.agrees()) {
        let title = table::title(pair.contender);
        let [a, b] = pair.ratios.map(numbers::ratio);
        say!(
            "{:14}  {title:18}  {a:>7} {b:>7}  {}",
            pair.row,
            red(&format!("{:.0} % apart", pair.distance() * 100.0))
        )?;
    }
    say!(
        "{agreeing} of {} ratios are within {:.0} % of each other ({:.0} %)",
        pairs.len(),
        WITHIN * 100.0,
        100.0 * agreeing as f64 / pairs.len().max(1) as f64
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_it_says() {
        assert_eq!(bar(3.0), "███");
        assert_eq!(bar(2.5), "██▌");
        assert_eq!(bar(0.0), "▏", "what is there is seen");
    }

    #[test]
    fn numpy_has_slices_only() {
        let numpy = table::contender("numpy").unwrap();
        assert!(applies(numpy, "slice-10") && !applies(numpy, "sqrt"));
    }
}
