//! Greetings, and a greeter that counts them.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A greeting in parts; the caller chooses where to allocate the text.
///
/// [`Display`](fmt::Display) writes it: `to_string` is the usual way. [`parts`](Self::parts) is for who
/// wants to know its length before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting<'a> {
    words: &'a str,
    name: &'a str,
}

impl<'a> Greeting<'a> {
    /// What it consists of, in order.
    ///
    /// ```
    /// assert_eq!(hello_core::greet("Ada").parts().concat(), "Hello, Ada!");
    /// ```
    #[inline]
    pub fn parts(&self) -> [&'a str; 4] {
        [self.words, ", ", self.name, "!"]
    }
}

impl fmt::Display for Greeting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts()
            .into_iter()
            .try_for_each(|part| f.write_str(part))
    }
}

/// Greets `name`.
///
/// ```
/// assert_eq!(hello_core::greet("Ada").to_string(), "Hello, Ada!");
/// ```
#[inline]
pub fn greet(name: &str) -> Greeting<'_> {
    Greeting {
        words: "Hello",
        name,
    }
}

/// Greets with words of its own and counts its greetings. Several threads may share one.
///
/// ```
/// let greeter = hello_core::Greeter::new("Good morning".to_owned());
/// assert_eq!(greeter.greet("Ada").to_string(), "Good morning, Ada!");
/// assert_eq!(greeter.count(), 1);
/// ```
#[derive(Debug)]
pub struct Greeter {
    words: String,
    count: AtomicU64,
}

impl Greeter {
    /// A greeter that says `words` and has not greeted yet.
    pub fn new(words: String) -> Greeter {
        Greeter {
            words,
            count: AtomicU64::new(0),
        }
    }

    /// Greets `name` and counts it.
    pub fn greet<'a>(&'a self, name: &'a str) -> Greeting<'a> {
        self.count_one();
        self.greeting(name)
    }

    /// Greets `name` with the text that `make` makes of the greeting, and counts it if there is one.
    ///
    /// ```
    /// let greeter = hello_core::Greeter::new("Hi".to_owned());
    /// let text = greeter.try_greet("Ada", |_| Err::<String, _>("there is no memory"));
    /// assert!(text.is_err());
    /// assert_eq!(greeter.count(), 0);
    /// ```
    pub fn try_greet<'a, Text, Error>(
        &'a self,
        name: &'a str,
        make: impl FnOnce(Greeting<'a>) -> Result<Text, Error>,
    ) -> Result<Text, Error> {
        let text = make(self.greeting(name))?;
        self.count_one();
        Ok(text)
    }

    fn count_one(&self) {
        // Relaxed: the count orders nothing else. No greeting is lost all the same.
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    fn greeting<'a>(&'a self, name: &'a str) -> Greeting<'a> {
        Greeting {
            words: &self.words,
            name,
        }
    }

    /// How many greetings it has made, for all threads together.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_a_name() {
        assert_eq!(greet("").to_string(), "Hello, !");
        assert_eq!(greet("Zoë 🦀").to_string(), "Hello, Zoë 🦀!");
    }

    #[test]
    fn a_greeter_shared_by_threads_counts_every_greeting() {
        let greeter = Greeter::new("Hi".to_owned());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        assert_eq!(greeter.greet("you").to_string(), "Hi, you!");
                    }
                });
            }
        });
        assert_eq!(greeter.count(), 8000);
    }
}
