//! A call as the drivers make it, and what they say that it did. `c/cases.c` has the form of both.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::slice;

use anyhow::{Context, Result, bail};
use cargo_abi::model::{Access, Definition, Parameter, Type};

use super::syntax::{self, Answer, Call, Count, Declarations, Expr, compact, integer};
use super::values::{Types, items};
use crate::generated::caller::place_of;

/// A call that was understood.
pub struct Ready<'a> {
    function: &'a str,
    /// For the drivers, behind the function.
    pub tokens: Vec<String>,
    /// It has a handle among its arguments, or makes one.
    pub has_handle: bool,
    result: Returned<'a>,
    blocks: Vec<Block<'a>>,
    /// What it may have changed, by name.
    shown: Vec<(String, What<'a>)>,
    nested: Option<Box<Ready<'a>>>,
}

enum Returned<'a> {
    Nothing,
    Status,
    Value(&'a Type),
    Text,
    Handle,
}

/// Memory of the caller's, for this call.
struct Block<'a> {
    of: &'a Type,
    elements: usize,
    /// In bytes.
    size: usize,
    /// Nothing stands in it but [`FILL`].
    filled: bool,
    /// It is a value and not an array.
    is_one: bool,
    is_written: bool,
}

enum What<'a> {
    Block(usize),
    /// A text, or elements.
    Cell(usize, Option<&'a Type>),
    Handle(usize),
    Visits(Vec<&'a Type>),
}

/// The bytes of a block that nobody wrote to.
const FILL: u8 = 0x55;

/// What the names of a file mean so far, and what all its calls need.
pub struct Names<'a> {
    pub types: &'a Types<'a>,
    pub declarations: &'a Declarations,
    /// Where each handle is.
    pub cells: BTreeMap<String, usize>,
    pub cell_count: usize,
    /// The callbacks that are needed: the declared one, and its type.
    pub callbacks: Vec<(syntax::Callback, &'a Type)>,
    /// What the drivers read: calls that callbacks make stand before those that need them.
    pub lines: Vec<String>,
}

impl<'a> Names<'a> {
    pub fn ready(&mut self, call: &Call) -> Result<Ready<'a>> {
        let types = self.types;
        let (function, signature) = types
            .abi
            .functions
            .get_key_value(&call.function)
            .with_context(|| format!("the header has no function `{}`", call.function))?;
        if signature.parameters.len() != call.arguments.len() {
            bail!(
                "`{function}` has {} parameters, and here are {} arguments",
                signature.parameters.len(),
                call.arguments.len()
            );
        }
        if signature.variadic {
            bail!("`{function}` takes arguments that it does not declare");
        }
        let is_status = signature.result == Type::Named(types.library.status());
        let (result, token) = match &signature.result {
            Type::Void => (Returned::Nothing, "-".to_owned()),
            _ if is_status => (Returned::Status, "s".to_owned()),
            Type::Pointer { access, to } if **to == Type::Char => {
                (Returned::Text, format!("t:{}", self.frees(*access)))
            }
            Type::Pointer { .. } => {
                let name = call.gives.as_ref();
                let name =
                    name.context("the result is a pointer: `name = f(...)` gives it a name")?;
                (Returned::Handle, format!("h:{}", self.cell(name)))
            }
            of => (Returned::Value(of), format!("v{}", types.padding(of)?)),
        };
        let ready = Ready {
            function,
            tokens: Vec::new(),
            has_handle: call.gives.is_some(),
            result,
            blocks: Vec::new(),
            shown: Vec::new(),
            nested: None,
        };
        let mut making = Making {
            names: self,
            ready,
            after: Vec::new(),
        };
        let parameters = signature.parameters.iter().zip(&call.arguments);
        for (number, (parameter, argument)) in (1..).zip(parameters) {
            let token = making.argument(parameter, argument, false);
            let token = token.with_context(|| format!("argument {number} of `{function}`"))?;
            making.ready.tokens.push(token);
        }
        let Making {
            mut ready, after, ..
        } = making;
        ready.tokens.push(format!("!{token}"));
        ready.tokens.extend(after);
        ready
            .tokens
            .extend(ready.has_handle.then(|| "k".to_owned()));
        Ok(ready)
    }

    /// The function that a text is given back to, if it is the caller's.
    fn frees(&self, access: Access) -> &'a str {
        let frees = self.declarations.frees.as_deref();
        frees.filter(|_| access != Access::Const).unwrap_or("-")
    }

    fn cell(&mut self, name: &str) -> usize {
        let next = self.cell_count;
        let cell = *self.cells.entry(name.to_owned()).or_insert(next);
        self.cell_count = next.max(cell + 1);
        cell
    }

    /// The type whose handle a pointer is.
    pub fn handle(types: &Types<'_>, of: &'a Type) -> Option<&'a str> {
        match of {
            Type::Pointer { to, .. } => match &**to {
                Type::Named(name) if types.abi.types.get(name) == Some(&Definition::Opaque) => {
                    Some(name)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

struct Making<'n, 'a> {
    names: &'n mut Names<'a>,
    ready: Ready<'a>,
    /// What is looked at after the call.
    after: Vec<String>,
}

impl<'a> Making<'_, 'a> {
    fn argument(
        &mut self,
        parameter: &'a Parameter,
        argument: &Expr,
        misaligned: bool,
    ) -> Result<String> {
        let types = self.names.types;
        Ok(match (&parameter.of, argument) {
            (_, Expr::Misaligned(inner)) => self.argument(parameter, inner, true)?,
            (Type::Pointer { .. } | Type::Function(_), Expr::Word(word)) if word == "NULL" => {
                "n".into()
            }
            (Type::Pointer { to, access }, _) => {
                let is_written = *access != Access::Const;
                self.pointer(to, is_written, argument, misaligned)?
            }
            (Type::Function(_), _) => self.callback(&parameter.of, argument)?,
            (of, Expr::Length(_)) => {
                let length = Expr::Word(self.count(argument)?.to_string());
                format!("v:{}", hex(&types.bytes(of, &length)?))
            }
            (of, value) => format!("v:{}", hex(&types.bytes(of, value)?)),
        })
    }

    fn pointer(
        &mut self,
        to: &'a Type,
        is_written: bool,
        value: &Expr,
        misaligned: bool,
    ) -> Result<String> {
        let types = self.names.types;
        let bytes = match value {
            Expr::Text(bytes) if Types::is_byte(to) => [bytes.as_slice(), &[0]].concat(),
            Expr::Bytes(bytes) if Types::is_byte(to) => bytes.clone(),
            Expr::List(..) | Expr::Range(..) => {
                let values = items(value)?;
                let values: Result<Vec<_>> =
                    values.iter().map(|value| types.bytes(to, value)).collect();
                values?.concat()
            }
            Expr::Named(name, values) => {
                let token = self.pointer(to, is_written, values, misaligned)?;
                self.ready.shown.last_mut().context("a block was made")?.0 = name.clone();
                return Ok(token);
            }
            Expr::Out(name, count) => return self.out(to, name, count, misaligned),
            Expr::Into(name, offset) => {
                let index = self.array(name)?;
                self.ready.blocks[index].is_written |= is_written;
                return Ok(format!("p:{index}:{}", *offset as u64 * types.size(to)?));
            }
            Expr::Word(name) => {
                if let Some(index) = self.block(name) {
                    self.ready.blocks[index].is_written |= is_written;
                    return Ok(format!("p:{index}:0"));
                }
                if let Some(cell) = self.names.cells.get(name) {
                    self.ready.has_handle = true;
                    return Ok(format!("c:{cell}:{}", u8::from(misaligned)));
                }
                if integer(name).is_some() {
                    let address = types.bytes(&Type::Size { signed: false }, value)?;
                    return Ok(format!("v:{}", hex(&address)));
                }
                if *to == Type::Void && name == "context" {
                    return Ok("x".to_owned());
                }
                bail!("nothing before this is called `{name}`");
            }
            other => bail!("`{other}` is not a pointer to `{to}`"),
        };
        self.new_block("", to, Err(&bytes), is_written, misaligned)
    }

    fn out(&mut self, to: &'a Type, name: &str, count: &Count, misaligned: bool) -> Result<String> {
        let elements = match (count, to) {
            (Count::One, Type::Pointer { access, to }) if !misaligned => {
                let index = self.names.cell(name);
                let (token, what) = match **to {
                    Type::Char => {
                        let frees = self.names.frees(*access);
                        (format!("t:{index}:{frees}"), What::Cell(index, None))
                    }
                    _ => (format!("h:{index}"), What::Handle(index)),
                };
                self.ready.has_handle |= **to != Type::Char;
                return Ok(self.new_cell(name, index, token, what));
            }
            (Count::One, _) => 1,
            (Count::Many(count), _) => self.count(count)?,
            (Count::In(length), Type::Pointer { to, .. }) => {
                let index = self.names.cell(name);
                self.ready.has_handle = true;
                // The result with the length may also stand behind this one.
                let length = match self.block(length) {
                    Some(block) => block.to_string(),
                    None => format!("*{length}"),
                };
                let token = format!("d:{index}:{}:{length}", self.names.types.size(to)?);
                return Ok(self.new_cell(name, index, token, What::Cell(index, Some(to))));
            }
            (Count::In(length), _) => {
                bail!("`&{name}[*{length}]` is for a pointer to a pointer");
            }
        };
        let token = self.new_block(name, to, Ok(elements), true, misaligned)?;
        let index = self.ready.blocks.len() - 1;
        self.ready.blocks[index].is_one = *count == Count::One;
        for token in &mut self.after {
            if let Some(rest) = token.strip_suffix(&format!("*{name}")) {
                *token = format!("{rest}{index}");
            }
        }
        Ok(token)
    }

    fn new_cell(&mut self, name: &str, index: usize, token: String, what: What<'a>) -> String {
        self.after.push(token);
        self.ready.shown.push((name.to_owned(), what));
        format!("a:{index}")
    }

    /// Memory with so many elements, or with these bytes.
    fn new_block(
        &mut self,
        name: &str,
        of: &'a Type,
        content: std::result::Result<usize, &[u8]>,
        is_written: bool,
        misaligned: bool,
    ) -> Result<String> {
        let types = self.names.types;
        let element = (types.size(of)? as usize).max(1);
        let (size, bytes) = match content {
            Ok(elements) => (elements * element, &[][..]),
            Err(bytes) => (bytes.len(), bytes),
        };
        let (offset, padding) = (u8::from(misaligned), types.padding(of)?);
        let token = format!("b:{offset}:{size}:{}{padding}", hex(bytes));
        self.ready.tokens.push(token);
        let index = self.ready.blocks.len();
        self.ready.blocks.push(Block {
            of,
            elements: size / element,
            size,
            filled: content.is_ok(),
            is_one: false,
            is_written,
        });
        self.ready.shown.push((name.to_owned(), What::Block(index)));
        Ok(format!("p:{index}:0"))
    }

    fn block(&self, name: &str) -> Option<usize> {
        let mut shown = self.ready.shown.iter();
        shown.find_map(|(own, what)| match what {
            What::Block(index) if own == name => Some(*index),
            _ => None,
        })
    }

    fn array(&self, name: &str) -> Result<usize> {
        let index = self.block(name);
        index.with_context(|| format!("there is no array `{name}` before this"))
    }

    /// How many elements: a number, or those of an array.
    fn count(&self, count: &Expr) -> Result<usize> {
        match count {
            Expr::Length(name) => Ok(self.ready.blocks[self.array(name)?].elements),
            Expr::Word(word) => Ok(self.names.types.number(word)?.try_into()?),
            other => bail!("`{other}` is not a number of elements"),
        }
    }

    fn callback(&mut self, of: &'a Type, value: &Expr) -> Result<String> {
        let (name, stop, calls) = match value {
            Expr::Word(name) => (name, None, None),
            Expr::Callback(name, stop, calls) => (name, stop.as_deref(), calls.as_deref()),
            other => bail!("`{other}` is not a callback"),
        };
        let mut declared = self.names.declarations.callbacks.iter();
        let declared = declared.find(|callback| callback.name == *name);
        let declared = declared.with_context(|| {
            format!("`{name}` is not declared: `{name} stops with 0, its context is parameter 1`")
        })?;
        let Type::Function(signature) = of else {
            bail!("`{name}` is a callback, and the parameter takes none");
        };
        let stop = stop.map_or(Ok(0), |stop| self.count(stop))?;
        let needed = (declared.clone(), of);
        let number = place_of(&mut self.names.callbacks, needed);
        let parameters = signature.parameters.iter().enumerate();
        let shown = parameters.filter(|(index, _)| Some(index + 1) != declared.context);
        let of = shown.map(|(_, parameter)| &parameter.of).collect();
        self.ready
            .shown
            .push(("visited".to_owned(), What::Visits(of)));
        let mut token = format!("f:{number}:{stop}:");
        if let Some(call) = calls {
            let inner = self.names.ready(call)?;
            token += &self.names.lines.len().to_string();
            self.names.lines.push(format!("- {}", inner.text()));
            self.ready.has_handle |= inner.has_handle;
            self.ready.nested = Some(Box::new(inner));
        }
        Ok(token)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn unhex(digits: &str) -> Result<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?);
    pairs.map(byte).collect()
}

/// What a call did.
#[derive(Debug)]
pub struct Did {
    pub answer: Answer,
    pub failed: bool,
    /// What no call may do, in words.
    pub wrong: Vec<String>,
}

impl Ready<'_> {
    /// What the drivers get.
    pub fn text(&self) -> String {
        format!("{} {}", self.function, self.tokens.join(" "))
    }

    /// Reads what a driver says.
    pub fn did(&self, types: &Types<'_>, declarations: &Declarations, tokens: &str) -> Result<Did> {
        let tokens: Vec<&str> = tokens.split_whitespace().collect();
        self.read(types, declarations, &mut tokens.iter().peekable())
    }

    fn read(
        &self,
        types: &Types<'_>,
        declarations: &Declarations,
        tokens: &mut Peekable<slice::Iter<'_, &str>>,
    ) -> Result<Did> {
        let mut said: BTreeMap<(&str, usize), &str> = BTreeMap::new();
        let mut parts = Vec::new();
        let mut visits = Vec::new();
        let mut wrong = Vec::new();
        let mut failed = false;
        while let Some(token) = tokens.next_if(|token| **token != "}") {
            let (kind, rest) = token.split_once(':').unwrap_or((token, ""));
            match kind {
                "r" => parts.push(("result".to_owned(), self.result(types, rest)?)),
                "e" => {
                    failed = true;
                    parts.push(("message".to_owned(), Expr::Text(unhex(rest)?)));
                }
                "x" => {
                    wrong.push("the callback did not get the context that was passed on".to_owned())
                }
                "i" => {
                    let inner = match (tokens.next_if(|token| **token == "{"), &self.nested) {
                        (Some(_), Some(nested)) => {
                            let did = nested.read(types, declarations, tokens)?;
                            tokens.next();
                            wrong.extend(did.wrong);
                            Some(did.answer)
                        }
                        _ => None,
                    };
                    visits.push((rest, inner));
                }
                _ => {
                    let (index, value) = rest.split_once(':').unwrap_or((rest, ""));
                    said.insert((kind, index.parse()?), value);
                }
            }
        }
        let status = match parts.first() {
            Some((_, Expr::Word(status))) => status.clone(),
            _ => String::new(),
        };
        for (name, of) in &self.shown {
            let may_write = || {
                let known = declarations.writes.iter();
                known.clone().any(|(function, what, when)| {
                    function == self.function && what == name && *when == status
                })
            };
            let called = match name.as_str() {
                "" => "an argument".to_owned(),
                name => format!("`{name}`"),
            };
            let value = match of {
                What::Block(index) => {
                    let block = &self.blocks[*index];
                    if said.contains_key(&("g", *index)) {
                        wrong.push(format!("it wrote before or behind {called}"));
                    }
                    match said.get(&("b", *index)) {
                        Some(_) if !block.is_written => {
                            wrong.push(format!("it wrote to {called}, which is const"));
                            continue;
                        }
                        Some(bytes) if !failed || may_write() => {
                            block.value(types, &unhex(bytes)?)?
                        }
                        Some(_) => {
                            wrong.push(format!("it failed, and wrote to {called}"));
                            continue;
                        }
                        None if failed || !block.is_written || name.is_empty() => continue,
                        None if block.size == 0 => Expr::List(Vec::new(), None),
                        None => Expr::Word("untouched".to_owned()),
                    }
                }
                What::Cell(index, _) | What::Handle(index) if said.contains_key(&("w", *index)) => {
                    wrong.push(format!("it failed, and wrote to {called}"));
                    continue;
                }
                What::Cell(..) | What::Handle(_) if failed => continue,
                What::Cell(index, of) => {
                    let token = said
                        .get(&("t", *index))
                        .or_else(|| said.get(&("d", *index)));
                    match (token.map(|token| token.split_at(1)), of) {
                        (None, _) => Expr::Word("untouched".to_owned()),
                        (Some(("t", bytes)), None) => Expr::Text(unhex(bytes)?),
                        (Some(("t", bytes)), Some(of)) => types.list(of, &unhex(bytes)?, None)?,
                        _ => Expr::Word("NULL".to_owned()),
                    }
                }
                What::Handle(index) => match said.get(&("h", *index)) {
                    Some(&"p") => continue,
                    Some(_) => Expr::Word("NULL".to_owned()),
                    None => Expr::Word("untouched".to_owned()),
                },
                What::Visits(of) => {
                    let visit = |(values, inner): &(&str, Option<Answer>)| {
                        visited(types, of, values, inner)
                    };
                    let all: Result<Vec<_>> = visits.iter().map(visit).collect();
                    let (items, length) = compact(all?);
                    if failed && !items.is_empty() {
                        wrong.push("it failed, and called the callback".to_owned());
                    }
                    if failed {
                        continue;
                    }
                    Expr::List(items, length)
                }
            };
            parts.push((name.clone(), value));
        }
        Ok(Did {
            answer: Answer(parts),
            failed,
            wrong,
        })
    }

    fn result(&self, types: &Types<'_>, said: &str) -> Result<Expr> {
        Ok(match self.result {
            Returned::Nothing => Expr::Word("void".to_owned()),
            Returned::Status => types.value(&Type::Named(types.library.status()), &unhex(said)?)?,
            Returned::Value(of) => types.value(of, &unhex(said)?)?,
            Returned::Text if said != "n" => Expr::Text(unhex(&said[1..])?),
            Returned::Text => Expr::Word("NULL".to_owned()),
            Returned::Handle => Expr::Word(if said == "p" { "pointer" } else { "NULL" }.to_owned()),
        })
    }

    /// An answer that a person wrote, such that it can be compared.
    pub fn canonical(&self, types: &Types<'_>, written: &Answer) -> Result<Answer> {
        let parts = written.0.iter().enumerate().map(|(index, (label, value))| {
            let shown = self.shown.iter().find(|(name, _)| name == label);
            let status = Type::Named(types.library.status());
            let of = match (&self.result, shown.map(|(_, what)| what)) {
                (Returned::Status, _) if index == 0 => Some(&status),
                (Returned::Value(of), _) if index == 0 => Some(*of),
                (_, Some(What::Block(index))) => Some(self.blocks[*index].of),
                (_, Some(What::Cell(_, Some(of)))) => Some(*of),
                (_, Some(What::Visits(of))) => {
                    let visits = self.canonical_visits(types, of, value)?;
                    return Ok((label.clone(), visits));
                }
                _ if index == 0 || label == "message" || label == "printed" || shown.is_some() => {
                    None
                }
                _ => bail!("nothing in the call is called `{label}`"),
            };
            let value = match of {
                // A release has another one.
                None if *value == Expr::Word("VERSION".to_owned()) => {
                    Expr::Text(types.library.version.into())
                }
                Some(of) => types.canonical(of, value)?,
                None => value.clone(),
            };
            Ok((label.clone(), value))
        });
        Ok(Answer(parts.collect::<Result<_>>()?))
    }

    fn canonical_visits(&self, types: &Types<'_>, of: &[&Type], written: &Expr) -> Result<Expr> {
        let visit = |visit: Expr| {
            let Expr::Visit(values, inner) = visit else {
                bail!("`{visit}` is not what a callback got: `(1, 2)`");
            };
            let values = values
                .iter()
                .zip(of)
                .map(|(value, of)| types.canonical(of, value));
            let inner = match (inner, &self.nested) {
                (Some(inner), Some(nested)) => Some(nested.canonical(types, &inner)?),
                _ => None,
            };
            Ok(Expr::Visit(values.collect::<Result<_>>()?, inner))
        };
        let all: Result<Vec<_>> = items(written)?.into_iter().map(visit).collect();
        let (items, length) = compact(all?);
        Ok(Expr::List(items, length))
    }
}

impl Block<'_> {
    /// What stands in it now.
    fn value(&self, types: &Types<'_>, bytes: &[u8]) -> Result<Expr> {
        let end = bytes.iter().position(|byte| *byte == 0);
        match end {
            _ if self.is_one => types.value(self.of, bytes),
            Some(end)
                if *self.of == Type::Char && bytes[end + 1..].iter().all(|byte| *byte == FILL) =>
            {
                Ok(Expr::Text(bytes[..end].to_vec()))
            }
            _ => types.list(self.of, bytes, self.filled.then_some(FILL)),
        }
    }
}

fn visited(types: &Types<'_>, of: &[&Type], values: &str, inner: &Option<Answer>) -> Result<Expr> {
    let values = values.split_terminator(',').zip(of).map(|(value, of)| {
        let (kind, bytes) = value.split_at(1);
        Ok(match kind {
            "v" => types.value(of, &unhex(bytes)?)?,
            "t" => Expr::Text(unhex(bytes)?),
            "n" => Expr::Word("NULL".to_owned()),
            _ => Expr::Word("pointer".to_owned()),
        })
    });
    Ok(Expr::Visit(values.collect::<Result<_>>()?, inner.clone()))
}
