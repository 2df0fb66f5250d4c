//! Draws the calls of a sequence: what they are passed, as the driver reads it and as a program in C has it.

use super::interface::{Function, is_pointer};
use super::play::{Driver, Item, Kind};
use super::roles::{Role, TEXTS, Tables, is_count};
use crate::c;
use crate::calls::{RESULT, Random, hex};
use crate::model::{Definition, Record, Signature, Type};

/// How many things a program keeps of each type.
pub const SLOTS: usize = 4;
/// The memory that nobody says the size of, and memory of which some is refused, in bytes.
const SLACK: u64 = 4096;
const LARGE: u64 = 64 * 1024;
/// How often a callback goes on where there are many elements.
const VISITS: u64 = 3;
/// The most pieces of memory of a call; and how many elements an array has before they come again.
const BLOCKS: usize = 60;
const DISTINCT: u64 = 4;

/// A call of a sequence.
#[derive(Clone, Debug)]
pub struct Line {
    /// The index of the function.
    pub function: usize,
    /// As the driver reads it.
    pub tokens: String,
    /// The statements of a program in C.
    pub in_c: String,
    /// Where it writes pointers that are kept, and to which pool they belong.
    pub made: Vec<(u64, usize)>,
}

/// The calls of a sequence, up to now.
pub struct Sequence<'d> {
    driver: &'d Driver<'d>,
    /// Something is said of each call.
    is_told: bool,
    /// By the pool and the slot: whether something is in there, if the call did well that had to make it.
    full: Vec<[bool; SLOTS]>,
    items: &'d [Item],
    thread: usize,
    /// In the order in which they are made; those that callbacks make stand before.
    pub lines: Vec<Line>,
    /// The functions of a program in C that callbacks call.
    pub inner: String,
}

impl<'d> Sequence<'d> {
    /// Draws what `items` say. In the end everything is given back, unless the caller keeps all.
    pub fn new(driver: &'d Driver<'d>, items: &'d [Item], keeps: bool, is_told: bool) -> Self {
        let pools = driver.tables.pools.len();
        let mut all = Sequence {
            driver,
            is_told,
            full: vec![[false; SLOTS]; pools],
            items,
            thread: 0,
            lines: Vec::new(),
            inner: String::new(),
        };
        // What two threads use is made before there are two, and freed after them.
        for item in items {
            if driver.by_turns && !all.makes(item) {
                continue;
            }
            if item.kind != Kind::Many {
                all.add(*item, None);
                continue;
            }
            for _ in 0..item.number {
                for pool in all.add(*item, None) {
                    all.free(pool);
                }
            }
        }
        for item in items.iter().filter(|_| driver.by_turns) {
            // The thread follows from the seed, so that it stays when other calls are left out.
            all.thread = 1 + (item.seed >> 63) as usize;
            if !all.makes(item) && !all.frees(item, TEXTS + 1) {
                all.add(*item, None);
            }
        }
        all.thread = 0;
        for pool in (0..pools).filter(|_| !keeps) {
            all.free(pool);
        }
        all
    }

    /// Whether it makes something that is not a text: each thread has texts of its own.
    fn makes(&self, item: &Item) -> bool {
        let made = self.driver.tables.made(self.driver.function(item.function));
        made.iter().any(|pool| *pool != TEXTS)
    }

    /// Whether an object of the pools, from a number on, no longer belongs to the caller after a call.
    fn frees(&self, item: &Item, from: usize) -> bool {
        let (tables, function) = (self.driver.tables, self.driver.function(item.function));
        let freed = tables.freed_by(item.function);
        let mut parameters = function.signature.parameters.iter().enumerate();
        parameters.any(|(at, it)| {
            self.is_gone(item, at) && freed.or(tables.pool_behind(&it.of)) >= Some(from)
        })
    }

    /// Whether an argument is not the caller's any more after a call.
    fn is_gone(&self, item: &Item, at: usize) -> bool {
        self.driver.is_consumed(item, at)
            || self.driver.tables.role(item.function, at).0 == Role::Freed
    }

