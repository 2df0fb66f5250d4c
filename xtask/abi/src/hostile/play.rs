//! Plays sequences of calls, each in a process of its own, and finds what goes wrong in them.

use std::collections::BTreeMap;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::draw::{SLOTS, Sequence};
use super::interface::Function;
use super::roles::{Tables, ends};
use crate::calls::{RESULT, Random, callback_in_c, unhex};
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
    /// A call with the plainest arguments.
    pub fn of(function: usize, kind: Kind) -> Item {
        Item {
            function,
            kind,
            ..Item::default()
        }
    }
}

/// What a driver says of a call.
#[derive(Default, Debug)]
pub struct Said {
    /// Whether the driver could make it.
    pub is_made: bool,
    /// 0 for success, and of functions that have none.
    pub status: i128,
    /// The message of a failure, if there is one.
    pub error: String,
    /// It failed, and wrote a result.
    pub wrote: bool,
    /// How often its callbacks were called.
    pub visited: usize,
    /// How many bytes of memory there were after it, and whether an allocation had failed.
    pub bytes: i128,
    /// See above.
    pub refused: bool,
    /// All that it wrote, as the driver has it.
    pub shown: String,
    /// The pools for which there is something that it made.
    made: Vec<usize>,
    line: usize,
}

/// What came of sequences of calls.
#[derive(Default, Debug)]
pub struct Played {
    /// Of the calls about which something is said.
    pub said: Vec<Said>,
    /// How many sequences began, and how many calls were made.
    begun: usize,
    made: usize,
    /// How the process ended, if not well.
    pub died: Option<String>,
    /// What was printed to standard error.
    pub stderr: String,
}

impl Played {
    /// The call that something is special about; of a sequence with looks at what it did, the one in between.
    pub fn special(&self) -> Option<&Said> {
        self.said.iter().rfind(|said| said.bytes >= 0)
    }

    /// Whether the last call of which something is said was made, and all ended well.
    fn is_well(&self) -> bool {
        self.died.is_none() && self.said.last().is_some_and(|said| said.is_made)
    }

    /// Whether the process was ended after its time.
    pub fn is_slow(&self) -> bool {
        let died = self.died.as_deref().unwrap_or_default();
        died.starts_with("it did not end")
    }

    /// How the process ended, with the first words of a sanitizer or of a panic.
    pub fn end(&self) -> String {
        let died = self.died.clone().unwrap_or_default();
        let mut lines = self.stderr.lines();
        let starts = ["AddressSanitizer: ", "panicked at ", "free(): "];
        let found = lines.find_map(|line| {
            let from = starts.iter().find_map(|start| line.find(start))?;
            line[from..].split(" on address").next()
        });
        let Some(words) = found else {
            return died;
        };
        let message = lines.next().filter(|_| words.ends_with(':'));
        // Without the address, which is another one each time.
        let message = message.and_then(|it| it.split(" but is 0x").next());
        let message = message.unwrap_or_default();
        format!("{died}: {words} {message}").trim_end().to_owned()
    }
}

