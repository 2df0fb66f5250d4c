"""What is shown of the figures of a run, on the terminal and in its record, and the picture."""

from __future__ import annotations

import math
import re
from html import escape
from pathlib import Path
from typing import Any, Callable

from table import ROWS, SUBJECTS, has

TITLES = {row.name: row.title for row in ROWS}


def time(number: float, units: str = "ns µs ms s") -> str:
    """Three digits, and the largest unit of which it is one, such as ``83.1 ns``."""
    first, _, larger = units.partition(" ")
    if number >= 999.5 and larger:
        return time(number / 1000, larger)
    return f"{number:.{2 if number < 9.995 else 1 if number < 99.95 else 0}f}\u00a0{first}"


def count(number: float) -> str:
    """To three digits: more of them would be noise."""
    return f"{float(f'{number:.3g}'):.0f}"


def table(title: str, rows: list[list[str]]) -> list[str]:
    """A table of Markdown with aligned columns, which is read on a terminal as well."""
    if len(rows) < 2:
        return []
    widths = [max(map(len, column)) for column in zip(*rows)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
        for row in [rows[0], rule, *rows[1:]]
    ]
    return ["", f"{title}:", "", *(f"| {line} |" for line in lines)]


def by_subject(title: str, figures: Any, show: Callable[[float], str]) -> list[str]:
    """A line for each subject, a column for each row."""
    rows = [row for row in TITLES if any((row, subject) in figures for subject in SUBJECTS)]
    lines = [["a call", *(TITLES[row] for row in rows)]]
    for subject, name in SUBJECTS.items():
        found = [figures.get((row, subject)) for row in rows]
        if any(found):
            lines.append([name, *("" if it is None else show(it) for it in found)])
    return table(title, lines)


def bounds(ratios: list[tuple[str, str, str, float, float, float]]) -> list[str]:
    """What has to hold, and whether it does: by instructions, where there are some."""
    lines = [["", "at most", "instructions", "time", ""]]
    for row, of, to, most, by_count, by_time in ratios:
        holds = "holds" if (by_count or by_time) <= most else "exceeded"
        judged = holds if by_count else f"{holds}, by time"
        numbers = [str(most), f"{by_count:.2f}" if by_count else "", f"{by_time:.2f}"]
        lines.append([f"{TITLES[row]}: {SUBJECTS[of]} / {SUBJECTS[to]}", *numbers, judged])
    return table("What has to hold", lines)


def record(folder: str, measured: str, processor: str, report: list[str], times: Any) -> None:
    """Keeps a run as its processor's; records of other sources than these go."""
    to, mark = Path(folder), f"<!-- measured: {measured} -->\n"
    to.mkdir(exist_ok=True)
    for file in to.glob("*.md"):
        if not file.read_text(encoding="utf-8").startswith(mark):
            file.unlink()
            file.with_suffix(".svg").unlink(missing_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", processor.lower()).strip("-")
    head = f"{mark}\n## {processor}\n\n![The time of a call](records/{name}.svg)\n\n"
    (to / f"{name}.md").write_text(head + "\n".join(report) + "\n\n", encoding="utf-8")
    (to / f"{name}.svg").write_text(picture(processor, times), encoding="utf-8")


# The rows of the picture, one of each kind that differs in its look, in colours that are legible on
# white and on black.
COLOURS = {
    "number": "#3b82f6",
    "text-16": "#ea6a1c",
    "callback": "#a35cf5",
    "array-10000": "#1fa34a",
}
STYLE = """text { font: 13px 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif }
text { fill: #1f2328 } .paper { fill: #ffffff } path { stroke: #d1d9e0 } .ours { font-weight: 600 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .paper { fill: #0d1117 } path { stroke: #3d444d } }"""


def picture(processor: str, times: Any) -> str:
    """A line for each subject, on it a dot for each of a few rows, by the time of a call."""
    left, right, top, decades = 150, 770, 92, 6
    rows = [row for row in ROWS if row.name in COLOURS]
    subjects = [it for it in SUBJECTS if all(has(it, row) for row in rows)]
    bottom = top + 26 * len(subjects)
    said = f'width="800" height="{bottom + 30}"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {said} role="img">']
    lines += [f"<style>\n{STYLE}\n</style>", f'<rect class="paper" {said} rx="8"/>']

    def place(nanoseconds: float) -> float:
        return left + (right - left) * min(max(math.log10(nanoseconds) / decades, 0), 1)

    def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> None:
        where = f'class="{kind}" text-anchor="{anchor}" x="{x:.0f}" y="{y + 4:.0f}"'
        lines.append(f"<text {where}>{escape(words)}</text>")

    def dot(x: float, y: float, row: str, words: str) -> None:
        where = f'fill="{COLOURS[row]}" cx="{x:.1f}" cy="{y}" r="5"'
        lines.append(f"<circle {where}><title>{escape(words)}</title></circle>")

    text(24, 28, f"The time of a call on {processor}, on a logarithmic scale")
    for decade in range(decades + 1):
        x = place(10**decade)
        lines.append(f'<path d="M{x:.0f} {top}V{bottom}"/>')
        text(x, bottom + 14, re.sub(r"\.0+", "", time(10**decade)), "middle")
    for index, row in enumerate(COLOURS):
        dot(left + 140 * index, 62, row, TITLES[row])
        text(left + 140 * index + 10, 62, TITLES[row])
    for y, subject in zip(range(top + 13, bottom, 26), subjects):
        kind = "ours" if subject in ("c-rust", "pyhello") else ""
        text(left - 12, y, SUBJECTS[subject], "end", kind)
        lines.append(f'<path d="M{left} {y}H{right}"/>')
        for row in COLOURS:
            if found := times.get((row, subject)):
                dot(place(found), y, row, f"{SUBJECTS[subject]}, {TITLES[row]}: {time(found)}")
    return "\n".join([*lines, "</svg>\n"])
