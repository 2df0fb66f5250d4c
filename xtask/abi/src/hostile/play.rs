//! Plays sequences of calls, each in a process of its own, and finds what goes wrong in them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::interface::Function;
use super::write::{Tables, ends, is_read};
use crate::process::SEARCH_VARIABLES;

/// How many arguments are tried until a call does what it is meant to do.
const TRIES: u64 = 12;
/// The calls of a random sequence.
const LENGTH: usize = 64;
/// The sequences that one process makes.
const BATCH: usize = 400;

/// What is special about a call, as the driver numbers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// Nothing.
    #[default]
    Ordinary,
    /// NULL for each parameter of a mask.
    Nulls,
    /// A pointer that is `number` bytes past an aligned address.
    Misaligned,
    /// NULL for the callback with this number in a struct.
    Field,
    /// Large arguments, and the large allocation with this number fails.
    Memory,
    /// As many calls as `number` says.
    Many,
    /// As many elements in each array as `number` says.
    Counted,
    /// It is shown what the call did.
    Look,
}

/// A call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Item {
    /// The index of the function.
    pub function: usize,
    /// What its arguments are drawn from; 0 for the plainest.
    pub seed: u64,
    /// What is special about it.
    pub kind: Kind,
    /// A bit for each parameter.
    pub nulls: u32,
    /// The parameter that is misaligned.
    pub at: usize,
    /// See [`Kind`].
    pub number: usize,
}

impl Item {
    /// A call that is looked at.
    pub fn look(function: usize, seed: u64) -> Item {
        let kind = Kind::Look;
        Item {
            function,
            seed,
            kind,
            ..Item::default()
        }
    }
}

/// What came of it.
#[derive(Default, Debug)]
pub struct Played {
    facts: Vec<(String, String)>,
    /// How the process ended, if not well.
    pub died: Option<String>,
    /// What was printed to standard error.
    pub stderr: String,
}

impl Played {
    /// The values of the facts of a name.
    pub fn all<'p>(&'p self, name: &'p str) -> impl DoubleEndedIterator<Item = &'p str> {
        let named = self.facts.iter().filter(move |(what, _)| what == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The numbers of a name.
    pub fn numbers(&self, name: &str) -> Vec<i128> {
        self.all(name)
            .filter_map(|number| number.parse().ok())
            .collect()
    }

    /// The last number of a name.
    pub fn number(&self, name: &str) -> Option<i128> {
        self.numbers(name).pop()
    }

    /// Whether the special call was made, and all ended well.
    pub fn is_well(&self) -> bool {
        self.died.is_none() && self.number("made") == Some(1)
    }

    /// Whether the process was ended after its time.
    pub fn is_slow(&self) -> bool {
        self.died
            .as_ref()
            .is_some_and(|died| died.starts_with("it did not end"))
    }

    /// How the process ended, with the first words of a sanitizer or of a panic.
    pub fn end(&self) -> String {
        let died = self.died.clone().unwrap_or_default();
        let mut lines = self.stderr.lines();
        let starts = ["AddressSanitizer: ", "panicked at "];
        let found = lines.find_map(|line| {
            let words = starts
                .iter()
                .find_map(|start| Some((start, line.split_once(start)?.1)));
            words.map(|(start, rest)| {
                format!(
                    "{start}{}",
                    rest.split(" on address").next().unwrap_or(rest)
                )
            })
        });
        let Some(mut words) = found else {
            return died;
        };
        if words.ends_with(':') {
            // Without the address, which is another one each time.
            let message = lines.next().unwrap_or_default();
            words += &format!(" {}", message.split(" but is 0x").next().unwrap_or(message));
        }
        format!("{died}: {words}")
    }
}

/// What goes wrong in random calls.
#[derive(Debug)]
pub struct Crash {
    /// The function that was called last.
    pub function: String,
    /// How it ended.
    pub played: Played,
    /// Where it was found.
    pub origin: String,
    /// What repeats it.
    pub program: String,
}

/// The compiled driver with the library that it calls.
pub struct Driver<'a> {
    /// What it was compiled with.
    pub tables: &'a Tables<'a>,
    /// Starts it.
    pub command: Box<dyn Fn() -> Command + 'a>,
    limit: Duration,
    /// Arguments for all calls.
    pub flags: Vec<&'static str>,
    /// The functions that random calls are made of.
    functions: Vec<usize>,
    /// The calls that make what others need.
    setup: Vec<Item>,
    /// By the function: the parameters that are not the caller's any more after a call.
    pub consumed: BTreeMap<usize, u32>,
}

/// Starts a program as if no cargo had started this one, and without backtraces: what std keeps for them
/// would count as left.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for name in SEARCH_VARIABLES {
        command.env_remove(name);
    }
    command.env("RUST_BACKTRACE", "0");
    command
}

