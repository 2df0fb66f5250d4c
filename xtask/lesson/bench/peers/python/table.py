"""What is measured, as data: a row is a kind of call, a subject is a caller and what it calls."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A kind of call."""

    # A number behind ``-`` is a size.
    name: str
    # What it is called where it is shown.
    title: str
    # What every subject has to answer; ``NAME`` is a name of the row's size.
    answer: str
    # How many calls are counted at least, where instructions are; 0 is none.
    counted: int = 1000

    @property
    def kind(self) -> str:
        """What is called."""
        return self.name.partition("-")[0]

    @property
    def size(self) -> int:
        """Of the text, or of the array."""
        return int(self.name.partition("-")[2] or 0)


ROWS = (
    Row("empty", "empty", "1"),
    Row("number", "number", "1.4142135623730951"),
    Row("text-16", "text 16 B", "Hello, NAME!"),
    Row("text-4096", "text 4 KB", "Hello, NAME!"),
    Row("array-10", "10 roots", "every root"),
    Row("array-10000", "10⁴ roots", "every root", counted=4),
    Row("array-1000000", "10⁶ roots", "every root", counted=0),
    Row("column-10", "10 in a column", "every root"),
    Row("column-1000000", "10⁶ in a column", "every root", counted=0),
    Row("callback", "callback", "8"),
)

# The title of each subject.
SUBJECTS = {
    "c-c": "C → C",
    "c-rust": "C → Rust",
    "c-go": "C → Go",
    "pyhello": "pyhello",
    "cffi-rust": "CFFI → Rust",
    "cffi-c": "CFFI → C",
    "ctypes": "ctypes → Rust",
    "pyo3": "PyO3",
    "numpy": "numpy",
    "pyarrow": "pyarrow",
}

# Ratios that have to hold, between two whose work is the same: the row, of whom, to whom, at most.
BOUNDS = (
    ("text-16", "c-rust", "c-c", 2.0),
    ("text-4096", "c-rust", "c-c", 2.0),
    ("array-10000", "c-rust", "c-c", 1.05),
    ("array-1000000", "c-rust", "c-c", 1.05),
    ("column-1000000", "pyhello", "numpy", 1.05),
    ("text-16", "pyhello", "cffi-c", 1.1),
    ("text-4096", "pyhello", "cffi-c", 1.1),
)


def has(subject: str, row: Row) -> bool:
    """Whether a row is for a subject."""
    if row.kind == "column":
        return subject in ("pyhello", "numpy", "pyarrow")
    return subject != "pyarrow" and (subject != "numpy" or row.kind == "array")
