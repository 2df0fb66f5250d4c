//! Reads back what the model renders: frozen descriptions, and what the CFFI reader prints.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::model::{
    Abi, Access, Bits, Definition, Enumeration, Field, Parameter, Record, Signature, Type, Variable,
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
        let mut line = Scanner { rest: line };
        match line.word()? {
            "constant" => {
                let name = line.word()?;
                line.expect("=")?;
                self.constants.insert(name.into(), line.rest.trim().into());
                return Ok(());
            }
            "pointer" => {
                line.expect("size")?;
                self.pointer_size = Some(line.number()?);
            }
            "fn" => {
                let name = line.word()?.to_owned();
                self.functions.insert(name, line.signature()?);
            }
            "static" => {
                let name = line.word()?.to_owned();
                let access = line.access();
                let of = line.of()?;
                self.variables.insert(name, Variable { of, access });
            }
            "opaque" => {
                self.types.insert(line.word()?.into(), Definition::Opaque);
            }
            "sized" => {
                let name = line.word()?.to_owned();
                line.expect("size")?;
                let size = line.number()?;
                line.expect("align")?;
                let alignment = line.number()?;
                self.types
                    .insert(name, Definition::Sized { size, alignment });
            }
            "enum" => self.add_to_enum(&mut line)?,
            "struct" => self.add_to_record(&mut line, false)?,
            "union" => self.add_to_record(&mut line, true)?,
            other => bail!("`{other}` begins no fact"),
        }
        line.end()
    }

    fn add_to_enum(&mut self, line: &mut Scanner<'_>) -> Result<()> {
        let name = line.word()?;
        let own = line.word()?;
        if own == "size" && !line.rest.trim_start().starts_with('=') {
            let enumeration = Enumeration {
                size: line.number()?,
                signed: line.word()? == "signed",
                values: BTreeMap::new(),
            };
            self.types
                .insert(name.into(), Definition::Enumeration(enumeration));
            return Ok(());
        }
        line.expect("=")?;
        let value = line.number()?;
        match self.types.get_mut(name) {
            Some(Definition::Enumeration(enumeration)) => {
                enumeration.values.insert(own.into(), value)
            }
            _ => bail!("the size of enum {name} comes first"),
        };
        Ok(())
    }

    fn add_to_record(&mut self, line: &mut Scanner<'_>, is_union: bool) -> Result<()> {
        let name = line.word()?;
        if !line.accept(".") {
            line.expect("size")?;
            let size = line.number()?;
            line.expect("align")?;
            let record = Record {
                is_union,
                size,
                alignment: line.number()?,
                fields: Vec::new(),
            };
            self.types.insert(name.into(), Definition::Record(record));
            return Ok(());
        }
        let own = line.word()?.to_owned();
        line.expect("@")?;
        let offset = line.number()?;
        let bits = if line.accept("+") {
            let first = line.number()?;
            line.expect(":")?;
            let width = line.number()?;
            Some(Bits { first, width })
        } else {
            None
        };
        let field = Field {
            name: own,
            offset,
            of: line.of()?,
            bits,
        };
        match self.types.get_mut(name) {
            Some(Definition::Record(record)) => record.fields.push(field),
            _ => bail!("the size of {name} comes first"),
        }
        Ok(())
    }
}

/// Takes one thing after the other from a line.
struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// A name, or a word of the rendering. `Outer::inner` is a type that has no name of its own.
    fn word(&mut self) -> Result<&'a str> {
        self.while_(|c| c.is_alphanumeric() || "_:$".contains(c))
    }

    fn number<N: std::str::FromStr>(&mut self) -> Result<N> {
        let digits = self.while_(|c| c.is_ascii_digit() || c == '-')?;
        digits
            .parse()
            .ok()
            .with_context(|| format!("`{digits}` is out of range"))
    }

    fn while_(&mut self, belongs: impl Fn(char) -> bool) -> Result<&'a str> {
        let rest = self.rest.trim_start();
        let (taken, left) = rest.split_at(rest.find(|c| !belongs(c)).unwrap_or(rest.len()));
        ensure!(!taken.is_empty(), "a word is missing before `{rest}`");
        self.rest = left;
        Ok(taken)
    }

    fn accept(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        ensure!(
            self.accept(sign),
            "`{sign}` is missing before `{}`",
            self.rest
        );
        Ok(())
    }

    fn end(&self) -> Result<()> {
        ensure!(self.rest.trim().is_empty(), "`{}` is left over", self.rest);
        Ok(())
    }

    fn signature(&mut self) -> Result<Signature> {
        self.expect("(")?;
        let (mut parameters, mut variadic) = (Vec::new(), false);
        while !self.accept(")") {
            if self.accept("...") {
                variadic = true;
            } else {
                parameters.push(Parameter {
                    name: None,
                    of: self.of()?,
                    spelling: None,
                });
            }
            self.accept(",");
        }
        let result = if self.accept("->") {
            self.of()?
        } else {
            Type::Void
        };
        Ok(Signature {
            parameters,
            result,
            variadic,
            result_spelling: None,
        })
    }

    fn access(&mut self) -> Access {
        match () {
            () if self.accept("const ") => Access::Const,
            () if self.accept("mut ") => Access::Mut,
            () => Access::Unknown,
        }
    }

    fn of(&mut self) -> Result<Type> {
        if self.accept("*") {
            return Ok(Type::Pointer {
                access: self.access(),
                to: Box::new(self.of()?),
            });
        }
        if self.accept("[") {
            let of = Box::new(self.of()?);
            self.expect(";")?;
            let length = self.number()?;
            self.expect("]")?;
            return Ok(Type::Array { of, length });
        }
        if self.accept("\"") {
            let (words, rest) = self.rest.split_once('"').context("`\"` is not closed")?;
            self.rest = rest;
            return Ok(Type::Other(words.into()));
        }
        let word = self.word()?;
        if word == "fn" && self.rest.starts_with('(') {
            return Ok(Type::Function(Box::new(self.signature()?)));
        }
        Ok(simple(word))
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
sized Either size 16 align 8
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
struct Point .next @32 *mut *mut Handle
union Word size 4 align 4
union Word .number @0 u32
union Word .bytes @0 [[u8; 2]; 2]
fn a()
fn b(f32, isize, *i64, bool, *mut fn(), ...) -> *const Point
fn c("Result<u8, ()>") -> Mode
static a_name const [char; 8]
static a_number mut i32
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
