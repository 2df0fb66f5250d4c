//! The model as C: declarations of variables, prototypes of functions, and a whole header.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::Abi;
use crate::model::{Access, Definition, Enumeration, Parameter, Record, Signature, Type};

/// A floating-point number as a constant of C, from which the same number is read again.
pub(crate) fn float(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NAN".to_owned(),
        f64::INFINITY => "INFINITY".to_owned(),
        f64::NEG_INFINITY => "-INFINITY".to_owned(),
        _ => format!("{value:?}"),
    }
}

/// A text as a constant of C.
pub(crate) fn text(bytes: &[u8]) -> String {
    let letter = |byte: &u8| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(*byte)),
        b' '..=b'~' => char::from(*byte).to_string(),
        _ => format!("\\{byte:03o}"),
    };
    format!("\"{}\"", bytes.iter().map(letter).collect::<String>())
}

impl Type {
    /// The declaration of `declarator`, a name or more: `const double *values`,
    /// `int32_t (*visitor)(double, void *)`. With an empty declarator it is the type alone.
    pub fn in_c(&self, declarator: &str) -> String {
        self.declare("", declarator)
    }

    /// C writes a type around the declarator, inside out.
    fn declare(&self, qualifiers: &str, declarator: &str) -> String {
        match self {
            Type::Qualified { by, of } => of.declare(&format!("{qualifiers}{by} "), declarator),
            Type::Pointer { access, to } => {
                let is_const = *access == Access::Const;
                let of_target = if is_const { "const " } else { "" };
                to.declare(of_target, &format!("*{qualifiers}{declarator}"))
            }
            Type::Function(signature) => {
                let parameters = signature.parameters_in_c();
                let pointer = format!("(*{qualifiers}{declarator})({parameters})");
                signature.result_in_c(&pointer)
            }
            Type::Array { of, length } => {
                let length = match length {
                    0 => "[]".to_owned(),
                    length => format!("[{length}]"),
                };
                let declarator = match declarator.starts_with('*') {
                    true => format!("({declarator}){length}"),
                    false => format!("{declarator}{length}"),
                };
                of.declare(qualifiers, &declarator)
            }
            simple => {
                let space = if declarator.is_empty() { "" } else { " " };
                format!("{qualifiers}{}{space}{declarator}", simple.word())
            }
        }
    }

    fn word(&self) -> String {
        match self {
            Type::Bool => "bool".into(),
            Type::Integer { size, signed } => {
                format!("{}int{}_t", if *signed { "" } else { "u" }, size * 8)
            }
            Type::Size { signed: false } => "size_t".into(),
            Type::Size { signed: true } => "ptrdiff_t".into(),
            Type::Float { size: 4 } => "float".into(),
            Type::Float { size: 8 } => "double".into(),
            Type::Float { .. } => "long double".into(),
            Type::Other(words) => words.clone(),
            same => same.to_string(),
        }
    }
}

impl Abi {
    /// A header that declares all of it: what a program was compiled against, from its description
    /// alone. In it the compiler is asked whether the layout is the one that is described.
    ///
    /// # Errors
    ///
    /// If something is described that the model has no C for: bit-fields.
    pub fn header_in_c(&self) -> Result<String> {
        let mut text =
            "#pragma once\n\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n"
                .to_owned();
        for (name, value) in &self.constants {
            let _ = writeln!(text, "#define {name} {value}");
        }
        for (name, definition) in &self.types {
            text += &match definition {
                Definition::Enumeration(enumeration) => enumeration.in_c(name),
                Definition::Record(of) => format!("typedef {} {name} {name};\n", of.kind()),
                Definition::Opaque => format!("typedef struct {name} {name};\n"),
            };
        }
        let mut declared = Vec::new();
        for name in self.types.keys() {
            self.declare_record(name, &mut declared, &mut text)?;
        }
        for (name, signature) in &self.functions {
            let _ = writeln!(text, "{};", signature.in_c(name));
        }
        for (name, of) in &self.variables {
            let _ = writeln!(text, "extern {};", of.in_c(name));
        }
        Ok(text)
    }

