//! The model as C: declarations of variables and prototypes of functions.

use crate::model::{Access, Parameter, Signature, Type};

/// How a header writes a type: what stands before the declarator and what stands after it.
///
/// The model keeps the size and the kind of an integer, C also its name: `unsigned long` and
/// `unsigned long long` are not the same to it, however large they are. With the spelling a
/// declaration that is generated is compatible with the header's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    before: String,
    after: String,
}

impl Spelling {
    /// Stands for the declarator in what [`Spelling::new`] takes: no part of C.
    pub(crate) const DECLARATOR: char = '@';

    /// From a declaration of [`Spelling::DECLARATOR`]: `int32_t (*@)(double)`.
    pub(crate) fn new(declaration: &str) -> Option<Spelling> {
        let (before, after) = declaration.split_once(Spelling::DECLARATOR)?;
        Some(Spelling {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    /// The declaration of `declarator`.
    pub fn in_c(&self, declarator: &str) -> String {
        declaration(&self.before, declarator, &self.after)
    }
}

/// With a space where two words would become one, and none at an end.
fn declaration(before: &str, declarator: &str, after: &str) -> String {
    let text = match declarator.chars().next() {
        Some(first) if first.is_alphanumeric() || first == '_' || first == '(' => {
            let space = if before.ends_with(['*', '(']) {
                ""
            } else {
                " "
            };
            format!("{}{space}{declarator}{after}", before.trim_end())
        }
        _ => format!("{before}{declarator}{after}"),
    };
    text.trim().to_owned()
}

impl Type {
    /// The declaration of `declarator`, a name or more: `const double *values`,
    /// `int32_t (*visitor)(double, void *)`. With an empty declarator it is the type alone.
    pub fn in_c(&self, declarator: &str) -> String {
        self.declare(false, declarator)
    }

    /// C writes a type around the declarator, inside out.
    fn declare(&self, constant: bool, declarator: &str) -> String {
        let qualifier = if constant { "const " } else { "" };
        match self {
            Type::Pointer { access, to } => to.declare(
                *access == Access::Const,
                &format!("*{qualifier}{declarator}"),
            ),
            Type::Function(signature) => {
                let parameters = signature.parameters_in_c();
                let pointer = format!("(*{qualifier}{declarator})({parameters})");
                signature.result.declare(false, &pointer)
            }
            Type::Array { of, length } => {
                let length = match length {
                    0 => "[]".to_owned(),
                    length => format!("[{length}]"),
                };
                if declarator.starts_with('*') {
                    of.declare(constant, &format!("({declarator}){length}"))
                } else {
                    of.declare(constant, &format!("{declarator}{length}"))
                }
            }
            simple => {
                let space = if declarator.is_empty() { "" } else { " " };
                format!("{qualifier}{}{space}{declarator}", simple.word())
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

impl Parameter {
    /// The declaration of a variable that holds such an argument, as the header writes it where that
    /// is known.
    pub fn in_c(&self, declarator: &str) -> String {
        match &self.spelling {
            Some(spelling) => spelling.in_c(declarator),
            None => self.of.in_c(declarator),
        }
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
        match &self.result_spelling {
            Some(spelling) => spelling.in_c(declarator),
            None => self.result.in_c(declarator),
        }
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
    use super::*;
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
    fn a_spelling_is_kept() {
        for (spelling, declarator, expected) in [
            ("unsigned long long @", "x", "unsigned long long x"),
            ("unsigned long long @", "", "unsigned long long"),
            ("const struct point *@", "x", "const struct point *x"),
            ("void (*@)(int)", "x", "void (*x)(int)"),
            ("void (*@)(int)", "", "void (*)(int)"),
            ("char *@", "f(void)", "char *f(void)"),
        ] {
            let spelling = Spelling::new(spelling).unwrap();
            assert_eq!(spelling.in_c(declarator), expected);
        }
    }
}
