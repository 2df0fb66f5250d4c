"""A callable of Python's that the library calls."""

from __future__ import annotations

from typing import Callable


class Visit:
    """One call of the library's with a visitor. C carries the handle to it as the context."""

    def __init__(self, visitor: Callable[..., object]) -> None:
        self.visitor = visitor
        self.exception: BaseException | None = None

    def answer(self, *arguments: object) -> int:
        """What C gets for a call of the visitor: 0 to stop."""
        try:
            return 0 if self.visitor(*arguments) is False else 1
        except BaseException as exception:
            self.exception = exception
            return 0

    def end(self) -> None:
        """Raises what the visitor raised."""
        if self.exception is not None:
            raise self.exception
