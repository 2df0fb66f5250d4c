//! Random sequences of calls, generated from the description: handles, buffers and callbacks, valid and
//! invalid, one call within another. [`super::watchers`] runs them.
//!
//! What a parameter means follows from its type, by the conventions that the generated header states:
//!
//! * a `size_t` counts the elements of the pointers before it, or, if there are none, after it; a
//!   pointer that no `size_t` counts points to one element, and `const char *` to text with a NUL;
//! * what is written through a pointer to a pointer is the caller's, if the library has a function that
//!   takes nothing else and returns nothing: that one frees it.
//!
//! A function with a parameter of another kind is left out.

use anyhow::{Result, bail};
use cargo_abi::model::{Access, Parameter, Signature, Type};

use super::caller::place_of;
use super::interface::{Function, Interface};
use super::stand_in::{ignore, parameter, parameters, return_zero};
use super::{Source, source};

pub const SOURCES: &[Source] = &[source!("sequences.h"), source!("sequences.c")];

/// What is drawn for a parameter.
enum Kind {
    Number,
    Integer,
    Count,
    Text,
    /// So many elements as the parameter with this index says; one if none.
    Elements {
        count: Option<usize>,
        like: usize,
    },
    /// Anything at all, which the library only passes on.
    Context,
    Result(usize),
    Used(usize),
    Freed(usize),
    Callback(usize),
    Zero,
}

/// The pool of texts.
const TEXTS: usize = 0;

/// What callers own, with the function that frees it; the place in the list is the pool.
struct Owned<'a> {
    /// A pointer to it.
    of: Type,
    free: &'a str,
}

struct Writer<'a> {
    interface: &'a Interface,
    owned: Vec<Option<Owned<'a>>>,
    callbacks: Vec<&'a Signature>,
}

pub fn source_of(interface: &Interface) -> Result<String> {
    let mut writer = Writer {
        interface,
        owned: owned(interface),
        callbacks: Vec::new(),
    };
    let mut functions = String::new();
    let mut table = String::new();
    for (index, function) in interface.functions.iter().enumerate() {
        match writer.plan(function) {
            None => functions += &format!("/* {}: left out. */\n\n", function.name),
            Some(plan) => {
                functions += &writer.function(index, function, &plan);
                let makes = plan
                    .iter()
                    .any(|k| matches!(k, Kind::Result(pool) if *pool > 0));
                let frees = plan
                    .iter()
                    .any(|k| matches!(k, Kind::Freed(pool) if *pool > 0));
                table += &format!("    {{make_{index}, {makes}, {frees}}},\n");
            }
        }
    }
    if table.is_empty() {
        bail!(
            "no function of {} can be called",
            interface.library.header()
        );
    }
    let callbacks = writer.callbacks("called_back", true);
    let names = interface.names();
    Ok(format!(
        "#include <string.h>\n#include \"{header}\"\n#include \"sequences.h\"\n\n{names}\n{callbacks}{functions}\
         const Operation OPERATIONS[] = {{\n{table}}};\n\
         const size_t OPERATION_COUNT = sizeof OPERATIONS / sizeof *OPERATIONS;\n\n\
         const char PROLOGUE[] = {prologue};\n\n\
         void free_all(void) {{\n{free}}}\n\n\
         const char LIVE_BLOCKS[] = \"{live_blocks}\";\n",
        header = interface.library.header(),
        prologue = literal(&writer.prologue()),
        free = writer.free_all(),
        live_blocks = interface.library.function("canary_live_blocks"),
    ))
}

/// Whether the library makes anything that the caller then owns.
pub fn has_owners(interface: &Interface) -> bool {
    owned(interface).iter().any(Option::is_some)
}

/// Text is the first, if the library has a function that frees it; handles follow.
fn owned(interface: &Interface) -> Vec<Option<Owned<'_>>> {
    let mut owned = vec![None];
    for function in &interface.functions {
        let [only] = function.signature.parameters.as_slice() else {
            continue;
        };
        let Type::Pointer { access, to } = &only.of else {
            continue;
        };
        if function.signature.result != Type::Void || *access == Access::Const {
            continue;
        }
        let new = Owned {
            of: only.of.clone(),
            free: &function.name,
        };
        if **to == Type::Char {
            owned[0].get_or_insert(new);
        } else if interface.handle(&only.of).is_some() && owned.len() < 16 {
            owned.push(Some(new));
        }
    }
    owned
}

