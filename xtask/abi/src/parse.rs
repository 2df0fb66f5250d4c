//! Reads back what the model renders: frozen descriptions, and what the CFFI reader prints.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::token::Bracket;
use syn::{Ident, LitInt, LitStr, Token, bracketed, parenthesized};

use crate::model::{
    Abi, Access, Bits, Definition, Enumeration, Field, Parameter, Record, Signature, THREAD_LOCAL,
    Type,
};

impl Abi {
    /// Reads a file with a rendered description.
    ///
    /// # Errors
    ///
    /// If `path` cannot be read, and as for [`Abi::parse`].
    pub fn read(path: &Path) -> Result<Abi> {
        let file = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {file}"))?;
        Abi::parse(&text).with_context(|| format!("{file} is no description of an ABI"))
    }

    /// Reads a rendered description. Empty lines and lines that begin with `#` say nothing.
    ///
    /// # Errors
    ///
    /// If a line is none that the model renders; the message has its number and text.
    pub fn parse(text: &str) -> Result<Abi> {
        let mut abi = Abi::default();
        for (index, line) in text.lines().enumerate() {
            if !line.trim().is_empty() && !line.starts_with('#') {
                abi.add(line).with_context(|| {
                    format!("line {}, `{line}`, is no fact of an ABI", index + 1)
                })?;
            }
        }
        Ok(abi)
    }

    fn add(&mut self, line: &str) -> Result<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let define = |abi: &mut Abi, name: &str, of| drop(abi.types.insert(name.into(), of));
        match words[..] {
            ["constant", name, "=", ..] => {
                let (_, value) = line.split_once(" = ").unwrap_or_default();
                self.constants.insert(name.into(), value.trim().into());
            }
            ["convention", name, of] => drop(self.conventions.insert(name.into(), of.into())),
            ["pointer", "size", size] => self.pointer_size = Some(number(size)?),
            ["opaque", name] => define(self, name, Definition::Opaque),
            ["enum", name, "size", size, sign] => {
                let enumeration = Enumeration {
                    size: number(size)?,
                    signed: sign == "signed",
                    values: BTreeMap::new(),
                };
                define(self, name, Definition::Enumeration(enumeration));
            }
            ["enum", name, own, "=", value] => match self.types.get_mut(name) {
                Some(Definition::Enumeration(enumeration)) => {
                    enumeration.values.insert(own.into(), number(value)?);
                }
                _ => bail!("the size of enum {name} comes first"),
            },
            [
                kind @ ("struct" | "union"),
                name,
                "size",
                size,
                "align",
                alignment,
            ] => {
                let record = Record {
                    is_union: kind == "union",
                    size: number(size)?,
                    alignment: number(alignment)?,
                    fields: Vec::new(),
                };
                define(self, name, Definition::Record(record));
            }
            ["struct" | "union", name, own, place, ref of @ ..] => match self.types.get_mut(name) {
                Some(Definition::Record(record)) => record.fields.push(field(own, place, of)?),
                _ => bail!("the size of {name} comes first"),
            },
            ["fn", name, ..] if !name.starts_with('(') => {
                let (name, _) = name.split_once('(').unwrap_or((name, ""));
                let signature = &line[line.find('(').context("it has no parameters")?..];
                self.functions
                    .insert(name.into(), syn::parse_str(signature)?);
            }
            ["static", name, ref of @ ..] => {
                self.variables
                    .insert(name.into(), syn::parse_str(&of.join(" "))?);
            }
            _ => bail!("it begins like no fact, or ends too early"),
        }
        Ok(())
    }
}

/// `.low @20+0:3 u32`
fn field(name: &str, place: &str, of: &[&str]) -> Result<Field> {
    let name = name.strip_prefix('.').context("a field is `.name`")?;
    let place = place.strip_prefix('@').context("its place is `@offset`")?;
    let (offset, bits) = match place.split_once('+') {
        None => (place, None),
        Some((offset, bits)) => {
            let (first, width) = bits.split_once(':').context("bits are `first:width`")?;
            let (first, width) = (number(first)?, number(width)?);
            (offset, Some(Bits { first, width }))
        }
    };
    Ok(Field {
        name: name.to_owned(),
        offset: number(offset)?,
        of: syn::parse_str(&of.join(" "))?,
        bits,
    })
}

fn number<N: FromStr>(digits: &str) -> Result<N> {
    let number = digits.parse().ok();
    number.with_context(|| format!("`{digits}` is no number, or out of range"))
}

/// A name, or a word of the rendering. `Outer::inner` is a type that has no name of its own.
fn word(line: ParseStream<'_>) -> syn::Result<String> {
    let mut word = line.call(Ident::parse_any)?.to_string();
    while line.parse::<Option<Token![::]>>()?.is_some() {
        word += &format!("::{}", line.call(Ident::parse_any)?);
    }
    Ok(word)
}