    /// A struct or union, after those that lie in it.
    fn declare_record<'a>(
        &'a self,
        name: &'a str,
        declared: &mut Vec<&'a str>,
        text: &mut String,
    ) -> Result<()> {
        let record = self.types.get(name).and_then(Definition::record);
        let Some(record) = record.filter(|_| !declared.contains(&name)) else {
            return Ok(());
        };
        declared.push(name);
        for field in &record.fields {
            let mut of = &field.of;
            while let Type::Array { of: inner, .. } = of {
                of = inner;
            }
            if let Type::Named(inner) = of {
                self.declare_record(inner, declared, text)?;
            }
        }
        *text += &record.in_c(name)?;
        Ok(())
    }
}

impl Enumeration {
    fn in_c(&self, name: &str) -> String {
        let values = self.values.iter().map(|(n, v)| format!("{n} = {v}"));
        let values = values.collect::<Vec<_>>().join(", ");
        if self.size == 4 && self.signed == self.values.values().any(|value| *value < 0) {
            return format!("typedef enum {name} {{ {values} }} {name};\n");
        }
        let (size, signed) = (self.size, self.signed);
        let integer = Type::Integer { size, signed }.in_c(name);
        format!("enum {{ {values} }};\ntypedef {integer};\n")
    }
}

impl Record {
    fn in_c(&self, name: &str) -> Result<String> {
        let mut text = format!("{} {name} {{\n", self.kind());
        let mut asserted = format!(
            "_Static_assert(sizeof({name}) == {} && _Alignof({name}) == {}, \"{name}\");\n",
            self.size, self.alignment
        );
        for field in &self.fields {
            let (own, offset) = (&field.name, field.offset);
            if field.bits.is_some() {
                bail!("`{name}.{own}` is a bit-field");
            }
            let _ = writeln!(text, "    {};", field.of.in_c(own));
            let is_there = format!("offsetof({name}, {own}) == {offset}");
            asserted += &format!("_Static_assert({is_there}, \"{name}.{own}\");\n");
        }
        Ok(text + "};\n" + &asserted)
    }
}

impl Parameter {
    /// The declaration of a variable that holds such an argument, as the header writes it where that
    /// is known.
    pub fn in_c(&self, declarator: &str) -> String {
        self.spelling.as_ref().unwrap_or(&self.of).in_c(declarator)
    }
}

impl Signature {
    /// The prototype of a function `name`, without a semicolon: `int32_t each(const double *, size_t)`.
    ///
    /// If the header was read, it is compatible with the header's own declaration of that function.
    pub fn in_c(&self, name: &str) -> String {
        self.result_in_c(&format!("{name}({})", self.parameters_in_c()))
    }

    /// The head of a definition of `name`, with names for its parameters: the first is `parameter(0)`.
    pub fn definition_in_c(&self, name: &str, parameter: impl Fn(usize) -> String) -> String {
        let types = self.parameters.iter().enumerate();
        let types = types.map(|(index, of)| of.in_c(&parameter(index)));
        self.result_in_c(&format!("{name}({})", self.list(types)))
    }

    /// The declaration of a variable for the result.
    pub fn result_in_c(&self, declarator: &str) -> String {
        let of = self.result_spelling.as_ref().unwrap_or(&self.result);
        of.in_c(declarator)
    }

    /// The parameters as C writes them: `double, void *`, or `void` for none.
    pub fn parameters_in_c(&self) -> String {
        self.list(self.parameters.iter().map(|parameter| parameter.in_c("")))
    }

