//! What the driver gets to know of a library, as C: its types, its functions, and what each parameter means. That
//! follows from the type, by what C libraries have in common:
//!
//! * a function that is called `free`, `destroy` or the like and takes one pointer, or one with its length,
//!   frees what others have returned or written through a pointer to such a pointer: the caller owns that;
//! * what has no such function belongs to something else, and is used until something is freed;
//! * a `size_t`, or an integer that is called `len` or the like, counts the elements of the pointers before
//!   it, or, if there are none, after it; a pointer that nothing counts points to one struct or to a number of
//!   scalars that nobody says, and `const char *` to text with a NUL.

use std::fmt::Write as _;

use super::interface::{Function, Interface};
use crate::model::{Access, Definition, Signature, Type};

/// The pool of texts.
const TEXTS: usize = 0;
/// What the driver has room for.
const POOLS: usize = 64;
const PARAMETERS: usize = 16;
const VALUE_SIZE: u64 = 512;

/// What callers own, or borrow.
struct Pool {
    of: Type,
    /// The function that frees it, by its index.
    destructor: Option<usize>,
    /// Whether that takes a pointer to `const`.
    frees_const: bool,
    /// The declaration of the slots in a program.
    slots: String,
}

/// The tables, and what programs are made of that repeat calls.
pub struct Tables<'a> {
    /// What they are of.
    pub interface: &'a Interface,
    pools: Vec<Pool>,
    types: Vec<(Type, String)>,
    callbacks: Vec<Signature>,
    /// The functions that random calls are made of, by their index.
    pub callable: Vec<usize>,
    /// What is compiled with the driver.
    pub source: String,
}

