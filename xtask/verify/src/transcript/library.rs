//! The same answers through the shared library: opened by path, called by name, with the types of
//! hello.h. Rust as a foreign language.

use std::ffi::{CStr, CString, c_char, c_void};
use std::io::Write;
use std::path::Path;
use std::ptr::{null, null_mut};

use anyhow::{Context, Result, bail};
use libloading::Library;

use super::{Case, Speaker, bits, double, doubles, items, list, quoted, text};

type Status = i32;
type Visitor = extern "C" fn(f64, f64, *mut c_void) -> i32;

#[repr(C)]
struct Root {
    value: f64,
    root: f64,
    exact: bool,
}

/// A greeter, of which only the library knows what it is.
#[repr(C)]
struct Greeter {
    _opaque: [u8; 0],
}

/// The functions of hello.h.
macro_rules! functions {
    ($($name:ident: $type:ty,)*) => {
        #[allow(non_snake_case, reason = "the names are the library's")]
        pub struct Loaded {
            $($name: $type,)*
            /// Keeps the functions where they are.
            _library: Library,
        }

        impl Loaded {
            pub fn open(path: &Path) -> Result<Loaded> {
                // SAFETY: the library has no initialisers that could do harm.
                let library = unsafe { Library::new(path) }
                    .with_context(|| format!("cannot load {}", path.display()))?;
                Ok(Loaded {
                    // SAFETY: the types are those of hello.h, against which `abi/signatures` holds
                    // the library.
                    $($name: *unsafe { library.get(concat!(stringify!($name), "\0")) }?,)*
                    _library: library,
                })
            }
        }
    };
}

functions! {
    Hello: extern "C" fn(),
    hello_print: extern "C" fn(f64) -> Status,
    hello_sqrt: extern "C" fn(f64) -> f64,
    hello_root: extern "C" fn(f64) -> Root,
    hello_checked_sqrt: extern "C" fn(f64, *mut f64) -> Status,
    hello_last_error: extern "C" fn() -> *const c_char,
    hello_status_name: extern "C" fn(i32) -> *const c_char,
    hello_greet: extern "C" fn(*const c_char, *mut *mut c_char) -> Status,
    hello_string_free: extern "C" fn(*mut c_char),
    hello_sentence: extern "C" fn(f64, *mut c_char, usize, *mut usize) -> Status,
    hello_sqrt_all: extern "C" fn(*const f64, *mut f64, usize) -> Status,
    hello_greeter_new: extern "C" fn(*const c_char, *mut *mut Greeter) -> Status,
    hello_greeter_greet: extern "C" fn(*const Greeter, *const c_char, *mut *mut c_char) -> Status,
    hello_greeter_count: extern "C" fn(*const Greeter, *mut u64) -> Status,
    hello_greeter_free: extern "C" fn(*mut Greeter),
    hello_each_root: extern "C" fn(*const f64, usize, Option<Visitor>, *mut c_void) -> Status,
    hello_panic: extern "C" fn(*const c_char) -> Status,
    hello_abi_version: extern "C" fn() -> u32,
    hello_version: extern "C" fn() -> *const c_char,
}

impl Speaker for Loaded {
    fn answer(&mut self, case: &Case<'_>, out: &mut dyn Write) -> Result<String> {
        Ok(match case.words() {
            ("nothing", []) => {
                out.flush()?; // The library writes past our buffer.
                (self.Hello)();
                "void".to_owned()
            }
            ("nothing", [value]) => {
                let value = double(value)?;
                out.flush()?;
                self.told((self.hello_print)(value), String::new)
            }
            ("scalar", [value]) => bits((self.hello_sqrt)(double(value)?)),
            ("struct", [value]) => {
                let root = (self.hello_root)(double(value)?);
                format!("{} {} {}", bits(root.value), bits(root.root), root.exact)
            }
            ("error", [value, rest @ ..]) => self.checked_sqrt(double(value)?, rest == ["NULL"]),
            ("text-in", [name, rest @ ..]) => {
                let name = c_text(name)?;
                self.greeting(
                    rest == ["NULL"],
                    |greeting| greeting.len().to_string(),
                    |place| (self.hello_greet)(pointer(&name), place),
                )
            }
            ("text-out", [name]) => {
                let name = c_text(name)?;
                self.greeting(false, quoted, |place| {
                    (self.hello_greet)(pointer(&name), place)
                })
            }
            ("buffer", [value, rest @ ..]) => self.buffer(double(value)?, rest)?,
            ("slice", [mode, values]) => self.slice(mode, doubles(values)?)?,
            ("handle", [words, names]) => self.handle(&c_text(words)?, names)?,
            ("handle-null", [what]) => self.handle_null(what)?,
            ("callback", [stop, values]) => self.callback(stop, &doubles(values)?)?,
            ("callback-null", [values]) => {
                let count = doubles(values)?.len();
                let mut context = Visits {
                    stop: 0,
                    seen: Vec::new(),
                };
                let context = (&raw mut context).cast();
                self.told(
                    (self.hello_each_root)(null(), count, Some(note), context),
                    String::new,
                )
            }
            ("callback-again", [name, values]) => {
                self.callback_again(c_text(name)?, &doubles(values)?)
            }
            ("panic", [message]) => {
                let message = c_text(message)?;
                self.told((self.hello_panic)(pointer(&message)), String::new)
            }
            ("status", [number]) => quoted(lent((self.hello_status_name)(number.parse()?))),
            ("version", []) => {
                let version = quoted(lent((self.hello_version)()));
                format!("{} {version}", (self.hello_abi_version)())
            }
            _ => return Err(case.unknown()),
        })
    }
}

