//! A type in C's words, for messages about the header and about CFFI.

use crate::model::{Access, Signature, Type};

impl Type {
    /// As C writes it: `const double *`, `int32_t (*)(double, void *)`.
    pub fn in_c(&self) -> String {
        self.declare(false, "")
    }

    /// The declaration of `declarator`, which C writes around itself, inside out.
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
            Type::Array { of, length } if declarator.starts_with('*') => {
                of.declare(constant, &format!("({declarator})[{length}]"))
            }
            Type::Array { of, length } => of.declare(constant, &format!("{declarator}[{length}]")),
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

impl Signature {
    /// The parameters as C writes them: `double, void *`, or `void` for none.
    pub fn parameters_in_c(&self) -> String {
        let types = self.parameters.iter().map(|parameter| parameter.of.in_c());
        let dots = self.variadic.then(|| "...".to_owned());
        match types.chain(dots).collect::<Vec<_>>() {
            none if none.is_empty() => "void".into(),
            some => some.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Abi;

    #[test]
    fn a_type_in_the_words_of_c() {
        for (canonical, c) in [
            ("f32", "float"),
            ("*const char", "const char *"),
            ("*mut *const Handle", "const Handle **"),
            ("*const *mut void", "void *const *"),
            ("fn(f64, *mut void) -> i32", "int32_t (*)(double, void *)"),
            ("*mut fn()", "void (**)(void)"),
            ("fn() -> fn(usize)", "void (*(*)(void))(size_t)"),
            ("[u8; 4]", "uint8_t [4]"),
            ("*mut [u8; 4]", "uint8_t (*)[4]"),
            ("*isize", "ptrdiff_t *"),
        ] {
            let abi = Abi::parse(&format!("fn f({canonical})")).unwrap();
            assert_eq!(abi.functions["f"].parameters[0].of.in_c(), c);
        }
    }
}
