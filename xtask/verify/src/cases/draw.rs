//! What stands for `?`: values by type, the special ones first. The same for the same seed.

use anyhow::{Result, bail};
use cargo_abi::model::{Definition, Type};

use super::syntax::{Call, Count, Expr};
use super::values::Types;

pub struct Dice<'a> {
    types: &'a Types<'a>,
    state: u64,
    /// Which of the special values has its turn.
    turn: usize,
}

/// Doubles at which something changes, in bits.
const SPECIAL: [u64; 24] = [
    0x0000_0000_0000_0000, // 0
    0x8000_0000_0000_0000, // -0
    0x3ff0_0000_0000_0000, // 1
    0xbff0_0000_0000_0000, // -1
    0x4000_0000_0000_0000, // 2
    0x4010_0000_0000_0000, // 4
    0xc010_0000_0000_0000, // -4
    0x3fd0_0000_0000_0000, // 0.25
    0x3fb9_9999_9999_999a, // 0.1
    0x400f_ffff_ffff_ffff, // just below 4
    0x4010_0000_0000_0001, // just above 4
    0x4330_0000_0000_0001, // 2^52 + 1
    0x0000_0000_0000_0001, // the smallest subnormal
    0x8000_0000_0000_0001, // the same below zero
    0x0000_0000_0000_0004, // a subnormal with an exact root
    0x000f_ffff_ffff_ffff, // the largest subnormal
    0x0010_0000_0000_0000, // the smallest normal
    0x7fef_ffff_ffff_ffff, // the largest
    0xffef_ffff_ffff_ffff, // the lowest
    0x7ff0_0000_0000_0000, // infinity
    0xfff0_0000_0000_0000, // -infinity
    0x7ff8_0000_0000_0000, // NaN
    0xfff8_0000_0000_0000, // NaN with its sign set
    0x7ff8_0000_0000_1234, // NaN with a payload
];

impl<'a> Dice<'a> {
    pub fn new(types: &'a Types<'a>, seed: u64) -> Dice<'a> {
        Dice {
            types,
            state: seed,
            turn: 0,
        }
    }

    /// The call with values in place of what is random.
    pub fn call(&mut self, call: &Call, turn: usize) -> Result<Call> {
        self.turn = turn;
        let mut drawn = call.clone();
        let Some(signature) = self.types.abi.functions.get(&call.function) else {
            return Ok(drawn); // It is complained about where the call is made ready.
        };
        for (argument, parameter) in drawn.arguments.iter_mut().zip(&signature.parameters) {
            self.fill(argument, &parameter.of)?;
        }
        Ok(drawn)
    }

    fn fill(&mut self, value: &mut Expr, of: &Type) -> Result<()> {
        match (&mut *value, of) {
            (Expr::Random(Some((from, to))), _) => {
                let number = *from + self.below((*to - *from).max(0) as u64 + 1) as i64;
                *value = Expr::Word(number.to_string());
            }
            (Expr::Random(_), Type::Pointer { to, .. }) if **to == Type::Char => {
                *value = Expr::Text(self.text());
            }
            (Expr::Random(_), _) => *value = self.value(of)?,
            (Expr::List(items, None), Type::Pointer { to, .. })
                if items.as_slice() == [Expr::Random(None)] =>
            {
                let length = self.length();
                let drawn: Result<Vec<_>> = (0..length).map(|_| self.value(to)).collect();
                *value = match Types::is_byte(to) {
                    true => Expr::Bytes((0..length).map(|_| self.next() as u8).collect()),
                    false => Expr::List(drawn?, None),
                };
            }
            (Expr::List(items, _), Type::Pointer { to, .. }) => {
                items.iter_mut().try_for_each(|item| self.fill(item, to))?;
            }
            (
                Expr::Named(_, inner) | Expr::Misaligned(inner) | Expr::Out(_, Count::Many(inner)),
                _,
            ) => {
                self.fill(inner, of)?;
            }
            (Expr::Callback(_, stop, calls), _) => {
                stop.iter_mut().try_for_each(|stop| self.fill(stop, of))?;
                if let Some(call) = calls {
                    let turn = self.turn;
                    **call = self.call(call, turn)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn value(&mut self, of: &Type) -> Result<Expr> {
        let word = |word: String| Ok(Expr::Word(word));
        match of {
            Type::Bool => word((self.below(2) == 1).to_string()),
            Type::Char => word(self.below(128).to_string()),
            Type::Integer { signed, .. } | Type::Size { signed } => {
                let bits = 8 * self.types.size(of)? as u32;
                let drawn = match self.special(8) {
                    Some(index) => [
                        0,
                        1,
                        u64::MAX,
                        1 << (bits - 1),
                        (1 << (bits - 1)) - 1,
                        2,
                        127,
                        255,
                    ][index],
                    None => self.next() >> self.below(64),
                };
                let drawn = i128::from(drawn) & ((1 << bits) - 1);
                let is_negative = *signed && drawn >> (bits - 1) == 1;
                word((drawn - i128::from(is_negative) * (1 << bits)).to_string())
            }
            Type::Float { size } => {
                let bits = match self.special(SPECIAL.len()) {
                    Some(index) => SPECIAL[index],
                    None if self.below(3) == 0 => (self.below(1_000_000) as f64).to_bits(),
                    None => self.next(),
                };
                // A signalling NaN may become a quiet one on its way through a register.
                let quiet = |bits: u64| bits | u64::from(f64::from_bits(bits).is_nan()) << 51;
                let bytes = match size {
                    8 => quiet(bits).to_ne_bytes().to_vec(),
                    _ => (f64::from_bits(quiet(bits)) as f32).to_ne_bytes().to_vec(),
                };
                self.types.value(of, &bytes)
            }
            Type::Array { of, length } => {
                let items: Result<_> = (0..*length).map(|_| self.value(of)).collect();
                Ok(Expr::List(items?, None))
            }
            Type::Named(name) => match self.types.abi.types.get(name) {
                Some(Definition::Enumeration(enumeration)) if !enumeration.values.is_empty() => {
                    let index = self.below(enumeration.values.len() as u64) as usize;
                    word(
                        enumeration
                            .values
                            .keys()
                            .nth(index)
                            .cloned()
                            .unwrap_or_default(),
                    )
                }
                Some(Definition::Record(record)) if !record.is_union => {
                    let mut field =
                        |field: &cargo_abi::model::Field| Ok((None, self.value(&field.of)?));
                    let fields: Result<_> = record.fields.iter().map(&mut field).collect();
                    Ok(Expr::Struct(fields?))
                }
                _ => bail!("`{name}` cannot be drawn at random"),
            },
            other => bail!("`{other}` cannot be drawn at random; `[?]` is an array"),
        }
    }

    /// An index below `count`, if one is due: each has its turn, and later they come now and then.
    fn special(&mut self, count: usize) -> Option<usize> {
        self.turn += 1;
        match self.turn <= count || self.below(4) == 0 {
            true => Some((self.turn - 1) % count),
            false => None,
        }
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
    fn text(&mut self) -> Vec<u8> {
        let length = self.below(30);
        if self.below(5) == 0 {
            return (0..length).map(|_| 1 + self.below(255) as u8).collect();
        }
        let mut text = String::new();
        for _ in 0..length {
            let limit = [0x7f, 0x7ff, 0xffff, 0x10_ffff][self.below(4) as usize];
            text.push(char::from_u32(1 + self.below(limit) as u32).unwrap_or('?'));
        }
        text.into_bytes()
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
