"""What the library prints."""

from __future__ import annotations

import sys

from ._boundary import check, lib
from ._errors import OutputError

__all__ = ["hello", "print_sentence"]


def hello() -> None:
    """Prints ``Hello! The square root of 4 is: 2``. It cannot report whether that worked."""
    _flush()
    lib.Hello()


def print_sentence(value: float) -> None:
    """Prints the sentence about ``value`` and its square root, as one line.

    ``OutputError``: standard output could not be written.
    """
    _flush()
    check(lib.hello_print(value))


def _flush() -> None:
    """What Python has printed comes first: the library writes past Python's buffer."""
    if sys.stdout is None:  # A program without a console has none.
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        # As Rust says it: what is sent to another process finds its `errno` in there again.
        reason = f"{error.strerror} (os error {error.errno})"
        raise OutputError(
            f"cannot write what was printed before: {reason}", lib.HELLO_STATUS_IO
        ) from error
