//! Faults in a header: which there can be, drawn by a seed before anything is compared.

use std::fmt;

use cargo_abi::Abi;
use cargo_abi::model::{Access, Definition, Parameter, Signature, Type};

/// A fault in a header.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The function, type, constant or value of an enum that it is in.
    pub name: String,
    /// What is done: "parameter 2 widened".
    pub what: String,
    pub change: Change,
}

/// How it is made.
#[derive(Clone, Debug)]
pub enum Change {
    /// The function has this prototype.
    Prototype(String),
    /// The constant or the value of an enum has this value.
    Value(i128),
    /// Two fields of the struct, by index, change places.
    Swap(usize, usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.what)
    }
}

/// Numbers that look like chance and are the same for the same seed (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Takes one out of a list.
    fn take<T>(&mut self, list: &mut Vec<T>) -> T {
        let index = (self.next() % list.len() as u64) as usize;
        list.swap_remove(index)
    }
}

/// So many faults of a header, as evenly over the kinds as there are any; `constants` are those whose
/// value in Rust is known.
pub fn draw(abi: &Abi, constants: &[String], count: usize, chance: &mut Chance) -> Vec<Fault> {
    let mut kinds: Vec<Vec<Fault>> = Vec::new();
    let mut add = |faults: Vec<Fault>| kinds.push(faults);
    for edit in EDITS {
        let all = abi.functions.iter();
        add(all
            .flat_map(|(name, signature)| of_parameters(name, signature, edit))
            .collect());
    }
    let functions = || abi.functions.iter();
    add(functions()
        .flat_map(|(name, signature)| dropped(name, signature))
        .collect());
    add(functions()
        .flat_map(|(name, signature)| swapped(name, signature))
        .collect());
    add(values(abi, constants));
    add(fields(abi));
    kinds.retain(|faults| !faults.is_empty());
    let mut drawn = Vec::new();
    while drawn.len() < count && !kinds.is_empty() {
        for faults in &mut kinds {
            if drawn.len() < count && !faults.is_empty() {
                drawn.push(chance.take(faults));
            }
        }
        kinds.retain(|faults| !faults.is_empty());
    }
    drawn
}

/// Changes one type: the name of the fault, and the declaration of a variable `name` of the new type.
type Edit = (&'static str, fn(&Parameter, &str) -> Option<String>);

const EDITS: &[Edit] = &[
    ("widened", |of, name| leaf(of, name, wider)),
    ("narrowed", |of, name| leaf(of, name, narrower)),
    ("with another sign", |of, name| leaf(of, name, other_sign)),
    ("one pointer more", |of, name| {
        let is_data = matches!(of.of, Type::Pointer { .. });
        is_data.then(|| of.in_c(&format!("*{name}")))
    }),
    ("const changed", |of, name| {
        if !matches!(of.of, Type::Pointer { .. }) {
            return None;
        }
        let text = of.in_c(name);
        Some(match text.strip_prefix("const ") {
            Some(rest) => rest.to_owned(),
            None => format!("const {text}"),
        })
    }),
];

/// The type with its innermost number changed, behind pointers too.
fn leaf(of: &Parameter, name: &str, change: fn(&Type) -> Option<Type>) -> Option<String> {
    fn inside(of: &Type, change: fn(&Type) -> Option<Type>) -> Option<Type> {
        match of {
            Type::Pointer { access, to } => Some(Type::Pointer {
                access: match access {
                    Access::Unknown => Access::Mut,
                    known => *known,
                },
                to: Box::new(inside(to, change)?),
            }),
            number => change(number),
        }
    }
    Some(inside(&of.of, change)?.in_c(name))
}

fn wider(of: &Type) -> Option<Type> {
    match *of {
        Type::Integer { size, signed } if size < 8 => Some(Type::Integer {
            size: size * 2,
            signed,
        }),
        Type::Float { size: 4 } => Some(Type::Float { size: 8 }),
        Type::Char => Some(Type::Integer {
            size: 2,
            signed: true,
        }),
        Type::Bool => Some(Type::Integer {
            size: 4,
            signed: true,
        }),
        _ => None,
    }
}

fn narrower(of: &Type) -> Option<Type> {
    match *of {
        Type::Integer { size, signed } if (2..=8).contains(&size) => Some(Type::Integer {
            size: size / 2,
            signed,
        }),
        Type::Size { signed } => Some(Type::Integer { size: 4, signed }),
        Type::Float { size: 8 } => Some(Type::Float { size: 4 }),
        _ => None,
    }
}

fn other_sign(of: &Type) -> Option<Type> {
    match *of {
        Type::Integer { size, signed } if size <= 8 => Some(Type::Integer {
            size,
            signed: !signed,
        }),
        Type::Size { signed } => Some(Type::Size { signed: !signed }),
        Type::Char => Some(Type::Integer {
            size: 1,
            signed: false,
        }),
        _ => None,
    }
}

/// A function's parameters and its result, each edited alone.
fn of_parameters(name: &str, signature: &Signature, (what, edit): &Edit) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, parameter) in signature.parameters.iter().enumerate() {
        if let Some(changed) = edit(parameter, "") {
            let mut list = list(signature);
            list[index] = changed;
            faults.push(Fault {
                name: name.to_owned(),
                what: format!("parameter {} {what}", index + 1),
                change: Change::Prototype(prototype(name, signature, &list)),
            });
        }
    }
    let result = Parameter {
        name: None,
        of: signature.result.clone(),
        spelling: signature.result_spelling.clone(),
    };
    let head = format!("{name}({})", joined(signature, &list(signature)));
    if let Some(changed) = edit(&result, &head) {
        faults.push(Fault {
            name: name.to_owned(),
            what: format!("result {what}"),
            change: Change::Prototype(changed),
        });
    }
    faults
}