impl<'a> Writer<'a> {
    /// Where what a pointer points to is kept.
    fn pool(&self, of: &Type) -> Option<usize> {
        let mut pools = self.pools();
        let found = pools.find(|(_, known)| behind(&known.of) == behind(of));
        found.map(|(pool, _)| pool)
    }

    /// Nothing if the function is left out.
    fn plan(&mut self, function: &'a Function) -> Option<Vec<Kind>> {
        let signature = &function.signature;
        let returns_own = matches!(
            &signature.result,
            Type::Pointer { access, to } if *access != Access::Const || **to != Type::Char
        );
        if signature.variadic || signature.parameters.len() > 16 || returns_own {
            return None;
        }
        (0..signature.parameters.len())
            .map(|index| self.kind(function, index))
            .collect()
    }

    fn kind(&mut self, function: &'a Function, index: usize) -> Option<Kind> {
        let parameters = &function.signature.parameters;
        let of = &parameters[index].of;
        Some(match of {
            Type::Float { .. } => Kind::Number,
            Type::Size { signed: false } => Kind::Count,
            Type::Bool => Kind::Zero,
            Type::Char | Type::Integer { .. } | Type::Size { .. } => Kind::Integer,
            Type::Named(_) => Kind::Zero,
            Type::Function(signature) => {
                Kind::Callback(place_of(&mut self.callbacks, &**signature))
            }
            Type::Pointer { access, to } => {
                let count = count_of(function, index);
                let pool = self.pool(of);
                match (&**to, pool) {
                    (_, Some(pool)) if self.owned[pool].as_ref()?.free == function.name => {
                        Kind::Freed(pool)
                    }
                    (Type::Char, _) if *access == Access::Const && count.is_none() => Kind::Text,
                    // Nobody says how much is written.
                    (Type::Char, _) if count.is_none() => return None,
                    (Type::Named(_), Some(pool)) => Kind::Used(pool),
                    (Type::Named(_), None) if self.interface.handle(of).is_some() => return None,
                    (Type::Void, _) if count.is_none() => Kind::Context,
                    (Type::Pointer { .. }, _) if *access == Access::Mut => {
                        Kind::Result(self.pool(to)?)
                    }
                    (Type::Pointer { .. } | Type::Function(_) | Type::Other(_), _) => return None,
                    _ => {
                        let same = |other: &usize| {
                            let Type::Pointer { to: other_to, .. } = &parameters[*other].of else {
                                return false;
                            };
                            count.is_some() && other_to == to && count_of(function, *other) == count
                        };
                        let like = (0..index).find(same).unwrap_or(index);
                        Kind::Elements { count, like }
                    }
                }
            }
            Type::Void | Type::Array { .. } | Type::Other(_) => return None,
        })
    }

