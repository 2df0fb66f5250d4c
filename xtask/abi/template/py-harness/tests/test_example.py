# example: begin
from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyacme

if TYPE_CHECKING:
    from conftest import Run

# All that UTF-8 can encode, but NUL.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def test_the_documentation_tells_the_truth() -> None:
    outcome = doctest.testmod(pyacme)
    assert (outcome.attempted > 0, outcome.failed) == (True, 0)


def test_a_failure_is_an_exception_of_pythons_too() -> None:
    with pytest.raises(ZeroDivisionError, match=r"^acme_divide: 1\.0 cannot"):
        pyacme.divide(1, 0)


def test_every_failing_status_has_an_exception_that_stands_for_it() -> None:
    for name in dir(pyacme.lib):
        if name.startswith("ACME_STATUS_") and not name.endswith("_OK"):
            number = getattr(pyacme.lib, name)
            kind = pyacme.LibraryError.kind_of(number)
            assert kind is not pyacme.LibraryError, name


@given(TEXT)
def test_reverse_takes_any_text(text: str) -> None:
    assert pyacme.reverse(text) == text[::-1]


def test_text_with_a_nul_is_refused_and_not_cut() -> None:
    with pytest.raises(ValueError, match="NUL"):
        pyacme.reverse("A\0da")


def test_a_total_is_closed_once_and_for_all() -> None:
    with pyacme.Total() as total:
        total.add(1.5)
        assert total.sum == 1.5
    with pytest.raises(ValueError, match="the Total is closed"):
        total.add(1)


CYCLES = """
import gc, pyacme

class Cycle:
    def __init__(self, total):
        self.total, self.myself = total, self

    def __del__(self):
        self.total.add(1)
        sums.append(self.total.sum)

sums = []
for _ in range(1000):
    Cycle(pyacme.Total())
gc.collect()
print(len(sums), set(sums))
"""


def test_a_total_lives_as_long_as_the_collector_lets_others_use_it(run: Run) -> None:
    # What is freed is overwritten at once, by the C libraries that do so on demand.
    finished = run("-c", CYCLES, env={"MALLOC_PERTURB_": "165"})
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "1000 {1.0}\n", "")
# example: end