    /// Gives back what the caller owns.
    fn free(&mut self, pool: usize) {
        for slot in 0..SLOTS {
            let destructor = self.driver.tables.pools[pool].destructor;
            if let Some(function) = destructor.filter(|_| self.full[pool][slot]) {
                self.add(Item::of(function, Kind::Ordinary), Some(slot));
            }
            self.full[pool][slot] = false;
        }
    }

    /// Returns what was made.
    fn add(&mut self, item: Item, slot: Option<usize>) -> Vec<usize> {
        let Some(line) = self.draw(item, slot, 0) else {
            return Vec::new();
        };
        let made = line.made.iter().map(|(_, pool)| *pool).collect();
        self.lines.push(line);
        made
    }

    /// Nothing if there is nothing to pass, or no slot for the result.
    fn draw(&mut self, item: Item, slot: Option<usize>, depth: usize) -> Option<Line> {
        let full = self.full.clone();
        let call = Call::new(self, item, slot, depth).line();
        if call.is_none() {
            self.full = full;
        }
        call
    }
}

/// A call that is drawn.
struct Call<'s, 'd> {
    all: &'s mut Sequence<'d>,
    tables: &'d Tables<'d>,
    function: &'d Function,
    item: Item,
    /// What is freed, where that is certain.
    slot: Option<usize>,
    depth: usize,
    random: Random,
    /// Where the next memory is, and how many pieces there are.
    end: u64,
    blocks: usize,
    /// For the driver: what is done before the call; when it is sure that it is made; and after it.
    before: String,
    gone: String,
    after: String,
    /// Of each argument: where it is; as C has it, once it is drawn; its number, if it counts others.
    places: Vec<u64>,
    texts: Vec<Option<String>>,
    counts: Vec<u64>,
    /// In structs.
    callbacks: usize,
    /// What callbacks do: the last visit, and the number of the line that they make.
    visits: Option<(u64, Option<usize>)>,
    made: Vec<(u64, usize)>,
    is_impossible: bool,
}

impl<'s, 'd> Call<'s, 'd> {
    fn new(all: &'s mut Sequence<'d>, item: Item, slot: Option<usize>, depth: usize) -> Self {
        let tables = all.driver.tables;
        let function = all.driver.function(item.function);
        let parameters = &function.signature.parameters;
        let mut end = RESULT + tables.interface.size(&function.signature.result);
        let mut place = |of: &Type| {
            let place = end.next_multiple_of(16);
            end = place + tables.interface.size(of);
            place
        };
        Call {
            places: parameters.iter().map(|it| place(&it.of)).collect(),
            before: format!(" b:0:{end}:0"),
            texts: vec![None; parameters.len()],
            counts: vec![0; parameters.len()],
            random: Random(item.seed),
            end,
            all,
            tables,
            function,
            item,
            slot,
            depth,
            blocks: 0,
            gone: String::new(),
            after: String::new(),
            callbacks: 0,
            visits: None,
            made: Vec::new(),
            is_impossible: false,
        }
    }

