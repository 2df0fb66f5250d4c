"""A panic in Rust, as an exception."""

from __future__ import annotations

from ._boundary import c_text, check, lib

__all__ = ["panic"]


def panic(message: str) -> None:
    """Makes the library panic with ``message``: it always raises ``PanicError``.

    Rust's own report, with the place in the source, goes to the process's standard error.
    """
    check(lib.hello_panic(c_text(message)))
