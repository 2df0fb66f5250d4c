//! The exercises, easiest first.

/// A change for a learner to find and take back.
pub struct Exercise {
    /// Its name, and the change's.
    pub name: &'static str,
    /// The complaint of a user of the library. The change's own title would give it away.
    pub complaint: &'static str,
    /// The crossing whose lesson helps.
    pub crossing: &'static str,
}

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        name: "c-prints-another-line",
        complaint: "\"Rust and Python say that the root of 4 is 2. What does your C program say?\"",
        crossing: "nothing",
    },
    Exercise {
        name: "fields-swapped-in-python",
        complaint: "\"In Python the square root of 9 is 9, and its value is 3. C has it right.\"",
        crossing: "struct",
    },
    Exercise {
        name: "arguments-swapped",
        complaint: "\"My visitor gets each number and its root, but the other way round.\"",
        crossing: "callback",
    },
    Exercise {
        name: "capacity-off-by-one",
        complaint: "\"My buffer is full to its last byte, and the byte after it is overwritten.\"",
        crossing: "buffer",
    },
    Exercise {
        name: "null-not-checked",
        complaint: "\"I passed NULL by mistake. The header promises a status; I got a crash.\"",
        crossing: "handle",
    },
    Exercise {
        name: "overlap-not-checked",
        complaint: "\"Some of my roots are roots of roots. Yes, my two arrays overlap.\"",
        crossing: "slice",
    },
    Exercise {
        name: "free-of-c",
        complaint: "\"I give each greeting back. Since the library has another allocator, that aborts.\"",
        crossing: "text-out",
    },
    Exercise {
        name: "leak-on-the-error-path",
        complaint: "\"As long as all goes well, memory is flat. Each failing call costs some.\"",
        crossing: "text-out",
    },
    Exercise {
        name: "chunk-kept-after-a-failure",
        complaint: "\"One chunk of my stream was bad, and you said so. You have never given it back.\"",
        crossing: "column",
    },
    Exercise {
        name: "guard-forgotten",
        complaint: "\"The library may have a bug. But why does my whole process end?\"",
        crossing: "panic",
    },
    Exercise {
        name: "version-not-asked-in-python",
        complaint: "\"With a newer library `import pyhello` fails. The message names no version.\"",
        crossing: "version",
    },
    Exercise {
        name: "float-in-the-cdef",
        complaint: "\"From Python, half the digits of each square root are wrong. Nobody warned me.\"",
        crossing: "scalar",
    },
    Exercise {
        name: "count-not-atomic",
        complaint: "\"Eight threads made 200 000 greetings each. The greeter counted fewer.\"",
        crossing: "handle",
    },
];
