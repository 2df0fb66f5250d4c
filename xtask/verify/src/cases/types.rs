//! Values as a program has them, in bytes, and as a person writes them.

use abi_stages::library::Library;
use anyhow::{Context, Result, bail};
use cargo_abi::Abi;
use cargo_abi::model::{Definition, Record, Type};

use super::text::{self, integer};

/// What is known of the types of a library.
pub struct Types {
    pub abi: Abi,
    pub library: &'static Library,
}

/// The bytes of memory that nobody wrote to.
pub const FILL: u8 = 0x55;

impl Types {
    pub fn new(abi: Abi, library: &'static Library) -> Types {
        Types { abi, library }
    }

    pub fn pointer(&self) -> u64 {
        self.abi.pointer_size.unwrap_or(size_of::<usize>() as u64)
    }

    fn definition(&self, of: &Type) -> Option<&Definition> {
        match of {
            Type::Named(name) => self.abi.types.get(name),
            _ => None,
        }
    }

    /// A struct whose fields a case can say.
    pub fn record(&self, of: &Type) -> Option<&Record> {
        match self.definition(of)? {
            Definition::Record(record) if !record.is_union => Some(record),
            _ => None,
        }
    }

    pub fn is_status(&self, of: &Type) -> bool {
        *of == Type::Named(self.library.status())
    }

    /// Whether values of the type are bytes of a text. What is behind a `void *` are bytes.
    pub fn is_byte(of: &Type) -> bool {
        matches!(of, Type::Void | Type::Char | Type::Integer { size: 1, .. })
    }

    /// The size of a value in bytes.
    pub fn size(&self, of: &Type) -> Result<usize> {
        let size = if *of == Type::Void {
            Some(1)
        } else {
            self.abi.size(of)
        };
        Ok(size.with_context(|| format!("`{of}` cannot be said in a case"))? as usize)
    }

    /// Whether an integer has negative values; none for what is not an integer.
    pub fn signed(&self, of: &Type) -> Option<bool> {
        match (of, self.definition(of)) {
            (Type::Void | Type::Char, _) => Some(false),
            (Type::Integer { signed, .. } | Type::Size { signed }, _) => Some(*signed),
            (_, Some(Definition::Enumeration(all))) => Some(all.signed),
            _ => None,
        }
    }

    /// Little endian as the library has it, and back.
    fn in_order(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.abi.is_big_endian {
            bytes.reverse();
        }
        bytes
    }

    /// The bytes of a word.
    pub fn bytes(&self, of: &Type, word: &str) -> Result<Vec<u8>> {
        let size = self.size(of)?;
        let number = match (of, self.signed(of)) {
            (Type::Bool, _) => match word {
                "true" => 1,
                "false" => 0,
                _ => bail!("`{word}` is neither true nor false"),
            },
            (Type::Float { .. }, _) => float(word, size).with_context(|| {
                format!("`{word}` is not a number that {size} bytes can hold as it is")
            })?,
            (_, Some(signed)) if size <= 8 => {
                let number = self.number(word)?;
                let half = 1 << (8 * size - 1);
                let least = if signed || *of == Type::Char {
                    -half
                } else {
                    0
                };
                if number < least || number >= if signed { half } else { 2 * half } {
                    bail!("{word} does not fit into {} bits", 8 * size);
                }
                number
            }
            _ => bail!("`{word}` is not a value of the type `{of}`"),
        };
        Ok(self.in_order(number.to_le_bytes()[..size].to_vec()))
    }

    /// A number, a constant of the header, or a limit of a type.
    pub fn number(&self, word: &str) -> Result<i128> {
        let limit: i128 = 1 << (8 * self.pointer());
        let of_enum = |definition: &Definition| match definition {
            Definition::Enumeration(all) => all.values.get(word).copied(),
            _ => None,
        };
        let known = match word {
            "SIZE_MAX" => Some(limit - 1),
            "PTRDIFF_MAX" => Some(limit / 2 - 1),
            _ => integer(word),
        };
        known
            .or_else(|| self.abi.types.values().find_map(of_enum))
            .or_else(|| integer(self.abi.constants.get(word)?))
            .with_context(|| format!("`{word}` is not a number, and no constant of the header"))
    }