    fn line(mut self) -> Option<Line> {
        let (function, item, thread) = (self.function, self.item, self.all.thread);
        for at in 0..self.places.len() {
            self.argument(at);
        }
        let mut gives = String::new();
        if let Some(pool) = self.tables.pool_of_result(function) {
            gives = self.make(RESULT, pool) + " = ";
        }
        // What belongs to something else is not used longer than that is sure to be there.
        for pool in 0..self.all.full.len() {
            if !self.gone.is_empty() && !self.tables.is_freed(pool) {
                (0..SLOTS).for_each(|slot| self.gone += &format!(" n:{}", cell(pool, slot)));
                self.all.full[pool] = [false; SLOTS];
            }
        }
        if self.is_impossible {
            return None;
        }
        self.after += &match function.has_status {
            true => {
                let size = self.tables.interface.size(&function.signature.result);
                format!(" s:{RESULT}:{size}")
            }
            false if matches!(item.kind, Kind::Ordinary | Kind::Look) => String::new(),
            false => " e".to_owned(),
        };
        let label = match item.kind {
            _ if self.depth > 0 => "-".to_owned(),
            Kind::Ordinary if !self.all.is_told => format!("{thread}q"),
            Kind::Ordinary | Kind::Look => format!("{thread}t"),
            Kind::Memory => format!("{thread}s{}", item.number),
            _ => format!("{thread}s"),
        };
        let name = &function.name;
        let places = self.places.iter().map(|at| format!(" v:{at}"));
        let places: String = places.collect();
        let texts: Vec<String> = self.texts.into_iter().flatten().collect();
        let mut in_c = format!("    {gives}{name}({});\n", texts.join(", "));
        if let Some((last, inner)) = self.visits {
            let inner = inner.map_or("NULL".to_owned(), |line| format!("inner_{line}"));
            in_c = format!("    visits = 0, last = {last}, inner = {inner};\n{in_c}");
        }
        if thread > 0 {
            in_c = format!("    /* on thread {thread} */\n{in_c}");
        }
        let (before, gone, after) = (self.before, self.gone, self.after);
        Some(Line {
            function: item.function,
            tokens: format!("{label} {name}{before}{places}{gone}{after}"),
            in_c,
            made: self.made,
        })
    }

    /// The first of all that can be picked is the plainest.
    fn pick(&mut self, count: usize) -> usize {
        match self.item.seed {
            0 => 0,
            _ => self.random.below(count as u64) as usize,
        }
    }

    fn argument(&mut self, at: usize) {
        if self.texts[at].is_some() {
            return;
        }
        let parameter = &self.function.signature.parameters[at];
        let (of, place, item) = (&parameter.of, self.places[at], self.item);
        let spelling = parameter.in_c("");
        let (role, count) = self.tables.role(item.function, at);
        self.texts[at] = Some("NULL".to_owned());
        // A library with statuses has to refuse it, others may rely on what they are passed.
        let statuses = self.tables.interface.conventions.status.is_some();
        let may_be_null = self.function.has_status || self.function.may_be_null(at);
        let is_null = item.nulls >> at & 1 != 0
            || statuses && may_be_null && role != Role::Freed && self.pick(12) == 11;
        let text = match (role, of) {
            _ if item.kind == Kind::Misaligned && item.at == at => {
                let to = self.block(SLACK) + item.number as u64;
                self.before += &format!(" p:{place}:{to}");
                let number = item.number;
                Some(format!("(void *)((char *)calloc(1, {SLACK}) + {number})"))
            }
            (Role::Count, _) => {
                self.counts[at] = self.any_count();
                self.integer(place, of, self.counts[at]);
                Some(self.counts[at].to_string())
            }
            _ if is_null && is_pointer(of) => None,
            (Role::Text, _) => Some(self.any_text(place, statuses)),
            (Role::Used | Role::Freed, _) => Some(self.any_content(at)),
            (Role::Out, _) => {
                let to = self.block(self.size(of));
                self.before += &format!(" p:{place}:{to}");
                let pool = self.tables.pool_written(of).unwrap_or(TEXTS);
                Some(format!("&{}", self.make(to, pool)))
            }
            (_, Type::Pointer { to, .. }) => {
                self.any_elements(at, to, &behind_in_c(&spelling), count)
            }
            (_, of) => {
                let text = self.value(of, &spelling, place);
                let is_struct = self.tables.interface.abi.record(of).is_some();
                let spelled = is_struct.then(|| format!("({spelling}){text}"));
                spelled.or(Some(text))
            }
        };
        self.texts[at] = text.or(self.texts[at].take());
    }

    /// What is written to a place is for a slot, which is returned as C has it.
    fn make(&mut self, place: u64, pool: usize) -> String {
        let slot = self.any_slot(pool, false);
        self.is_impossible |= self.all.full[pool][slot];
        self.all.full[pool][slot] = true;
        self.after += &format!(" h:{place}:{}", cell(pool, slot));
        self.made.push((place, pool));
        format!("slots_{pool}[{slot}]")
    }

