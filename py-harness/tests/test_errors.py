from __future__ import annotations

import copy
import pickle
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest

import pyhello
from pyhello import ffi, lib

if TYPE_CHECKING:
    from conftest import Run

CONSTANTS = {
    name: getattr(lib, name) for name in dir(lib) if name.startswith("HELLO_STATUS_")
}  # As the C compiler has them.

needs_out_of_memory = pytest.mark.skipif(
    "HELLO_STATUS_OUT_OF_MEMORY" not in CONSTANTS, reason="this library has no such status"
)


def test_each_status_has_the_name_that_the_header_gives_it() -> None:
    in_header = ffi.typeof("HelloStatus").elements
    assert {name: number for number, name in in_header.items()} == CONSTANTS
    assert {number: pyhello.status_name(number) for number in in_header} == in_header


@pytest.mark.parametrize("number", [-1, len(CONSTANTS), 2**31 - 1, -(2**31)])
def test_a_number_that_is_no_status_has_no_name(number: int) -> None:
    assert pyhello.status_name(number) == "unknown status"


def test_a_status_has_32_bits() -> None:
    with pytest.raises(OverflowError):
        pyhello.status_name(2**31)


@pytest.mark.parametrize(
    ("name", "kind", "of_python"),
    [
        ("NULL_POINTER", pyhello.ArgumentError, ValueError),
        ("INVALID_UTF8", pyhello.ArgumentError, ValueError),
        ("MISALIGNED", pyhello.ArgumentError, ValueError),
        ("TOO_LARGE", pyhello.ArgumentError, ValueError),
        ("OVERLAP", pyhello.ArgumentError, ValueError),
        ("DOMAIN", pyhello.DomainError, ValueError),
        ("BUFFER_TOO_SMALL", pyhello.ArgumentError, ValueError),
        pytest.param(
            "OUT_OF_MEMORY", pyhello.OutOfMemoryError, MemoryError, marks=needs_out_of_memory
        ),
        ("IO", pyhello.OutputError, OSError),
        ("PANIC", pyhello.PanicError, Exception),
    ],
)
def test_each_status_is_an_exception(
    name: str, kind: type[pyhello.LibraryError], of_python: type[Exception]
) -> None:
    status = CONSTANTS[f"HELLO_STATUS_{name}"]
    with pytest.raises(kind) as caught:
        pyhello.check(status)
    assert type(caught.value) is kind
    assert isinstance(caught.value, of_python)
    assert isinstance(caught.value, pyhello.LibraryError)
    assert caught.value.status == status
    assert caught.value.name == f"HELLO_STATUS_{name}"


def test_every_failing_status_has_an_exception_that_stands_for_it() -> None:
    kinds = {name: pyhello.LibraryError.kind_of(number) for name, number in CONSTANTS.items()}
    assert [name for name, kind in kinds.items() if kind is pyhello.LibraryError] == [
        "HELLO_STATUS_OK"
    ]


def test_success_is_no_exception() -> None:
    pyhello.check(lib.HELLO_STATUS_OK)


def test_a_status_of_a_later_version_is_an_exception_too() -> None:
    with pytest.raises(pyhello.LibraryError) as caught:
        pyhello.check(1000)
    assert caught.value.status == 1000
    assert caught.value.name == "unknown status"


def test_a_domain_error_says_what_the_library_said() -> None:
    with pytest.raises(ValueError, match=r"hello_checked_sqrt: -4.0 has no real") as caught:
        pyhello.checked_sqrt(-4.0)
    assert isinstance(caught.value, pyhello.LibraryError)
    assert str(caught.value) == "hello_checked_sqrt: -4.0 has no real square root"
    assert ffi.string(lib.hello_last_error()) == str(caught.value).encode()
    assert caught.value.status == lib.HELLO_STATUS_DOMAIN


@pytest.mark.parametrize("kind", [pyhello.LibraryError, pyhello.DomainError, pyhello.OutputError])
def test_exceptions_can_be_sent_to_another_process(kind: type[pyhello.LibraryError]) -> None:
    original = kind("message", lib.HELLO_STATUS_IO)
    vars(original)["note"] = "kept"
    for duplicate in (pickle.loads(pickle.dumps(original)), copy.copy(original)):
        assert type(duplicate) is kind
        assert (str(duplicate), duplicate.status) == ("message", lib.HELLO_STATUS_IO)
        assert vars(duplicate)["note"] == "kept"


def test_a_panic_is_an_exception_and_everything_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(pyhello.PanicError) as caught:
        pyhello.panic("of a test")
    assert str(caught.value) == "hello_panic: the library panicked: of a test"
    assert "of a test" in capfd.readouterr().err
    assert pyhello.sqrt(4.0) == 2.0


@pytest.mark.parametrize("shift", range(4))
@pytest.mark.parametrize("character", ["x", "é", "€", "🦀"])
def test_a_long_message_is_cut_at_a_character(
    character: str, shift: int, capfd: pytest.CaptureFixture[str]
) -> None:
    message = "x" * shift + character * 1000
    with pytest.raises(pyhello.PanicError) as caught:
        pyhello.panic(message)
    whole = f"hello_panic: the library panicked: {message}"
    # What is left of a character that does not fit is dropped.
    assert str(caught.value) == whole.encode()[:511].decode(errors="ignore")
    capfd.readouterr()


OUT_OF_MEMORY = """
import resource, sys
import pyhello

name = "x" * 200_000_000
greeter = pyhello.Greeter("Hi")
with open("/proc/self/statm") as statm:
    in_use = int(statm.read().split()[0]) * resource.getpagesize()
# Enough for Python to encode the name, and not for the library to make a greeting of it.
limit = in_use + 300_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for call in (pyhello.greet, greeter.greet, pyhello.Greeter):
    try:
        call(name)
    except MemoryError as error:
        # Python's own has no name.
        assert isinstance(error, pyhello.LibraryError), repr(error)
        print(error.name)
assert greeter.count == 0, "a greeting that failed was counted"
assert pyhello.greet("Ada") == "Hello, Ada!"
"""


@needs_out_of_memory
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is that of Linux")
@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="this Python's allocator has taken memory in advance, which no limit counts",
)
def test_too_little_memory_is_a_memory_error(run: Run) -> None:
    finished = run("-c", OUT_OF_MEMORY)
    assert (finished.stdout, finished.stderr) == ("HELLO_STATUS_OUT_OF_MEMORY\n" * 3, "")


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (lambda: lib.hello_greet(ffi.NULL, ffi.new("char **")), "NULL_POINTER"),
        (lambda: lib.hello_greet(b"\xff", ffi.new("char **")), "INVALID_UTF8"),
        (lambda: lib.hello_panic(b"\xff"), "INVALID_UTF8"),
    ],
)
def test_the_raw_boundary_refuses_what_no_str_can_be(call: object, status: str) -> None:
    assert callable(call)
    with pytest.raises(pyhello.ArgumentError) as caught:
        pyhello.check(call())
    assert caught.value.name == f"HELLO_STATUS_{status}"