/// All of these fail only if the driver cannot do its work.
#[allow(clippy::missing_errors_doc, reason = "said once")]
impl<'a> Driver<'a> {
    /// The program that `command` starts, each time for `limit` at most.
    pub fn new(
        tables: &'a Tables<'a>,
        limit: Duration,
        command: Box<dyn Fn() -> Command + 'a>,
    ) -> Driver<'a> {
        Driver {
            tables,
            command,
            limit,
            flags: Vec::new(),
            functions: tables.callable.clone(),
            setup: Vec::new(),
            consumed: BTreeMap::new(),
        }
    }

    /// Makes the calls.
    pub fn play(&self, flags: &[&str], sequences: &[Vec<Item>]) -> Result<Played> {
        let mut text = String::new();
        for sequence in sequences {
            let words = sequence.iter().map(|item| self.in_words(item));
            text += &(words.collect::<Vec<_>>().join(" ") + "\n");
        }
        let mut command = (self.command)();
        command.args(&self.flags).args(flags);
        command.arg(format!("--seconds={}", self.limit.as_secs()));
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = pipes.stderr(Stdio::piped()).spawn();
        let mut child = child.context("the driver of the calls does not run")?;
        let stdin = child.stdin.take();
        let output = thread::scope(|scope| {
            // A process that has ended reads no more.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
            child.wait_with_output()
        })?;
        let status = output.status;
        let [output, stderr] = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if let Some(words) = stderr.strip_prefix("driver: ") {
            bail!("the driver of the calls: {words}");
        }
        let facts = output.lines().filter_map(|line| line.split_once('\t'));
        let facts = facts.map(|(what, value)| (what.to_owned(), value.to_owned()));
        let facts: Vec<(String, String)> = facts.collect();
        let is_whole = facts.last().is_some_and(|(what, _)| what == "end");
        let words = status
            .to_string()
            .replace("signal: ", "signal ")
            .replace(" (core dumped)", "");
        // The driver's own alarm.
        let died = match words.starts_with("signal 14 ") {
            true => Some(format!("it did not end within {} s", self.limit.as_secs())),
            false => Some(words.replace("exit status: ", "exit code ")),
        };
        let died = died.filter(|_| !(status.success() && is_whole));
        Ok(Played {
            facts,
            died,
            stderr,
        })
    }

    fn in_words(&self, item: &Item) -> String {
        let Item {
            function,
            seed,
            kind,
            nulls,
            at,
            number,
        } = item;
        let consumed = self.consumed.get(function).copied().unwrap_or_default();
        format!(
            "{function}:{seed}:{}:{nulls}:{at}:{number}:{consumed}",
            *kind as u8
        )
    }

    fn function(&self, index: usize) -> &Function {
        &self.tables.interface.functions[index]
    }

    /// The calls after those that make what they need.
    pub fn after_setup(&self, items: &[Item]) -> Vec<Item> {
        [&self.setup, items].concat()
    }

    fn look(&self, flags: &[&str], function: usize, seed: u64) -> Result<Played> {
        self.play(flags, &[self.after_setup(&[Item::look(function, seed)])])
    }

    /// Finds calls that make what others need, with the plainest arguments first; one thing may be made
    /// from another. Returns the types of which none was made.
    pub fn find_setup(&mut self) -> Result<Vec<String>> {
        let mut unmade: Vec<(usize, String)> = self.tables.handles().collect();
        let mut makers = BTreeMap::new();
        loop {
            let before = unmade.len();
            for (pool, name) in std::mem::take(&mut unmade) {
                let Some(maker) = self.find_maker(pool)? else {
                    unmade.push((pool, name));
                    continue;
                };
                makers.insert(pool, maker);
                self.find_consumed(maker.function)?;
                self.setup.push(maker);
                // What it has taken is made once more.
                let consumed = self
                    .consumed
                    .get(&maker.function)
                    .copied()
                    .unwrap_or_default();
                let needed = self
                    .tables
                    .needed(self.function(maker.function))
                    .into_iter();
                let taken = needed.filter(|(at, _)| consumed >> at & 1 != 0);
                let again: Vec<Item> = taken
                    .filter_map(|(_, pool)| makers.get(&pool).copied())
                    .collect();
                self.setup.extend(again);
            }
            if unmade.len() == before {
                return Ok(unmade.into_iter().map(|(_, name)| name).collect());
            }
        }
    }

    fn find_maker(&self, pool: usize) -> Result<Option<Item>> {
        let makes = |function: &&usize| self.tables.made(self.function(**function)).contains(&pool);
        for seed in 0..TRIES {
            for &function in self.tables.callable.iter().filter(makes) {
                let played = self.look(&["--keeps-all"], function, seed)?;
                if played.is_well() && played.numbers("kept").contains(&(pool as i128)) {
                    return Ok(Some(Item {
                        function,
                        seed,
                        ..Item::default()
                    }));
                }
            }
        }
        Ok(None)
    }

    /// Finds the functions after which what they used cannot be freed any more: they have taken it.
    pub fn find_consumers(&mut self) -> Result<()> {
        let functions = self.tables.callable.iter();
        functions
            .copied()
            .try_for_each(|function| self.find_consumed(function))
    }

    fn find_consumed(&mut self, function: usize) -> Result<()> {
        if self.consumed.contains_key(&function) {
            return Ok(());
        }
        for at in self.consumable(function) {
            for seed in 0..TRIES / 2 {
                if !self.look(&["--keeps-all"], function, seed)?.is_well()
                    || self.look(&[], function, seed)?.is_well()
                {
                    continue;
                }
                let before = self.consumed.clone();
                *self.consumed.entry(function).or_default() |= 1 << at;
                if self.look(&[], function, seed)?.is_well() {
                    break;
                }
                // It is another one's fault.
                self.consumed = before;
            }
        }
        Ok(())
    }

    /// The parameters of a function that it may take from the caller. From a function that makes nothing, and
    /// does not say that something ends, nobody expects it of the first.
    fn consumable(&self, function: usize) -> Vec<usize> {
        let of = self.function(function);
        let needed = self.tables.needed(of);
        let may_end = ends(&of.name) || !self.tables.made(of).is_empty();
        let is_possible = |&(at, pool): &(usize, usize)| {
            !is_read(&of.signature.parameters[at].of)
                && (may_end || needed.first() != Some(&(at, pool)))
                && self.tables.is_freed(pool)
                && !self.tables.frees(function)
        };
        let possible = needed.iter().copied().filter(is_possible);
        possible.map(|(at, _)| at).collect()
    }

    /// The seed with which an ordinary call of a function ends well; or, if it never does, the last end of
    /// one, and none if it cannot be made.
    pub fn ordinary(&self, function: usize) -> Result<Result<u64, Option<Played>>> {
        let mut last = None;
        for seed in 0..TRIES {
            let played = self.look(&["--keeps-all"], function, seed)?;
            if played.is_well() {
                return Ok(Ok(seed));
            }
            last = played.died.is_some().then_some(played).or(last);
        }
        Ok(Err(last))
    }

    /// Leaves out what is not needed for a failure, in pieces that get smaller and smaller. The last `kept`
    /// stay.
    fn shorten(
        &self,
        mut items: Vec<Item>,
        kept: usize,
        fails: &dyn Fn(&[Item]) -> Result<bool>,
    ) -> Result<Vec<Item>> {
        let mut size = items.len().div_ceil(2);
        while size > 0 {
            let mut from = 0;
            while from + kept < items.len() {
                let mut shorter = items.clone();
                shorter.drain(from..(from + size).min(items.len() - kept));
                match fails(&shorter)? {
                    true => items = shorter,
                    false => from += size,
                }
            }
            size /= 2;
        }
        Ok(items)
    }

    /// The program that repeats calls.
    pub fn program(&self, flags: &[&str], items: &[Item]) -> Result<(String, Played)> {
        let played = self.play(&[flags, &["--tell"]].concat(), &[items.to_vec()])?;
        let lines = |name| {
            played
                .all(name)
                .map(|line| format!("{line}\n"))
                .collect::<String>()
        };
        Ok((self.tables.program(&lines("main"), &lines("visit")), played))
    }

    /// The shortest one that ends as these calls did, of which the last stays. What takes long is not tried
    /// again and again.
    pub fn shortest(
        &self,
        flags: &[&str],
        mut items: Vec<Item>,
        played: &Played,
    ) -> Result<String> {
        let dies = |items: &[Item]| Ok(self.play(flags, &[items.to_vec()])?.died.is_some());
        if !played.is_slow() {
            items = self.shorten(items, 1, &dies)?;
        }
        Ok(self.program(flags, &items)?.0)
    }

    /// The sequences from a number on that one process makes.
    pub fn batch(&self, seed: u64, number: usize) -> Vec<Vec<Item>> {
        let sequences = number..number + BATCH;
        sequences
            .map(|number| sequence(&self.functions, seed, number))
            .collect()
    }

    /// Makes random calls until something goes wrong, `limit` times at most; with `counts` also if memory
    /// is left. Returns what went wrong and how many calls there were.
    pub fn random(
        &mut self,
        flags: &[&str],
        calls: usize,
        seed: u64,
        (counts, limit): (bool, usize),
    ) -> Result<(Vec<Crash>, usize)> {
        let mut crashes: Vec<Crash> = Vec::new();
        let (mut number, mut made) = (0, 0);
        while made < calls && crashes.len() < limit {
            let sequences = self.batch(seed, number);
            let mut played = self.play(flags, &sequences)?;
            let failed = match played.died {
                Some(_) => Some(played.all("begin").count().saturating_sub(1)),
                None if counts => self.leaking(flags, &played, &sequences)?,
                None => None,
            };
            let Some(failed) = failed else {
                let count = usize::try_from(played.number("end").unwrap_or_default())?;
                if count == 0 {
                    bail!("no call could be made");
                }
                number += BATCH;
                made += count;
                continue;
            };
            made += failed * LENGTH;
            let fails = |items: &[Item]| match played.died {
                Some(_) => Ok(self.play(flags, &[items.to_vec()])?.died.is_some()),
                None => Ok(self
                    .leaking(flags, &Played::default(), &[items.to_vec()])?
                    .is_some()),
            };
            let mut items = sequences[failed].clone();
            let mut words = "it fails only after those before it".to_owned();
            if !played.is_slow() && fails(&items)? {
                items = self.shorten(items, 0, &fails)?;
                words = format!("{} of {LENGTH} calls are enough", items.len());
            }
            let origin = format!("seed {seed}, sequence {}: {words}", number + failed);
            number += failed + 1;
            if self.is_explained(flags, &items)? {
                continue;
            }
            let (program, again) = self.program(flags, &items)?;
            let last = again.all("main").next_back().unwrap_or_default();
            let function = last
                .split('(')
                .next()
                .and_then(|words| words.split_whitespace().next_back());
            let function = function.unwrap_or_default().to_owned();
            // Other things are found without the last that makes nothing.
            let is_user = |item: &&Item| self.tables.made(self.function(item.function)).is_empty();
            let last = items
                .iter()
                .rev()
                .find(is_user)
                .or(items.last())
                .map(|item| item.function);
            self.functions.retain(|function| last != Some(*function));
            if again.died.is_some() {
                played = again;
            }
            let is_other =
                |known: &Crash| known.function != function || known.played.end() != played.end();
            if crashes.iter().all(is_other) {
                crashes.push(Crash {
                    function,
                    played,
                    origin,
                    program,
                });
            }
        }
        Ok((crashes, made))
    }

    /// The first sequence that leaves memory whenever it is made: what is made once and kept is no leak.
    fn leaking(
        &self,
        flags: &[&str],
        played: &Played,
        sequences: &[Vec<Item>],
    ) -> Result<Option<usize>> {
        let blocks = played.numbers("blocks");
        for (at, sequence) in sequences.iter().enumerate() {
            if at > 0 && blocks[at] <= blocks[at - 1] {
                continue;
            }
            let again = self.play(flags, &vec![sequence.clone(); 4])?;
            if again.numbers("blocks").is_sorted_by(|a, b| a < b) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Whether a function that was not known to take an argument explains how calls end: it is taken to do so.
    fn is_explained(&mut self, flags: &[&str], items: &[Item]) -> Result<bool> {
        if !self.flags.contains(&"--valid") {
            return Ok(false);
        }
        for item in items {
            for at in self.consumable(item.function) {
                let before = self.consumed.clone();
                *self.consumed.entry(item.function).or_default() |= 1 << at;
                if self.consumed != before && self.play(flags, &[items.to_vec()])?.died.is_none() {
                    return Ok(true);
                }
                self.consumed = before;
            }
        }
        Ok(false)
    }
}

/// The calls follow from two numbers.
fn sequence(functions: &[usize], seed: u64, number: usize) -> Vec<Item> {
    let mut state = seed
        .wrapping_mul(0x100_0000_01b3)
        .wrapping_add(number as u64);
    let mut random = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    random();
    let mut item = || Item {
        function: functions[usize::try_from(random() >> 8).unwrap_or_default() % functions.len()],
        seed: random() | 1,
        ..Item::default()
    };
    (0..LENGTH).map(|_| item()).collect()
}