fn dropped(name: &str, signature: &Signature) -> Vec<Fault> {
    let all = 0..signature.parameters.len();
    all.map(|index| {
        let mut list = list(signature);
        list.remove(index);
        Fault {
            name: name.to_owned(),
            what: format!("parameter {} dropped", index + 1),
            change: Change::Prototype(prototype(name, signature, &list)),
        }
    })
    .collect()
}

fn swapped(name: &str, signature: &Signature) -> Vec<Fault> {
    let all = 1..signature.parameters.len();
    let differ = |index: &usize| {
        let list = list(signature);
        list[*index] != list[*index - 1]
    };
    all.filter(differ)
        .map(|index| {
            let mut list = list(signature);
            list.swap(index - 1, index);
            Fault {
                name: name.to_owned(),
                what: format!("parameters {index} and {} swapped", index + 1),
                change: Change::Prototype(prototype(name, signature, &list)),
            }
        })
        .collect()
}

fn list(signature: &Signature) -> Vec<String> {
    signature.parameters.iter().map(|of| of.in_c("")).collect()
}

fn joined(signature: &Signature, list: &[String]) -> String {
    let mut list = list.to_vec();
    match (list.is_empty(), signature.variadic) {
        (true, true) => {}
        (true, false) => list.push("void".to_owned()),
        (false, true) => list.push("...".to_owned()),
        (false, false) => {}
    }
    list.join(", ")
}

fn prototype(name: &str, signature: &Signature, list: &[String]) -> String {
    signature.result_in_c(&format!("{name}({})", joined(signature, list)))
}

fn values(abi: &Abi, constants: &[String]) -> Vec<Fault> {
    let fault = |name: &String, value: i128| Fault {
        name: name.clone(),
        what: format!("value {} in place of {value}", value + 1),
        change: Change::Value(value + 1),
    };
    let of_enums = abi.types.values().filter_map(|of| match of {
        Definition::Enumeration(of) => Some(of.values.iter()),
        _ => None,
    });
    let of_macros = abi
        .constants
        .iter()
        .filter(|(name, _)| constants.contains(name));
    of_enums
        .flatten()
        .map(|(name, value)| fault(name, *value))
        .chain(of_macros.filter_map(|(name, value)| Some(fault(name, value.parse().ok()?))))
        .collect()
}

fn fields(abi: &Abi) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, of) in &abi.types {
        let Definition::Record(record) = of else {
            continue;
        };
        if record.is_union || name.contains("::") {
            continue;
        }
        for index in 1..record.fields.len() {
            let names = [&record.fields[index - 1].name, &record.fields[index].name];
            faults.push(Fault {
                name: name.clone(),
                what: format!("fields `{}` and `{}` swapped", names[0], names[1]),
                change: Change::Swap(index - 1, index),
            });
        }
    }
    faults
}
