//! Faults for the checks of Python.

use crate::fault::{Fault, Header};

const BUILDER: &str = "py-harness/support/ffi_builder.py";

pub const FAULTS: &[Fault] = &[
    // A capsule that nobody has emptied is freed, and what is in it is not released.
    Fault {
        name: "capsule-that-releases-nothing",
        edits: &[(
            "py-harness/support/capsule.c",
            "        inside->release(inside);
",
            "",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/tests",
            &["test_nulls_stay_where_they_are", "assert 2 == 1"],
        )],
    },
    // Another library of the same name is found before the right one.
    Fault {
        name: "another-library-first",
        edits: &[(
            BUILDER,
            r#"    return [f"-Wl,-rpath,{origin}/{os.path.relpath(library, package)}"]"#,
            r#"    old = library.with_name("old")
    shutil.copytree(library, old, dirs_exist_ok=True)
    folders = [f"{origin}/{os.path.relpath(folder, package)}" for folder in (old, library)]
    return ["-Wl,-rpath," + ":".join(folders)]"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "python/import",
            &[
                "it loads ",
                "pipeline/old/libhello.so.1; it should load ",
                "target/pipeline/lib/libhello.so.1 alone",
            ],
        )],
    },
    // Python's module finds the library only through LD_LIBRARY_PATH.
    Fault {
        name: "rpath-missing",
        edits: &[(
            BUILDER,
            r#"    origin = "@loader_path" if sys.platform == "darwin" else "$ORIGIN"
    return [f"-Wl,-rpath,{origin}/{os.path.relpath(library, package)}"]"#,
            "    return []",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/import",
            &["ImportError: libhello.so.1: cannot open shared object file"],
        )],
    },
    // The module names a folder of the machine that built it.
    Fault {
        name: "rpath-of-this-machine",
        edits: &[(
            BUILDER,
            r#"return [f"-Wl,-rpath,{origin}/{os.path.relpath(library, package)}"]"#,
            r#"return [f"-Wl,-rpath,{library!s}"]"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "python/linkage",
            &[
                "looks for libraries in ",
                "target/pipeline/lib, a folder of this machine",
            ],
        )],
    },
    // A file imports what it does not use.
    Fault {
        name: "import-unused",
        edits: &[(
            "py-harness/hello.py",
            "from pyhello",
            "import json

from pyhello",
        )],
        header: Header::Kept,
        noticed: &[("python/lints", &["F401", "`json` imported but unused"])],
    },
    // A greeter is not freed if something fails before its end.
    Fault {
        name: "free-missing-in-python",
        edits: &[
            (
                "py-harness/src/pyhello/_greeter.py",
                "        place = _new_place()",
                r#"        place = ffi.new("struct python_hello_greeter_free *")"#,
            ),
            (
                "py-harness/src/pyhello/_greeter.py",
                "        super().__init__(place)",
                "        super().__init__(place)

    def __exit__(self, kind: object, exception: object, traceback: object) -> None:
        if exception is None:
            lib.hello_greeter_free(self.handle)
            self.close()",
            ),
        ],
        header: Header::Kept,
        noticed: &[
            (
                "python/tests",
                &["test_the_canary_counts_no_block_that_is_left"],
            ),
            (
                "python/concurrency",
                &["test_an_owner_leaves_nothing[cycle]", "80 blocks left"],
            ),
        ],
    },
    // What Python has printed is flushed where standard output was, and not where it is.
    Fault {
        name: "flushes-another-output",
        edits: &[(
            "py-harness/src/pyhello/_output.py",
            "        sys.stdout.flush()",
            "        sys.__stdout__.flush()  # type: ignore[union-attr]",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/tests",
            &["test_lines_are_in_order_where_standard_output_was_replaced"],
        )],
    },
    // The package prints a line when it is imported.
    Fault {
        name: "python-prints-a-line-more",
        edits: &[(
            "py-harness/src/pyhello/__init__.py",
            "__version__ = version()",
            r#"__version__ = version()
print("loaded")"#,
        )],
        header: Header::Kept,
        noticed: &[("python/stage", &["+loaded"])],
    },
    // The Python program prints another line.
    Fault {
        name: "python-prints-another-line",
        edits: &[("py-harness/hello.py", "lib.Hello()", "lib.hello_print(2)")],
        header: Header::Kept,
        noticed: &[(
            "python/stage",
            &[
                "-Hello! The square root of 4 is: 2",
                "+Hello! The square root of 2 is: 1.4142135623730951",
            ],
        )],
    },
    // The buffers are released before the library uses them.
    Fault {
        name: "buffer-released-too-early",
        edits: &[(
            "py-harness/src/pyhello/_arrays.py",
            r#"            status = lib.hello_sqrt_all(address_of(source), address_of(target), count)
            if status:
                check(status, roots="out")"#,
            r#"            c_values, c_roots = address_of(source), address_of(target)
    status = lib.hello_sqrt_all(c_values, c_roots, count)
    if status:
        check(status, roots="out")"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "python/tests",
            &[
                "test_nobody_resizes_a_buffer_while_the_library_uses_it",
                "DID NOT RAISE",
            ],
        )],
    },
    // A lost exception looks like a visitor that wants no more.
    Fault {
        name: "exception-lost-in-python",
        edits: &[(
            "py-harness/src/pyhello/_visitor.py",
            "            if self.left == 0:
                return
            # It struck where nothing can keep it, and CFFI has printed it.
            exception = KeyboardInterrupt()",
            "            return",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/tests",
            &[
                "test_an_interrupt_arrives_wherever_it_strikes",
                "each_root ended with None",
            ],
        )],
    },
    // If Python fails after the call, the library's text is not freed.
    Fault {
        name: "finally-missing-in-python",
        edits: &[(
            "py-harness/src/pyhello/_boundary.py",
            "    try:
        status = function(*arguments, text)
        if status:
            check(status)
        return bytes_at(text[0]).decode()
    finally:
        lib.hello_string_free(text[0])",
            "    check(function(*arguments, text))
    result = bytes_at(text[0]).decode()
    lib.hello_string_free(text[0])
    return result",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/tests",
            &["test_an_interrupt_leaves_no_text_behind", "left a block"],
        )],
    },
    // A greeter can be copied.
    Fault {
        name: "greeter-copied",
        edits: &[(
            "py-harness/src/pyhello/_boundary.py",
            r#"
    # For `copy`, `deepcopy` and `pickle` alike.
    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be copied or pickled, because it holds memory of this "
            "process that has one owner: make another one"
        )
"#,
            "",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/tests",
            &["test_a_greeter_has_one_owner[copy]", "DID NOT RAISE"],
        )],
    },
    // A visitor that returns nothing is visited once.
    Fault {
        name: "none-stops-the-visitor",
        edits: &[(
            "py-harness/src/pyhello/_visitor.py",
            "goes_on = answer is None or bool(answer)",
            "goes_on = bool(answer)",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/tests",
            &[
                "test_a_visitor_goes_on_until_its_answer_is_false[None-4]",
                "assert [1.0] == [1.0, 2.0, 3.0, 4.0]",
            ],
        )],
    },
    // The stub says float where the function returns an integer.
    Fault {
        name: "stub-says-float",
        edits: &[(
            BUILDER,
            r#"return IN_PYTHON.get(ctype.name, "int")"#,
            r#"return IN_PYTHON.get(ctype.name, "float" if ctype.name == "uint32_t" else "int")"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "python/tests",
            &["test_the_stub_has_what_lib_has", "hello_abi_version"],
        )],
    },
    // Each greeter leaves a dead reference behind.
    Fault {
        name: "weak-reference-left",
        edits: &[
            (
                "py-harness/src/pyhello/_greeter.py",
                "from typing import TYPE_CHECKING",
                "import weakref
from typing import TYPE_CHECKING",
            ),
            (
                "py-harness/src/pyhello/_greeter.py",
                "import _CDataBase as CData",
                "import _CDataBase as CData


_made: list[weakref.ref[Greeter]] = []",
            ),
            (
                "py-harness/src/pyhello/_greeter.py",
                "        super().__init__(place)",
                "        super().__init__(place)
        _made.append(weakref.ref(self))",
            ),
        ],
        header: Header::Kept,
        noticed: &[("python/tests", &["test_a_call_leaves_no_object_of_pythons"])],
    },
    // Python takes one field of the struct for the other.
    Fault {
        name: "fields-swapped-in-python",
        edits: &[(
            "py-harness/src/pyhello/_numbers.py",
            "return Root(found.value, found.root, found.exact)",
            "return Root(found.root, found.value, found.exact)",
        )],
        header: Header::Kept,
        noticed: &[("python/tests", &["test_root_knows_whether_it_is_exact"])],
    },
    // A parameter that people may have named has another name.
    Fault {
        name: "keyword-renamed",
        edits: &[
            (
                "py-harness/src/pyhello/_text.py",
                "def greet(name: str)",
                "def greet(who: str)",
            ),
            (
                "py-harness/src/pyhello/_text.py",
                "c_text(name)",
                "c_text(who)",
            ),
        ],
        header: Header::Kept,
        noticed: &[(
            "python/stable",
            &["`greet(name)` was released; now it is `greet(who)`"],
        )],
    },
    // The import changes what belongs to the program.
    Fault {
        name: "import-takes-a-signal",
        edits: &[(
            "py-harness/src/pyhello/__init__.py",
            "__version__ = version()",
            "import signal as _signal

_signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
__version__ = version()",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/import",
            &[
                "the import changes the handler of signal 13: <Handlers.SIG_DFL: 0>, <Handlers.SIG_IGN: 1> before",
            ],
        )],
    },
    // A type says str where the library needs bytes.
    Fault {
        name: "stub-says-str",
        edits: &[(
            "py-harness/src/pyhello/_boundary.py",
            "def c_text(text: str) -> bytes:",
            "def c_text(text: str) -> str:",
        )],
        header: Header::Kept,
        noticed: &[(
            "python/types",
            &[r#"Incompatible return value type (got "bytes", expected "str")"#],
        )],
    },
    // An exception does not survive the way from another process.
    Fault {
        name: "error-lost-on-the-way",
        edits: &[(
            "py-harness/src/pyhello/_boundary.py",
            "return type(self), (str(self), self.status), self.__dict__",
            "return type(self), (str(self),), self.__dict__",
        )],
        header: Header::Kept,
        noticed: &[("python/concurrency", &["test_errors_arrive_as_themselves"])],
    },
];