    /// Threads by turns hand nothing over to each other: each has slots for texts of its own.
    fn any_slot(&mut self, pool: usize, is_full: bool) -> usize {
        let slot = self.pick(SLOTS);
        if self.all.driver.by_turns && pool == TEXTS {
            return (slot & !1) + usize::from(self.all.thread == 2);
        }
        let mut slots = (slot..slot + SLOTS).map(|slot| slot % SLOTS);
        let found = slots.find(|slot| self.all.full[pool][*slot] == is_full);
        found.unwrap_or(slot)
    }

    fn any_content(&mut self, at: usize) -> String {
        let of = &self.function.signature.parameters[at].of;
        let freed = self.tables.freed_by(self.item.function);
        let pool = freed.or(self.tables.pool_behind(of)).unwrap_or(TEXTS);
        let slot = self.slot.unwrap_or_else(|| self.any_slot(pool, true));
        self.is_impossible |= !self.all.full[pool][slot];
        let own = cell(pool, slot);
        let is_behind = self.tables.pool_written(of) == Some(pool);
        let mut place = self.places[at];
        if is_behind {
            let to = self.block(self.size(of));
            self.before += &format!(" p:{place}:{to}");
            place = to;
        }
        self.before += &format!(" C:{place}:{own}:0");
        if self.all.is_gone(&self.item, at) {
            self.gone += &format!(" n:{own}");
            self.all.full[pool][slot] = false;
        }
        let address = if is_behind { "&" } else { "" };
        format!("{address}slots_{pool}[{slot}]")
    }

    fn any_count(&mut self) -> u64 {
        const COUNTS: [u64; 12] = [1, 0, 2, 3, 5, 8, 17, 33, 34, 35, 64, 300];
        match self.item.kind {
            Kind::Memory => LARGE,
            Kind::Counted => self.item.number as u64,
            _ => COUNTS[self.pick(COUNTS.len())],
        }
    }

    /// One that is no UTF-8 has to be refused.
    fn any_text(&mut self, place: u64, any: bool) -> String {
        let texts: [&[u8]; 6] = [b"", b"Ada", b"Gr\xc3\xbc", &[b'a'; 600], b"\x80", b"A\xc3"];
        let text = match self.item.kind {
            Kind::Memory => vec![b'a'; LARGE as usize],
            _ => texts[self.pick(if any { 6 } else { 4 })].to_vec(),
        };
        let to = self.block(text.len() as u64 + 1);
        self.before += &format!(" i:{to}:{} p:{place}:{to}", hex(&text));
        c::text(&text)
    }

    fn any_elements(
        &mut self,
        at: usize,
        of: &Type,
        spelling: &str,
        counted: Option<usize>,
    ) -> Option<String> {
        let is_struct = self.tables.interface.abi.record(of).is_some();
        let count = match counted {
            Some(counted) => {
                self.argument(counted);
                self.counts[counted]
            }
            None if is_struct => 1,
            None => SLACK / self.size(of), // Nobody says how much it is.
        };
        let is_read = self.function.signature.parameters[at].of.read().is_some();
        let is_filled = is_read || counted.is_some() && !is_struct;
        // A text may be read to its end in spite of the count.
        let more = u64::from(*of == Type::Char);
        let (to, text) = self.area(of, spelling, (count, more), is_filled)?;
        self.before += &format!(" p:{}:{to}", self.places[at]);
        Some(text)
    }

