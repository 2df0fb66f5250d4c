from __future__ import annotations

import doctest
# example: begin

import pytest
# example: end

import pyacme


def test_the_documentation_tells_the_truth() -> None:
    outcome = doctest.testmod(pyacme)
    assert (outcome.attempted > 0, outcome.failed) == (True, 0)


def test_every_failing_status_has_an_exception_that_stands_for_it() -> None:
    for name in dir(pyacme.lib):
        if name.startswith("ACME_STATUS_") and not name.endswith("_OK"):
            number = getattr(pyacme.lib, name)
            kind = pyacme.LibraryError.kind_of(number)
            assert kind is not pyacme.LibraryError, name
# example: begin


def test_a_failure_is_an_exception_of_pythons_too() -> None:
    with pytest.raises(ZeroDivisionError, match=r"^acme_divide: 1\.0 cannot"):
        pyacme.divide(1, 0)


def test_text_crosses_whole_or_not_at_all() -> None:
    assert pyacme.reverse("Zoë") == "ëoZ"
    with pytest.raises(ValueError, match="NUL"):
        pyacme.reverse("A\0da")


def test_a_total_is_closed_once_and_for_all() -> None:
    with pyacme.Total() as total:
        total.add(1.5)
        assert total.sum == 1.5
    with pytest.raises(ValueError, match="the Total is closed"):
        total.add(1)
# example: end