    fn list(&self, types: impl Iterator<Item = String>) -> String {
        match types.collect::<Vec<_>>() {
            // What C's `f()` declares: nothing is known.
            none if none.is_empty() && self.variadic => String::new(),
            none if none.is_empty() => "void".into(),
            mut some => {
                some.extend(self.variadic.then(|| "...".to_owned()));
                some.join(", ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Abi;

    #[test]
    fn a_type_in_the_words_of_c() {
        for (canonical, c) in [
            ("f32", "float x"),
            ("*const char", "const char *x"),
            ("*mut *const Handle", "const Handle **x"),
            ("*const *mut void", "void *const *x"),
            ("fn(f64, *mut void) -> i32", "int32_t (*x)(double, void *)"),
            ("*mut fn()", "void (**x)(void)"),
            ("fn() -> fn(usize)", "void (*(*x)(void))(size_t)"),
            ("[u8; 4]", "uint8_t x[4]"),
            ("[[u8; 2]; 3]", "uint8_t x[3][2]"),
            ("[fn(f64); 3]", "void (*x[3])(double)"),
            ("*mut [u8; 4]", "uint8_t (*x)[4]"),
            ("*isize", "ptrdiff_t *x"),
        ] {
            let abi = Abi::parse(&format!("fn f({canonical}) -> {canonical}")).unwrap();
            let signature = &abi.functions["f"];
            assert_eq!(signature.parameters[0].of.in_c("x"), c);
            let alone = c.replacen(" x", " ", 1).replacen('x', "", 1);
            assert_eq!(signature.parameters[0].of.in_c(""), alone.trim());
        }
    }

    #[test]
    fn a_prototype_and_a_definition() {
        let abi = Abi::parse(
            "fn f(*const f64, fn(f64) -> i32) -> fn(usize)\nfn g()\nfn h(i32, ...)\nfn i(...)",
        )
        .unwrap();
        let f = &abi.functions["f"];
        assert_eq!(
            f.in_c("f"),
            "void (*f(const double *, int32_t (*)(double)))(size_t)"
        );
        assert_eq!(
            f.definition_in_c("f", |index| format!("p{index}")),
            "void (*f(const double *p0, int32_t (*p1)(double)))(size_t)"
        );
        assert_eq!(f.result_in_c("r"), "void (*r)(size_t)");
        assert_eq!(abi.functions["g"].in_c("g"), "void g(void)");
        assert_eq!(abi.functions["h"].in_c("h"), "void h(int32_t, ...)");
        assert_eq!(abi.functions["i"].in_c("i"), "void i()");
    }

    #[test]
    fn a_header_declares_what_is_described() {
        let abi = Abi::parse(
            "constant VERSION = 1\nenum Status size 4 unsigned\nenum Status STATUS_OK = 0\n\
             enum Small size 1 signed\nenum Small SMALL_LOW = -1\nopaque Handle\n\
             struct A size 16 align 8\nstruct A .inner @0 B\nstruct A .of @8 *mut Handle\n\
             struct B size 4 align 4\nstruct B .x @0 f32\nfn f(A, *const B) -> Status\n\
             static names const [*const char; 2]\n",
        )
        .unwrap();
        let header = abi.header_in_c().unwrap();
        for line in [
            "#define VERSION 1",
            "typedef enum Status { STATUS_OK = 0 } Status;",
            "enum { SMALL_LOW = -1 };\ntypedef int8_t Small;",
            "typedef struct Handle Handle;",
            "    B inner;\n    Handle *of;\n};",
            "_Static_assert(sizeof(A) == 16 && _Alignof(A) == 8, \"A\");",
            "_Static_assert(offsetof(A, of) == 8, \"A.of\");",
            "Status f(A, const B *);",
            "extern const char *const names[2];",
        ] {
            assert!(header.contains(line), "{line} is not in\n{header}");
        }
        let at = |words: &str| header.find(words).unwrap();
        assert!(at("struct B {") < at("struct A {"));
        let bits = "struct C size 4 align 4\nstruct C .low @0+0:3 u32\n";
        assert!(Abi::parse(bits).unwrap().header_in_c().is_err());
    }

    #[test]
    fn a_spelling_is_kept() {
        let abi =
            Abi::parse("fn f(*const \"unsigned long long\", fn(\"struct point\") -> \"char\")")
                .unwrap();
        let expected = "void f(const unsigned long long *, char (*)(struct point))";
        assert_eq!(abi.functions["f"].in_c("f"), expected);
    }
}
