//! Values as a program has them, in bytes, and as a person writes them.

use abi_stages::library::Library;
use anyhow::{Context, Result, bail};
use cargo_abi::Abi;
use cargo_abi::model::{Definition, Type};

use super::syntax::{Expr, compact, integer};

/// What is known of the types of a library.
pub struct Types<'a> {
    pub abi: &'a Abi,
    pub library: &'a Library,
}

impl Types<'_> {
    pub fn pointer(&self) -> u64 {
        self.abi.pointer_size.unwrap_or(size_of::<usize>() as u64)
    }

    /// The size of a value in bytes. What is behind a `void *` are bytes.
    pub fn size(&self, of: &Type) -> Result<u64> {
        Ok(match of {
            Type::Void | Type::Bool | Type::Char => 1,
            Type::Integer { size, .. } | Type::Float { size } => *size,
            Type::Size { .. } | Type::Pointer { .. } | Type::Function(_) => self.pointer(),
            Type::Array { of, length } => self.size(of)? * length,
            Type::Named(name) => match self.abi.types.get(name) {
                Some(Definition::Record(record)) => record.size,
                Some(Definition::Enumeration(enumeration)) => enumeration.size,
                _ => bail!("of `{name}` the header says nothing"),
            },
            Type::Other(words) => bail!("`{words}` cannot be said in a case"),
        })
    }

    /// The size of a struct, and the offset and size of each hole in it; nothing if it has none.
    pub fn padding(&self, of: &Type) -> Result<String> {
        let size = self.size(of)?;
        let mut used = vec![false; size as usize];
        self.uses(of, 0, &mut used)?;
        let mut holes = String::new();
        let mut at = 0;
        for run in used.chunk_by(|one, other| one == other) {
            if !run[0] {
                holes += &format!(":{at}:{}", run.len());
            }
            at += run.len();
        }
        Ok(if holes.is_empty() {
            holes
        } else {
            format!(":{size}{holes}")
        })
    }

    fn uses(&self, of: &Type, start: usize, used: &mut [bool]) -> Result<()> {
        match of {
            Type::Named(name)
                if let Some(Definition::Record(record)) = self.abi.types.get(name) =>
            {
                let mut fields = record.fields.iter();
                fields
                    .try_for_each(|field| self.uses(&field.of, start + field.offset as usize, used))
            }
            Type::Array { of, length } => {
                let size = self.size(of)? as usize;
                (0..*length as usize)
                    .try_for_each(|index| self.uses(of, start + index * size, used))
            }
            _ => {
                used[start..start + self.size(of)? as usize].fill(true);
                Ok(())
            }
        }
    }

    /// Whether values of the type are bytes of a text.
    pub fn is_byte(of: &Type) -> bool {
        matches!(of, Type::Void | Type::Char | Type::Integer { size: 1, .. })
    }

    /// The bytes of a value. This machine has the order of bytes that the library has.
    pub fn bytes(&self, of: &Type, value: &Expr) -> Result<Vec<u8>> {
        let size = self.size(of)? as usize;
        let number = |signed: bool| {
            let Expr::Word(word) = value else {
                bail!("`{value}` is not a number");
            };
            let number = self.number(word)?;
            let bits = 8 * size as u32;
            let (least, most) = match signed {
                true => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
                false => (0, i128::MAX >> (127 - bits)),
            };
            if size > 8 || !(least..=most).contains(&number) {
                bail!("{word} does not fit into {bits} bits");
            }
            Ok(in_order(number.to_le_bytes()[..size].to_vec()))
        };
        match of {
            Type::Bool => match value.to_string().as_str() {
                "true" => Ok(vec![1]),
                "false" => Ok(vec![0]),
                other => bail!("`{other}` is neither true nor false"),
            },
            Type::Char => number(false).or_else(|_| number(true)),
            Type::Integer { signed, .. } | Type::Size { signed } => number(*signed),
            Type::Float { size } => match value {
                Expr::Word(word) => float(word, *size as usize),
                _ => bail!("`{value}` is not a number"),
            },
            Type::Array { of, length } => {
                let items = items(value)?;
                if items.len() as u64 != *length {
                    bail!("{} elements are here, and it has {length}", items.len());
                }
                let bytes: Result<Vec<_>> = items.iter().map(|item| self.bytes(of, item)).collect();
                Ok(bytes?.concat())
            }
            Type::Named(name) => match (self.abi.types.get(name), value) {
                (Some(Definition::Enumeration(enumeration)), _) => number(enumeration.signed),
                (Some(Definition::Record(record)), Expr::Struct(fields)) if !record.is_union => {
                    if fields.len() != record.fields.len() {
                        bail!("`{name}` has {} fields", record.fields.len());
                    }
                    let mut bytes = vec![0; size];
                    for (index, (own, value)) in fields.iter().enumerate() {
                        let field = match own {
                            Some(own) => record.fields.iter().find(|field| field.name == *own),
                            None => record.fields.get(index),
                        };
                        let field = field.with_context(|| format!("`{name}` has no such field"))?;
                        let of_field = self.bytes(&field.of, value)?;
                        let at = field.offset as usize;
                        bytes[at..at + of_field.len()].copy_from_slice(&of_field);
                    }
                    Ok(bytes)
                }
                _ => bail!("`{name}` is not written like `{value}`"),
            },
            _ => bail!("`{value}` is not a value of the type `{of}`"),
        }
    }

    /// A number, a constant of the header, or a limit of a type.
    pub fn number(&self, word: &str) -> Result<i128> {
        let bits = 8 * self.pointer() as u32;
        let of_enum = |definition: &Definition| match definition {
            Definition::Enumeration(enumeration) => enumeration.values.get(word).copied(),
            _ => None,
        };
        let limit = match word {
            "SIZE_MAX" => Some((1 << bits) - 1),
            "PTRDIFF_MAX" => Some((1 << (bits - 1)) - 1),
            _ => integer(word),
        };
        limit
            .or_else(|| self.abi.types.values().find_map(of_enum))
            .or_else(|| integer(self.abi.constants.get(word)?))
            .with_context(|| format!("`{word}` is not a number, and no constant of the header"))
    }

    /// A value as a person writes it. Every NaN has its bits.
    pub fn value(&self, of: &Type, bytes: &[u8]) -> Result<Expr> {
        let number = |signed: bool| {
            let mut wide = [if signed && *in_order(bytes.to_vec()).last().unwrap_or(&0) >= 128 {
                0xff
            } else {
                0
            }; 16];
            wide[..bytes.len()].copy_from_slice(&in_order(bytes.to_vec()));
            i128::from_le_bytes(wide)
        };
        let word = match of {
            Type::Bool if bytes == [1] => "true".to_owned(),
            Type::Bool if bytes == [0] => "false".to_owned(),
            Type::Void | Type::Bool | Type::Char => number(false).to_string(),
            Type::Integer { signed, .. } | Type::Size { signed } => number(*signed).to_string(),
            Type::Float { .. } => match bytes.len() {
                4 => shortest(
                    f32::from_bits(number(false) as u32),
                    number(false),
                    0x7fc0_0000,
                ),
                8 => shortest(
                    f64::from_bits(number(false) as u64),
                    number(false),
                    0x7ff8 << 48,
                ),
                size => bail!("a number of {size} bytes cannot be said in a case"),
            },
            Type::Array { of, .. } => return self.list(of, bytes, None),
            Type::Named(name) => match self.abi.types.get(name) {
                Some(Definition::Enumeration(enumeration)) => {
                    let number = number(enumeration.signed);
                    let mut names = enumeration.values.iter();
                    let name = names.find(|(_, value)| **value == number);
                    name.map_or_else(|| number.to_string(), |(name, _)| name.clone())
                }
                Some(Definition::Record(record)) if !record.is_union => {
                    let field = |field: &cargo_abi::model::Field| {
                        let start = field.offset as usize;
                        let end = start + self.size(&field.of)? as usize;
                        let bytes = bytes.get(start..end).context("a struct is too short")?;
                        Ok((Some(field.name.clone()), self.value(&field.of, bytes)?))
                    };
                    let fields: Result<_> = record.fields.iter().map(field).collect();
                    return Ok(Expr::Struct(fields?));
                }
                _ => bail!("`{name}` cannot be said in a case"),
            },
            Type::Pointer { .. } | Type::Function(_) if number(false) == 0 => "NULL".to_owned(),
            Type::Pointer { .. } | Type::Function(_) => "pointer".to_owned(),
            Type::Other(words) => bail!("`{words}` cannot be said in a case"),
        };
        Ok(Expr::Word(word))
    }

    /// Elements one after another. Those whose bytes are all `filled` were not written.
    pub fn list(&self, of: &Type, bytes: &[u8], filled: Option<u8>) -> Result<Expr> {
        if Types::is_byte(of) {
            return Ok(Expr::Bytes(bytes.to_vec()));
        }
        let size = self.size(of)? as usize;
        let elements = bytes.chunks(size.max(1)).map(|element| match filled {
            Some(fill) if element.iter().all(|byte| *byte == fill) => Ok(Expr::Word("_".into())),
            _ => self.value(of, element),
        });
        let (items, length) = compact(elements.collect::<Result<_>>()?);
        Ok(Expr::List(items, length))
    }

    /// What a person wrote, as [`Types::value`] would write it, and every NaN as `nan`.
    pub fn canonical(&self, of: &Type, written: &Expr) -> Result<Expr> {
        Ok(match written {
            Expr::List(..) | Expr::Range(..) => {
                let items = items(written)?;
                let items: Result<_> = items.iter().map(|item| self.canonical(of, item)).collect();
                let (items, length) = compact(items?);
                Expr::List(items, length)
            }
            Expr::Word(word)
                if ["_", "NULL", "untouched", "pointer", "void"].contains(&word.as_str()) =>
            {
                written.clone()
            }
            Expr::Text(_) | Expr::Bytes(_) | Expr::Visit(..) => written.clone(),
            _ => plain(&self.value(of, &self.bytes(of, written)?)?),
        })
    }
}

