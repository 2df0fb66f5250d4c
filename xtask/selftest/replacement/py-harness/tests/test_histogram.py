from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyacme


def test_the_documentation_tells_the_truth() -> None:
    outcome = doctest.testmod(pyacme)
    assert (outcome.attempted > 0, outcome.failed) == (True, 0)


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_a_percentile_is_one_of_the_values(values: list[float]) -> None:
    with pyacme.Histogram() as histogram:
        for value in values:
            histogram.add(value)
        assert histogram.percentile(0) == min(values)
        assert histogram.percentile(50) in values
        assert histogram.summary().greatest == max(values)


def test_without_values_there_is_none() -> None:
    with pyacme.Histogram() as histogram, pytest.raises(ValueError, match="has no values"):
        histogram.percentile(50)


def test_a_visitors_exception_arrives() -> None:
    with pyacme.Histogram() as histogram:
        histogram.add(1)
        with pytest.raises(ZeroDivisionError):
            histogram.each(lambda value: value / 0)
    with pytest.raises(ValueError, match="invalid literal"):
        pyacme.each_word("one two", int)


def test_a_struct_comes_by_value() -> None:
    with pyacme.Histogram() as histogram:
        assert histogram.extent() == (float("inf"), float("-inf"))
        histogram.add(1)
        histogram.add(4)
        assert histogram.extent() == (1, 4)


def test_a_histogram_is_closed_once_and_for_all() -> None:
    histogram = pyacme.Histogram()
    histogram.close()
    with pytest.raises(ValueError, match="the Histogram is closed"):
        histogram.add(1)
