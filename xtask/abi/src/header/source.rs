//! What the preprocessor prints about a header, taken apart: which symbols it may declare and which
//! macros have a value. The compiler then says what each of them is.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::model::Location;

/// What the preprocessor makes of the headers that belong to the library.
#[derive(Default)]
pub(crate) struct Source {
    /// The names that may be functions or variables, and where each stands.
    pub symbols: BTreeMap<String, Location>,
    /// The macros without parameters, and where each stands.
    pub macros: BTreeMap<String, Location>,
    /// The compiler is Clang.
    pub is_clang: bool,
    /// The files that belong to the library, as the compiler names them.
    pub files: BTreeSet<PathBuf>,
    /// All names in the headers, those of others included.
    names: HashSet<String>,
}

impl Source {
    /// Reads the output of `cc -E -dD -dI`. The preprocessor says before each piece which file it is
    /// from, and whether that one was entered (1) or returned to (2): `# 12 "/a/point.h" 2`. Without
    /// either only the name is another: `#line`.
    ///
    /// `is_own` decides by its path whether a file counts. So does one that a file that counts includes
    /// by its place beside itself: `#include "../generated/point.h"`.
    pub fn parse(text: &str, mut is_own: impl FnMut(&Path, bool) -> bool) -> Source {
        let mut source = Source::default();
        let mut tokens = Vec::new();
        let (mut file, mut own, mut line_number) = (Rc::<Path>::from(Path::new("")), false, 1);
        // The folder of the file that was entered last, whatever `#line` calls the file.
        let mut folder = PathBuf::new();
        let (mut outer, mut beside) = (Vec::new(), None);
        for line in text.lines() {
            source.is_clang |= line.starts_with("#define __clang__ ");
            if let Some(marker) = line.strip_prefix("# ") {
                let (number, path, flags) = read_marker(marker);
                let has = |flag: &str| flags.split(' ').any(|of| of == flag);
                if has("1") {
                    outer.push((own, folder));
                    folder = path.parent().map(Path::to_owned).unwrap_or_default();
                    let is_beside = |beside: PathBuf| own && is_same_file(&beside, &path);
                    own = is_own(&path, has("3")) || beside.take().is_some_and(is_beside);
                } else if has("2") {
                    (own, folder) = outer.pop().unwrap_or_default();
                }
                (file, line_number) = (path.into(), number);
                if own {
                    source.files.insert(file.to_path_buf());
                }
                continue;
            }
            if let Some(included) = line.strip_prefix("#include \"") {
                let (name, _) = included.split_once('"').unwrap_or_default();
                beside = Some(folder.join(name));
            }
            let location = || Location {
                file: file.to_path_buf(),
                line: line_number,
            };
            if let Some(definition) = line.strip_prefix("#define ") {
                if own
                    && let Some((name, _)) = definition.split_once(' ')
                    && !name.contains('(')
                {
                    source.macros.insert(name.to_owned(), location());
                }
            } else if let Some(name) = line.strip_prefix("#undef ") {
                source.macros.remove(name.trim());
            } else if !line.starts_with('#') {
                let names = words(line).filter(|word| is_name(word));
                source.names.extend(names.map(str::to_owned));
                let words = words(line).map(|word| (word, Rc::clone(&file), line_number));
                tokens.extend(words.filter(|_| own));
            }
            line_number += 1;
        }
        let words: Vec<&str> = tokens.iter().map(|(word, ..)| *word).collect();
        for index in declared(&words) {
            let (name, file, line) = &tokens[index];
            let (file, line) = (file.to_path_buf(), *line);
            let known = source.symbols.entry((*name).to_owned());
            known.or_insert(Location { file, line });
        }
        source
    }

    /// Whether a word is in the headers, with or without the underscores of the system's.
    pub fn mentions(&self, word: &str) -> bool {
        self.names.contains(word) || self.names.contains(&format!("__{word}__"))
    }