impl<'a> Tables<'a> {
    /// Those of all functions.
    pub fn new(interface: &'a Interface) -> Tables<'a> {
        let mut tables = Tables {
            interface,
            pools: pools(interface),
            types: Vec::new(),
            callbacks: Vec::new(),
            callable: Vec::new(),
            source: String::new(),
        };
        let (mut functions, mut operations) = (String::new(), String::new());
        for (index, function) in interface.functions.iter().enumerate() {
            if can_be_called(interface, function) {
                operations += &tables.operation(index, function, &mut functions);
            } else {
                let _ = writeln!(operations, "    {{.name = \"{}\"}},", function.name);
            }
        }
        let (mut described, mut members) = (String::new(), String::new());
        // Describing one type may add others.
        for index in 0.. {
            let Some((of, spelling)) = tables.types.get(index).cloned() else {
                break;
            };
            described += &tables.describe(index, &of, &spelling, &mut members);
        }
        let destructors = tables.pools.iter().map(|pool| match pool.destructor {
            Some(index) => format!("{index}, "),
            None => "-1, ".to_owned(),
        });
        let last_error = match &interface.conventions.last_error {
            Some(name) if interface.has(name) => format!("{name}()"),
            _ => "NULL".to_owned(),
        };
        tables.source = format!(
            "#include <string.h>\n{}#include \"driver.h\"\n\nstatic const Type types[{}];\n{}\n{members}\
             static const Type types[] = {{\n{described}}};\n\n{functions}\
             const Operation OPERATIONS[] = {{\n{operations}}};\n\
             const int DESTRUCTORS[] = {{{}}};\nconst size_t POOL_COUNT = {};\n\
             const char *last_error(void) {{ return {last_error}; }}\n",
            interface.conventions.include,
            tables.types.len(),
            tables.callbacks_in_c(&|_| true, "called_back"),
            destructors.collect::<String>(),
            tables.pools.len(),
        );
        tables
    }

    /// Whether the library makes anything that the caller then owns.
    pub fn has_owners(&self) -> bool {
        self.pools.iter().any(|pool| pool.destructor.is_some())
    }

    /// Whether the driver can call a function at all.
    pub fn is_possible(&self, function: usize) -> bool {
        can_be_called(self.interface, &self.interface.functions[function])
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
        let parameters = function.signature.parameters.iter();
        let written = parameters.filter_map(|p| self.pool_behind(written(&p.of)?));
        result.into_iter().chain(written).collect()
    }

    /// The pools of handles, with the names of their types.
    pub fn handles(&self) -> impl Iterator<Item = (usize, String)> {
        let pools = self.pools.iter().enumerate().skip(1);
        pools.map(|(pool, of)| (pool, of.of.in_c("")))
    }

    /// Whether a function takes what is in a pool to be freed by it.
    pub fn frees(&self, function: usize) -> bool {
        self.pools
            .iter()
            .any(|pool| pool.destructor == Some(function))
    }

    /// Whether what is in a pool is freed.
    pub fn is_freed(&self, pool: usize) -> bool {
        self.pools[pool].destructor.is_some()
    }

    fn pool_behind(&self, of: &Type) -> Option<usize> {
        let to = behind(of)?;
        self.pools.iter().position(|pool| pool.of == *to)
    }

    fn pool_of_result(&self, function: &Function) -> Option<usize> {
        let result = &function.signature.result;
        let pool = self.pool_behind(result)?;
        let is_owned = !is_read(result) || self.pools[pool].frees_const;
        (is_owned && (pool != TEXTS || self.is_freed(pool))).then_some(pool)
    }

    fn operation(
        &mut self,
        index: usize,
        function: &'a Function,
        functions: &mut String,
    ) -> String {
        let signature = &function.signature;
        let name = &function.name;
        let (mut body, mut table, mut is_clear) = (String::new(), String::new(), true);
        for (at, parameter) in signature.parameters.iter().enumerate() {
            let a = format!("a{at}");
            let _ = writeln!(
                body,
                "    {};\n    memcpy(&{a}, arguments[{at}], sizeof {a});",
                parameter.in_c(&a)
            );
            let of = self.index_of(&parameter.of, parameter.in_c(""));
            let (role, count) = self.role(index, function, at);
            is_clear &= role != "UNCLEAR";
            let is_read = is_read(&parameter.of);
            let may_be_null = function.has_status || function.may_be_null(at);
            let _ = write!(
                table,
                "{{&types[{of}], {}, {}, {is_read}, {may_be_null}}}, ",
                role.replace("UNCLEAR", "ELEMENTS"),
                number(count),
            );
        }
        let values: Vec<String> = parameters(signature).collect();
        let made = format!("{name}({});", values.join(", "));
        let _ = match signature.result {
            Type::Void => writeln!(body, "    (void)result;\n    {made}"),
            _ => writeln!(
                body,
                "    {} = {made}\n    memcpy(result, &returned, sizeof returned);",
                signature.result_in_c("returned")
            ),
        };
        let _ = write!(
            functions,
            "static void call_{index}(void *const *arguments, void *result) {{\n    (void)arguments;\n{body}}}\n\
             static const Parameter parameters_{index}[] = {{{table}{{.count = -1}}}};\n\n"
        );
        if is_clear {
            self.callable.push(index);
        }
        let result = self.index_of(&signature.result, signature.result_in_c(""));
        format!(
            "    {{\"{name}\", call_{index}, parameters_{index}, {}, &types[{result}], {}, {}, {}}},\n",
            signature.parameters.len(),
            number(self.pool_of_result(function)),
            function.has_status,
            number(self.length_of_result(function)),
        )
    }

    /// What is passed for a parameter, and the one that counts it.
    fn role(&self, index: usize, function: &Function, at: usize) -> (&'static str, Option<usize>) {
        let of = &function.signature.parameters[at].of;
        let pool = self.pool_behind(of);
        let count = count_of(function, at);
        if let Some(pool) = pool
            && self.pools[pool].destructor == Some(index)
        {
            return (
                "FREED",
                (function.signature.parameters.len() > 1).then_some(1),
            );
        }
        match of {
            Type::Pointer { access, to } => match (&**to, pool) {
                (Type::Char, _) if *access == Access::Const && count.is_none() => ("TEXT", None),
                // Nobody says how much is written.
                (Type::Char, _) if count.is_none() => ("UNCLEAR", None),
                (Type::Named(_), Some(_)) => ("USED", None),
                (Type::Pointer { .. }, _)
                    if written(of).is_some_and(|of| self.pool_behind(of).is_some()) =>
                {
                    ("OUT", None)
                }
                (Type::Pointer { .. } | Type::Function(_) | Type::Other(_), _) => {
                    ("UNCLEAR", count)
                }
                _ => ("ELEMENTS", count),
            },
            _ if counts(function, at) => ("COUNT", None),
            Type::Array { .. } | Type::Other(_) => ("UNCLEAR", None),
            _ => ("VALUE", None),
        }
    }

    /// The parameter through which the length of a result is written that is freed with its length.
    fn length_of_result(&self, function: &Function) -> Option<usize> {
        let destructor = self.pools[self.pool_of_result(function)?].destructor?;
        let is_whole = |of: &Type| matches!(of, Type::Integer { .. } | Type::Size { .. });
        let is_length = |of: &Type| behind(of).is_some_and(is_whole) && !is_read(of);
        let takes_length = self.interface.functions[destructor]
            .signature
            .parameters
            .len()
            > 1;
        let mut parameters = function.signature.parameters.iter();
        parameters.rposition(|parameter| takes_length && is_length(&parameter.of))
    }

    /// The place of a type in the table; `spelling` is how C writes it.
    fn index_of(&mut self, of: &Type, spelling: String) -> usize {
        let known = self.types.iter().position(|(known, _)| known == of);
        known.unwrap_or_else(|| {
            self.types.push((of.clone(), spelling));
            self.types.len() - 1
        })
    }

    fn describe(
        &mut self,
        index: usize,
        of: &Type,
        spelling: &str,
        members: &mut String,
    ) -> String {
        let interface = self.interface;
        let mut list = Vec::new();
        let (mut to, mut own, mut callback) = ("NULL".to_owned(), None, "NULL".to_owned());
        let mut size = format!("sizeof({spelling})");
        let class = match of {
            Type::Bool => "BOOLEAN",
            Type::Char => "CHARACTER",
            Type::Integer { signed, .. } | Type::Size { signed } if *signed => "SIGNED",
            Type::Integer { .. } | Type::Size { .. } => "UNSIGNED",
            Type::Float { .. } => "FLOATING",
            Type::Pointer { to: behind, access } => {
                let is_text = **behind == Type::Char && *access == Access::Const;
                own = self.pool_behind(of).filter(|_| !is_text);
                let behind = self.index_of(behind, behind_in_c(spelling));
                to = format!("&types[{behind}]");
                "POINTER"
            }
            Type::Function(signature) => {
                let number = place_of(&mut self.callbacks, (**signature).clone());
                own = Some(number);
                callback = format!("(void (*)(void))callback_{number}");
                "CALLBACK"
            }
            Type::Array {
                of: element,
                length,
            } => {
                let element = self.index_of(element, format!("__typeof__((*({spelling} *)0)[0])"));
                to = format!("&types[{element}]");
                list = vec![String::new(); usize::try_from(*length).unwrap_or_default()];
                "ARRAY"
            }
            Type::Named(name) => match interface.types.get(name) {
                Some(Definition::Enumeration(enumeration)) => {
                    let value =
                        |name: &String| format!("{{\"{name}\", (int64_t){name}, NULL, false}}");
                    list = enumeration.values.keys().map(value).collect();
                    "ENUMERATION"
                }
                Some(Definition::Record(record)) => {
                    let fields = record.fields.iter().filter(|field| field.bits.is_none());
                    // Of a union one is enough.
                    let count = if record.is_union {
                        1
                    } else {
                        record.fields.len()
                    };
                    for field in fields.take(count) {
                        let name = &field.name;
                        let inner = format!("__typeof__((({spelling} *)0)->{name})");
                        let inner = self.index_of(&field.of, inner);
                        let counts = is_count(&field.of, name);
                        list.push(format!(
                            "{{\"{name}\", offsetof({spelling}, {name}), &types[{inner}], {counts}}}"
                        ));
                    }
                    "STRUCTURE"
                }
                _ => {
                    size = "0".to_owned();
                    "OTHER"
                }
            },
            Type::Void | Type::Other(_) => {
                size = "0".to_owned();
                if *of == Type::Void { "VOID" } else { "OTHER" }
            }
        };
        let has_members = !list.is_empty() && class != "ARRAY";
        if has_members {
            let _ = writeln!(
                members,
                "static const Member members_{index}[] = {{{}}};",
                list.join(", ")
            );
        }
        let table = if has_members {
            format!("members_{index}")
        } else {
            "NULL".to_owned()
        };
        format!(
            "    {{{class}, {size}, {}, {table}, {}, {to}, {}, {callback}}},\n",
            crate::c::text(spelling.as_bytes()),
            list.len(),
            number(own),
        )
    }

    /// Not `static`: some are used by no call. Those of the driver ask it what to do, those of a program its
    /// `visit`.
    fn callbacks_in_c(&self, is_wanted: &dyn Fn(usize) -> bool, asked: &str) -> String {
        let mut text = String::new();
        let wanted = self.callbacks.iter().enumerate();
        for (number, signature) in wanted.filter(|(number, _)| is_wanted(*number)) {
            let head =
                signature.definition_in_c(&format!("callback_{number}"), |at| format!("a{at}"));
            let unused = parameters(signature).map(|name| format!("    (void){name};\n"));
            let body: String = unused.collect();
            let end = match signature.result {
                Type::Void => format!("    (void){asked}();\n"),
                Type::Bool | Type::Char | Type::Integer { .. } | Type::Size { .. } => {
                    format!("    return {asked}();\n")
                }
                _ => format!(
                    "    {};\n    memset(&nothing, 0, sizeof nothing);\n    (void){asked}();\n    return nothing;\n",
                    signature.result_in_c("nothing")
                ),
            };
            let _ = write!(text, "{head} {{\n{body}{end}}}\n\n");
        }
        text
    }

    /// A program that repeats calls: the lines of its `main`, and those of what callbacks do.
    pub fn program(&self, main: &str, visit: &str) -> String {
        const HELPERS: [(&str, &str); 2] = [
            (
                "block(",
                "static void *block(const void *bytes, size_t size) {\n    void *memory = malloc(size);\n    \
                 return size > 0 ? memcpy(memory, bytes, size) : memory;\n}\n\n",
            ),
            (
                "mapped(",
                "static void *mapped(size_t size) {\n    return mmap(NULL, size, PROT_READ, MAP_PRIVATE | \
                 MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);\n}\n\n",
            ),
        ];
        let both = format!("{main}{visit}");
        let mut text = String::new();
        for (name, header) in [
            ("mapped(", "sys/mman"),
            ("NAN", "math"),
            ("INFINITY", "math"),
        ] {
            if both.contains(name) && !text.contains(header) {
                let _ = writeln!(text, "#include <{header}.h>");
            }
        }
        text += "#include <stdlib.h>\n#include <string.h>\n";
        text += &self.interface.conventions.include;
        text += "\n";
        for (array, name) in [("m", "m["), ("n", "n[")] {
            if both.contains(&format!(" {name}")) {
                let _ = writeln!(
                    text,
                    "static void *{array}[64]; /* The arguments' memory. */"
                );
            }
        }
        for (number, pool) in self.pools.iter().enumerate() {
            if both.contains(&format!("slots_{number}[")) {
                let _ = writeln!(text, "static {};", pool.slots);
            }
        }
        let helpers = HELPERS.iter().filter(|(name, _)| both.contains(name));
        let helpers: String = helpers.map(|(_, text)| *text).collect();
        let is_called = |number| main.contains(&format!("callback_{number}"));
        let callbacks = self.callbacks_in_c(&is_called, "visit");
        if !callbacks.is_empty() {
            text += "\nstatic int visit(void);\n";
        }
        let _ = write!(text, "\n{helpers}{callbacks}");
        if !callbacks.is_empty() {
            let _ = write!(
                text,
                "static int visit(void) {{\n    static int visits;\n    switch (++visits) {{\n{visit}    default:\n        \
                 return 1;\n    }}\n}}\n\n"
            );
        }
        text + &format!("int main(void) {{\n{main}    return 0;\n}}\n")
    }
}

/// Whether the driver can make a call.
fn can_be_called(interface: &Interface, function: &Function) -> bool {
    let signature = &function.signature;
    let fits = |of: &Type| {
        interface
            .record(of)
            .is_none_or(|record| record.size <= VALUE_SIZE)
    };
    let is_possible =
        |of: &Type| fits(of) && !matches!(of, Type::Other(_)) && !interface.is_opaque(of);
    let mut types = signature
        .parameters
        .iter()
        .map(|p| &p.of)
        .chain([&signature.result]);
    // What C's `f()` declares takes nothing.
    let is_clear = !signature.variadic || signature.parameters.is_empty();
    is_clear && signature.parameters.len() <= PARAMETERS && types.all(is_possible)
}

/// Text is the first, whether or not a function frees it.
fn pools(interface: &Interface) -> Vec<Pool> {
    let mut mentioned = vec![Type::Char];
    let functions = &interface.functions;
    for function in functions {
        let signature = &function.signature;
        for of in signature
            .parameters
            .iter()
            .map(|p| &p.of)
            .chain([&signature.result])
        {
            let of = written(of).unwrap_or(of);
            if let Type::Pointer { to, .. } = of
                && interface.is_opaque(to)
            {
                place_of(&mut mentioned, (**to).clone());
            }
            // A struct that the caller sees is mostly the caller's.
            if let Type::Pointer {
                access: Access::Mut,
                to,
            } = &signature.result
                && interface.record(to).is_some()
                && functions.iter().any(|f| frees(f) == Some(&**to))
            {
                place_of(&mut mentioned, (**to).clone());
            }
        }
    }
    mentioned.truncate(POOLS);
    let pools = mentioned.into_iter().enumerate().map(|(number, of)| {
        let candidates = functions
            .iter()
            .enumerate()
            .filter(|(_, f)| frees(f) == Some(&of));
        let destructor = candidates.min_by_key(|(_, f)| f.signature.parameters.len());
        let parameter = destructor.map(|(_, f)| &f.signature.parameters[0]);
        let mut all = functions.iter().flat_map(|f| &f.signature.parameters);
        let is_it = |p: &&crate::model::Parameter| behind(&p.of) == Some(&of);
        let slots = format!("slots_{number}[4]");
        Pool {
            slots: match parameter.or_else(|| all.find(is_it)) {
                Some(parameter) => parameter.in_c(&slots),
                None => of.in_c(&format!("*{slots}")),
            },
            destructor: destructor.map(|(index, _)| index),
            frees_const: parameter.is_some_and(|parameter| is_read(&parameter.of)),
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
    name.split('_')
        .any(|word| FREES.contains(&word) || ENDS.contains(&word))
}

/// What a function frees, by its name and by what it takes.
fn frees(function: &Function) -> Option<&Type> {
    let signature = &function.signature;
    let says_so = function.name.split('_').any(|word| FREES.contains(&word));
    let is_value = |of: &Type| matches!(of, Type::Integer { .. } | Type::Size { .. });
    let returns = !matches!(signature.result, Type::Pointer { .. });
    match &signature.parameters[..] {
        [only] if says_so && returns => behind(&only.of),
        [first, length] if says_so && returns && is_value(&length.of) => behind(&first.of),
        _ => None,
    }
}

fn behind(of: &Type) -> Option<&Type> {
    match of {
        Type::Pointer { to, .. } => Some(to),
        _ => None,
    }
}

/// Whether nothing is written through it.
pub fn is_read(of: &Type) -> bool {
    !matches!(of, Type::Pointer { access, .. } if *access != Access::Const)
}

/// The pointer that a function writes through a pointer to it.
fn written(of: &Type) -> Option<&Type> {
    match of {
        Type::Pointer {
            access: Access::Mut,
            to,
        } if matches!(**to, Type::Pointer { .. }) => Some(to),
        _ => None,
    }
}

/// Whether a value says how many elements something has.
fn is_count(of: &Type, name: &str) -> bool {
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
    let counts_what_is_before = (0..before)
        .rev()
        .take_while(|at| !is_count(at))
        .any(is_data);
    (!counts_what_is_before).then_some(before)
}

/// How C writes what a pointer points to.
fn behind_in_c(pointer: &str) -> String {
    match pointer.trim_end().strip_suffix('*') {
        Some(behind) if !behind.contains(['(', '*']) => {
            behind.trim().trim_start_matches("const ").to_owned()
        }
        _ => format!("__typeof__(*({pointer})0)"),
    }
}

fn parameters(signature: &Signature) -> impl Iterator<Item = String> {
    (0..signature.parameters.len()).map(|at| format!("a{at}"))
}

fn number(index: Option<usize>) -> String {
    index.map_or_else(|| "-1".to_owned(), |index| index.to_string())
}

/// Where `item` is among `items`; it is added if need be.
pub fn place_of<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    let known = items.iter().position(|known| *known == item);
    known.unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
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
             fn c_free(*mut Handle)\nfn d_destroy(*mut Other, usize)\nfn e_use(*mut Handle)\n\
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
        let role = |index: usize| tables.role(index, &interface.functions[index], 0);
        assert_eq!(role(2), ("FREED", None));
        assert_eq!(role(3), ("FREED", Some(1)));
        assert_eq!(role(4), ("USED", None));
    }
}