    /// The number that the bytes are.
    pub fn integer(&self, of: &Type, bytes: &[u8]) -> i128 {
        let bytes = self.in_order(bytes.to_vec());
        let is_negative = self.signed(of) == Some(true) && bytes.last() >= Some(&0x80);
        let mut wide = [if is_negative { 0xff } else { 0 }; 16];
        wide[..bytes.len()].copy_from_slice(&bytes);
        i128::from_le_bytes(wide)
    }

    /// A value as a person writes it, a NaN with its bits.
    pub fn show(&self, of: &Type, bytes: &[u8]) -> Result<String> {
        if let Some(record) = self.record(of) {
            let field = |field: &cargo_abi::model::Field| {
                let bytes = bytes[field.offset as usize..].get(..self.size(&field.of)?);
                let value = self.show(&field.of, bytes.context("a struct is too short")?)?;
                Ok(format!("{}: {value}", field.name))
            };
            let fields = record
                .fields
                .iter()
                .map(field)
                .collect::<Result<Vec<_>>>()?;
            return Ok(format!("{{{}}}", fields.join(", ")));
        }
        if let Type::Array { of, .. } = of {
            return self.list(of, bytes, false);
        }
        let number = self.integer(of, bytes);
        Ok(match (of, self.definition(of)) {
            (Type::Bool, _) => {
                if number < 2 {
                    (number == 1).to_string()
                } else {
                    number.to_string()
                }
            }
            (Type::Float { size: 4 }, _) => shown(f32::from_bits(number as u32), number as u32),
            (Type::Float { size: 8 }, _) => shown(f64::from_bits(number as u64), number as u64),
            (Type::Pointer { .. } | Type::Function(_), _) if number == 0 => "NULL".to_owned(),
            (Type::Pointer { .. } | Type::Function(_), _) => "pointer".to_owned(),
            (_, Some(Definition::Enumeration(all))) => {
                let name = all.values.iter().find(|(_, value)| **value == number);
                name.map_or_else(|| number.to_string(), |(name, _)| name.clone())
            }
            _ if self.signed(of).is_some() => number.to_string(),
            _ => bail!("`{of}` cannot be said in a case"),
        })
    }

    /// Elements one after another. What was not written is still filled.
    pub fn list(&self, of: &Type, bytes: &[u8], was_filled: bool) -> Result<String> {
        if Types::is_byte(of) {
            return Ok(format!("b{}", text::quoted(bytes)));
        }
        let elements = bytes.chunks(self.size(of)?).map(|element| {
            match was_filled && element.iter().all(|byte| *byte == FILL) {
                true => Ok("_".to_owned()),
                false => self.show(of, element),
            }
        });
        Ok(text::list(&elements.collect::<Result<Vec<_>>>()?))
    }
}

/// The bits of a number in decimal or hexadecimal digits, of infinity, or of a NaN.
fn float(word: &str, size: usize) -> Option<i128> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let quiet = if size == 4 { 0x7fc0_0000 } else { 0x7ff8 << 48 };
    let bits = if let Some(bits) = digits.strip_prefix("nan") {
        if bits.is_empty() {
            quiet
        } else {
            integer(bits)?
        }
    } else if digits.starts_with(|c: char| c.is_ascii_digit()) || digits == "inf" {
        let hexadecimal = digits.strip_prefix("0x").map(hexadecimal);
        match (size, hexadecimal) {
            (4, Some(value)) if f64::from(value? as f32) != value? => return None,
            (4, Some(value)) => (value? as f32).to_bits().into(),
            (4, None) => digits.parse::<f32>().ok()?.to_bits().into(),
            (8, Some(value)) => value?.to_bits().into(),
            (8, None) => digits.parse::<f64>().ok()?.to_bits().into(),
            _ => return None,
        }
    } else {
        return None;
    };
    let sign = if digits == word {
        0
    } else {
        1 << (8 * size - 1)
    };
    Some(bits | sign)
}