impl Parse for Signature {
    fn parse(line: ParseStream<'_>) -> syn::Result<Signature> {
        let (mut parameters, mut variadic) = (Vec::new(), false);
        let list;
        parenthesized!(list in line);
        while !list.is_empty() {
            if list.parse::<Option<Token![...]>>()?.is_some() {
                variadic = true;
            } else {
                parameters.push(Parameter::of(list.parse()?));
            }
            list.parse::<Option<Token![,]>>()?;
        }
        Ok(Signature {
            parameters,
            result: match line.parse::<Option<Token![->]>>()? {
                Some(_) => line.parse()?,
                None => Type::Void,
            },
            variadic,
            result_spelling: None,
        })
    }
}

impl Parse for Access {
    fn parse(line: ParseStream<'_>) -> syn::Result<Access> {
        Ok(match line.parse::<Option<Token![const]>>()? {
            Some(_) => Access::Const,
            None if line.parse::<Option<Token![mut]>>()?.is_some() => Access::Mut,
            None => Access::Unknown,
        })
    }
}

impl Parse for Type {
    fn parse(line: ParseStream<'_>) -> syn::Result<Type> {
        if line.parse::<Option<Token![*]>>()?.is_some() {
            let (access, to) = (line.parse()?, Box::new(line.parse()?));
            return Ok(Type::Pointer { access, to });
        }
        if line.peek(Bracket) {
            let array;
            bracketed!(array in line);
            let of = array.parse()?;
            array.parse::<Token![;]>()?;
            return Ok(Type::array(of, array.parse::<LitInt>()?.base10_parse()?));
        }
        if line.peek(LitStr) {
            return Ok(Type::Other(line.parse::<LitStr>()?.value()));
        }
        if line.peek(Token![fn]) {
            line.parse::<Token![fn]>()?;
            return Ok(Type::Function(line.parse()?));
        }
        match word(line)?.as_str() {
            by @ ("_Atomic" | THREAD_LOCAL | "const" | "volatile") => {
                line.parse().map(|of: Type| of.qualified(by))
            }
            word => Ok(simple(word)),
        }
    }
}

/// A type of one word; any word that is no other is the name of one.
fn simple(word: &str) -> Type {
    match word {
        "void" => Type::Void,
        "bool" => Type::Bool,
        "char" => Type::Char,
        "usize" => Type::Size { signed: false },
        "isize" => Type::Size { signed: true },
        _ => sized(word).unwrap_or_else(|| Type::Named(word.into())),
    }
}

/// `i32`, `u8`, `f64`.
fn sized(word: &str) -> Option<Type> {
    let bits: u64 = word.get(1..)?.parse().ok()?;
    let size = bits / 8;
    let signed = word.starts_with('i');
    match word.chars().next()? {
        'i' | 'u' => Some(Type::Integer { size, signed }),
        'f' => Some(Type::Float { size }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_KINDS: &str = r#"pointer size 8
constant A_TEXT = "a = b"
constant A_VERSION = 1
opaque Handle
enum Mode size 4 signed
enum Mode MODE_NONE = -1
enum Mode MODE_SOME = 0
struct Point size 40 align 8
struct Point .x @0 f64
struct Point .name @8 *const char
struct Point .bytes @16 [u8; 4]
struct Point .low @20+0:3 u32
struct Point .high @20+3:29 u32
struct Point .visit @24 fn(*mut void, Mode) -> fn(usize)
struct Point .next @32 *mut *mut volatile Handle
union Word size 4 align 4
union Word .number @0 _Atomic const u32
union Word .bytes @0 [[u8; 2]; 2]
fn a()
fn b(f32, isize, *i64, bool, *mut fn(), ...) -> *const Point
fn c("Result<u8, ()>") -> Mode
convention c ms_abi
static a_name const [char; 8]
static a_number i32
static a_thread _Thread_local volatile i32
static an_unknown *u8
"#;

    #[test]
    fn what_is_rendered_is_read_back() {
        let abi = Abi::parse(ALL_KINDS).unwrap();
        assert_eq!(abi.to_string(), ALL_KINDS);
        assert_eq!(Abi::parse(&abi.to_string()).unwrap(), abi);
    }

    #[test]
    fn what_is_no_fact_is_refused_with_its_line() {
        for line in [
            "fn a",
            "fn a(",
            "fn a() -> ",
            "fn a() left",
            "function a()",
            "struct A .b @0 i32",
            "enum A B = 1",
            "struct A size x align 1",
            "fn a([u8; 4)",
            "fn a(\"open)",
        ] {
            let error = Abi::parse(&format!("# comment\n\n{line}\n")).unwrap_err();
            assert!(error.to_string().starts_with("line 3, "), "{line}: {error}");
        }
    }
}