impl Loaded {
    /// The status, and the results or the message.
    fn told(&self, status: Status, results: impl FnOnce() -> String) -> String {
        let name = String::from_utf8_lossy(lent((self.hello_status_name)(status))).into_owned();
        let rest = if status == 0 {
            results()
        } else {
            quoted(lent((self.hello_last_error)()))
        };
        if rest.is_empty() {
            name
        } else {
            format!("{name} {rest}")
        }
    }

    fn checked_sqrt(&self, value: f64, without_place: bool) -> String {
        let mut root = 0.0;
        let place = if without_place {
            null_mut()
        } else {
            &raw mut root
        };
        self.told((self.hello_checked_sqrt)(value, place), || bits(root))
    }

    /// A call that makes text, and the text freed again.
    fn greeting(
        &self,
        without_place: bool,
        show: impl FnOnce(&[u8]) -> String,
        call: impl FnOnce(*mut *mut c_char) -> Status,
    ) -> String {
        let mut greeting = null_mut();
        let place = if without_place {
            null_mut()
        } else {
            &raw mut greeting
        };
        let told = self.told(call(place), || show(lent(greeting)));
        (self.hello_string_free)(greeting); // NULL if there was none.
        told
    }

    fn buffer(&self, value: f64, rest: &[&str]) -> Result<String> {
        let (capacity, has_buffer, has_length) = match rest {
            ["NULL"] => (0, false, true),
            ["NULL", capacity] => (capacity.parse()?, false, true),
            [capacity, "NULL"] => (capacity.parse()?, true, false),
            [capacity] => (capacity.parse()?, true, true),
            _ => bail!("`{}` is no buffer", rest.join(" ")),
        };
        // One byte more, so that a buffer without room is a pointer all the same.
        let mut buffer = vec![0_u8; capacity + 1];
        let mut length = 0_usize;
        let start = if has_buffer {
            buffer.as_mut_ptr().cast()
        } else {
            null_mut()
        };
        let place = if has_length {
            &raw mut length
        } else {
            null_mut()
        };
        let status = (self.hello_sentence)(value, start, capacity, place);
        let told = self.told(status, || match has_buffer {
            true => format!("{length} {}", quoted(&buffer[..length])),
            false => length.to_string(),
        });
        let is_too_small = told.starts_with("HELLO_STATUS_BUFFER_TOO_SMALL ");
        Ok(if is_too_small {
            format!("{told} {length}")
        } else {
            told
        })
    }

    fn slice(&self, mode: &str, values: Vec<f64>) -> Result<String> {
        const UNTOUCHED: f64 = 7.0;
        let count = values.len();
        // One element more than needed, for what lies one element or one byte further.
        let mut source = values.clone();
        source.push(UNTOUCHED);
        let mut target = vec![UNTOUCHED; count + 1];
        let (from, to) = (source.as_mut_ptr(), target.as_mut_ptr());
        let (from, to, count) = match mode {
            "apart" => (from, to, count),
            "in-place" => (from, from, count),
            "overlap" => (from, from.wrapping_add(1), count),
            "null-values" => (null_mut(), to, count),
            "null-roots" => (from, null_mut(), count),
            "misaligned-values" => (from.wrapping_byte_add(1), to, count),
            "misaligned-roots" => (from, to.wrapping_byte_add(1), count),
            "too-large" => (from, to, isize::MAX as usize / size_of::<f64>() + 1),
            "too-large-max" => (from, to, usize::MAX),
            _ => bail!("there is no mode `{mode}`"),
        };
        let status = (self.hello_sqrt_all)(from, to, count);
        let roots = if from == to { &source } else { &target };
        let told = self.told(status, || {
            list(roots[..values.len()].iter().copied().map(bits))
        });
        let is_untouched = source[..values.len()]
            .iter()
            .map(|value| value.to_bits())
            .eq(values.iter().map(|value| value.to_bits()))
            && source[values.len()] == UNTOUCHED
            && target.iter().all(|value| *value == UNTOUCHED);
        let touched = if is_untouched { "untouched" } else { "touched" };
        Ok(if status == 0 {
            told
        } else {
            format!("{told} {touched}")
        })
    }

