"""Owners while Python takes everything down; what is done to them is in `owners.py`."""

from __future__ import annotations

import os
import signal
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess

    from conftest import Run

COUNT = 40

# What each form prints.
FORMS = {
    "cycle": f"{COUNT} alive, 0 closed",
    "generator": f"{COUNT} alive, 0 closed",
    "coroutine": f"{COUNT} alive, 0 closed",
    "resurrection": f"{2 * COUNT} alive, 0 closed",
    "resurrection_by_a_thread": f"{COUNT} alive, 0 closed",
    "closed_meanwhile": f"0 alive, {COUNT} closed",
    "thread": f"{2 * COUNT} alive, 0 closed",
    "interrupt": "0 alive, 0 closed",
    "signals": "0 alive, 0 closed",
    "interpreter_end": "." * COUNT,
    "interpreter_end_with_daemons": "",
    "thread_that_outlives_main": f"{COUNT} alive, 0 closed",
    "subinterpreter": f"{COUNT} alive, 0 closed",
}

NEEDS = {
    "signals": pytest.mark.skipif(os.name == "nt", reason="threads get no signals there"),
    "subinterpreter": pytest.mark.skipif(
        bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        reason="without its lock, Python imports no module of CFFI in an interpreter within",
    ),
}
forms = pytest.mark.parametrize(
    "form", [pytest.param(form, marks=NEEDS.get(form, ())) for form in FORMS]
)


def said(finished: subprocess.CompletedProcess[str]) -> str:
    """What the program printed, and how it ended if that was not well."""
    end = ""
    if finished.returncode < 0:
        name = signal.Signals(-finished.returncode).name
        end = f"\nended by {name}: what was freed was used"
    elif finished.returncode:
        end = f"\nended with exit code {finished.returncode}"
    return finished.stdout + finished.stderr + end


@forms
def test_an_owner_is_alive_or_closed(run: Run, form: str) -> None:
    # What is freed is overwritten at once, by the C libraries that do so on demand.
    finished = run(
        Path(__file__).with_name("owners.py"), form, str(COUNT), env={"MALLOC_PERTURB_": "165"}
    )
    assert said(finished).replace("\n", "") == expected(form)


@forms
def test_an_owner_leaves_nothing(run: Run, canary: dict[str, str], form: str) -> None:
    finished = run(Path(__file__).with_name("owners.py"), form, str(COUNT), env=canary)
    counted = expected(form).replace("closed", "closed, 0 blocks left")
    assert said(finished).replace("\n", "") == counted


def expected(form: str) -> str:
    """What the form prints; a subinterpreter ends, too."""
    return FORMS[form] + ("." * COUNT if form == "subinterpreter" else "")
