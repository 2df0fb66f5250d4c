from __future__ import annotations

import math
import struct
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyhello
from pyhello import Root


def bits(number: float) -> bytes:
    return struct.pack(">d", number)


@given(st.floats())
def test_sqrt_is_that_of_ieee_754(value: float) -> None:
    if value < 0.0 or math.isnan(value):
        assert math.isnan(pyhello.sqrt(value))
    else:
        assert bits(pyhello.sqrt(value)) == bits(math.sqrt(value))


def test_minus_zero_has_itself_as_its_root() -> None:
    assert bits(pyhello.sqrt(-0.0)) == bits(-0.0)


@pytest.mark.parametrize("value", [4, True, Decimal(4), Fraction(4)])
def test_every_number_is_accepted(value: float) -> None:
    assert pyhello.sqrt(value) == math.sqrt(value)


@pytest.mark.parametrize("function", [pyhello.sqrt, pyhello.root, pyhello.checked_sqrt])
@pytest.mark.parametrize("value", ["4", None, 4j])
def test_what_is_no_number_is_a_type_error(function: object, value: object) -> None:
    assert callable(function)
    with pytest.raises(TypeError):
        function(value)


@given(st.floats())
def test_root_knows_whether_it_is_exact(value: float) -> None:
    found = pyhello.root(value)
    assert isinstance(found, Root)
    assert bits(found.value) == bits(value)
    assert bits(found.root) == bits(pyhello.sqrt(value))
    if math.isfinite(found.root):
        assert found.exact == (Fraction(found.root) ** 2 == Fraction(value))
    else:
        assert found.exact == (value == math.inf)


@given(st.integers(min_value=0, max_value=2**26), st.integers(min_value=-200, max_value=200))
def test_the_root_of_a_square_is_exact(odd: int, exponent: int) -> None:
    number = math.ldexp(odd, exponent)
    assert pyhello.root(number * number) == Root(number * number, number, exact=True)


@given(st.floats(min_value=0.0) | st.just(math.nan))
def test_checked_sqrt_is_sqrt(value: float) -> None:
    assert bits(pyhello.checked_sqrt(value)) == bits(pyhello.sqrt(value))


@given(st.floats(max_value=0.0, exclude_max=True))
def test_checked_sqrt_refuses_what_is_below_zero(value: float) -> None:
    with pytest.raises(pyhello.DomainError, match=r"has no real square root$"):
        pyhello.checked_sqrt(value)
