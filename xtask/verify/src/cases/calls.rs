//! A call, read by the types of its parameters: what a person wrote becomes what the drivers make of it.
//! calls.c of `cargo-abi` has the form.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use cargo_abi::calls::{context, hex, is_integer, place_of};
use cargo_abi::model::{Access, Signature, Type};

use super::draw::Dice;
use super::text::{File, integer};
use super::types::{FILL, Types};

/// A call that was understood.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub function: String,
    /// As a person writes it.
    pub text: String,
    /// As a driver reads it.
    pub tokens: String,
    /// The result, and what it gets from the caller in memory.
    pub places: Vec<Place>,
    /// What its callback gets, and the call that this one makes.
    pub visits: Option<Vec<Type>>,
    pub nested: Option<Box<Call>>,
    /// It has a handle or the like among its arguments, or makes one.
    pub has_handle: bool,
    /// How much memory it needs.
    pub end: usize,
}

/// A part of a call's memory.
#[derive(Clone, Debug)]
pub struct Place {
    /// Empty if it has none.
    pub name: String,
    /// The letter that the drivers have for what is in it; `b` for bytes.
    pub kind: char,
    /// What it is, or what the elements are that it has or points to.
    pub of: Type,
    pub is_array: bool,
    pub is_written: bool,
    /// Where it begins, and its size, in bytes.
    pub at: usize,
    pub size: usize,
    /// What is in it before the call, if anything.
    pub content: Vec<u8>,
    is_misaligned: bool,
    /// What else a driver has to know.
    rest: String,
}

/// The memory before and behind each place that no call may write to.
pub const GUARD: usize = 64;

/// The types of callbacks that return nothing or an integer, each once. The driver in C has a function for each.
pub fn callbacks(types: &Types) -> Vec<&Signature> {
    let mut all = Vec::new();
    let signatures = types.abi.functions.values().filter(|it| !it.variadic);
    for parameter in signatures.flat_map(|it| &it.parameters) {
        if let Type::Function(of) = &parameter.of
            && (of.result == Type::Void || is_integer(&types.abi, &of.result))
            && !of.variadic
        {
            place_of(&mut all, &**of);
        }
    }
    all
}

const SIZE: Type = Type::Size { signed: false };
pub const DOUBLE: Type = Type::Float { size: 8 };

/// The letter that the drivers have for a struct of the Arrow C data interface, and its name.
pub const COLUMNS: [(char, &str); 3] = [
    ('g', "ArrowSchema"),
    ('a', "ArrowArray"),
    ('m', "ArrowArrayStream"),
];

fn column_of(of: &Type) -> Option<char> {
    let is_it = |(_, name): &&(char, &str)| *of == Type::Named((*name).to_owned());
    COLUMNS.iter().find(is_it).map(|(letter, _)| *letter)
}