    fn handle(&self, words: &Option<CString>, names: &str) -> Result<String> {
        let mut greeter = null_mut();
        let status = (self.hello_greeter_new)(pointer(words), &raw mut greeter);
        let mut parts = vec![self.told(status, String::new)];
        if status == 0 {
            for name in items(names) {
                let name = c_text(name)?;
                parts.push(self.greeting(false, quoted, |place| {
                    (self.hello_greeter_greet)(greeter, pointer(&name), place)
                }));
            }
            let mut count = 0;
            let status = (self.hello_greeter_count)(greeter, &raw mut count);
            parts.push(self.told(status, || count.to_string()));
            (self.hello_greeter_free)(greeter);
        }
        Ok(parts.join(" "))
    }

    fn handle_null(&self, what: &str) -> Result<String> {
        let mut greeter = null_mut();
        let _ = (self.hello_greeter_new)(c"Hi".as_ptr(), &raw mut greeter);
        let mut greeting = null_mut();
        let mut count = 0;
        let name = c"x".as_ptr();
        let status = match what {
            "greet-greeter" => (self.hello_greeter_greet)(null(), name, &raw mut greeting),
            "greet-greeting" => (self.hello_greeter_greet)(greeter, name, null_mut()),
            "count-greeter" => (self.hello_greeter_count)(null(), &raw mut count),
            "count-count" => (self.hello_greeter_count)(greeter, null_mut()),
            "new-greeter" => (self.hello_greeter_new)(c"Hi".as_ptr(), null_mut()),
            "free" => {
                (self.hello_greeter_free)(null_mut());
                (self.hello_string_free)(null_mut());
                0
            }
            _ => bail!("there is no function `{what}`"),
        };
        (self.hello_greeter_free)(greeter);
        Ok(if what == "free" {
            "void".to_owned()
        } else {
            self.told(status, String::new)
        })
    }

    fn callback(&self, stop: &str, values: &[f64]) -> Result<String> {
        let visitor: Option<Visitor> = if stop == "NULL" { None } else { Some(note) };
        let stop = if stop == "NULL" { 0 } else { stop.parse()? };
        let mut visits = Visits {
            stop,
            seen: Vec::new(),
        };
        let context = (&raw mut visits).cast();
        let status = (self.hello_each_root)(values.as_ptr(), values.len(), visitor, context);
        Ok(self.told(status, || list(visits.seen)))
    }

    fn callback_again(&self, name: Option<CString>, values: &[f64]) -> String {
        let mut greetings = Greetings {
            library: self,
            name,
            heard: Vec::new(),
        };
        let context = (&raw mut greetings).cast();
        let status = (self.hello_each_root)(values.as_ptr(), values.len(), Some(greet), context);
        self.told(status, || match greetings.heard.is_empty() {
            true => "-".to_owned(),
            false => greetings.heard.join(" "),
        })
    }
}

/// What a visitor notes.
struct Visits {
    /// The visit at which to stop, from 1 on; 0 for never.
    stop: usize,
    seen: Vec<String>,
}

extern "C" fn note(value: f64, root: f64, context: *mut c_void) -> i32 {
    // SAFETY: `context` is the `Visits` of the call under way, which nothing else uses meanwhile.
    let visits = unsafe { &mut *context.cast::<Visits>() };
    visits.seen.push(format!("{}:{}", bits(value), bits(root)));
    i32::from(visits.seen.len() != visits.stop)
}

/// What a visitor hears that calls back into the library.
struct Greetings<'a> {
    library: &'a Loaded,
    name: Option<CString>,
    heard: Vec<String>,
}

extern "C" fn greet(_: f64, _: f64, context: *mut c_void) -> i32 {
    // SAFETY: as in `note`.
    let greetings = unsafe { &mut *context.cast::<Greetings<'_>>() };
    let library = greetings.library;
    let told = library.greeting(false, quoted, |place| {
        (library.hello_greet)(pointer(&greetings.name), place)
    });
    // The contract shows a greeting without its status.
    let told = told
        .strip_prefix("HELLO_STATUS_OK ")
        .map_or(told.clone(), str::to_owned);
    greetings.heard.push(told);
    1
}

fn c_text(word: &str) -> Result<Option<CString>> {
    text(word)?
        .map(CString::new)
        .transpose()
        .context("a NUL inside text")
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(null(), |text| text.as_ptr())
}

/// Text that belongs to the library, for as long as nothing else is called.
fn lent<'a>(text: *const c_char) -> &'a [u8] {
    if text.is_null() {
        return b"";
    }
    // SAFETY: the library's texts end with a NUL; each use here ends before the next call.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}