    /// Memory for that many elements, and for a few more that are zero, spelled in C.
    fn area(
        &mut self,
        of: &Type,
        spelling: &str,
        (count, more): (u64, u64),
        is_filled: bool,
    ) -> Option<(u64, String)> {
        let size = self.size(of);
        let total = (count + more) * size;
        let is_mapped = count > u64::from(u32::MAX);
        if self.blocks == BLOCKS {
            return None;
        }
        let to = self.block(total);
        if is_mapped {
            // In the place of that block.
            let start = self.before.rfind(" b:").unwrap_or_default();
            self.before
                .replace_range(start.., &format!(" M:{to}:{total}"));
            let how = "PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0";
            return Some((to, format!("mmap(NULL, {total}, {how})")));
        }
        let has_value = is_filled && *of != Type::Void;
        let distinct = if has_value { count.min(DISTINCT) } else { 0 };
        let texts = (0..distinct).map(|index| self.value(of, spelling, to + index * size));
        let texts: Vec<String> = texts.collect();
        if distinct < count && distinct > 0 {
            self.before += &format!(" r:{to}:{}:{}", distinct * size, count * size);
        }
        let text = match (total, distinct) {
            _ if !self.all.is_told => String::new(),
            (0, _) => "malloc(0)".to_owned(),
            (_, 0) if self.tables.interface.abi.record(of).is_some() => {
                format!("({spelling}[{}]){{{{0}}}}", count + more)
            }
            (_, 0) => format!("calloc(1, {total})"),
            _ => {
                let list = texts.iter().cycle().take(count as usize);
                let list = list.map(String::as_str).collect::<Vec<_>>().join(", ");
                format!("({spelling}[{}]){{{list}}}", count + more)
            }
        };
        Some((to, text))
    }

    /// Exactly this size, so that a tool sees the first byte beyond.
    fn block(&mut self, size: u64) -> u64 {
        let to = (self.end + 16).next_multiple_of(16);
        self.end = to + size;
        self.blocks += 1;
        self.before += &format!(" b:{to}:{size}:0");
        to
    }

    fn size(&self, of: &Type) -> u64 {
        self.tables.interface.size(of).max(1)
    }

    fn integer(&mut self, place: u64, of: &Type, integer: u64) {
        let size = (self.size(of) as usize).min(8);
        let mut bytes = integer.to_le_bytes()[..size].to_vec();
        self.tables.interface.abi.little(&mut bytes);
        self.before += &format!(" i:{place}:{}", hex(&bytes));
    }

    fn one_of(&mut self, integers: &[i128], of: &Type, place: u64) -> String {
        let integer = integers.get(self.pick(integers.len().max(1)));
        let integer = integer.copied().unwrap_or_default();
        self.integer(place, of, integer as u64);
        integer.to_string()
    }

    /// A value in its place, as C has it within another value.
    fn value(&mut self, of: &Type, spelling: &str, place: u64) -> String {
        const INTEGERS: [i128; 11] = [1, 0, 2, 3, 5, 7, 10, 100, 127, -1, 0x7fff_ffff];
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let numbers = [
            1.0, 0.0, -0.0, 2.0, 4.0, 2.25, -1.0, 1e300, 5e-324, nan, inf,
        ];
        match of {
            Type::Float { size } => {
                let number = numbers[self.pick(numbers.len())];
                let half = number as f32;
                let bytes = match size {
                    4 => hex(&half.to_ne_bytes()),
                    8 => hex(&number.to_ne_bytes()),
                    _ => return "0".to_owned(),
                };
                self.before += &format!(" i:{place}:{bytes}");
                c::float(if *size == 4 { half.into() } else { number })
            }
            Type::Array { of, length } => {
                let (size, inner) = (self.size(of), format!("__typeof__((*({spelling} *)0)[0])"));
                let each = (0..*length).map(|index| self.value(of, &inner, place + index * size));
                format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
            }
            Type::Function(signature) => {
                let is_null = self.item.kind == Kind::Field && self.item.number == self.callbacks;
                self.callbacks += 1;
                match is_null || self.pick(8) == 7 {
                    true => "NULL".to_owned(),
                    false => self.callback(signature, place),
                }
            }
            Type::Named(name) => match self.tables.interface.abi.types.get(name) {
                Some(Definition::Record(record)) => self.fields(record, spelling, place),
                Some(Definition::Enumeration(all)) => {
                    let values: Vec<i128> = all.values.values().copied().collect();
                    self.one_of(&values, of, place)
                }
                _ => "0".to_owned(),
            },
            Type::Bool => self.one_of(&[0, 1], of, place),
            Type::Char => self.one_of(&[97, 98, 122], of, place),
            Type::Integer { .. } | Type::Size { .. } => self.one_of(&INTEGERS, of, place),
            _ => "0".to_owned(),
        }
    }

