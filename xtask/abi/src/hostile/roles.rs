//! What each parameter of a library's functions means. That follows from the type, by what C libraries have in
//! common:
//!
//! * a function that is called `free`, `destroy` or the like and takes one pointer frees what others have
//!   returned or written through a pointer to such a pointer: the caller owns that. It may take a pointer to that
//!   pointer, and for a text a `void *`;
//! * what has no such function belongs to something else, and is used until something is freed;
//! * a `size_t`, or an integer that is called `len` or the like, counts the elements of the pointers before
//!   it, or, if there are none, after it; a pointer that nothing counts points to one struct or to a number of
//!   scalars that nobody says, and `const char *` to text with a NUL.

use super::interface::{Function, Interface};
use crate::calls::{self, place_of};
use crate::model::{Access, Definition, Signature, Type};

/// The pool of texts.
pub const TEXTS: usize = 0;
/// The most that the driver has room for.
const PARAMETERS: usize = 32;

/// What is passed for a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Value,
    /// How many elements other arguments have.
    Count,
    /// Ended by a NUL.
    Text,
    /// As many as another argument says, or one.
    Elements,
    /// Where a pointer is written that the caller then owns.
    Out,
    /// What an earlier call has made.
    Used,
    /// The same, for the last time.
    Freed,
    /// Nobody says what it points to.
    Unclear,
}

/// What callers own, or borrow.
pub struct Pool {
    of: Type,
    /// The function that frees it, by its index.
    pub destructor: Option<usize>,
    /// Whether that takes a pointer to `const`.
    frees_const: bool,
    /// The declaration of the slots in a program.
    pub slots: String,
}

/// What is known of the functions, and what is compiled with the driver.
pub struct Tables<'a> {
    /// What they are of.
    pub interface: &'a Interface,
    pub(super) pools: Vec<Pool>,
    pub(super) callbacks: Vec<&'a Signature>,
    /// The functions that random calls are made of, by their index.
    pub callable: Vec<usize>,
    /// The part of the driver that knows the library.
    pub source: String,
}