/// Reads calls.
pub struct Reader<'a> {
    /// What is read, and how far it is.
    pub text: String,
    pub at: usize,
    /// Where the text is in its file, and how much longer it has become.
    pub start: usize,
    pub grown: isize,
    pub dice: Dice,
    pub types: &'a Types,
    pub file: &'a File,
    /// Where each handle of the file is, and how many there are in all.
    pub cells: BTreeMap<String, usize>,
    pub cell_count: usize,
    /// What the drivers read: calls that callbacks make stand before those that need them.
    pub lines: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(types: &'a Types, file: &'a File) -> Reader<'a> {
        Reader {
            text: String::new(),
            at: 0,
            start: 0,
            grown: 0,
            dice: Dice::new(0, 0),
            types,
            file,
            cells: BTreeMap::new(),
            cell_count: 0,
            lines: Vec::new(),
        }
    }

    fn cell(&mut self, name: &str) -> String {
        let cell = *self.cells.entry(name.to_owned()).or_insert(self.cell_count);
        self.cell_count = self.cell_count.max(cell + 1);
        cell.to_string()
    }

    /// The next call.
    pub fn call(&mut self) -> Result<Call> {
        self.rest();
        let first = self.at;
        let mut start = first;
        let mut function = self.word()?;
        let mut gives = None;
        if self.eats("=") {
            self.rest();
            start = self.at;
            gives = Some(std::mem::replace(&mut function, self.word()?));
        }
        if !self.eats("(") {
            bail!(
                "`(` is missing: this is neither a call nor a declaration, such as `texts are freed by F`, \
                 `F stops with 0`, `F writes NAME when it fails with STATUS`"
            );
        }
        let after = std::mem::replace(&mut self.at, start);
        let types = self.types;
        let signature = types.abi.functions.get(&function).filter(|it| !it.variadic);
        let signature = signature.with_context(|| {
            format!("the header has no function `{function}` that can be called")
        })?;
        let place = self.result(&signature.result, gives)?;
        self.at = after;
        let mut call = Call {
            has_handle: place.kind == 'h',
            ..Call::default()
        };
        call.push(place);
        let count = signature.parameters.len();
        let mut arguments = String::new();
        for (number, parameter) in (1..).zip(&signature.parameters) {
            if self.sees(")") {
                bail!(
                    "`{function}` has {count} parameters, and here are {} arguments",
                    number - 1
                );
            }
            if number > 1 {
                self.needs(",")?;
            }
            let token = self.argument(&mut call, &parameter.of);
            arguments += &token.with_context(|| format!("argument {number} of `{function}`"))?;
        }
        if self.sees(",") {
            bail!("`{function}` has {count} parameters, and here are more arguments");
        }
        self.needs(")")?;
        let places = call.places.iter().map(|place| call.tokens_of(place));
        let places = places.collect::<Result<String>>()?;
        let memory = format!("b:0:{}:{FILL}", call.end);
        call.tokens = format!("{function} {memory}{places}{arguments}");
        call.function = function;
        call.text = self.text[first..self.at].to_owned();
        Ok(call)
    }

    fn result(&mut self, of: &Type, gives: Option<String>) -> Result<Place> {
        let has_none = *of == Type::Void;
        let size = if has_none { 0 } else { self.types.size(of)? };
        let mut place = Place::new("result".into(), of, size, true);
        match of {
            Type::Pointer { access, to } if **to == Type::Char => self.text_in(&mut place, *access),
            Type::Pointer { .. } => {
                let name =
                    gives.context("the result is a pointer: `name = f(...)` gives it a name")?;
                (place.kind, place.rest) = ('h', self.cell(&name));
            }
            _ if self.types.is_status(of) => (place.kind, place.rest) = ('s', size.to_string()),
            _ => {}
        }
        Ok(place)
    }

    /// A pointer to a text is written here, which is the caller's to free unless it is const.
    fn text_in(&self, place: &mut Place, access: Access) {
        let frees = self.file.frees.clone().filter(|_| access != Access::Const);
        (place.kind, place.rest) = ('t', frees.unwrap_or("-".into()));
    }

    /// The tokens of an argument, each with a space before it.
    fn argument(&mut self, call: &mut Call, of: &Type) -> Result<String> {
        let at = call.room(self.types.size(of)?);
        let tokens = match of {
            Type::Pointer { .. } | Type::Function(_) if self.eats("NULL") => {
                format!(" i:{at}:{}", hex(&self.types.bytes(&SIZE, "0")?))
            }
            Type::Pointer { to, access } => self.pointer(call, at, to, *access != Access::Const)?,
            Type::Function(signature) => self.callback(call, at, signature)?,
            _ => format!(" i:{at}:{}", hex(&self.value(call, of)?)),
        };
        Ok(format!("{tokens} v:{at}"))
    }

    fn pointer(
        &mut self,
        call: &mut Call,
        at: usize,
        to: &Type,
        is_written: bool,
    ) -> Result<String> {
        let mut place = Place::new(String::new(), to, 0, is_written);
        place.is_misaligned = self.eats("misaligned ");
        if self.eats("&") {
            self.out(call, &mut place)?;
        } else {
            let start = self.at;
            if !self.rest().starts_with(['"', '[', '?']) && !self.sees("b\"") {
                place.name = self.word()?;
                if !self.follows("[") {
                    let token = self.named(call, at, &place)?;
                    return token.with_context(|| {
                        self.at = start;
                        format!("nothing before this is called `{}`", place.name)
                    });
                }
            }
            if *to == Type::Char && self.eats("?") {
                let drawn = self.dice.text();
                let start = self.at - 1;
                self.replace(start, &drawn);
            }
            if let Some(kind) = column_of(to) {
                (place.kind, place.size) = (kind, self.types.size(to)?);
                place.rest = self.column(call, kind)?;
            } else {
                place.content = match Types::is_byte(to) {
                    true if self.sees("\"") => [self.text()?, vec![0]].concat(),
                    true if self.eats("b") => self.text()?,
                    _ => self.list(call, to, false)?.concat(),
                };
                (place.is_array, place.size) = (true, place.content.len());
            }
        }
        Ok(format!(" p:{at}:{}", call.push(place)))
    }

    /// What a struct of the Arrow C data interface is made of, for the driver.
    fn column(&mut self, call: &Call, kind: char) -> Result<String> {
        if kind == 'a' {
            return self.chunk(call);
        }
        let format = hex(&[self.text()?, vec![0]].concat());
        let mut chunks = String::new();
        if kind == 'm' {
            while self.sees("[") {
                chunks += &(self.chunk(call)? + ":");
            }
            chunks += if self.eats("fails") { "f" } else { "" };
        }
        Ok(format!("{format}:{chunks}"))
    }

    /// Doubles, some of which are null; behind them may stand how many lie before, and another length.
    fn chunk(&mut self, call: &Call) -> Result<String> {
        let values = self.list(call, &DOUBLE, true)?;
        let offset = match self.eats("offset") {
            true => self.integer()?,
            false => 0,
        };
        let length = match self.eats("length") {
            true => self.integer()?,
            false => values.len() as i64,
        };
        // What lies before does not belong to it.
        let values = [vec![vec![FILL; 8]; offset], values].concat();
        let shown: String = values.iter().map(|value| hex(value) + ",").collect();
        Ok(format!("{offset}:{length}:{}:{shown}", values.len()))
    }

    /// What a name stands for where a pointer is taken.
    fn named(&mut self, call: &mut Call, at: usize, to: &Place) -> Result<Option<String>> {
        let name = &to.name;
        let token = if let Ok(index) = call.array(name) {
            call.places[index].is_written |= to.is_written;
            let offset = if self.eats("+") { self.integer()? } else { 0 };
            let offset = self.elements(offset, &to.of)?;
            format!(" p:{at}:{}", call.places[index].at + offset)
        } else if let Some(cell) = self.cells.get(name) {
            call.has_handle = true;
            format!(" c:{at}:{cell}:{}", u8::from(to.is_misaligned))
        } else if integer(name).is_some() {
            format!(" i:{at}:{}", hex(&self.types.bytes(&SIZE, name)?))
        } else if to.of == Type::Void && name == "context" {
            format!(" x:{at}")
        } else {
            return Ok(None);
        };
        Ok(Some(token))
    }

    /// After `&`: what the call writes.
    fn out(&mut self, call: &mut Call, place: &mut Place) -> Result<()> {
        let to = place.of.clone();
        place.name = self.word()?;
        place.is_written = true;
        place.size = self.types.size(&to)?;
        if self.eats("[*") {
            let Type::Pointer { to, .. } = to else {
                bail!("`&{}[*length]` is for a pointer to a pointer", place.name);
            };
            let (cell, length) = (self.cell(&place.name), self.word()?);
            place.rest = format!("{cell}:{}:{length}", self.types.size(&to)?);
            (place.kind, place.of) = ('d', *to);
            self.needs("]")?;
        } else if self.eats("[") {
            place.is_array = true;
            let count = self.count(call)?;
            place.size = self.elements(count, &to)?;
            self.needs("]")?;
        } else if let Some(kind) = column_of(&to) {
            place.kind = kind.to_ascii_uppercase();
        } else if let (Type::Pointer { access, to }, false) = (to, place.is_misaligned) {
            match *to {
                Type::Char => self.text_in(place, access),
                _ => (place.kind, place.rest) = ('h', self.cell(&place.name)),
            }
        }
        call.has_handle |= "hd".contains(place.kind);
        Ok(())
    }

    fn callback(&mut self, call: &mut Call, at: usize, of: &Signature) -> Result<String> {
        let name = self.word()?;
        let stops = self.file.callbacks.get(&name);
        let stops =
            *stops.with_context(|| format!("`{name}` is not declared: `{name} stops with 0`"))?;
        let (mut last, mut nested) = (0, String::new());
        if self.eats("(") {
            while !self.eats(")") {
                if self.eats("stop after ") {
                    last = self.count(call)?;
                } else if self.eats("calls ") {
                    let inner = self.call()?;
                    nested = self.lines.len().to_string();
                    self.lines.push(format!("- {}", inner.tokens));
                    call.has_handle |= inner.has_handle;
                    call.nested = Some(Box::new(inner));
                } else {
                    bail!("a callback may `stop after N`, or `calls F(...)`");
                }
                self.eats(",");
            }
        }
        let own = context(of);
        let shown = of
            .parameters
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != own);
        call.visits = Some(shown.map(|(_, parameter)| parameter.of.clone()).collect());
        let index = callbacks(self.types).iter().position(|it| *it == of);
        let index =
            index.with_context(|| format!("`{name}` returns what cannot be said in a case"))?;
        Ok(format!(
            " f:{at}:{index}:{last}:{}:{stops}:{nested}",
            i64::from(stops == 0)
        ))
    }

    /// How many bytes they have.
    fn elements(&self, count: usize, of: &Type) -> Result<usize> {
        let size = self.types.size(of)?.checked_mul(count);
        size.with_context(|| format!("no memory has {count} elements"))
    }

    /// How many elements: a number, or those of an array.
    fn count(&mut self, call: &Call) -> Result<usize> {
        let bytes = self.value(call, &SIZE)?;
        Ok(self.types.integer(&SIZE, &bytes).try_into()?)
    }

    /// The bytes of a value.
    fn value(&mut self, call: &Call, of: &Type) -> Result<Vec<u8>> {
        let types = self.types;
        self.rest();
        let start = self.at;
        if self.eats("?") {
            let drawn = match self.range() {
                Some((from, to)) => self.dice.within(from, to).to_string(),
                None => self.dice.value(types, of)?,
            };
            self.replace(start, &drawn);
        }
        if let Some(record) = types.record(of) {
            let mut bytes = vec![0; types.size(of)?];
            for (index, field) in record.fields.iter().enumerate() {
                self.needs(if index == 0 { "{" } else { "," })?;
                self.eats(&format!("{}:", field.name));
                let value = self.value(call, &field.of)?;
                bytes[field.offset as usize..][..value.len()].copy_from_slice(&value);
            }
            self.needs("}")?;
            return Ok(bytes);
        }
        if let Type::Array { of, length } = of {
            let elements = self.list(call, of, false)?;
            if elements.len() as u64 != *length {
                bail!("{} elements are here, and it has {length}", elements.len());
            }
            return Ok(elements.concat());
        }
        let word = match self.eats("#") {
            true => {
                let place = &call.places[call.array(&self.word()?)?];
                (place.size / types.size(&place.of)?.max(1)).to_string()
            }
            false => self.word()?,
        };
        types.bytes(of, &word).inspect_err(|_| self.at = start)
    }

    /// The bytes of each element of an array. A null, which a column may have, has none.
    fn list(&mut self, call: &Call, of: &Type, has_nulls: bool) -> Result<Vec<Vec<u8>>> {
        self.rest();
        let start = self.at;
        if self.eats("[?]") {
            let drawn = self.dice.array(self.types, of)?;
            self.replace(start, &drawn);
        }
        self.needs("[")?;
        let mut elements = Vec::new();
        if let Some((from, to)) = self.range() {
            for number in from..to {
                elements.push(self.types.bytes(of, &number.to_string())?);
            }
        }
        while !self.sees("]") && !self.sees(";") {
            if !elements.is_empty() {
                self.needs(",")?;
            }
            let is_null = has_nulls && self.eats("null");
            let value = (!is_null).then(|| self.value(call, of)).transpose()?;
            elements.push(value.unwrap_or_default());
        }
        let mut count = elements.len();
        if self.eats(";") {
            count = self.integer()?;
            if elements.is_empty() && count > 0 {
                bail!("there are no elements to repeat");
            }
        }
        self.needs("]")?;
        Ok(elements.iter().cycle().take(count).cloned().collect())
    }
}