    /// All arrays in a struct have the same length. Of a union one field is enough.
    fn fields(&mut self, of: &Record, spelling: &str, place: u64) -> String {
        let count = self.any_count();
        let fields = of.fields.iter().filter(|field| field.bits.is_none());
        let fields = fields.take(if of.is_union { 1 } else { usize::MAX });
        let texts = fields.map(|field| {
            let (name, place) = (&field.name, place + field.offset);
            let inner = format!("__typeof__((({spelling} *)0)->{name})");
            let text = match &field.of {
                of if is_count(of, name) => {
                    self.integer(place, of, count);
                    count.to_string()
                }
                Type::Pointer { to, .. } => self.behind(&field.of, to, &inner, place, count),
                of => self.value(of, &inner, place),
            };
            format!(".{name} = {text}")
        });
        format!("{{{}}}", texts.collect::<Vec<_>>().join(", "))
    }

    /// What a pointer in a struct points to: zeros, and one element more, in case that nobody counts.
    fn behind(&mut self, of: &Type, to: &Type, spelling: &str, place: u64, count: u64) -> String {
        let interface = self.tables.interface;
        if let Some(pool) = self.tables.pool_behind(of).filter(|pool| *pool != TEXTS) {
            self.before += &format!(" c:{place}:{}:0", cell(pool, 0));
            return format!("slots_{pool}[0]");
        }
        if is_pointer(to) || matches!(to, Type::Other(_)) || interface.is_opaque(to) {
            return "NULL".to_owned();
        }
        match self.area(to, &behind_in_c(spelling), (count, 1), false) {
            Some((at, text)) => {
                self.before += &format!(" p:{place}:{at}");
                text
            }
            None => "NULL".to_owned(),
        }
    }

    /// Callbacks of one call do the same: they go on, up to a visit, and may call the library.
    fn callback(&mut self, signature: &Signature, place: u64) -> String {
        let known = self.visits.unwrap_or_else(|| {
            let last = [0, 0, 0, 0, 1, 2, 3, 8][self.pick(8)];
            let line = (self.depth == 0 && self.pick(4) == 3).then(|| self.inner_line());
            match (self.item.kind, line.flatten()) {
                (Kind::Counted, _) => (VISITS, None),
                // What it makes has one slot.
                (_, Some(line)) => (1, Some(line)),
                _ => (last, None),
            }
        });
        self.visits = Some(known);
        let mut callbacks = self.tables.callbacks.iter();
        let index = callbacks.position(|known| *known == signature);
        let (index, (last, line)) = (index.unwrap_or_default(), known);
        let line = line.map_or(String::new(), |line| line.to_string());
        self.before += &format!(" f:{place}:{index}:{last}:1:0:{line}");
        format!("callback_{index}")
    }

    /// The line of a call that a callback makes. What a call further out is using is not freed.
    fn inner_line(&mut self) -> Option<usize> {
        let items = self.all.items;
        let mut item = items[self.pick(items.len())];
        item.seed = self.random.next() | 1;
        if item.kind != Kind::Ordinary || self.all.makes(&item) || self.all.frees(&item, TEXTS) {
            return None;
        }
        let line = self.all.draw(item, None, 1)?;
        let number = self.all.lines.len();
        self.all.inner += &format!("static void inner_{number}(void) {{\n{}}}\n\n", line.in_c);
        self.all.lines.push(line);
        Some(number)
    }
}

/// Where the driver keeps what is in a slot.
fn cell(pool: usize, slot: usize) -> usize {
    pool * SLOTS + slot
}

/// How C writes what a pointer points to.
fn behind_in_c(pointer: &str) -> String {
    match pointer.trim_end().strip_suffix('*') {
        Some(behind) if !behind.contains(['(', '*']) => {
            behind.trim().trim_start_matches("const ").to_owned()
        }
        _ => format!("__typeof__(*({pointer})0)"),
    }
}
