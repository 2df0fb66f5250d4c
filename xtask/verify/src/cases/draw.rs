//! What stands for `?`: values by type, the special ones first. The same for the same seed.

use anyhow::{Result, bail};
use cargo_abi::calls::Random;
use cargo_abi::model::Type;

use super::text;
use super::types::Types;

pub struct Dice {
    random: Random,
    /// Which of the special values has its turn.
    turn: usize,
}

/// Numbers at which something changes: beside 4 and 2^52, at the ends of the subnormal ones and of the
/// normal ones (of those with an exact root, too), and those that are none.
const SPECIAL: &str = "0 -0 1 -1 2 4 -4 0.25 0.1 3.9999999999999996 4.000000000000001 4503599627370497 \
    5e-324 -5e-324 2e-323 2.225073858507201e-308 2.2250738585072014e-308 1.7976931348623157e308 \
    -1.7976931348623157e308 inf -inf nan -nan nan0x7ff8000000001234";

impl Dice {
    pub fn new(seed: u64, turn: usize) -> Dice {
        let state = seed.wrapping_add((turn as u64).wrapping_mul(0x2545_f491_4f6c_dd1d));
        Dice {
            random: Random(state),
            turn,
        }
    }

    /// A value as a person writes it.
    pub fn value(&mut self, types: &Types, of: &Type) -> Result<String> {
        if let Some(record) = types.record(of) {
            let fields = record
                .fields
                .iter()
                .map(|field| self.value(types, &field.of));
            let fields = fields.collect::<Result<Vec<_>>>()?;
            return Ok(format!("{{{}}}", fields.join(", ")));
        }
        let number = match (of, types.signed(of)) {
            (Type::Array { of, length }, _) => return self.list(types, of, *length),
            (Type::Bool, _) => return Ok((self.random.below(2) == 1).to_string()),
            (Type::Float { size }, _) => {
                let special: Vec<&str> = SPECIAL.split(' ').collect();
                match (self.special(special.len()), self.random.below(3), size) {
                    (Some(index), _, 8) => return Ok(special[index].to_owned()),
                    (Some(index), ..) => {
                        format!("{:?}", special[index].parse().unwrap_or(f32::NAN))
                    }
                    (None, 0, _) => self.random.below(1_000_000).to_string(),
                    (None, _, 8) => format!("{:?}", f64::from_bits(self.random.next())),
                    _ => format!("{:?}", f32::from_bits(self.random.next() as u32)),
                }
            }
            // An unknown value of an enum is not to be passed.
            (_, Some(signed)) if !matches!(of, Type::Named(_)) => {
                let bits = 8 * types.size(of)?;
                let half = 1 << (bits - 1);
                let drawn = match self.special(8) {
                    Some(index) => [0, 1, u64::MAX, half, half - 1, 2, 127, 255][index],
                    None => self.random.next() >> self.random.below(64),
                };
                let drawn = i128::from(drawn) & ((1 << bits) - 1);
                let is_negative = signed && drawn >> (bits - 1) == 1;
                (drawn - if is_negative { 1 << bits } else { 0 }).to_string()
            }
            _ => bail!("`{of}` cannot be drawn at random; `[?]` is an array"),
        };
        Ok(number.to_lowercase())
    }

    /// An array of any length. A loop may take several elements at a time, and a buffer on the way ends at
    /// some power of two: each length beside one leaves a rest of its own.
    pub fn array(&mut self, types: &Types, of: &Type) -> Result<String> {
        let length = match self.random.below(4) {
            0 => (1 << self.random.below(13)) - 1 + self.random.below(3),
            _ => self.random.below(20),
        };
        self.list(types, of, length)
    }

    fn list(&mut self, types: &Types, of: &Type, length: u64) -> Result<String> {
        let items = (0..length).map(|_| self.value(types, of));
        Ok(text::list(&items.collect::<Result<Vec<_>>>()?))
    }

    /// An index below `count`, if one is due: each has its turn, and later they come now and then.
    fn special(&mut self, count: usize) -> Option<usize> {
        self.turn += 1;
        let is_due = self.turn <= count || self.random.below(4) == 0;
        is_due.then(|| (self.turn - 1) % count)
    }

    /// Characters of every length, or now and then any bytes but NUL.
    pub fn text(&mut self) -> String {
        let (length, is_bytes) = (self.random.below(30), self.random.below(5) == 0);
        let mut bytes = Vec::new();
        for _ in 0..length {
            let limit = [0x7f, 0x7ff, 0xffff, 0x10_ffff][self.random.below(4) as usize];
            match char::from_u32(1 + self.random.below(limit) as u32) {
                Some(character) if !is_bytes => bytes.extend(character.to_string().bytes()),
                _ => bytes.push(1 + self.random.below(if is_bytes { 255 } else { 127 }) as u8),
            }
        }
        text::quoted(&bytes)
    }

    pub fn within(&mut self, from: i128, to: i128) -> i128 {
        from + i128::from(self.random.below((to - from).max(0) as u64 + 1))
    }
}
