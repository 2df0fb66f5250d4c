//! A call, read by the types of its parameters: what a person wrote becomes what the drivers make of it.
//! `c/cases.c` has the form.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use cargo_abi::model::{Access, Definition, Signature, Type};

use super::draw::Dice;
use super::text::{Declarations, Scanner, integer};
use super::types::Types;
use crate::generated::caller::place_of;

/// A call that was understood.
#[derive(Clone, Debug)]
pub struct Call {
    pub function: String,
    /// As a person writes it.
    pub text: String,
    /// As a driver reads it.
    pub tokens: String,
    /// What it returns and what it may write to, in the order of the drivers' blocks.
    pub places: Vec<Place>,
    /// What the callback gets.
    pub visits: Option<Vec<Type>>,
    /// The call that the callback makes.
    pub nested: Option<Box<Call>>,
    /// The first handle among the arguments, and its type.
    pub handle: Option<(String, String)>,
    /// It has a handle among its arguments, or makes one.
    pub has_handle: bool,
}

/// Memory of the caller's, for a call.
#[derive(Clone, Debug)]
pub struct Place {
    /// Empty if it has none.
    pub name: String,
    /// What it is, or what the elements are that it has or points to.
    pub of: Type,
    pub form: Form,
    /// In bytes.
    pub size: usize,
    pub is_written: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Value,
    /// An array, and whether it was filled before.
    Array {
        empty: bool,
    },
    /// A pointer to a text, to something, to elements.
    Text,
    Handle,
    Elements,
}

/// What the names of a file mean so far, and what all calls need.
#[derive(Default)]
pub struct Names {
    /// Where each handle is.
    pub cells: BTreeMap<String, usize>,
    pub cell_count: usize,
    /// What the drivers read: calls that callbacks make stand before those that need them.
    pub lines: Vec<String>,
}

impl Names {
    fn cell(&mut self, name: &str) -> usize {
        let next = self.cell_count;
        let cell = *self.cells.entry(name.to_owned()).or_insert(next);
        self.cell_count = next.max(cell + 1);
        cell
    }
}

/// The types of callbacks, each once. The driver in C has a function for each.
pub fn callbacks(types: &Types) -> Vec<&Signature> {
    let mut all = Vec::new();
    let signatures = types.abi.functions.values().filter(|it| !it.variadic);
    for parameter in signatures.flat_map(|it| &it.parameters) {
        if let Type::Function(of) = &parameter.of {
            place_of(&mut all, &**of);
        }
    }
    all
}

/// The parameter of a callback that is the caller's own pointer.
pub fn context(callback: &Signature) -> Option<usize> {
    let is_context = |of: &Type| matches!(of, Type::Pointer { to, .. } if **to == Type::Void);
    callback
        .parameters
        .iter()
        .rposition(|it| is_context(&it.of))
}

/// Reads calls.
pub struct Reader<'a> {
    pub scanner: &'a mut Scanner,
    pub dice: &'a mut Dice,
    pub types: &'a Types,
    pub declarations: &'a Declarations,
    pub names: &'a mut Names,
}

