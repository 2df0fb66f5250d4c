//! What the preprocessor and the compiler print about a header, taken apart.

/// What the preprocessor makes of the header.
pub(crate) struct Source {
    /// The header's own lines, without comments and without what it includes.
    pub code: String,
    /// The macros that the header itself gives a value.
    pub constants: Vec<Constant>,
    pub is_clang: bool,
}

impl Source {
    /// The preprocessor says before each piece which file it is from: `# 12 "hello.h" 2`.
    pub fn parse(text: &str, header: &str) -> Source {
        let mut source = Source {
            code: String::new(),
            constants: Vec::new(),
            is_clang: false,
        };
        let mut is_own = false;
        for line in text.lines() {
            source.is_clang |= line.starts_with("#define __clang__ ");
            if let Some(marker) = line.strip_prefix("# ") {
                let path = marker.split('"').nth(1).unwrap_or_default();
                is_own = path.rsplit(['/', '\\']).next() == Some(header);
            } else if let Some(definition) = line.strip_prefix("#define ") {
                source
                    .constants
                    .extend(is_own.then(|| Constant::parse(definition)).flatten());
            } else if is_own && !line.starts_with('#') {
                source.code.push_str(line);
                source.code.push('\n');
            }
        }
        source
    }
}

/// A macro with a value.
pub(crate) struct Constant {
    pub name: String,
    pub value: String,
}

impl Constant {
    /// A macro with a value; not one with parameters, nor one for the compiler such as
    /// `__attribute__((...))`.
    fn parse(definition: &str) -> Option<Constant> {
        let (name, value) = definition.split_once(' ')?;
        let value = value.trim();
        let is_value = !value.starts_with('_')
            && value.starts_with(|c: char| c.is_ascii_alphanumeric() || "\"'(-+~".contains(c));
        (is_value && !name.contains('(')).then(|| Constant {
            name: name.into(),
            value: value.into(),
        })
    }

    /// Not an integer: a text, a floating-point number. Its value is what stands there.
    pub fn is_text(&self) -> bool {
        let number = self.value.trim_end_matches(['f', 'F', 'l', 'L']);
        let is_broken = number.parse::<f64>().is_ok() && number.parse::<i128>().is_err();
        is_broken || self.value.contains('"')
    }
}

/// `/* hello.h:167:NC */ extern double hello_sqrt (double);`: the first word right before a
/// parenthesis, unless that opens `(*`, around the name of a function that returns a function.
pub(crate) fn name_in_prototype(line: &str) -> Option<&str> {
    let declaration = line.split_once("*/ extern ")?.1;
    let mut places = declaration
        .match_indices('(')
        .filter(|(at, _)| !declaration[at + 1..].starts_with('*'));
    places.find_map(|(at, _)| words(&declaration[..at]).next_back().filter(|_| at > 0))
}

/// `|-FunctionDecl 0x5566 <line:167:1, col:31> col:8 used hello_sqrt 'double (double)'`
pub(crate) fn name_in_tree(line: &str) -> Option<&str> {
    let declaration = line
        .strip_prefix("|-")
        .or_else(|| line.strip_prefix("`-"))?;
    let (place_and_name, rest) = declaration
        .strip_prefix("FunctionDecl ")?
        .split_once(" '")?;
    // After the type: what is `static` is no symbol.
    let after_type = rest.rsplit('\'').next()?;
    let is_static = after_type.split(' ').any(|word| word == "static");
    place_and_name.rsplit(' ').next().filter(|_| !is_static)
}

pub(crate) fn words(code: &str) -> impl DoubleEndedIterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_a_prototype() {
        for (line, expected) in [
            (
                "/* a.h:1:NC */ extern double hello_sqrt (double);",
                Some("hello_sqrt"),
            ),
            (
                "/* a b/(c).h:1:NC */ extern const char *hello_name (void);",
                Some("hello_name"),
            ),
            (
                "/* a.h:1:NC */ extern void each (void (*)(int), void *);",
                Some("each"),
            ),
            (
                "/* a.h:1:NC */ extern void (*handler (int)) (int);",
                Some("handler"),
            ),
            ("/* a.h:1:NF */ static int helper (int);", None),
            ("/* compiled from: . */", None),
        ] {
            assert_eq!(name_in_prototype(line), expected, "{line}");
        }
    }

    #[test]
    fn the_name_in_a_tree() {
        for (line, expected) in [
            (
                "|-FunctionDecl 0x5 <line:1:1, col:9> col:8 hello_sqrt 'double (double)'",
                Some("hello_sqrt"),
            ),
            (
                "`-FunctionDecl 0x5 </a b/c.h:1:1, col:9> col:8 used f 'void (void (*)(int))'",
                Some("f"),
            ),
            (
                "|-FunctionDecl 0x5 <line:1:1, col:9> col:8 f 'double (void)' static inline",
                None,
            ),
            ("| `-ParmVarDecl 0x5 <col:1> col:9 x 'double'", None),
            (
                "|-TypedefDecl 0x5 <line:1:1> col:9 referenced F 'void (int)'",
                None,
            ),
        ] {
            assert_eq!(name_in_tree(line), expected, "{line}");
        }
    }

    #[test]
    fn only_the_header_itself_counts() {
        let source = Source::parse(
            "#define __clang__ 1
# 1 \"/usr/include/stdint.h\" 1 3
#define INT8_MAX 127
int other(void);
# 12 \"/some where/hello.h\" 2
#define HELLO_H
#define HELLO_MAX(a, b) ((a) > (b) ? (a) : (b))
#define HELLO_EXPORT __attribute__((visibility(\"default\")))
#define HELLO_VERSION 1
#define HELLO_NAME \"a (b)\"
#define HELLO_PI 3.5f
#undef HELLO_H
int own(void);
",
            "hello.h",
        );
        assert!(source.is_clang);
        assert_eq!(source.code, "int own(void);\n");
        let constants: Vec<_> = source
            .constants
            .iter()
            .map(|c| (c.name.as_str(), c.value.as_str(), c.is_text()))
            .collect();
        assert_eq!(
            constants,
            [
                ("HELLO_VERSION", "1", false),
                ("HELLO_NAME", "\"a (b)\"", true),
                ("HELLO_PI", "3.5f", true),
            ]
        );
    }
}
