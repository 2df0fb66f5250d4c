//! The crossings: where each is in the sources, and its page in the lesson.

/// A kind of crossing.
pub struct Crossing {
    pub name: &'static str,
    pub functions: &'static [&'static str],
    pub teaches: &'static str,
    /// How the types and constants of the header begin that it uses.
    pub types: &'static [&'static str],
    /// File and item of hello-core, if there is one.
    pub core: Option<(&'static str, &'static str)>,
    /// File and item of pyhello that it goes through, if it is more than the library's function.
    pub pyhello: Option<(&'static str, &'static str)>,
    /// Who owns what.
    pub owners: &'static str,
    /// The same as a drawing.
    pub drawing: &'static str,
    pub notes: &'static [Note],
}

/// A question that this crossing raises, and the answer.
pub struct Note {
    pub question: &'static str,
    pub answer: &'static str,
    /// Lines for the shell that show it; `{c}` is the program in C, `{python}` the interpreter,
    /// `{other}` a folder with a library of another ABI version.
    pub runs: &'static [&'static str],
}

const fn ask(question: &'static str, answer: &'static str) -> Note {
    Note {
        question,
        answer,
        runs: &[],
    }
}

impl Crossing {
    /// Of its programs and of its source, where the name itself means something else.
    pub fn file(&self) -> &'static str {
        match self.name {
            "struct" => "structure",
            name => name,
        }
    }
}