/// Every NaN as `nan`: neither its sign nor its payload is promised, and processors differ.
pub fn plain(value: &Expr) -> Expr {
    match value {
        Expr::Word(word) if word.trim_start_matches('-').starts_with("nan") => {
            Expr::Word("nan".into())
        }
        Expr::List(items, length) => {
            let all = match length {
                Some(length) => items.iter().cycle().take(*length).map(plain).collect(),
                None => items.iter().map(plain).collect(),
            };
            let (items, length) = compact(all);
            Expr::List(items, length)
        }
        Expr::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), plain(value)));
            Expr::Struct(fields.collect())
        }
        Expr::Visit(values, answer) => Expr::Visit(
            values.iter().map(plain).collect(),
            answer.as_ref().map(|answer| {
                let parts = answer.0.iter();
                super::syntax::Answer(
                    parts
                        .map(|(label, value)| (label.clone(), plain(value)))
                        .collect(),
                )
            }),
        ),
        other => other.clone(),
    }
}

/// The elements of a list, each as often as it stands for.
pub fn items(list: &Expr) -> Result<Vec<Expr>> {
    Ok(match list {
        Expr::List(items, None) => items.clone(),
        Expr::List(items, Some(length)) => items.iter().cycle().take(*length).cloned().collect(),
        Expr::Range(from, to) => (*from..*to).map(|it| Expr::Word(it.to_string())).collect(),
        other => bail!("`{other}` is not a list"),
    })
}

