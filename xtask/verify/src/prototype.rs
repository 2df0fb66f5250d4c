//! The prototypes of a header, in the form in which cbindgen writes them.

/// A function as the header declares it.
#[derive(Debug, PartialEq, Eq)]
pub struct Prototype {
    pub name: String,
    /// The type of its result, as it stands there.
    pub result: String,
    /// Its parameters, as they stand there; `void` if it has none.
    pub parameters: String,
    /// The names of the parameters.
    pub names: Vec<String>,
}

/// Every function that a header declares: the declarations on the outermost level that end with a
/// parenthesis and are no `typedef`.
pub fn prototypes(header: &str) -> Vec<Prototype> {
    let code = without_comments(header);
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    // What `extern "C" {` opens is left open: its content is on the outermost level.
    let code = lines
        .filter(|line| !line.contains("extern \"C\""))
        .collect::<Vec<_>>()
        .join("\n");
    let mut declarations = vec![String::new()];
    let mut depth = 0_usize;
    for character in code.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if character == ';' && depth == 0 {
            declarations.push(String::new());
        } else if let Some(last) = declarations.last_mut() {
            last.push(character);
        }
    }
    declarations
        .iter()
        .filter_map(|declaration| prototype(declaration))
        .collect()
}

fn prototype(declaration: &str) -> Option<Prototype> {
    let text = declaration.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_start_matches(['}', ' ']);
    if text.starts_with("typedef") {
        return None;
    }
    let (head, parameters) = text.strip_suffix(')')?.split_once('(')?;
    let start = head
        .rfind(|c: char| !is_word(c))
        .map_or(0, |place| place + 1);
    let (result, name) = head.split_at(start);
    let names = match parameters {
        "void" | "" => Vec::new(),
        _ => parameters.split(',').map(last_word).collect(),
    };
    Some(Prototype {
        name: name.to_owned(),
        result: result.trim().to_owned(),
        parameters: parameters.to_owned(),
        names,
    })
}

fn last_word(parameter: &str) -> String {
    let start = parameter
        .rfind(|c: char| !is_word(c))
        .map_or(0, |place| place + 1);
    parameter[start..].to_owned()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn without_comments(header: &str) -> String {
    let mut code = String::new();
    let mut rest = header;
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    code.push_str(rest);
    let lines = code
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(line, _)| line));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_and_types_are_not() {
        let header = "/* int no(void); */\n#define A 1\ntypedef enum { A = 0, } E;\n\
                      typedef int32_t (*Visitor)(double value, void *context);\n\
                      #ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n\
                      const char *text(void);\nE many(const double *values,\n  size_t count, Visitor \
                      visitor);\n#ifdef __cplusplus\n}  // extern \"C\"\n#endif\n";
        let found = prototypes(header);
        let names: Vec<&str> = found
            .iter()
            .map(|function| function.name.as_str())
            .collect();
        assert_eq!(names, ["text", "many"]);
        assert_eq!(found[0].result, "const char *");
        assert_eq!(found[1].names, ["values", "count", "visitor"]);
        assert_eq!(
            found[1].parameters,
            "const double *values, size_t count, Visitor visitor"
        );
    }

    #[test]
    fn every_function_of_the_header_is_found() {
        let header = include_str!("../../../hello-cdylib/include/hello.h");
        let found = prototypes(header);
        assert!(found.iter().any(|function| function.name == "Hello"));
        assert!(found.iter().all(|function| !function.result.is_empty()));
    }
}