impl Call {
    /// The array that has this name.
    fn array(&self, name: &str) -> Result<usize> {
        let mut places = self.places.iter().skip(1);
        let index = places.position(|place| place.name == name);
        Ok(1 + index.with_context(|| format!("there is no array `{name}` before this"))?)
    }

    /// Memory between guards, aligned for every type.
    fn room(&mut self, size: usize) -> usize {
        let start = (self.end + GUARD).next_multiple_of(16);
        self.end = start + size + GUARD;
        start
    }

    /// Adds a place, and returns where it begins: aligned for every type, or one byte further.
    fn push(&mut self, mut place: Place) -> usize {
        let shift = usize::from(place.is_misaligned);
        place.at = self.room(place.size + shift);
        self.places.push(place);
        self.places[self.places.len() - 1].at + shift
    }

    /// The tokens of a place, each with a space before it.
    fn tokens_of(&self, place: &Place) -> Result<String> {
        let Place { at, rest, .. } = place;
        let content = match place.content.as_slice() {
            [] => String::new(),
            bytes => format!(" i:{at}:{}", hex(bytes)),
        };
        Ok(match (place.kind, rest.rsplit_once(':')) {
            ('b', _) => content,
            ('d', Some((start, length))) => {
                format!(" d:{at}:{start}:{}", self.places[self.array(length)?].at)
            }
            (kind, _) => format!("{content} {kind}:{at}:{rest}"),
        })
    }
}

impl Place {
    fn new(name: String, of: &Type, size: usize, is_written: bool) -> Place {
        Place {
            name,
            kind: 'b',
            of: of.clone(),
            is_array: false,
            is_written,
            at: 0,
            size,
            content: Vec::new(),
            is_misaligned: false,
            rest: String::new(),
        }
    }
}