    /// Whether all names in what a macro expands to are known: a compiler takes long to say of many that
    /// they are not.
    pub fn knows(&self, expansion: &str) -> bool {
        const WORDS: [&str; 4] = ["sizeof", "_Alignof", "_Generic", "defined"];
        words(expansion).filter(|word| is_name(word)).all(|word| {
            let is_word = WORDS.contains(&word) || KEYWORDS.contains(&word);
            is_word || word.starts_with("__") || self.names.contains(word)
        })
    }
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// `12 "/a/point.h" 1 3`; a 3 is the mark of a header of the system.
fn read_marker(marker: &str) -> (u64, PathBuf, &str) {
    let (number, rest) = marker.split_once(' ').unwrap_or((marker, ""));
    let quoted = rest.strip_prefix('"').unwrap_or_default();
    let (path, flags) = quoted.rsplit_once('"').unwrap_or_default();
    (number.parse().unwrap_or(1), unescaped(path).into(), flags)
}

/// A text as it was before `\\`, `\"` and, by Clang, `\303` for what is not ASCII.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let mut next_digit = || rest.next_if(|digit| (b'0'..=b'7').contains(digit));
        let digits: Vec<u8> = (0..3).map_while(|_| next_digit()).collect();
        let octal = |value: u8, digit: &u8| value.wrapping_mul(8).wrapping_add(digit - b'0');
        match &digits[..] {
            [] => bytes.extend(rest.next()),
            digits => bytes.push(digits.iter().fold(0, octal)),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The places of the names that may be declared on the outermost level. The compiler is then asked
/// about each of them: what is missed here is missed, what is too much is not.
///
/// Such a name is followed by its parameters, by its length, by its value or by the end of its
/// declaration; or it is in parentheses that one of these follows: `int (*f(int))(int);`.
fn declared(words: &[&str]) -> Vec<usize> {
    let mut found = Vec::new();
    let next = |at: usize| words.get(at + 1).copied().unwrap_or_default();
    // Parentheses that end there are around a name, unless an attribute follows: `[[`.
    let is_declarator = |end| next(end) == "(" || (next(end) == "[" && next(end + 1) != "[");
    let (mut at, mut is_typedef) = (0, false);
    while let Some(&word) = words.get(at) {
        match word {
            ";" => is_typedef = false,
            "typedef" => is_typedef = true,
            "{" | "[" => at = closing(words, at),
            "(" => {
                let end = closing(words, at);
                if !is_typedef && is_declarator(end) {
                    found.extend((at..end).filter(|at| is_name(words[*at])));
                }
                at = end;
            }
            _ if is_attribute(word) && next(at) == "(" => at = closing(words, at + 1),
            _ => {
                let is_tag = at > 0 && ["struct", "union", "enum"].contains(&words[at - 1]);
                let is_end = ["(", "[", "=", ",", ";"].contains(&next(at))
                    && !(next(at) == "(" && is_declarator(closing(words, at + 1)));
                if is_name(word) && is_end && !is_tag && !is_typedef {
                    found.push(at);
                }
            }
        }
        at += 1;
    }
    found.retain(|at| !KEYWORDS.contains(&words[*at]));
    found
}

/// Those that can be where a name can be.
const KEYWORDS: [&str; 14] = [
    "int",
    "char",
    "void",
    "short",
    "long",
    "signed",
    "unsigned",
    "float",
    "double",
    "const",
    "volatile",
    "restrict",
    "__restrict",
    "_Bool",
];

/// The place of what closes the parenthesis, bracket or brace that opens at `at`.
fn closing(words: &[&str], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, word) in words.iter().enumerate().skip(at) {
        match *word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    words.len()
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words that a parenthesis follows, and that are no function.
fn is_attribute(word: &str) -> bool {
    let word = word.trim_matches('_');
    matches!(
        word,
        "attribute"
            | "asm"
            | "declspec"
            | "Alignas"
            | "alignas"
            | "Static_assert"
            | "typeof"
            | "typeof_unqual"
            | "Atomic"
            | "BitInt"
            | "static_assert"
    )
}

/// Words, literals and single signs of C.
fn words(code: &str) -> impl Iterator<Item = &str> {
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let is_point = |c: char| c == '.' && first.is_ascii_digit();
        let is_end = |c: char| !is_word(c) && !is_point(c);
        let length = match first {
            '"' | '\'' => literal(rest, first),
            _ if is_word(first) => rest.find(is_end).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (word, left) = rest.split_at(length);
        rest = left;
        Some(word)
    })
}

/// The length of the text or character literal at the start, in C and in Rust.
pub(crate) fn literal(code: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, c) in code.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return index + 1,
            _ => {}
        }
    }
    code.len()
}

/// Whether what a macro expands to may have a value: it is no attribute and no part of a declaration.
pub(crate) fn may_be_a_value(expansion: &str) -> bool {
    let words: Vec<&str> = words(expansion).collect();
    // `don't` would take the rest of the line with it.
    let is_open = |word: &&str| {
        let quote = word.chars().next().filter(|c| ['"', '\''].contains(c));
        quote.is_some_and(|quote| word.len() < 2 || !word.ends_with(quote))
    };
    let is_no_value =
        words.iter().any(|word| is_no_value(word) || is_open(word)) || words.first() == Some(&"[");
    !words.is_empty() && is_balanced(&words) && !is_no_value
}

/// Whether there is a number, a letter or a text in it.
pub(crate) fn has_literal(expansion: &str) -> bool {
    let is_literal =
        |word: &str| word.starts_with(|c: char| c.is_ascii_digit() || "\"'.".contains(c));
    words(expansion).any(is_literal)
}

