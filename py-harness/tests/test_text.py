from __future__ import annotations

import math
import re
from typing import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import pyhello

# All that UTF-8 can encode, but NUL.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def greeter_greet(name: str) -> str:
    with pyhello.Greeter("Hi") as greeter:
        return greeter.greet(name)


def greeter_new(words: str) -> None:
    pyhello.Greeter(words).close()


TAKES_TEXT = pytest.mark.parametrize(
    "function", [pyhello.greet, pyhello.panic, greeter_new, greeter_greet]
)


@given(TEXT)
@example("")
@example("Zoë 🦀")
@example("x" * 1_000_000)
def test_greet_greets_every_name(name: str) -> None:
    assert pyhello.greet(name) == f"Hello, {name}!"


@TAKES_TEXT
@pytest.mark.parametrize("text", ["\0", "Ada\0", "\0Ada", "A\0da"])
def test_text_with_a_nul_is_refused_and_not_cut(
    function: Callable[[str], object], text: str
) -> None:
    with pytest.raises(ValueError, match="NUL"):
        function(text)


@TAKES_TEXT
def test_a_surrogate_is_refused(function: Callable[[str], object]) -> None:
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        function("Ada \udcff")


@TAKES_TEXT
@pytest.mark.parametrize("text", [b"Ada", bytearray(b"Ada"), None, 7, ["Ada"]])
def test_what_is_no_str_is_a_type_error(function: Callable[[object], object], text: object) -> None:
    with pytest.raises(TypeError, match=f"has to be a str, not {type(text).__name__}"):
        function(text)


@given(st.floats())
@example(5e-324)  # The longest: more than 1000 digits.
@example(-1.7976931348623157e308)
def test_a_sentence_has_both_numbers_in_full(value: float) -> None:
    found = re.fullmatch(r"Hello! The square root of (\S+) is: (\S+)", pyhello.sentence(value))
    assert found is not None
    for number, expected in zip(found.groups(), (value, pyhello.sqrt(value))):
        same = math.isnan(expected) and math.isnan(float(number))
        assert same or float(number) == expected


@pytest.mark.parametrize("exponent", range(0, 400, 7))
def test_a_sentence_of_any_length_arrives_whole(exponent: int) -> None:
    # 80 bytes, its NUL included, are the room that is tried first.
    value = 10.0 ** min(exponent, 308)
    assert pyhello.sentence(value).startswith("Hello! The square root of 1")
    assert float(pyhello.sentence(value).rsplit(" ", 1)[1]) == pyhello.sqrt(value)