/// What goes wrong in random calls.
#[derive(Debug)]
pub struct Crash {
    /// The function that was called last.
    pub function: usize,
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
    /// Two threads make the calls.
    pub by_turns: bool,
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
            by_turns: false,
            functions: tables.callable.clone(),
            setup: Vec::new(),
            consumed: BTreeMap::new(),
        }
    }

    /// Makes the calls; in the end everything is given back, unless the caller keeps all.
    pub fn play(&self, keeps: bool, sequences: &[Vec<Item>]) -> Result<Played> {
        let sequences = sequences.iter();
        let drawn = sequences.map(|items| Sequence::new(self, items, keeps, false));
        self.run(&drawn.collect::<Vec<_>>())
    }

    fn run(&self, sequences: &[Sequence<'_>]) -> Result<Played> {
        let mut text = String::new();
        for sequence in sequences {
            for line in &sequence.lines {
                text += &format!("{}\n", line.tokens);
            }
            text += "=\n";
        }
        let conventions = &self.tables.interface.conventions;
        let last_error = conventions.last_error.iter();
        let last_error = last_error.filter(|name| self.tables.interface.function(name).is_some());
        let mut command = (self.command)();
        command.arg(self.limit.as_secs().to_string());
        command.arg((self.tables.pools.len() * SLOTS).to_string());
        command.arg(last_error.map(String::as_str).collect::<String>());
        let mut lines = tempfile::tempfile()?;
        lines.write_all(text.as_bytes())?;
        lines.rewind()?;
        let output = command.stdin(lines).output();
        let output = output.context("the driver of the calls does not run")?;
        let status = output.status;
        let [output, stderr] = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if let Some(words) = stderr.strip_prefix("driver: ") {
            bail!("the driver of the calls: {words}");
        }
        let mut played = Played {
            stderr,
            ..Played::default()
        };
        let mut is_whole = false;
        for line in output.lines() {
            match line.split_once(' ') {
                None if line == "begin" => played.begun += 1,
                Some(("end", count)) => (played.made, is_whole) = (count.parse()?, true),
                _ => {
                    let line = line.trim_start_matches('\x1e');
                    let sequence = &sequences[played.begun.saturating_sub(1)];
                    played.said.push(self.said(sequence, line)?);
                }
            }
        }
        let words = status
            .to_string()
            .replace("signal: ", "signal ")
            .replace(" (core dumped)", "");
        // The driver's own alarm.
        let died = match words.starts_with("signal 14 ") {
            true => Some(format!("it did not end within {} s", self.limit.as_secs())),
            false => Some(words.replace("exit status: ", "exit code ")),
        };
        played.died = died.filter(|_| !(status.success() && is_whole));
        Ok(played)
    }

    /// Reads what the driver says of a call.
    fn said(&self, sequence: &Sequence<'_>, text: &str) -> Result<Said> {
        let (number, shown) = text.split_once(' ').unwrap_or((text, ""));
        let line: usize = number.parse()?;
        let drawn = &sequence.lines[line];
        let (function, abi) = (self.function(drawn.function), &self.tables.interface.abi);
        let size = self.tables.interface.size(&function.signature.result);
        let mut result = vec![0; size as usize];
        let mut said = Said {
            is_made: true,
            bytes: -1,
            shown: shown.to_owned(),
            line,
            ..Said::default()
        };
        let mut others = false;
        for word in shown.split(' ') {
            let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
            match (kind, rest.split_once(':')) {
                ("-", _) => said.is_made = false,
                ("i", _) => said.visited += 1,
                ("e", _) => said.error = String::from_utf8_lossy(&unhex(rest)?).into_owned(),
                ("b", Some((bytes, refused))) => {
                    (said.bytes, said.refused) = (bytes.parse()?, refused == "1");
                }
                ("m", Some((at, bytes))) => {
                    let (at, bytes) = (at.parse::<u64>()?, unhex(bytes)?);
                    let end = at + bytes.len() as u64;
                    // Some bytes of a pointer may be what was there before.
                    let is_in = |(place, _): &&(u64, usize)| at < place + 8 && *place < end;
                    let made = drawn.made.iter().filter(is_in);
                    said.made.extend(made.map(|(_, pool)| *pool));
                    match at.checked_sub(RESULT).filter(|_| end <= RESULT + size) {
                        Some(at) => result[at as usize..][..bytes.len()].copy_from_slice(&bytes),
                        None => others = true,
                    }
                }
                _ => {}
            }
        }
        if function.has_status {
            let mut wide = [0; 16];
            wide[..result.len()].copy_from_slice(&abi.little(result));
            said.status = i128::from_le_bytes(wide);
        }
        said.wrote = others && said.status != 0;
        Ok(said)
    }

    /// Whether an argument is not the caller's any more after a call that does not say so.
    pub(super) fn is_consumed(&self, item: &Item, at: usize) -> bool {
        let consumed = self.consumed.get(&item.function);
        consumed.is_some_and(|consumed| consumed >> at & 1 != 0)
    }

    /// The function of that index.
    pub fn function(&self, index: usize) -> &'a Function {
        &self.tables.interface.functions[index]
    }

    /// The calls after those that make what they need.
    pub fn after_setup(&self, items: &[Item]) -> Vec<Item> {
        [&self.setup, items].concat()
    }

    /// What a call makes, used by each function that does so and survives it where another call made that.
    pub fn uses(&self, item: Item) -> Result<Vec<Vec<Item>>> {
        let made = self.tables.made(self.function(item.function));
        let mut all = Vec::new();
        for &user in &self.tables.callable {
            let mut needed = self.tables.needed(self.function(user)).into_iter();
            if needed.any(|(_, pool)| made.contains(&pool))
                && let Ok(seed) = self.ordinary(user)?
            {
                let mut items = self.setup.clone();
                items.retain(|known| known.function != item.function);
                let user = Item::of(user, Kind::Look);
                items.extend([item, Item { seed, ..user }]);
                all.push(items);
            }
        }
        Ok(all)
    }

    fn look(&self, keeps: bool, function: usize, seed: u64) -> Result<Played> {
        let look = Item::of(function, Kind::Look);
        self.play(keeps, &[self.after_setup(&[Item { seed, ..look }])])
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
                for (at, pool) in self.tables.needed(self.function(maker.function)) {
                    let again = makers.get(&pool).filter(|_| self.is_consumed(&maker, at));
                    self.setup.extend(again);
                }
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
                let played = self.look(true, function, seed)?;
                let last = played.said.last().filter(|_| played.is_well());
                if last.is_some_and(|said| said.made.contains(&pool)) {
                    let item = Item::of(function, Kind::Ordinary);
                    return Ok(Some(Item { seed, ..item }));
                }
            }
        }
        Ok(None)
    }

    /// Finds the functions after which what they used cannot be freed any more: they have taken it.
    pub fn find_consumers(&mut self) -> Result<()> {
        let mut functions = self.tables.callable.iter();
        functions.try_for_each(|function| self.find_consumed(*function))
    }

    fn find_consumed(&mut self, function: usize) -> Result<()> {
        if self.consumed.contains_key(&function) {
            return Ok(());
        }
        for at in self.consumable(function) {
            for seed in 0..TRIES / 2 {
                if !self.look(true, function, seed)?.is_well()
                    || self.look(false, function, seed)?.is_well()
                {
                    continue;
                }
                let before = self.consumed.clone();
                *self.consumed.entry(function).or_default() |= 1 << at;
                if self.look(false, function, seed)?.is_well() {
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
            of.signature.parameters[at].of.written().is_some()
                && (may_end || needed.first() != Some(&(at, pool)))
                && self.tables.is_freed(pool)
                && self.tables.freed_by(function).is_none()
        };
        let possible = needed.iter().copied().filter(is_possible);
        possible.map(|(at, _)| at).collect()
    }

    /// The seed with which an ordinary call of a function ends well; or, if it never does, the last end of
    /// one, and none if it cannot be made.
    pub fn ordinary(&self, function: usize) -> Result<Result<u64, Option<Played>>> {
        let mut last = None;
        for seed in 0..TRIES {
            let played = self.look(true, function, seed)?;
            if played.is_well() {
                return Ok(Ok(seed));
            }
            last = played.died.is_some().then_some(played).or(last);
        }
        Ok(Err(last))
    }

    /// Whether the process ends in these calls.
    pub fn dies(&self, keeps: bool, items: &[Item]) -> Result<bool> {
        Ok(self.play(keeps, &[items.to_vec()])?.died.is_some())
    }

    /// Leaves out what is not needed for a failure, in pieces that get smaller and smaller. The last `kept`
    /// stay.
    pub fn shorten(&self, keeps: bool, mut items: Vec<Item>, kept: usize) -> Result<Vec<Item>> {
        let mut size = items.len().div_ceil(2);
        while size > 0 {
            let mut from = 0;
            while from + kept < items.len() {
                let mut shorter = items.clone();
                shorter.drain(from..(from + size).min(items.len() - kept));
                match self.dies(keeps, &shorter)? {
                    true => items = shorter,
                    false => from += size,
                }
            }
            size /= 2;
        }
        Ok(items)
    }

    /// The program that repeats calls, the function that is called last in it, and what came of it.
    pub fn program(&self, keeps: bool, items: &[Item]) -> Result<(String, usize, Played)> {
        let sequence = Sequence::new(self, items, keeps, true);
        let played = self.run(std::slice::from_ref(&sequence))?;
        let (mut main, mut last) = (String::new(), 0);
        for said in played.said.iter().filter(|said| said.is_made) {
            let line = &sequence.lines[said.line];
            main += &line.in_c;
            last = line.function;
        }
        Ok((program(self.tables, &main, &sequence.inner), last, played))
    }

    /// Makes random calls until something goes wrong, `limit` times at most. Returns what went wrong.
    pub fn random(&mut self, calls: usize, seed: u64, limit: usize) -> Result<Vec<Crash>> {
        let mut crashes: Vec<Crash> = Vec::new();
        let (mut number, mut made) = (0, 0);
        while made < calls && crashes.len() < limit && !self.functions.is_empty() {
            let numbers = number..number + BATCH;
            let sequences = numbers.map(|number| sequence(&self.functions, seed, number));
            let sequences: Vec<_> = sequences.collect();
            let mut played = self.play(false, &sequences)?;
            if played.died.is_none() {
                if played.made == 0 {
                    bail!("no call could be made");
                }
                number += BATCH;
                made += played.made;
                continue;
            }
            let failed = played.begun.saturating_sub(1);
            made += failed * LENGTH;
            let mut items = sequences[failed].clone();
            let mut words = "it fails only after those before it".to_owned();
            if !played.is_slow() && self.dies(false, &items)? {
                items = self.shorten(false, items, 0)?;
                words = format!("{} of {LENGTH} calls are enough", items.len());
            }
            let origin = format!("seed {seed}, sequence {}: {words}", number + failed);
            number += failed + 1;
            let (program, function, again) = self.program(false, &items)?;
            // Other things are found without the last that makes nothing.
            let is_user = |item: &&Item| self.tables.made(self.function(item.function)).is_empty();
            let last = items.iter().rfind(is_user).or(items.last());
            self.functions
                .retain(|of| last.map(|it| it.function) != Some(*of));
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
        Ok(crashes)
    }
}

/// A program: the statements of its `main`, and the functions that callbacks call.
fn program(tables: &Tables<'_>, main: &str, inner: &str) -> String {
    const SYSTEM: &str = "#include <math.h>\n#include <stdlib.h>\n#include <sys/mman.h>\n";
    let both = format!("{inner}{main}");
    let mut text = format!("{SYSTEM}{}\n", tables.interface.conventions.include);
    for (number, pool) in tables.pools.iter().enumerate() {
        if both.contains(&format!("slots_{number}[")) {
            text += &format!("static {};\n", pool.slots);
        }
    }
    if both.contains("visits = 0") {
        text += VISIT;
    }
    for (number, signature) in tables.callbacks.iter().enumerate() {
        let name = format!("callback_{number}");
        if both.contains(&name) {
            let abi = &tables.interface.abi;
            text += &callback_in_c(abi, &name, signature, "", "visit()");
        }
    }
    format!("{text}{inner}int main(void) {{\n{main}    return 0;\n}}\n")
}

/// What all callbacks of a program do.
const VISIT: &str = "\
static int visits, last;
static void (*inner)(void);

static int visit(void) {
    void (*calls)(void) = inner;
    int goes_on = ++visits != last;
    inner = NULL;
    if (calls != NULL) {
        calls();
    }
    inner = calls;
    return goes_on;
}

";

/// The calls follow from two numbers.
fn sequence(functions: &[usize], seed: u64, number: usize) -> Vec<Item> {
    let state = seed
        .wrapping_mul(0x100_0000_01b3)
        .wrapping_add(number as u64);
    let mut random = Random(state);
    random.next();
    let items = (0..LENGTH).map(|_| Item {
        function: functions[(random.next() >> 8) as usize % functions.len()],
        seed: random.next() | 1,
        ..Item::default()
    });
    items.collect()
}