fn is_balanced(words: &[&str]) -> bool {
    let mut open = Vec::new();
    for word in words {
        match *word {
            "(" => open.push(")"),
            "[" => open.push("]"),
            "{" => open.push("}"),
            ")" | "]" | "}" if open.pop() != Some(word) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

fn is_no_value(word: &str) -> bool {
    const WORDS: [&str; 12] = [
        ";", "#", "extern", "static", "typedef", "inline", "return", "if", "while", "for", "do",
        "goto",
    ];
    WORDS.contains(&word) || (is_attribute(word) && word.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_in_a_declaration() {
        for (code, expected) in [
            ("extern double half (double);", &["half"][..]),
            ("const char *name(void) ;", &["name"]),
            ("void each(void (*visit)(int), void *);", &["each"]),
            ("void (*handler (int)) (int);", &["handler"]),
            ("extern double (half)(const double);", &["half"]),
            ("int f(int), g(int);", &["f", "g"]),
            (
                "static inline int f(int x) { return g(x); } int h(void);",
                &["f", "h"],
            ),
            (
                "typedef int (*V)(int); typedef struct { int a; } S; int h(void);",
                &["h"],
            ),
            ("struct S { int a; void (*f)(int); }; int h(void);", &["h"]),
            ("struct S { int a; } s; int h(void);", &["s", "h"]),
            ("extern const int a, b[3]; extern int *c;", &["a", "b", "c"]),
            ("extern int (*hook)(int);", &["hook"]),
            (
                "__attribute__((visibility(\"default\"))) int f(int);",
                &["f"],
            ),
            (
                "int f(int) __attribute__((nonnull(1))); int g(void);",
                &["f", "g"],
            ),
            ("int f(char const *, ...) __asm__(\"f2\");", &["f"]),
            ("extern const char text[] , *more;", &["text", "more"]),
            ("enum E { A = 1, B }; enum E f(enum E);", &["f"]),
            (
                "_Static_assert(sizeof(int) == 4, \"a\"); int f(void);",
                &["f"],
            ),
            ("struct S; union U; int f(struct S *);", &["f"]),
            (
                "[[nodiscard(\"look\")]] int f(int); [[gnu::nonnull(1)]] int g(int *);",
                &["f", "g"],
            ),
            (
                "int f [[gnu::cold]] (int a), g(int a) [[gnu::cold]]; extern int h [[x]];",
                &["f", "g", "h"],
            ),
            ("struct S f(struct S x); T (*g(int))(int);", &["f", "g"]),
            (
                "extern int (*table[2])(int), more[] = {1, 2}, last;",
                &["table", "more", "last"],
            ),
        ] {
            let words: Vec<&str> = words(code).collect();
            let names: Vec<&str> = declared(&words).into_iter().map(|at| words[at]).collect();
            assert_eq!(names, expected, "{code}");
        }
    }

    #[test]
    fn the_place_in_a_marker() {
        let (line, path, flags) = read_marker(r#"12 "/\303\244 \"b\"\\c.h" 1 3"#);
        assert_eq!((line, path, flags), (12, r#"/ä "b"\c.h"#.into(), " 1 3"));
    }

    #[test]
    fn what_a_macro_stands_for() {
        for (expansion, is_value) in [
            ("1", true),
            ("((uint32_t)1 << 3)", true),
            ("0x1E", true),
            ("'a'", true),
            ("\"a (b\"", true),
            ("\"a\" \"b\"", true),
            ("3.5f", true),
            ("(-1e9)", true),
            ("", false),
            ("extern", false),
            ("don't", false),
            ("(1", false),
            ("{", false),
            ("(Point){ .x = 1 }", true),
            ("do { f(1); } while (0)", false),
            ("__attribute__((visibility(\"default\")))", false),
            ("[[nodiscard(\"look at it\")]]", false),
        ] {
            assert_eq!(may_be_a_value(expansion), is_value, "{expansion}");
        }
    }

    #[test]
    fn only_the_headers_that_belong_to_the_library_count() {
        let source = Source::parse(
            "#define __clang__ 1
# 1 \"/some where/point.h\" 1
# 1 \"/usr/include/stdint.h\" 1 3
#define INT8_MAX 127
int other(void);
# 12 \"/some where/point.h\" 2
#define POINT_H
#define POINT_MAX(a, b) ((a) > (b) ? (a) : (b))
#define POINT_VERSION 1
#define POINT_GONE 1
#undef POINT_GONE
int own(void);
#line 3 \"point.h.in\"
# 3 \"point.h.in\"
int generated(void);
#include \"../away/beside.h\"
# 1 \"/some where/../away/beside.h\" 1
int beside(void);
# 4 \"point.h.in\" 2
#include \"away.h\"
# 1 \"/elsewhere/away.h\" 1
int away(void);
",
            |path, is_system| !is_system && path.ends_with("point.h"),
        );
        assert!(source.is_clang);
        let symbols: Vec<_> = source
            .symbols
            .iter()
            .map(|(name, at)| (name.as_str(), at.line))
            .collect();
        assert_eq!(symbols, [("beside", 1), ("generated", 3), ("own", 17)]);
        let macros: Vec<_> = source
            .macros
            .iter()
            .map(|(name, at)| (name.as_str(), at.line))
            .collect();
        assert_eq!(macros, [("POINT_VERSION", 14)]);
    }
}