/// Little endian as this machine has it, and back.
fn in_order(mut bytes: Vec<u8>) -> Vec<u8> {
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
    bytes
}

/// The bytes of a number in decimal or hexadecimal digits, of infinity, or of a NaN.
fn float(word: &str, size: usize) -> Result<Vec<u8>> {
    let wrong = || format!("`{word}` is not a number");
    if size != 4 && size != 8 {
        bail!("a number of {size} bytes cannot be said in a case");
    }
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let sign = u64::from(negative) << 63;
    if let Some(bits) = digits.strip_prefix("nan") {
        let (quiet, shift) = if size == 4 {
            (0x7fc0_0000, 32)
        } else {
            (0x7ff8 << 48, 0)
        };
        let bits = match bits.strip_prefix("0x") {
            None if bits.is_empty() => quiet,
            Some(bits) => u64::from_str_radix(bits, 16).with_context(wrong)?,
            None => bail!(wrong()),
        };
        let bits = bits | sign >> shift;
        return Ok(in_order(bits.to_le_bytes()[..size].to_vec()));
    }
    let bits = |value: f64| in_order((value.to_bits() | sign).to_le_bytes().to_vec());
    let narrow = |value: f32| {
        in_order(
            (value.to_bits() | (sign >> 32) as u32)
                .to_le_bytes()
                .to_vec(),
        )
    };
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        let value = hexadecimal_float(hexadecimal).with_context(wrong)?;
        if size == 8 {
            return Ok(bits(value));
        }
        if f64::from(value as f32) != value {
            bail!("{word} has more digits than a float has");
        }
        return Ok(narrow(value as f32));
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) && digits != "inf" {
        bail!(wrong());
    }
    Ok(match size {
        8 => bits(digits.parse().with_context(wrong)?),
        _ => narrow(digits.parse().with_context(wrong)?),
    })
}