    fn function(&self, index: usize, function: &Function, plan: &[Kind]) -> String {
        let name = &function.name;
        let mut drawn = String::new();
        let mut kept = String::new();
        // Who counts elements is drawn before them.
        let mut order: Vec<usize> = (0..plan.len()).collect();
        order.sort_by_key(|&at| !matches!(plan[at], Kind::Count));
        for at in order {
            let a = parameter(at);
            let of = &function.signature.parameters[at];
            let declared = of.in_c(&a);
            let of = &of.of;
            let value = match &plan[at] {
                Kind::Number => format!("draw_number({at})"),
                Kind::Integer => format!("(__typeof__({a}))draw_integer({at})"),
                Kind::Count => format!("draw_count({at})"),
                Kind::Text => format!("draw_text({at})"),
                Kind::Context => format!("draw_array({at}, {at}, 64, 1, 1, FILL_ZEROES)"),
                Kind::Elements { count, like } => {
                    let count = count.map_or("1".to_owned(), parameter);
                    let (size, alignment) = match behind(of) {
                        Type::Void => ("1".to_owned(), "1".to_owned()),
                        _ => (
                            format!("sizeof *{a}"),
                            format!("_Alignof(__typeof__(*{a}))"),
                        ),
                    };
                    let fill = match behind(of) {
                        Type::Float { size: 8 } => "FILL_DOUBLES",
                        Type::Float { size: 4 } => "FILL_FLOATS",
                        Type::Char => "FILL_LETTERS",
                        Type::Integer { .. } | Type::Size { .. } => "FILL_BYTES",
                        _ => "FILL_ZEROES",
                    };
                    format!("draw_array({at}, {like}, {count}, {size}, {alignment}, {fill})")
                }
                Kind::Used(pool) | Kind::Freed(pool) => {
                    let verb = match plan[at] {
                        Kind::Used(_) => "used",
                        _ => "freed",
                    };
                    let alignment = self.interface.alignment_behind(of);
                    format!("draw_{verb}({at}, {pool}, {alignment})")
                }
                Kind::Result(pool) => {
                    drawn +=
                        &format!("    {declared};\n    __typeof__(*{a}) result_{at} = NULL;\n");
                    drawn += &format!(
                        "    {a} = draw_out({at}, {pool}, &result_{at}, _Alignof(void *));\n"
                    );
                    kept += &format!("    keep_result({at}, {pool}, status, result_{at});\n");
                    continue;
                }
                Kind::Callback(number) => {
                    let may_be_null = function.has_status || function.may_be_null(at);
                    format!(
                        "draw_callback({at}, {number}, {may_be_null}) ? callback_{number} : NULL"
                    )
                }
                Kind::Zero => {
                    let spelled = literal(&format!(
                        "({}){{0}}",
                        function.signature.parameters[at].in_c("")
                    ));
                    drawn += &format!(
                        "    {declared};\n    memset(&{a}, 0, sizeof {a});\n    draw_fixed({at}, {spelled});\n"
                    );
                    continue;
                }
            };
            drawn += &format!("    {declared} = {value};\n");
        }
        let result = &function.signature.result;
        let before = match result {
            Type::Void => String::new(),
            _ => format!(
                "    {};\n    memset(&result, 0, sizeof result);\n",
                function.signature.result_in_c("result")
            ),
        };
        let values: Vec<String> = parameters(&function.signature).collect();
        let is = if before.is_empty() { "" } else { "result = " };
        let call = format!("{is}{name}({});", values.join(", "));
        let begun = format!("begin(\"{name}\", {})", plan.len());
        let status = if function.has_status {
            "(int64_t)result"
        } else {
            "0"
        };
        let kept = kept.replace(", status,", &format!(", {status},"));
        let is_text = matches!(result, Type::Pointer { .. });
        let shown = self.shown(function, plan);
        let text = if is_text { "result" } else { "NULL" };
        format!(
            "static void make_{index}(void) {{\n{drawn}{before}    if ({begun}) {{\n        {call}\n        \
             if (is_shown()) {{\n{shown}        }}\n    }}\n{kept}    end({text});\n}}\n\n"
        )
    }

    /// C that shows what a call returned and what it wrote.
    fn shown(&self, function: &Function, plan: &[Kind]) -> String {
        let result = &function.signature.result;
        let returned = match result {
            Type::Pointer { .. } => "show_text(result);".to_owned(),
            _ => self.interface.show(result, "result"),
        };
        let mut shown = vec![format!("show_begin(\"{}\");", function.name), returned];
        for (at, kind) in plan.iter().enumerate() {
            let a = parameter(at);
            match (&function.signature.parameters[at].of, kind) {
                (Type::Pointer { access, to }, Kind::Elements { .. })
                    if *access != Access::Const && **to != Type::Void =>
                {
                    let element = self.interface.show(to, &format!("{a}[i]"));
                    shown.push(format!(
                        "for (size_t i = 0; i < drawn_elements({at}, {a}, sizeof *{a}); i++) {{ {element} }}"
                    ));
                }
                (_, Kind::Result(TEXTS)) => shown.push(format!("show_text(result_{at});")),
                (_, Kind::Result(_)) => {
                    shown.push(format!(
                        "show_word(result_{at} != NULL ? \"a handle\" : \"NULL\");"
                    ));
                }
                _ => {}
            }
        }
        shown.push("show_end();".to_owned());
        let line = |line: &String| format!("            {line}\n");
        shown
            .iter()
            .filter(|line| !line.is_empty())
            .map(line)
            .collect()
    }

