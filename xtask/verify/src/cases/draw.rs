//! What stands for `?`: values by type, the special ones first. The same for the same seed.

use anyhow::{Result, bail};
use cargo_abi::model::{Definition, Type};

use super::text;
use super::types::Types;

pub struct Dice {
    state: u64,
    /// Which of the special values has its turn.
    turn: usize,
}

/// Doubles at which something changes.
const SPECIAL: [&str; 24] = [
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "4",
    "-4",
    "0.25",
    "0.1",
    "3.9999999999999996",      // just below 4
    "4.000000000000001",       // just above
    "4503599627370497",        // 2^52 + 1
    "5e-324",                  // the smallest subnormal
    "-5e-324",                 // the same below zero
    "2e-323",                  // a subnormal with an exact root
    "2.225073858507201e-308",  // the largest subnormal
    "2.2250738585072014e-308", // the smallest normal
    "1.7976931348623157e308",  // the largest
    "-1.7976931348623157e308", // the lowest
    "inf",
    "-inf",
    "nan",
    "-nan",
    "nan0x7ff8000000001234",
];

impl Dice {
    pub fn new(seed: u64, turn: usize) -> Dice {
        let state = seed.wrapping_add((turn as u64).wrapping_mul(0x2545_f491_4f6c_dd1d));
        Dice { state, turn }
    }

    /// A value as a person writes it.
    pub fn value(&mut self, types: &Types, of: &Type) -> Result<String> {
        if let Some(record) = types.record(of) {
            let fields = record
                .fields
                .iter()
                .map(|field| self.value(types, &field.of));
            return Ok(format!(
                "{{{}}}",
                fields.collect::<Result<Vec<_>>>()?.join(", ")
            ));
        }
        Ok(match of {
            Type::Bool => (self.below(2) == 1).to_string(),
            Type::Char => self.below(128).to_string(),
            Type::Float { size } => match self.special(SPECIAL.len()) {
                Some(index) if *size == 8 => SPECIAL[index].to_owned(),
                Some(index) => SPECIAL[index]
                    .parse::<f32>()
                    .unwrap_or(f32::NAN)
                    .to_string()
                    .to_lowercase(),
                None if self.below(3) == 0 => self.below(1_000_000).to_string(),
                None if *size == 4 => {
                    format!("{:?}", f32::from_bits(self.next() as u32)).to_lowercase()
                }
                None => format!("{:?}", f64::from_bits(self.next())).to_lowercase(),
            },
            Type::Array { of, length } => self.list(types, of, *length)?,
            Type::Named(name) => match types.abi.types.get(name) {
                Some(Definition::Enumeration(all)) if !all.values.is_empty() => {
                    let index = self.below(all.values.len() as u64) as usize;
                    all.values.keys().nth(index).cloned().unwrap_or_default()
                }
                _ => bail!("`{name}` cannot be drawn at random"),
            },
            of => {
                let Some(signed) = types.signed(of) else {
                    bail!("`{of}` cannot be drawn at random; `[?]` is an array");
                };
                let size = types.size(of)?;
                let bits = 8 * size as u32;
                let half = 1 << (bits - 1);
                let drawn = match self.special(8) {
                    Some(index) => [0, 1, u64::MAX, half, half - 1, 2, 127, 255][index],
                    None => self.next() >> self.below(64),
                };
                let drawn = i128::from(drawn) & ((1 << bits) - 1);
                let is_negative = signed && drawn >> (bits - 1) == 1;
                (drawn - if is_negative { 1 << bits } else { 0 }).to_string()
            }
        })
    }

    /// An array of any length.
    pub fn array(&mut self, types: &Types, of: &Type) -> Result<String> {
        let length = self.length();
        self.list(types, of, length)
    }

    fn list(&mut self, types: &Types, of: &Type, length: u64) -> Result<String> {
        let items = (0..length).map(|_| self.value(types, of));
        Ok(text::list(&items.collect::<Result<Vec<_>>>()?))
    }

    /// An index below `count`, if one is due: each has its turn, and later they come now and then.
    fn special(&mut self, count: usize) -> Option<usize> {
        self.turn += 1;
        let is_due = self.turn <= count || self.below(4) == 0;
        is_due.then(|| (self.turn - 1) % count)
    }

    /// A loop may take several elements at a time, and a buffer on the way ends at some power of two: each
    /// length beside one leaves a rest of its own.
    fn length(&mut self) -> u64 {
        match self.below(4) {
            0 => (1 << self.below(13)) - 1 + self.below(3),
            _ => self.below(20),
        }
    }

    /// Characters of every length, or now and then any bytes but NUL.
    pub fn text(&mut self) -> String {
        let length = self.below(30);
        if self.below(5) == 0 {
            let bytes: Vec<u8> = (0..length).map(|_| 1 + self.below(255) as u8).collect();
            return text::quoted(&bytes);
        }
        let character = |_| {
            let limit = [0x7f, 0x7ff, 0xffff, 0x10_ffff][self.below(4) as usize];
            char::from_u32(1 + self.below(limit) as u32).unwrap_or('?')
        };
        let characters: String = (0..length).map(character).collect();
        text::quoted(characters.as_bytes())
    }

    pub fn within(&mut self, (from, to): (i64, i64)) -> i64 {
        from + self.below((to - from).max(0) as u64 + 1) as i64
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// SplitMix64
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}