pub const CROSSINGS: &[Crossing] = &[
    Crossing {
        name: "nothing",
        functions: &["Hello", "hello_print"],
        teaches: "output; `Hello()` cannot return an error, `hello_print()` can",
        types: &[],
        core: Some(("hello-core/src/lib.rs", "pub fn print(")),
        pyhello: Some(("_output.py", "def print_sentence(")),
        owners: "Nobody owns anything. All parts of the process share one standard output. C and Python \
                 each have a buffer in front of it, stdio and sys.stdout; the library has none.",
        drawing: "
  printf()   --> [ C's buffer ]      --.
  print()    --> [ Python's buffer ] ---+--> standard output of the process
  Hello()    --------------------------'",
        notes: &[
            Note {
                question: "In which order do the lines arrive?",
                answer: "In a terminal C and Python pass on each line at once. On a pipe or in a file \
                         they keep lines until the buffer is full or the program ends, so what the \
                         library prints overtakes them. Flush before you call: fflush(stdout) in C, \
                         sys.stdout.flush() in Python. pyhello.hello() does it; lib.Hello(), the \
                         library's function as it is, does not. `cargo xtask break \
                         lines-swapped-on-a-pipe` shows what happens without. Without a \
                         flush, and if no buffer is full before, Rust's lines come first, then \
                         Python's, whose buffer the interpreter empties when it ends, then C's, which \
                         exit() empties last:",
                runs: &[
                    "{python} -c 'import ctypes, pyhello; ctypes.CDLL(None).puts(b\"C, called first\"); \
                     print(\"Python, called second\"); pyhello.lib.Hello()' | cat",
                ],
            },
            Note {
                question: "Who finds the library when the program starts?",
                answer: "The system's loader. The C program holds the name libhello.so.1 (the SONAME, \
                         with the ABI version) and an rpath: a list of folders in which the loader \
                         looks for it. $ORIGIN in an rpath is the folder of the file that has it, so \
                         program and library can be moved together. Python's interpreter needs no \
                         rpath: `import pyhello` loads the extension module, which is a shared library \
                         itself, and the module's own rpath leads to libhello.so.1. LD_LIBRARY_PATH \
                         would be searched first; no stage needs it.",
                runs: &[
                    "ldd {c} | grep libhello",
                    "ldd \"$({python} -c 'import pyhello._hello as it; print(it.__file__)')\" | grep libhello",
                ],
            },
        ],
    },
    Crossing {
        name: "scalar",
        functions: &["hello_sqrt"],
        teaches: "by value; NaN, infinities and -0.0 exactly as IEEE 754 has them",
        types: &[],
        core: Some(("hello-core/src/root.rs", "pub fn sqrt(")),
        pyhello: None,
        owners: "Both numbers are passed in registers. Nobody owns anything.",
        drawing: "
  caller                            library
  2.25  --- register xmm0 -------->  value: f64
  1.5  <--- register xmm0 ---------  result        (x86-64; other processors have others)",
        notes: &[
            Note {
                question: "What does CFFI check, and what not?",
                answer: "Its API mode compiles C that calls each function of the cdef, with the header \
                         included. So a wrong number of parameters is an error of the build; a function \
                         that the header lacks, or another type of pointer, is a warning of gcc 12; a \
                         wrong number type gives no message: `float hello_sqrt(float)` would \
                         build and lose half of the digits. What Python passes is checked at \
                         each call: an int becomes a double, a str is a TypeError. Layouts of structs \
                         and values of enums are compared with the header when they are first used, and \
                         raise an exception there. So this workspace takes CFFI's declarations from \
                         hello.h, and has the C compiler \
                         compare each prototype with the header. `cargo xtask break \
                         float-in-the-cdef` shows what happens without.",
                runs: &["{python} -c 'import pyhello; pyhello.sqrt(\"4\")' 2>&1 | tail -n 1"],
            },
            ask(
                "When does C have to be compiled again?",
                "When a declaration in hello.h changes: a parameter, a field, a constant. After \
                         a change inside a function body it does not: the program holds only the name \
                         of the function and loads the library as it is now. The static program \
                         has the library's code inside, so it is linked again after every change. \
                         Python's module is like the C program with the shared library. A function \
                         that is added changes nothing for programs that do not call it. A process \
                         that is already running keeps the library that it has loaded.",
            ),
        ],
    },
    Crossing {
        name: "struct",
        functions: &["hello_root"],
        teaches: "layout, by value",
        types: &["typedef struct {"],
        core: Some(("hello-core/src/root.rs", "pub fn root(")),
        pyhello: Some(("_numbers.py", "def root(")),
        owners: "The struct is copied to the caller, padding and all. Both sides must agree where each \
                 field lies: `#[repr(C)]` on one, the header on the other.",
        drawing: "
  byte  0               8               16  17           24
        | value: double | root: double  | e | padding     |   e: exact, a bool of one byte",
        notes: &[Note {
            question: "Why 24 bytes, if the fields have 17? And what does a 32-bit machine change?",
            answer: "Here a double has to lie at a multiple of 8, also in the second element of an array, \
                     so the size is rounded up. The padding has no value: never compare such structs with \
                     memcmp. Without `#[repr(C)]` Rust may put the fields in any order. A 32-bit x86 \
                     aligns a double to 4, so this struct has 20 bytes there. Pointers and size_t have \
                     4 bytes instead of 8, so the library refuses a smaller count as TOO_LARGE. The header \
                     is the same: compile programs again, and write sizeof and not a number.",
            runs: &[
                "{python} -c 'from pyhello import ffi; print(ffi.sizeof(\"HelloRoot\"), [(name, \
                 field.offset) for name, field in ffi.typeof(\"HelloRoot\").fields])'",
            ],
        }],
    },
    Crossing {
        name: "error",
        functions: &[
            "hello_checked_sqrt",
            "hello_last_error",
            "hello_status_name",
        ],
        teaches: "a status, and the message of the last failure on this thread",
        types: &["typedef enum {"],
        core: Some(("hello-core/src/root.rs", "pub fn checked_sqrt(")),
        pyhello: Some(("_numbers.py", "def checked_sqrt(")),
        owners: "The caller owns the double that `root` points to and lends it for the call. The \
                 library owns the message, in one buffer for each thread.",
        drawing: "
  caller                            library
  double root     <-- &root ------   written after a success, untouched after a failure
  status          <---------------   HELLO_STATUS_DOMAIN
  const char *    --------------->  [ message of the last failure ]   one for each thread",
        notes: &[
            ask(
                "How long is the message valid?",
                "Until the next call that fails on this thread, or until the thread ends. A \
                         call that succeeds leaves it, and no call on another thread changes it. But \
                         every failing call on this thread does, a callback's as well as your own. To \
                         keep it, copy it, as pyhello does: there it is the text of the exception.",
            ),
            ask(
                "Why does hello_status_name() take an int32_t, not a HelloStatus?",
                "C can pass any number as an enum. In Rust an enum with a value that it does \
                         not list is undefined behaviour: the compiler may assume that it never \
                         happens. A bool is the same: two values in Rust, 256 in a byte of C. So \
                         neither comes in; they only go out. `cargo xtask break enum-from-c` shows \
                         what happens otherwise.",
            ),
        ],
    },
    Crossing {
        name: "text-in",
        functions: &["hello_greet"],
        teaches: "text lent for the call, checked to be UTF-8",
        types: &[],
        core: Some(("hello-core/src/greeting.rs", "pub fn greet(name")),
        pyhello: Some(("_boundary.py", "def c_text(")),
        owners: "The caller keeps the name. The library reads it during the call and keeps no pointer.",
        drawing: "
  caller                               library
  name --> [ Z o \\xc3 \\xab \\0 ]  --->   &str: Z o ë      read up to the NUL, checked, borrowed
                                       nothing is kept when the call returns",
        notes: &[ask(
            "What can go wrong with text that cannot with numbers?",
            "In C text ends at its first NUL; a str of Python or Rust may have one inside, so \
                     pyhello refuses it and nothing is cut off in silence. A str of Rust is UTF-8; \
                     bytes of C may be anything, so the library checks them before they are a str. \
                     What it cannot check is that there is a NUL at all: the caller must guarantee it.",
        )],
    },
    Crossing {
        name: "text-out",
        functions: &["hello_greet", "hello_string_free"],
        teaches: "text for the caller to keep: Rust allocated it, so Rust frees it",
        types: &[],
        core: Some(("hello-core/src/greeting.rs", "pub fn greet(name")),
        pyhello: Some(("_boundary.py", "def text_from(")),
        owners: "Rust's allocator makes the greeting. The caller owns it and gives it back to \
                 hello_string_free(). Never free the texts of hello_version(), hello_status_name() \
                 and hello_last_error(): the library keeps them.",
        drawing: "
  caller                         library
  char *greeting  ------------>  [H e l l o ,   A d a ! \\0]   Rust's heap
       |                                   ^
       '-- hello_string_free(greeting) ----'   the only way back",
        notes: &[
            ask(
                "What does free(greeting) do?",
                "It is undefined behaviour: C's free() gets a block of another allocator. Today \
                     Rust's allocator happens to be C's malloc(), so nothing shows, and \
                     valgrind sees nothing either. As soon as one side gets another allocator, the \
                     heap is corrupt. This workspace has a build of the library whose allocator is its \
                     own, the canary: with it, the process ends at free(). `cargo xtask break foreign-free` \
                     shows both.",
            ),
            ask(
                "And in Python?",
                "pyhello.greet() copies the text into a `str` and gives the library's back, in a `finally`: \
                     nothing is left to free. CFFI's `lib` has the functions of the header alone: the pointer \
                     goes to lib.hello_string_free(), and there is no lib.free(). ctypes makes bytes of a \
                     result that is declared as c_char_p, and forgets the pointer, so the text leaks: \
                     declare c_void_p. To call the C library's free() by ctypes is the same mistake as in C; \
                     `cargo xtask break double-free` shows another.",
            ),
        ],
    },
    Crossing {
        name: "buffer",
        functions: &["hello_sentence"],
        teaches: "the caller's buffer, as snprintf does it; NULL and 0 ask for the size",
        types: &[],
        core: Some(("hello-core/src/lib.rs", "pub fn sentence(")),
        pyhello: Some(("_text.py", "def sentence(")),
        owners: "The caller owns the buffer all the time. The library writes into it and allocates \
                 nothing that would have to be freed.",
        drawing: "
  caller's memory, 40 bytes
  buffer --> [ H e l l o ! ... 1 . 5 \\0 |  |  ]    capacity 40
  length --> [ 38 ]                               without the NUL: 39 bytes are needed",
        notes: &[ask(
            "How does the caller know how large the buffer has to be?",
            "It asks first, with NULL and 0: the call succeeds and writes only the length; the \
                     capacity is one more, for the NUL. Or it guesses, as both programs do: if the \
                     guess is too small, the length is written all the same, and the buffer is not.",
        )],
    },
    Crossing {
        name: "slice",
        functions: &["hello_sqrt_all"],
        teaches: "arrays without a copy; in place is allowed, a partial overlap refused",
        types: &[],
        core: Some(("hello-core/src/root.rs", "pub fn sqrt_all(")),
        pyhello: Some(("_arrays.py", "def sqrt_all(values: Buffer, out: Buffer")),
        owners: "The caller owns both arrays and lends them for the call. In Rust one is `&[f64]` and the \
                 other `&mut [f64]`, which must not overlap: the check makes that true.",
        drawing: "
  caller's memory
  values --> [ 1.0 | 4.0 | 9.0 ]   read      no copy on the way in
  roots  --> [ 1.0 | 2.0 | 3.0 ]   written   or out; one array may be both",
        notes: &[Note {
            question: "What happens to an array of int64, whose elements also have 8 bytes?",
            answer: "C's compiler warns, and with -Werror it refuses, for int64_t * is no double *. To \
                     CFFI a buffer is bytes: ffi.from_buffer() accepts it as double[] without a message, \
                     and you get wrong roots. So pyhello looks at the buffer's \
                     format first; the message is what the program in Python has just printed. An \
                     int64 array of numpy is refused in the same way; its format is 'l' on Linux. The \
                     count is the caller's to get right: no function can see how long a C array is. \
                     This is what CFFI makes of the bytes of the integer 4, read as a double:",
            runs: &[
                "{python} -c 'from array import array; from pyhello import ffi; \
                 print(ffi.from_buffer(\"double[]\", array(\"q\", [4]))[0])'",
            ],
        }],
    },
    Crossing {
        name: "handle",
        functions: &[
            "hello_greeter_new",
            "hello_greeter_greet",
            "hello_greeter_count",
            "hello_greeter_free",
        ],
        teaches: "an opaque object that lives on between calls",
        types: &["typedef struct HelloGreeter"],
        core: Some(("hello-core/src/greeting.rs", "pub struct Greeter")),
        pyhello: Some(("_greeter.py", "class Greeter")),
        owners: "Rust allocates the greeter, and the caller has to free it, once. C knows its address \
                 and not its content.",
        drawing: "
  caller                           library
  HelloGreeter *greeter  ------->  { words: \"Hi\", count: 2 }   Rust's heap
       |  hello_greeter_greet()    any thread, several at once
       '- hello_greeter_free()     once, when nobody uses it any more",
        notes: &[ask(
            "May two threads use one greeter?",
            "Yes, at once, and no greeting is lost: the counter is an atomic number, and the \
                     words never change. But no thread may use it while another one frees it. In C the caller \
                     must ensure that. In Python a running call keeps the memory, so `close` on another \
                     thread does not free it yet.",
        )],
    },
    Crossing {
        name: "callback",
        functions: &["hello_each_root"],
        teaches: "a function and its context; the visitor stops with 0 and may call back",
        types: &["typedef int32_t (*HelloVisitor)"],
        core: Some(("hello-core/src/root.rs", "pub fn each_root(")),
        pyhello: Some(("_visitor.py", "def each_root(")),
        owners: "The context is the caller's; the library only passes it on.",
        drawing: "
  caller                              library
  hello_each_root(..., visit, &mine)  for each value:
       visit(value, root, &mine)  <-----  calls back, on the same thread
       return 1 or 0              ----->  continues, or stops
  mine: what was noted                the library never reads it",
        notes: &[ask(
            "What if the visitor raises an exception?",
            "It must return: a C++ exception or a longjmp would skip Rust frames that still have \
                     to clean up. So pyhello keeps the exception in the context, returns 0 to stop, \
                     and raises it when the call has returned, as the program above shows.",
        )],
    },
    Crossing {
        name: "panic",
        functions: &["hello_panic"],
        teaches: "a panic becomes a status with its message, and the process lives",
        types: &[],
        core: None,
        pyhello: Some(("_panic.py", "def panic(")),
        owners: "The panic's message becomes the last error, which the library owns. What the frames \
                 of Rust owned is dropped on the way.",
        drawing: "
  main()           C or Python     goes on, with HELLO_STATUS_PANIC
    hello_panic()  extern \"C\"       |
      guard()      catch_unwind     |   <-- the panic ends here
        closure    Rust             ^   frames are unwound, values dropped
          panic!() Rust             |   the panic begins: one line on standard error",
        notes: &[ask(
            "What becomes of a panic, and why does it have to end at the guard?",
            "The library prints the panic's text as one line on standard error, and Rust unwinds to \
                     the guard. The guard makes it a status, and keeps the text as the \
                     last error, which pyhello raises. Unwinding out of the library is not defined, so \
                     Rust does not try. A panic that reaches the \
                     end of an extern \"C\" function ends the process, Python's interpreter included: \
                     `cargo xtask break panic-into-python`. So every function with a status is one \
                     guard(), which `panic = \"abort\"` in the profile would make useless: `cargo \
                     xtask break abort-in-the-profile`. A function without a status cannot report a \
                     panic, so it must have no way to panic. hello_greeter_free() has no status, but dropping \
                     could panic, so it goes through the guard all the same: a failure there is in the last error.",
        )],
    },
    Crossing {
        name: "version",
        functions: &["hello_abi_version", "hello_version"],
        teaches: "a program that was built for another ABI version can say so at start",
        types: &["#define HELLO_ABI_VERSION"],
        core: None,
        pyhello: Some(("_boundary.py", "def version(")),
        owners: "The text is static: it is never freed.",
        drawing: "
  program, built with hello.h              libhello.so.1, loaded today
  HELLO_ABI_VERSION: 1, compiled in  <-->  hello_abi_version(): 1
                                   equal, or call nothing else",
        notes: &[Note {
            question: "What happens with a library of another ABI version?",
            answer: "Usually the loader refuses first, because the version is part of the name: a program \
                     that asks for libhello.so.1 does not take libhello.so.2. The first command takes \
                     the program to a folder from which no libhello.so.1 can be found. If another library \
                     has that name all the same, only the program's own question at start stops it. pyhello asks at \
                     import. The other two commands run with a library that the lesson has built: it \
                     is called libhello.so.1, and says that its version is 2.",
            runs: &[
                "mkdir -p {c}.moved && cp {c} {c}.moved/version && {c}.moved/version",
                "LD_LIBRARY_PATH={other} {c}",
                "LD_LIBRARY_PATH={other} {python} -c 'import pyhello' 2>&1 | tail -n 1",
            ],
        }],
    },
    Crossing {
        name: "column",
        functions: &["hello_sqrt_column", "hello_sqrt_stream"],
        teaches: "a column of a table, with nulls and in chunks, whose struct brings its own release",
        types: &["struct ArrowArray {", "struct ArrowArrayStream {"],
        core: Some(("hello-core/src/column.rs", "pub struct Roots")),
        pyhello: Some(("_column.py", "def sqrt_column(")),
        owners: "The maker of a column supplies the function that releases it, and the owner of the struct \
                 calls it once: the caller for what it lent and for what it got, the library for each \
                 chunk that it took out of a stream.",
        drawing: "
  pyarrow, polars, C                     library
  struct ArrowArray                      a copy of the struct, not of the values
    length: 3, offset: 1                   |
    buffers[0]: 1 0 1 1  ............>  the bits: which are there
    buffers[1]: 1 4 9 16 ............>  the doubles, read in place
    release: mine        <- the caller    never, it was lent
  struct ArrowArray roots   <-----------  new: 2, null, 4 and the library's release
       '- roots.release(&roots)  ----->  freed once, by its owner",
        notes: &[
            ask(
                "Who releases what?",
                "What was lent stays the caller's: hello_sqrt_column() never releases it, and \
                         several threads may lend one column at once. What comes out of a stream is \
                         given away, so the library releases each chunk as soon as it has its roots, \
                         also when the next one fails or the library panics. The result is given \
                         away, too: its `release` is a function of the library, and the last owner of \
                         the struct calls it, on any thread. `cargo xtask break \
                         column-released-twice` shows two owners who both do.",
            ),
            ask(
                "What does it mean to move a struct?",
                "Its bytes are copied, and the `release` of the old one is set to NULL: so all \
                         can see that nothing is there to be released any more. The library is not \
                         told, so it must not remember where its struct was: `cargo xtask break \
                         column-moved`. pyarrow and polars move what they take out of a capsule, \
                         which then releases nothing; if nobody takes it, the capsule releases it.",
            ),
            ask(
                "Is nothing copied?",
                "The values that come in are read where they are, and those that go out are \
                         taken as they are: the address in pyarrow is that of the library. A slice \
                         has the buffers of the whole and an offset, which counts for the doubles and \
                         for the bits, too: `cargo xtask break offset-ignored`. Only chunks are put \
                         together, into one new column; to read the first alone is `cargo xtask \
                         break chunk-forgotten`.",
            ),
        ],
    },
];
