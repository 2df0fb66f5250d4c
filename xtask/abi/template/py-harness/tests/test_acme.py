# core: begin
from __future__ import annotations

import doctest

import pyacme


def test_the_documentation_tells_the_truth() -> None:
    outcome = doctest.testmod(pyacme)
    assert outcome.attempted > 0
    assert outcome.failed == 0
# core: end
