//! Where in an ABI something is.

use std::fmt;

/// A place in an ABI: something with a name, and the way into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `struct`, `union` or `enum` where that is known; for messages.
    pub what: &'static str,
    /// The function, variable, type, constant or value of an enum.
    pub name: String,
    /// The way from there.
    pub steps: Vec<Step>,
    is_symbol: bool,
}

/// A step into something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// All parameters.
    Parameters,
    /// One parameter.
    Parameter {
        /// From 1.
        number: usize,
        /// Its name, if one side knows it.
        name: Option<String>,
    },
    /// What a function returns.
    Result,
    /// The function behind a pointer.
    Callback,
    /// A field.
    Field(String),
}

impl Place {
    /// A function or variable.
    pub fn symbol(name: &str) -> Place {
        Place {
            is_symbol: true,
            ..Place::named("", name)
        }
    }

    /// A type, a constant or a value of an enum.
    pub fn named(what: &'static str, name: &str) -> Place {
        Place {
            what,
            name: name.to_owned(),
            steps: Vec::new(),
            is_symbol: false,
        }
    }

    /// Whether it is a function or a variable, or in one.
    pub fn is_symbol(&self) -> bool {
        self.is_symbol
    }

    /// One step further.
    pub fn with(&self, step: Step) -> Place {
        let mut place = self.clone();
        place.steps.push(step);
        place
    }

    /// As one word, for allowances: `sample_each.3.callback.1`, `sample_root.result`,
    /// `SampleRoot.value`.
    pub fn id(&self) -> String {
        let mut id = self.name.clone();
        for step in &self.steps {
            id.push('.');
            match step {
                Step::Parameters => id.push_str("parameters"),
                Step::Parameter { number, .. } => id.push_str(&number.to_string()),
                Step::Result => id.push_str("result"),
                Step::Callback => id.push_str("callback"),
                Step::Field(name) => id.push_str(name),
            }
        }
        id
    }

    /// Whether `pattern` means this place: its id or the beginning of it, up to a point; a `*` at the
    /// end stands for anything.
    pub fn matches(&self, pattern: &str) -> bool {
        let id = self.id();
        match pattern.strip_suffix('*') {
            Some(beginning) => id.starts_with(beginning),
            None => id
                .strip_prefix(pattern)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
        }
    }
}

/// "`sample_each`, parameter 3 (`visitor`), a callback, result", "`SampleRoot.value`".
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = self.steps.iter();
        match steps.as_slice().first() {
            Some(Step::Field(field)) => {
                write!(f, "`{}.{field}`", self.name)?;
                steps.next();
            }
            _ if self.what.is_empty() => write!(f, "`{}`", self.name)?,
            _ => write!(f, "{} `{}`", self.what, self.name)?,
        }
        for step in steps {
            match step {
                Step::Parameters => f.write_str(", parameters")?,
                Step::Parameter { number, name } => {
                    write!(f, ", parameter {number}")?;
                    name.iter().try_for_each(|name| write!(f, " (`{name}`)"))?;
                }
                Step::Result => f.write_str(", result")?,
                Step::Callback => f.write_str(", a callback")?,
                Step::Field(name) => write!(f, ", `{name}`")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_words_and_as_a_word() {
        let visitor = Step::Parameter {
            number: 3,
            name: Some("visitor".into()),
        };
        let place = Place::symbol("each").with(visitor).with(Step::Callback);
        let place = place.with(Step::Result);
        assert_eq!(
            place.to_string(),
            "`each`, parameter 3 (`visitor`), a callback, result"
        );
        assert_eq!(place.id(), "each.3.callback.result");
        for (pattern, expected) in [
            ("each", true),
            ("each.3", true),
            ("each.3.callback.result", true),
            ("ea*", true),
            ("*", true),
            ("ea", false),
            ("each.3.callback.result.1", false),
            ("each.30", false),
        ] {
            assert_eq!(place.matches(pattern), expected, "{pattern}");
        }
        let field = Place::named("struct", "Root").with(Step::Field("value".into()));
        assert_eq!(field.to_string(), "`Root.value`");
        assert_eq!(Place::named("struct", "Root").to_string(), "struct `Root`");
    }
}
