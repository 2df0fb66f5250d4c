//! The exercises, easiest first.

/// A change for a learner to find and take back.
pub struct Exercise {
    /// Its name, which gives nothing away.
    pub name: &'static str,
    /// The complaint of a user of the library. The change's own title would give it away.
    pub complaint: &'static str,
    /// The crossing whose lesson helps.
    pub crossing: &'static str,
}

impl Exercise {
    /// The file of the change, in the lesson's folder and without `.diff`: two are changes of exhibits.
    pub fn file(&self) -> String {
        match self.name {
            "each-failure-costs" => "exhibits/leak-on-the-error-path".to_owned(),
            "half-the-digits" => "exhibits/float-in-the-cdef".to_owned(),
            name => format!("exercises/{name}"),
        }
    }
}

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        name: "which-line",
        complaint: "\"Rust and Python say that the root of 4 is 2. What does your C program say?\"",
        crossing: "nothing",
    },
    Exercise {
        name: "root-of-nine",
        complaint: "\"In Python the square root of 9 is 9, and its value is 3. C has it right.\"",
        crossing: "struct",
    },
    Exercise {
        name: "the-other-way-round",
        complaint: "\"My visitor gets each number and its root, but the other way round.\"",
        crossing: "callback",
    },
    Exercise {
        name: "last-byte",
        complaint: "\"My buffer is full to its last byte, and the byte after it is overwritten.\"",
        crossing: "buffer",
    },
    Exercise {
        name: "status-or-crash",
        complaint: "\"I passed NULL by mistake. The header promises a status; I got a crash.\"",
        crossing: "handle",
    },
    Exercise {
        name: "roots-of-roots",
        complaint: "\"Some of my roots are roots of roots. Yes, my two arrays overlap.\"",
        crossing: "slice",
    },
    Exercise {
        name: "giving-back",
        complaint: "\"I give each greeting back. Since the last update, that aborts.\"",
        crossing: "text-out",
    },
    Exercise {
        name: "each-failure-costs",
        complaint: "\"As long as all goes well, memory is flat. Each failing call costs some.\"",
        crossing: "text-out",
    },
    Exercise {
        name: "one-bad-chunk",
        complaint: "\"One chunk of my stream was bad. Did you give it back to me?\"",
        crossing: "column",
    },
    Exercise {
        name: "sudden-end",
        complaint: "\"The library may have a bug. But why does my whole process end?\"",
        crossing: "panic",
    },
    Exercise {
        name: "newer-library",
        complaint: "\"With a newer library `import pyhello` fails. The message names no version.\"",
        crossing: "version",
    },
    Exercise {
        name: "half-the-digits",
        complaint: "\"From Python, half the digits of each root are wrong. Nobody warned me.\"",
        crossing: "scalar",
    },
    Exercise {
        name: "eight-threads",
        complaint: "\"Eight threads made 200 000 greetings each. The greeter counted fewer.\"",
        crossing: "handle",
    },
];