    /// Each calls `inner`, which says whether to go on. Not `static`: some are used by no call.
    fn callbacks(&self, inner: &str, is_shown: bool) -> String {
        let callbacks = self.callbacks.iter().enumerate();
        callbacks
            .map(|(number, signature)| {
                let head = signature.definition_in_c(&format!("callback_{number}"), parameter);
                let end = match signature.result {
                    Type::Bool | Type::Char | Type::Integer { .. } | Type::Size { .. } => {
                        format!("    return {inner}();\n")
                    }
                    _ => format!("    (void){inner}();\n{}", return_zero(signature)),
                };
                let show = |(at, of): (usize, &Parameter)| match of.of {
                    Type::Pointer { .. } | Type::Function(_) => String::new(),
                    _ => format!("        {}\n", self.interface.show(&of.of, &parameter(at))),
                };
                let shown: String = signature.parameters.iter().enumerate().map(show).collect();
                let shown = match is_shown {
                    true => format!(
                        "    if (is_shown()) {{\n        show_begin(\"callback_{number}\");\n{shown}        \
                         show_end();\n    }}\n"
                    ),
                    false => String::new(),
                };
                format!("{head} {{\n{}{shown}{end}}}\n\n", ignore(signature))
            })
            .collect()
    }

    fn pools(&self) -> impl Iterator<Item = (usize, &Owned<'a>)> {
        let pools = self.owned.iter().enumerate();
        pools.filter_map(|(pool, owned)| Some((pool, owned.as_ref()?)))
    }

    fn prologue(&self) -> String {
        let slots: String = self
            .pools()
            .map(|(pool, owned)| format!("{};\n", owned.of.in_c(&format!("slots_{pool}[4]"))))
            .collect();
        format!(
            "#include <math.h>\n#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n\
             #include \"{}\"\n\nvoid *m[16], *n[16]; /* The arguments' memory. */\n{slots}\
             static int visit(void);\n\n\
             void *block(const void *bytes, size_t size) {{\n    void *memory = malloc(size);\n    \
             return size > 0 ? memcpy(memory, bytes, size) : memory;\n}}\n\n\
             void *long_text(size_t length) {{\n    char *text = calloc(length + 1, 1);\n    \
             return memset(text, 'a', length);\n}}\n\n{}",
            self.interface.library.header(),
            self.callbacks("visit", false),
        )
    }

    fn free_all(&self) -> String {
        let pools = self.pools().map(|(pool, owned)| {
            format!(
                "    for (size_t i = 0; i < SLOTS; i++) {{\n        {free}(taken({pool}, i, \
                 \"{free}\"));\n    }}\n",
                free = owned.free
            )
        });
        pools.collect()
    }
}

fn behind(of: &Type) -> &Type {
    match of {
        Type::Pointer { to, .. } => to,
        same => same,
    }
}

/// The parameter that says how many elements this one points to.
fn count_of(function: &Function, index: usize) -> Option<usize> {
    let parameters = &function.signature.parameters;
    let is_count = |at: &usize| parameters[*at].of == Type::Size { signed: false };
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

/// As a literal of C.
fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n\"\n    \""))
}

#[cfg(test)]
mod tests {
    use super::super::interface::tests::interface;
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
    fn a_function_whose_memory_nobody_describes_is_left_out() {
        let left_out = |functions: &str| {
            let source = source_of(&interface("", &format!("fn a()\n{functions}"))).unwrap();
            source.contains("/* b: left out. */")
        };
        for out in [
            "fn b(*mut char)->Status\n",
            "fn b(*mut *mut char)\n",
            "fn b(*const *const char)\n",
            "fn b() -> *mut char\n",
            "fn b(*const Handle)\n",
            "fn b(i32, ...)\n",
        ] {
            assert!(left_out(out), "{out}");
        }
        assert!(!left_out("fn b(*mut *mut char)\nfn c(*mut char)\n"));
        assert!(!left_out("fn b(*const char, *mut void, fn(f64) -> i32)\n"));
    }
}