impl Reader<'_> {
    /// The next call.
    pub fn call(&mut self) -> Result<Call> {
        self.scanner.space();
        let first = self.scanner.at;
        let mut start = first;
        let mut function = self.scanner.word()?;
        let mut gives = None;
        if self.scanner.eats("=") {
            gives = Some(function);
            self.scanner.space();
            start = self.scanner.at;
            function = self.scanner.word()?;
        }
        if !self.scanner.eats("(") {
            bail!(
                "`(` is missing: this is neither a call nor a declaration, such as `texts are freed by F`, \
                 `F stops with 0`, `F writes NAME when it fails with STATUS`, `TYPE is observed by F(it, &x)`"
            );
        }
        let after = std::mem::replace(&mut self.scanner.at, start);
        let types = self.types;
        let signature = types.abi.functions.get(&function);
        let signature =
            signature.with_context(|| format!("the header has no function `{function}`"))?;
        if signature.variadic {
            bail!("`{function}` takes arguments that it does not declare");
        }
        let mut call = Call {
            function,
            text: String::new(),
            tokens: String::new(),
            places: Vec::new(),
            visits: None,
            nested: None,
            handle: None,
            has_handle: gives.is_some(),
        };
        let mut tokens = vec![self.result(&mut call, &signature.result, gives)?];
        self.scanner.at = after;
        let count = signature.parameters.len();
        for (number, parameter) in (1..).zip(&signature.parameters) {
            if number > 1 && !self.scanner.sees(")") {
                self.scanner.needs(",")?;
            }
            if self.scanner.sees(")") {
                bail!(
                    "`{}` has {count} parameters, and here are {} arguments",
                    call.function,
                    number - 1
                );
            }
            let token = self.argument(&mut call, &parameter.of, &mut tokens);
            let token =
                token.with_context(|| format!("argument {number} of `{}`", call.function))?;
            tokens.push(token);
        }
        if self.scanner.sees(",") {
            bail!(
                "`{}` has {count} parameters, and here are more arguments",
                call.function
            );
        }
        self.scanner.needs(")")?;
        // The result with a length may also stand behind the one that it is of.
        for token in &mut tokens {
            if let Some((head, length)) = token.split_once('*') {
                let index = call.array(length)?;
                *token = format!("{head}{index}");
            }
        }
        call.tokens = format!("{} {}", call.function, tokens.join(" "));
        call.text = self.scanner.text[first..self.scanner.at].to_owned();
        Ok(call)
    }

    /// The block for the result.
    fn result(&mut self, call: &mut Call, of: &Type, gives: Option<String>) -> Result<String> {
        let types = self.types;
        let size = if *of == Type::Void {
            0
        } else {
            types.size(of)?
        };
        let (kind, form, rest) = match of {
            Type::Pointer { access, to } if **to == Type::Char => {
                ("t", Form::Text, self.frees(*access))
            }
            Type::Pointer { .. } => {
                let name =
                    gives.context("the result is a pointer: `name = f(...)` gives it a name")?;
                ("h", Form::Handle, self.names.cell(&name).to_string())
            }
            of if types.is_status(of) => ("s", Form::Value, String::new()),
            _ => ("b", Form::Value, String::new()),
        };
        let place = Place {
            name: "result".into(),
            of: of.clone(),
            form,
            size,
            is_written: true,
        };
        self.block(call, place, kind, false, &[], &rest)
    }

    /// The token of a block, which the call gets as another place.
    fn block(
        &mut self,
        call: &mut Call,
        place: Place,
        kind: &str,
        misaligned: bool,
        content: &[u8],
        rest: &str,
    ) -> Result<String> {
        let (offset, size) = (u8::from(misaligned), place.size);
        let mask = match kind {
            "b" if place.of != Type::Void => self.types.mask(&place.of)?,
            _ => String::new(),
        };
        let mask = if mask.contains('0') {
            mask
        } else {
            String::new()
        };
        call.places.push(place);
        Ok(format!(
            "{kind}:{offset}:{size}:{}:{mask}:{rest}",
            hex(content)
        ))
    }

    /// The function that a text is given back to, if it is the caller's.
    fn frees(&self, access: Access) -> String {
        let frees = self.declarations.frees.as_deref();
        frees
            .filter(|_| access != Access::Const)
            .unwrap_or("-")
            .to_owned()
    }

    fn argument(&mut self, call: &mut Call, of: &Type, tokens: &mut Vec<String>) -> Result<String> {
        let null = || Ok(format!("v:{}", "00".repeat(self.types.pointer() as usize)));
        match of {
            Type::Pointer { .. } | Type::Function(_) if self.scanner.eats("NULL") => null(),
            Type::Pointer { to, access } => {
                let is_written = *access != Access::Const;
                self.pointer(call, to, is_written, tokens)
            }
            Type::Function(signature) => self.callback(call, signature),
            _ => Ok(format!("v:{}", hex(&self.value(call, of)?))),
        }
    }

    fn pointer(
        &mut self,
        call: &mut Call,
        to: &Type,
        is_written: bool,
        tokens: &mut Vec<String>,
    ) -> Result<String> {
        let misaligned = self.scanner.eats("misaligned ");
        if self.scanner.eats("&") {
            return self.out(call, to, misaligned, tokens);
        }
        let mut name = String::new();
        if !self.scanner.sees("\"")
            && !self.scanner.sees("b\"")
            && !self.scanner.sees("[")
            && !self.scanner.sees("?")
        {
            let start = self.scanner.at;
            name = self.scanner.word()?;
            if !self.scanner.rest().starts_with('[') {
                let token = self.named(call, to, &name, is_written, misaligned)?;
                return token.with_context(|| {
                    self.scanner.at = start;
                    format!("nothing before this is called `{name}`")
                });
            }
        }
        if *to == Type::Char && self.scanner.eats("?") {
            let text = self.dice.text();
            self.scanner.replace(self.scanner.at - 1, &text);
        }
        let content = match Types::is_byte(to) {
            true if self.scanner.eats("b\"") => {
                self.scanner.at -= 1;
                self.scanner.text()?
            }
            true if self.scanner.sees("\"") => [self.scanner.text()?, vec![0]].concat(),
            _ => self.list(call, to)?.0,
        };
        let size = content.len();
        let place = Place {
            name,
            of: to.clone(),
            form: Form::Array { empty: false },
            size,
            is_written,
        };
        tokens.push(self.block(call, place, "b", misaligned, &content, "")?);
        Ok(format!("p:{}:0", call.places.len() - 1))
    }

    /// What a name stands for where a pointer is taken.
    fn named(
        &mut self,
        call: &mut Call,
        to: &Type,
        name: &str,
        is_written: bool,
        misaligned: bool,
    ) -> Result<Option<String>> {
        if let Ok(index) = call.array(name) {
            call.places[index].is_written |= is_written;
            let offset: usize = match self.scanner.rest().starts_with('+') {
                true => {
                    self.scanner.at += 1;
                    self.scanner.integer()?
                }
                false => 0,
            };
            return Ok(Some(format!("p:{index}:{}", offset * self.types.size(to)?)));
        }
        if let Some(cell) = self.names.cells.get(name) {
            call.has_handle = true;
            if let Type::Named(of) = to
                && self.types.abi.types.get(of) == Some(&Definition::Opaque)
            {
                call.handle.get_or_insert((name.to_owned(), of.clone()));
            }
            return Ok(Some(format!("c:{cell}:{}", u8::from(misaligned))));
        }
        if integer(name).is_some() {
            let address = self.types.bytes(&Type::Size { signed: false }, name)?;
            return Ok(Some(format!("v:{}", hex(&address))));
        }
        Ok((*to == Type::Void && name == "context").then(|| "x".to_owned()))
    }

    /// After `&`: what the call writes.
    fn out(
        &mut self,
        call: &mut Call,
        to: &Type,
        misaligned: bool,
        tokens: &mut Vec<String>,
    ) -> Result<String> {
        let types = self.types;
        let name = self.scanner.word()?;
        let (mut kind, mut form, mut rest) = ("b", Form::Value, String::new());
        let mut of = to.clone();
        let mut size = types.size(to)?;
        if self.scanner.eats("[*") {
            let Type::Pointer { to, .. } = to else {
                bail!("`&{name}[*length]` is for a pointer to a pointer");
            };
            let length = self.scanner.word()?;
            of = (**to).clone();
            (kind, form) = ("d", Form::Elements);
            rest = format!("{}:{}:*{length}", self.names.cell(&name), types.size(to)?);
            self.scanner.needs("]")?;
        } else if self.scanner.eats("[") {
            form = Form::Array { empty: true };
            size *= self.count(call)?;
            self.scanner.needs("]")?;
        } else if let (Type::Pointer { access, to }, false) = (to, misaligned) {
            (kind, form, rest) = match **to {
                Type::Char => ("t", Form::Text, self.frees(*access)),
                _ => ("h", Form::Handle, self.names.cell(&name).to_string()),
            };
        }
        call.has_handle |= kind == "h" || kind == "d";
        let place = Place {
            name,
            of,
            form,
            size,
            is_written: true,
        };
        tokens.push(self.block(call, place, kind, misaligned, &[], &rest)?);
        Ok(format!("p:{}:0", call.places.len() - 1))
    }

    fn callback(&mut self, call: &mut Call, of: &Signature) -> Result<String> {
        let name = self.scanner.word()?;
        let stops = self.declarations.callbacks.get(&name);
        let stops =
            *stops.with_context(|| format!("`{name}` is not declared: `{name} stops with 0`"))?;
        let (mut last, mut nested) = (0, String::new());
        if self.scanner.eats("(") {
            while !self.scanner.eats(")") {
                if self.scanner.eats("stop after ") {
                    last = self.count(call)?;
                } else if self.scanner.eats("calls ") {
                    let inner = self.call()?;
                    nested = self.names.lines.len().to_string();
                    self.names.lines.push(format!("- {}", inner.tokens));
                    call.has_handle |= inner.has_handle;
                    call.nested = Some(Box::new(inner));
                } else {
                    bail!("a callback may `stop after N`, or `calls F(...)`");
                }
                self.scanner.eats(",");
            }
        }
        let own = context(of);
        let parameters = of.parameters.iter().enumerate();
        let shown = parameters.filter(|(index, _)| Some(*index) != own);
        call.visits = Some(shown.map(|(_, parameter)| parameter.of.clone()).collect());
        let index = callbacks(self.types)
            .iter()
            .position(|it| *it == of)
            .unwrap_or_default();
        Ok(format!(
            "f:{index}:{last}:{}:{stops}:{nested}",
            i64::from(stops == 0)
        ))
    }

    /// How many elements: a number, or those of an array.
    fn count(&mut self, call: &Call) -> Result<usize> {
        let of = Type::Size { signed: false };
        let bytes = self.value(call, &of)?;
        Ok(self.types.integer(&of, &bytes).try_into()?)
    }

    /// The bytes of a value.
    fn value(&mut self, call: &Call, of: &Type) -> Result<Vec<u8>> {
        let types = self.types;
        self.scanner.space();
        let start = self.scanner.at;
        if self.scanner.eats("?") {
            let drawn = match self.scanner.range() {
                Some(range) => self.dice.within(range).to_string(),
                None => self.dice.value(types, of)?,
            };
            self.scanner.replace(start, &drawn);
        }
        if let Some(record) = types.record(of) {
            let mut bytes = vec![0; types.size(of)?];
            let mut separator = "{";
            for field in &record.fields {
                self.scanner.needs(separator)?;
                separator = ",";
                self.scanner.eats(&format!("{}:", field.name));
                let value = self.value(call, &field.of)?;
                let start = field.offset as usize;
                bytes[start..start + value.len()].copy_from_slice(&value);
            }
            self.scanner.needs("}")?;
            return Ok(bytes);
        }
        if let Type::Array { of, length } = of {
            let (bytes, count) = self.list(call, of)?;
            if count as u64 != *length {
                bail!("{count} elements are here, and it has {length}");
            }
            return Ok(bytes);
        }
        let word = match self.scanner.eats("#") {
            true => {
                let name = self.scanner.word()?;
                let place = &call.places[call.array(&name)?];
                (place.size / types.size(&place.of)?.max(1)).to_string()
            }
            false => self.scanner.word()?,
        };
        let bytes = types.bytes(of, &word);
        if bytes.is_err() {
            self.scanner.at = start;
        }
        bytes
    }

    /// The bytes of an array, and how many elements it has.
    fn list(&mut self, call: &Call, of: &Type) -> Result<(Vec<u8>, usize)> {
        self.scanner.space();
        let start = self.scanner.at;
        if self.scanner.eats("[?]") {
            let drawn = self.dice.array(self.types, of)?;
            self.scanner.replace(start, &drawn);
        }
        self.scanner.needs("[")?;
        let mut elements = Vec::new();
        if let Some((from, to)) = self.scanner.range() {
            for number in from..to {
                elements.push(self.types.bytes(of, &number.to_string())?);
            }
        } else {
            while !self.scanner.sees("]") && !self.scanner.sees(";") {
                if !elements.is_empty() {
                    self.scanner.needs(",")?;
                }
                elements.push(self.value(call, of)?);
            }
        }
        let mut count = elements.len();
        if self.scanner.eats(";") {
            count = self.scanner.integer()?;
            if elements.is_empty() && count > 0 {
                bail!("there are no elements to repeat");
            }
        }
        self.scanner.needs("]")?;
        let elements: Vec<_> = elements.iter().cycle().take(count).cloned().collect();
        Ok((elements.concat(), count))
    }
}

impl Call {
    /// The array that has this name.
    fn array(&self, name: &str) -> Result<usize> {
        let index = self
            .places
            .iter()
            .skip(1)
            .position(|place| place.name == name);
        let index = index.with_context(|| format!("there is no array `{name}` before this"))?;
        Ok(index + 1)
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| DIGITS[usize::from(digit)]).collect()
}
