from __future__ import annotations

import copy
import pickle

import pytest

import pyhello
from pyhello import ffi, lib

CONSTANTS = {
    name: getattr(lib, name) for name in dir(lib) if name.startswith("HELLO_STATUS_")
}  # As the C compiler has them.


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
        ("IO", pyhello.OutputError, OSError),
        ("PANIC", pyhello.PanicError, pyhello.HelloError),
    ],
)
def test_each_status_is_an_exception(
    name: str, kind: type[pyhello.HelloError], of_python: type[Exception]
) -> None:
    status = CONSTANTS[f"HELLO_STATUS_{name}"]
    with pytest.raises(kind) as caught:
        pyhello.check(status)
    assert type(caught.value) is kind
    assert isinstance(caught.value, (of_python, pyhello.HelloError))
    assert caught.value.status == status
    assert caught.value.name == f"HELLO_STATUS_{name}"


def test_every_failing_status_has_a_test_above() -> None:
    marks = test_each_status_is_an_exception.pytestmark  # type: ignore[attr-defined]
    tested = {f"HELLO_STATUS_{name}" for name, *_ in marks[0].args[1]}
    assert tested == set(CONSTANTS) - {"HELLO_STATUS_OK"}


def test_success_is_no_exception() -> None:
    pyhello.check(lib.HELLO_STATUS_OK)


def test_a_status_of_a_later_version_is_an_exception_too() -> None:
    with pytest.raises(pyhello.HelloError) as caught:
        pyhello.check(1000)
    assert caught.value.status == 1000
    assert caught.value.name == "unknown status"


def test_a_domain_error_says_what_the_library_said() -> None:
    with pytest.raises(ValueError, match=r"hello_checked_sqrt: -4.0 has no real") as caught:
        pyhello.checked_sqrt(-4.0)
    assert isinstance(caught.value, pyhello.HelloError)
    assert str(caught.value) == "hello_checked_sqrt: -4.0 has no real square root"
    assert ffi.string(lib.hello_last_error()) == str(caught.value).encode()
    assert caught.value.status == lib.HELLO_STATUS_DOMAIN


@pytest.mark.parametrize("kind", [pyhello.HelloError, pyhello.DomainError, pyhello.OutputError])
def test_exceptions_can_be_sent_to_another_process(kind: type[pyhello.HelloError]) -> None:
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


def test_a_long_message_is_cut_at_a_character(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(pyhello.PanicError) as caught:
        pyhello.panic("é" * 1000)
    assert str(caught.value).endswith("é")
    assert 509 <= len(str(caught.value).encode()) <= 511
    capfd.readouterr()


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