/// `1.8p-3`. None if it is not exact.
fn hexadecimal(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = digits.split_once('p').unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let number = u64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    let exponent = exponent.parse::<i32>().ok()? - 4 * i32::try_from(fraction.len()).ok()?;
    // In two steps, for one alone would be too small or too large for a number at the end of the range.
    let (half, rest) = (2f64.powi(exponent / 2), 2f64.powi(exponent - exponent / 2));
    let value = number as f64 * half * rest;
    let is_exact = value / rest / half == number as f64 && number as f64 as u64 == number;
    (is_exact && value.is_finite()).then_some(value)
}

/// The fewest digits that are read as the number again.
fn shown(value: impl std::fmt::Debug, bits: impl std::fmt::LowerHex) -> String {
    let word = format!("{value:?}").to_lowercase();
    match word.as_str() {
        "nan" => format!("nan{bits:#x}"),
        _ => word.strip_suffix(".0").unwrap_or(&word).to_owned(),
    }
}

/// Every NaN as `nan`: neither its sign nor its payload is promised, and processors differ.
pub fn plain(shown: &str) -> String {
    let mut pieces = shown.split("nan0x");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| {
        plain + "nan" + piece.trim_start_matches(|c: char| c.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hello::LIBRARY;

    fn types(facts: &str) -> Types {
        let mut abi = Abi::parse(facts).unwrap();
        abi.is_big_endian = cfg!(target_endian = "big");
        Types::new(abi, &LIBRARY)
    }

    #[test]
    fn every_value_is_read_and_written_in_the_width_of_its_type() {
        let mut types = types("pointer size 8\nenum E size 4 unsigned\nenum E A = 3\n");
        let integer = |size, signed| Type::Integer { size, signed };
        let (float, double) = (Type::Float { size: 4 }, Type::Float { size: 8 });
        for is_big_endian in [false, true] {
            types.abi.is_big_endian = is_big_endian;
            for (of, written, shown) in [
                (&double, "0x1.8p1", "3"),
                (&double, "0x1p-1074", "5e-324"),
                (&double, "0x1.fffffffffffffp1023", "1.7976931348623157e308"),
                (&double, "-0", "-0"),
                (&double, "-inf", "-inf"),
                (&double, "nan0x7ff8000000001234", "nan"),
                (&double, "0.1", "0.1"),
                (&float, "0x1.99999ap-4", "0.1"),
                (&float, "-nan", "nan"),
                (&integer(1, true), "-128", "-128"),
                (
                    &integer(8, false),
                    "0xffffffffffffffff",
                    "18446744073709551615",
                ),
                (
                    &Type::Size { signed: false },
                    "SIZE_MAX",
                    "18446744073709551615",
                ),
                (&Type::Named("E".into()), "A", "A"),
                (&Type::Named("E".into()), "3", "A"),
                (&Type::Named("E".into()), "4", "4"),
                (&Type::Bool, "true", "true"),
            ] {
                let bytes = types.bytes(of, written).unwrap();
                assert_eq!(bytes.len(), types.size(of).unwrap());
                assert_eq!(plain(&types.show(of, &bytes).unwrap()), shown, "{written}");
            }
        }
        for (of, written, words) in [
            (integer(1, true), "128", "128 does not fit into 8 bits"),
            (integer(4, false), "-1", "-1 does not fit into 32 bits"),
            (
                float,
                "0x1.999999999999ap-4",
                "is not a number that 4 bytes can hold as it is",
            ),
            (double, "one", "`one` is not a number"),
            (Type::Bool, "2", "neither true nor false"),
            (integer(4, true), "NOTHING", "no constant of the header"),
        ] {
            let error = types.bytes(&of, written).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn the_bits_of_a_nan_are_passed_on() {
        let types = types("");
        let bits = |word: &str, size| types.bytes(&Type::Float { size }, word).unwrap();
        assert_eq!(bits("-nan", 8), (0xfff8u64 << 48).to_ne_bytes());
        assert_eq!(
            bits("nan0x7ff8000000001234", 8),
            0x7ff8_0000_0000_1234u64.to_ne_bytes()
        );
        assert_eq!(bits("-nan", 4), 0xffc0_0000u32.to_ne_bytes());
    }
}
