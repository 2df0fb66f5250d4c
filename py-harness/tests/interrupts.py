"""Strikes while ``each_root`` runs: at every event that Python reports, one after the other.

A strike is an exception that a trace or profile function raises, where a signal would. Whatever it
hits, ``each_root`` must not return as if all were well. Prints how many strikes there were of each
kind; every one that was lost is a line on standard error and exit code 1.

It needs nothing but pyhello, so that any version of Python can run it::

    python interrupts.py
"""

from __future__ import annotations

import os
import signal
import sys
from array import array
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pyhello

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = str(Path(pyhello.__file__).parent)
VALUES = array("d", [1.0, 4.0, 9.0])


class Strike(KeyboardInterrupt):
    """What the trace function raises."""


class VisitorError(Exception):
    """What a visitor raises."""


def raises_at_once(value: float, root: float) -> None:
    """A visitor that fails."""
    raise VisitorError


def raises_later(value: float, root: float) -> None:
    """A visitor that fails at the second value."""
    if value == VALUES[1]:
        raise VisitorError


def goes_on(value: float, root: float) -> None:
    """A visitor that sees all values."""


def stops(value: float, root: float) -> bool:
    """A visitor that wants no more."""
    return False


VISITORS = (raises_at_once, raises_later, goes_on, stops)


class Striker:
    """Strikes at one event, counted from the first in pyhello or in a visitor."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0
        self.where = ""

    def trace(self, frame: Any, event: str, _argument: object) -> Any:
        """For ``sys.settrace`` and, called for every event, ``sys.setprofile``."""
        code = frame.f_code
        is_ours = code.co_filename.startswith((PACKAGE, __file__))
        if not is_ours or code is outcome_of.__code__:
            return None
        # Python 3.9 forgets what was raised for a line when it goes on to the line's first opcode.
        frame.f_trace_opcodes, frame.f_trace_lines = True, sys.version_info >= (3, 10)
        self.seen += 1
        if self.seen == self.at:
            self.where = f"{event} in {code.co_name}, line {frame.f_lineno}"
            raise Strike
        return self.trace


def interrupt_in_keep(frame: Any, event: str, _argument: object) -> None:
    """A profile function: Ctrl-C as soon as pyhello is about to keep an exception."""
    if event == "call" and frame.f_code.co_name == "_keep":
        signal.raise_signal(signal.SIGINT)


def outcome_of(
    visitor: Callable[[float, float], object], use: Callable[[Any], None], hook: Any
) -> type[BaseException] | None:
    """What ``each_root`` raises while a hook is in use."""
    try:
        use(hook)
        pyhello.each_root(VALUES, visitor)
    except BaseException as exception:
        return type(exception)
    finally:
        use(None)
    return None


def strikes(
    use: Callable[[Any], None], visitor: Callable[[float, float], object], expected: tuple[Any, ...]
) -> int:
    """Strikes at the first event, then the second, until there is no such event. Counts them."""
    at = 1
    while True:
        striker = Striker(at)
        outcome = outcome_of(visitor, use, striker.trace)
        if not striker.where:
            return at - 1
        if outcome not in expected:
            name = visitor.__name__
            lost.append(f"{name}, event {at} ({striker.where}): each_root ended with {outcome}")
        at += 1


@contextmanager
def nothing_printed() -> Iterator[None]:
    """CFFI prints what nobody could keep."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


lost: list[str] = []


def main() -> int:
    """Returns the exit code."""
    for visitor in VISITORS:
        expected = (
            (Strike, VisitorError) if visitor in (raises_at_once, raises_later) else (Strike,)
        )
        traced = strikes(sys.settrace, visitor, expected)
        profiled = strikes(sys.setprofile, visitor, expected)
        print(f"{visitor.__name__}: {traced} + {profiled} strikes")
    # Nothing can keep an exception if the function that does is itself interrupted.
    with nothing_printed():
        for visitor in (raises_at_once, raises_later):
            outcome = outcome_of(visitor, sys.setprofile, interrupt_in_keep)
            sys.setprofile(interrupt_in_keep)
            twice = strikes(sys.settrace, visitor, (Strike, VisitorError, KeyboardInterrupt))
            sys.setprofile(None)
            print(f"{visitor.__name__}: {twice} strikes and an interrupt after each")
            if outcome not in (VisitorError, KeyboardInterrupt):
                lost.append(f"{visitor.__name__}, interrupted once: {outcome}")
    print(*lost, sep="\n", end="\n" if lost else "", file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