impl<'a> Tables<'a> {
    /// Those of all functions.
    pub fn new(interface: &'a Interface) -> Tables<'a> {
        let mut tables = Tables {
            interface,
            pools: pools(interface),
            callbacks: callbacks(interface),
            callable: Vec::new(),
            source: String::new(),
        };
        let functions = &interface.functions;
        let possible = (0..functions.len()).filter(|index| tables.is_possible(*index));
        let is_clear = |index: &usize| {
            let mut parameters = 0..functions[*index].signature.parameters.len();
            parameters.all(|at| tables.role(*index, at).0 != Role::Unclear)
        };
        let callable = possible.clone().filter(is_clear).collect();
        let called = possible.map(|index| (&functions[index].name, &functions[index].signature));
        let known = calls::in_c(&interface.abi, called, &tables.callbacks, true);
        tables.callable = callable;
        tables.source = format!(
            "{}{known}\nconst Columns *const COLUMNS = NULL;\n",
            interface.conventions.include
        );
        tables
    }

    /// Whether the driver can call a function at all.
    pub fn is_possible(&self, function: usize) -> bool {
        let signature = &self.interface.functions[function].signature;
        let is_known = |of: &Type| !matches!(of, Type::Other(_)) && !self.interface.is_opaque(of);
        // What C's `f()` declares takes nothing.
        let is_clear = !signature.variadic || signature.parameters.is_empty();
        is_clear && signature.parameters.len() <= PARAMETERS && types(signature).all(is_known)
    }

    /// The types of which a function takes one that earlier calls have to make.
    pub fn needed(&self, function: &Function) -> Vec<(usize, usize)> {
        let parameters = function.signature.parameters.iter().enumerate();
        let needed = parameters.filter_map(|(at, p)| Some((at, self.pool_behind(&p.of)?)));
        needed.filter(|(_, pool)| *pool != TEXTS).collect()
    }

    /// The pools that a function puts something into.
    pub fn made(&self, function: &Function) -> Vec<usize> {
        let result = self.pool_of_result(function);
        let parameters = function.signature.parameters.iter().enumerate();
        let written = parameters.filter(|(at, _)| !is_array(function, *at));
        let written = written.filter_map(|(_, p)| self.pool_written(&p.of));
        let written = written.filter(|_| frees(function).is_none());
        result.into_iter().chain(written).collect()
    }

    /// The pools of handles, with the names of their types.
    pub fn handles(&self) -> impl Iterator<Item = (usize, String)> {
        let pools = self.pools.iter().enumerate().skip(1);
        pools.map(|(pool, of)| (pool, of.of.in_c("")))
    }

    /// The pool from which a function takes what it frees.
    pub fn freed_by(&self, function: usize) -> Option<usize> {
        let mut pools = self.pools.iter();
        pools.position(|pool| pool.destructor == Some(function))
    }

    /// Whether a function returns what the caller may own, and no function is known to free.
    pub fn is_kept(&self, function: &Function) -> bool {
        let result = &function.signature.result;
        result.written().is_some() && self.pool_of_result(function).is_none()
    }

    /// Whether a function frees what is in a struct that C sees and no function returns: the struct itself is
    /// the caller's.
    pub fn frees_own(&self, function: usize) -> bool {
        let of = frees(&self.interface.functions[function]);
        of.is_some_and(|of| self.interface.abi.record(of).is_some())
            && self.freed_by(function).is_none()
    }

    /// Whether what is in a pool is freed.
    pub fn is_freed(&self, pool: usize) -> bool {
        self.pools[pool].destructor.is_some()
    }

    pub(super) fn pool_behind(&self, of: &Type) -> Option<usize> {
        let to = of.behind()?;
        self.pools.iter().position(|pool| pool.of == *to)
    }

    pub(super) fn pool_written(&self, of: &Type) -> Option<usize> {
        self.pool_behind(written(of)?)
    }

    pub(super) fn pool_of_result(&self, function: &Function) -> Option<usize> {
        let result = &function.signature.result;
        let pool = self.pool_behind(result)?;
        let is_owned = result.written().is_some() || self.pools[pool].frees_const;
        (is_owned && (pool != TEXTS || self.is_freed(pool))).then_some(pool)
    }

    /// What is passed for a parameter, and the one that counts it.
    pub(super) fn role(&self, index: usize, at: usize) -> (Role, Option<usize>) {
        let function = &self.interface.functions[index];
        let parameters = &function.signature.parameters;
        let of = &parameters[at].of;
        let pool = self.pool_behind(of);
        if self.freed_by(index).is_some() {
            return (Role::Freed, None);
        }
        let Type::Pointer { access, to } = of else {
            return match of {
                _ if counts(function, at) => (Role::Count, None),
                Type::Array { .. } | Type::Other(_) => (Role::Unclear, None),
                _ => (Role::Value, None),
            };
        };
        let count = count_of(function, at);
        match (&**to, pool) {
            (Type::Char, _) if *access == Access::Const && count.is_none() => (Role::Text, None),
            // Nobody says how much is written.
            (Type::Char, _) if count.is_none() => (Role::Unclear, None),
            (Type::Named(_), Some(_)) => (Role::Used, None),
            // What else it frees is not known.
            _ if says_free(function) => (Role::Unclear, count),
            (Type::Pointer { .. }, _)
                if self.pool_written(of).is_some() && !is_array(function, at) =>
            {
                (Role::Out, None)
            }
            (Type::Pointer { .. } | Type::Function(_) | Type::Other(_), _) => {
                (Role::Unclear, count)
            }
            _ => (Role::Elements, count),
        }
    }
}

fn types(signature: &Signature) -> impl Iterator<Item = &Type> {
    let parameters = signature.parameters.iter();
    parameters.map(|it| &it.of).chain([&signature.result])
}

/// Text is the first, whether or not a function frees it.
fn pools(interface: &Interface) -> Vec<Pool> {
    let mut mentioned = vec![Type::Char];
    let functions = &interface.functions;
    for function in functions {
        let signature = &function.signature;
        for of in types(signature) {
            let of = written(of).unwrap_or(of);
            if let Some(to) = of.behind().filter(|to| interface.is_opaque(to)) {
                place_of(&mut mentioned, to.clone());
            }
            // A struct that the caller sees is mostly the caller's.
            if let Some(to) = signature.result.written()
                && interface.abi.record(to).is_some()
                && functions.iter().any(|f| frees(f) == Some(to))
            {
                place_of(&mut mentioned, to.clone());
            }
        }
    }
    let pools = mentioned.into_iter().enumerate().map(|(number, of)| {
        let freeing = |of: &Type| functions.iter().position(|f| frees(f) == Some(of));
        let of_text = || freeing(&Type::Void).filter(|_| of == Type::Char);
        let destructor = freeing(&of).or_else(of_text);
        let parameter = destructor.map(|index| &functions[index].signature.parameters[0]);
        let mut all = functions.iter().flat_map(|f| &f.signature.parameters);
        let is_it = |p: &&crate::model::Parameter| p.of.behind() == Some(&of);
        let slots = format!("slots_{number}[4]");
        Pool {
            slots: match parameter.filter(is_it).or_else(|| all.find(is_it)) {
                Some(parameter) => parameter.in_c(&slots),
                None => of.in_c(&format!("*{slots}")),
            },
            destructor,
            frees_const: parameter.is_some_and(|parameter| parameter.of.read().is_some()),
            of,
        }
    });
    pools.collect()
}

const FREES: [&str; 7] = [
    "free", "delete", "destroy", "drop", "release", "close", "dispose",
];
const ENDS: [&str; 8] = [
    "build", "commit", "consume", "end", "finish", "into", "join", "unref",
];

/// Whether a function says by its name that what it takes is gone then.
pub fn ends(name: &str) -> bool {
    let mut words = name.split('_');
    words.any(|word| FREES.contains(&word) || ENDS.contains(&word))
}

fn says_free(function: &Function) -> bool {
    function.name.split('_').any(|word| FREES.contains(&word))
}

/// What a function frees, by its name and by what it takes.
fn frees(function: &Function) -> Option<&Type> {
    let signature = &function.signature;
    let returns = !matches!(signature.result, Type::Pointer { .. });
    match &signature.parameters[..] {
        [only] if returns && says_free(function) => written(&only.of).unwrap_or(&only.of).behind(),
        _ => None,
    }
}

/// The pointer that a function writes through a pointer to it.
fn written(of: &Type) -> Option<&Type> {
    of.written().filter(|to| to.behind().is_some())
}

/// Whether a value says how many elements something has.
pub fn is_count(of: &Type, name: &str) -> bool {
    const WORDS: [&str; 5] = ["len", "count", "size", "num", "capacity"];
    matches!(of, Type::Integer { .. } | Type::Size { .. })
        && WORDS.iter().any(|word| name.contains(word))
}

/// Whether a parameter says how many elements others have.
fn counts(function: &Function, at: usize) -> bool {
    let parameter = &function.signature.parameters[at];
    let name = parameter.name.as_deref().unwrap_or_default();
    parameter.of == Type::Size { signed: false } || is_count(&parameter.of, name)
}

/// The parameter that says how many elements this one points to.
fn count_of(function: &Function, index: usize) -> Option<usize> {
    let parameters = &function.signature.parameters;
    let is_count = |at: &usize| counts(function, *at);
    let is_data = |at: usize| matches!(parameters[at].of, Type::Pointer { .. });
    if let Some(after) = (index + 1..parameters.len()).find(is_count) {
        return Some(after);
    }
    let before = (0..index).rev().find(is_count)?;
    let mut others = (0..before).rev().take_while(|at| !is_count(at));
    (!others.any(is_data)).then_some(before)
}

/// Whether what comes behind a pointer says how many elements it points to.
fn is_array(function: &Function, index: usize) -> bool {
    count_of(function, index).is_some_and(|count| count > index)
}

/// The types of callbacks, as parameters and in structs.
fn callbacks(interface: &Interface) -> Vec<&Signature> {
    let functions = interface.functions.iter();
    let parameters = functions.flat_map(|function| &function.signature.parameters);
    let records = interface.abi.types.values().filter_map(Definition::record);
    let fields = records.flat_map(|record| &record.fields);
    let mut all = Vec::new();
    for of in parameters.map(|it| &it.of).chain(fields.map(|it| &it.of)) {
        if let Type::Function(signature) = of {
            place_of(&mut all, &**signature);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::interface;
    use super::*;

    #[test]
    fn a_size_counts_what_is_before_it_or_after_it() {
        let interface = interface(
            "",
            "fn a(f64, *mut char, usize, *mut usize)\nfn b(usize, *const f64)\n\
             fn c(*const f64, *mut f64, usize)\nfn d(*const f64)\n",
        );
        let counts = |index: usize| -> Vec<Option<usize>> {
            let function = &interface.functions[index];
            let parameters = function.signature.parameters.iter().enumerate();
            let pointers = parameters.filter(|(_, p)| matches!(p.of, Type::Pointer { .. }));
            pointers.map(|(at, _)| count_of(function, at)).collect()
        };
        assert_eq!(counts(0), [Some(2), None]);
        assert_eq!(counts(1), [Some(0)]);
        assert_eq!(counts(2), [Some(2), Some(2)]);
        assert_eq!(counts(3), [None]);
    }

    #[test]
    fn a_function_whose_memory_nobody_describes_is_in_no_random_call() {
        let is_left_out = |functions: &str| {
            let interface = interface("", &format!("fn a()\n{functions}"));
            !Tables::new(&interface).callable.contains(&1)
        };
        for out in [
            "fn b(*mut char)->Status\n",
            "fn b(*const *const char)\n",
            "fn b(i32, ...)\n",
        ] {
            assert!(is_left_out(out), "{out}");
        }
        assert!(!is_left_out("fn b(*mut *mut char)\nfn c_free(*mut char)\n"));
        assert!(!is_left_out(
            "fn b(*const char, *mut void, fn(f64) -> i32)\n"
        ));
    }

    #[test]
    fn who_makes_and_who_frees_follows_from_the_shape() {
        let interface = interface(
            "",
            "fn a_new() -> *mut Handle\nfn b_make(*mut *mut Other) -> Status\n\
             fn c_free(*mut Handle)\nfn d_destroy(*mut Other)\nfn e_use(*mut Handle)\n\
             fn f_part(*mut Handle) -> *const Other\n",
        );
        let tables = Tables::new(&interface);
        let names: Vec<String> = tables.handles().map(|(_, name)| name).collect();
        assert_eq!(names, ["Handle", "Other"]);
        let made = |index: usize| tables.made(&interface.functions[index]);
        assert_eq!(
            [made(0), made(1), made(4), made(5)],
            [vec![1], vec![2], vec![], vec![]]
        );
        let role = |index: usize| tables.role(index, 0);
        assert_eq!(role(2), (Role::Freed, None));
        assert_eq!(role(3), (Role::Freed, None));
        assert_eq!(role(4), (Role::Used, None));
    }
}