/// `1.8p-3`. None if it is not exact.
fn hexadecimal_float(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = digits.split_once('p').unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let number = u64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    let mut exponent = exponent.parse::<i32>().ok()? - 4 * i32::try_from(fraction.len()).ok()?;
    let mut value = number as f64;
    if value as u64 != number {
        return None;
    }
    while exponent != 0 && value != 0.0 && value.is_finite() {
        let (step, factor) = if exponent > 0 { (1, 2.0) } else { (-1, 0.5) };
        if value * factor / factor != value {
            return None;
        }
        value *= factor;
        exponent -= step;
    }
    value.is_finite().then_some(value)
}

/// The fewest digits that are read as the number again.
fn shortest<T: std::fmt::Debug>(value: T, bits: i128, quiet: i128) -> String {
    let word = format!("{value:?}").to_lowercase();
    let sign = if quiet > 0xffff_ffff {
        1 << 63
    } else {
        1 << 31
    };
    match word.strip_suffix(".0") {
        _ if word.contains("nan") && bits & !sign == quiet => {
            if bits & sign == 0 { "nan" } else { "-nan" }.to_owned()
        }
        _ if word.contains("nan") => format!("nan0x{bits:x}"),
        Some(whole) => whole.to_owned(),
        None => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hello::LIBRARY;

    #[test]
    fn every_value_is_read_and_written_in_the_width_of_its_type() {
        let abi = Abi::parse(
            "pointer size 8\nenum E size 4 unsigned\nenum E A = 3\nstruct P size 16 align 8\n\
             struct P .x @0 f64\nstruct P .on @8 bool\nstruct P .t @10 [i16; 3]\n",
        )
        .unwrap();
        let types = Types {
            abi: &abi,
            library: &LIBRARY,
        };
        let named = |name: &str| Type::Named(name.to_owned());
        let integer = |size, signed| Type::Integer { size, signed };
        for (of, written, canonical) in [
            (Type::Float { size: 8 }, "0x1.8p1", "3"),
            (Type::Float { size: 8 }, "0x1p-1074", "5e-324"),
            (Type::Float { size: 8 }, "-0", "-0"),
            (Type::Float { size: 8 }, "-inf", "-inf"),
            (Type::Float { size: 8 }, "nan0x7ff8000000001234", "nan"),
            (Type::Float { size: 8 }, "0.1", "0.1"),
            (Type::Float { size: 4 }, "0x1.99999ap-4", "0.1"),
            (Type::Float { size: 4 }, "-nan", "nan"),
            (integer(1, true), "-128", "-128"),
            (
                integer(8, false),
                "0xffffffffffffffff",
                "18446744073709551615",
            ),
            (
                Type::Size { signed: false },
                "SIZE_MAX",
                "18446744073709551615",
            ),
            (named("E"), "A", "A"),
            (named("E"), "3", "A"),
            (named("E"), "4", "4"),
            (
                named("P"),
                "{1, true, [1, -2, 3]}",
                "{x: 1, on: true, t: [1, -2, 3]}",
            ),
        ] {
            let file = super::super::syntax::parse(&format!("f({written})")).unwrap();
            let written = &file.lines[0].calls[0].arguments[0];
            assert_eq!(
                types.canonical(&of, written).unwrap().to_string(),
                canonical
            );
        }
        for (of, written, words) in [
            (integer(1, true), "128", "128 does not fit into 8 bits"),
            (integer(4, false), "-1", "-1 does not fit into 32 bits"),
            (
                Type::Float { size: 4 },
                "0x1.999999999999ap-4",
                "more digits than a float has",
            ),
            (Type::Float { size: 8 }, "one", "`one` is not a number"),
            (Type::Bool, "2", "neither true nor false"),
            (named("P"), "{1}", "`P` has 3 fields"),
            (integer(4, true), "NOTHING", "no constant of the header"),
        ] {
            let file = super::super::syntax::parse(&format!("f({written})")).unwrap();
            let error = types
                .bytes(&of, &file.lines[0].calls[0].arguments[0])
                .unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn the_bits_of_a_nan_are_kept_until_answers_are_compared() {
        let abi = Abi::default();
        let types = Types {
            abi: &abi,
            library: &LIBRARY,
        };
        let of = Type::Float { size: 8 };
        let written = |bits: u64| types.value(&of, &bits.to_ne_bytes()).unwrap();
        assert_eq!(written(0xfff8 << 48).to_string(), "-nan");
        let payload = written(0x7ff8_0000_0000_1234);
        assert_eq!(payload.to_string(), "nan0x7ff8000000001234");
        assert_eq!(plain(&payload).to_string(), "nan");
    }
}
