"""Runs the demonstration on a terminal and writes what it printed to demo.svg, the picture in the README.

    python3 xtask/lesson/recording/record.py

The lines and their colours are those of the run. The pauses between them are not: they are as long as
it takes to read. The picture needs no script, follows a light or dark theme, and shows its end where
animation is switched off.
"""

import os
import re
import shutil
import subprocess
from html import escape
from pathlib import Path

COMMAND = ["cargo", "xtask", "demo"]
COLUMNS, LINES = 100, 26
WIDTH, HEIGHT = 8.6, 18  # of a character, in pixels at a font size of 14
MARGIN = 16
PAUSE, SECTION, END = 0.18, 1.2, 5.0  # seconds: after a line, before a heading, at the end

FILE = Path(__file__).with_name("demo.svg")
STYLES = {"1": "bold", "2": "dim", "31": "red", "32": "green", "33": "yellow", "36": "cyan"}
COLOR = re.compile(r"\x1b\[([0-9;]*)m")


def session() -> list[str]:
    """The lines that stand on the terminal in the end, with their colours."""
    # Each step runs as on a new machine, but for what cargo has compiled.
    shutil.rmtree(FILE.parents[3] / "target/pipeline", ignore_errors=True)
    line = ["script", "--quiet", "--return", "--command", " ".join(COMMAND), "/dev/null"]
    environment = {**os.environ, "CARGO_TERM_QUIET": "true"}
    finished = subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    output = finished.stdout.decode()
    if finished.returncode != 0:
        raise SystemExit(output + "\nthe demonstration failed: nothing is recorded")
    text = re.sub(r"\x1b\[[0-9;]*K", "", output).replace("\r\n", "\n")
    return [line.rsplit("\r", 1)[-1] for line in text.rstrip().split("\n")]


def rows_of(line: str) -> list[str]:
    """A line as rows of the terminal, in the first of its colours."""
    codes = ";".join(COLOR.findall(line)).split(";")
    style = next((STYLES[code] for code in codes if code in STYLES), "")
    text = COLOR.sub("", line)
    starts = range(0, max(len(text), 1), COLUMNS)
    return [f'class="{style}">{escape(text[it : it + COLUMNS])}</text>' for it in starts]


def place(count: int) -> str:
    """Where the column is when that many rows are printed."""
    return f"transform: translateY({(LINES - count) * HEIGHT}px)"


def picture(lines: list[str]) -> str:
    """The rows in one column behind a window, at whose lower edge a row appears when it is printed: the column
    moves up. The loop begins with its end, which is what a reader sees first.
    """
    rows, moves, now = [], [], END
    for line in ["$ " + " ".join(COMMAND), *lines]:
        now += SECTION if COLOR.sub("", line).startswith("==") else PAUSE
        for text in rows_of(line):
            rows.append(f'<text y="{(len(rows) + 1) * HEIGHT - 5}" {text}')
            moves.append((now, place(len(rows))))
    length, last = now, place(len(rows))
    steps = [f"{100 * time / length:.2f}% {{ {move} }}" for time, move in [(0.0, last), *moves]]
    width, height = COLUMNS * WIDTH + 2 * MARGIN, LINES * HEIGHT + 2 * MARGIN
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img">
<!-- Written by `python3 xtask/lesson/recording/record.py`. -->
<title>cargo xtask demo</title>
<style>
  svg {{ --page: #f6f8fa; --edge: #d0d7de; --text: #1f2328; --dim: #59636e; --red: #b3261e; --green: #116329; --yellow: #7d4e00; --cyan: #0b5c7a }}
  @media (prefers-color-scheme: dark) {{
    svg {{ --page: #151b23; --edge: #3d444d; --text: #e6edf3; --dim: #9198a1; --red: #ff8f88; --green: #56d364; --yellow: #e3b341; --cyan: #6cc7e8 }}
  }}
  rect {{ fill: var(--page) }} #window {{ stroke: var(--edge) }}
  text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--text); white-space: pre }}
  .bold {{ font-weight: bold }} .dim {{ fill: var(--dim) }} .red {{ fill: var(--red) }}
  .green {{ fill: var(--green) }} .yellow {{ fill: var(--yellow) }} .cyan {{ fill: var(--cyan) }}
  #rows {{ {last}; animation: scroll {length:.1f}s step-end infinite }}
  @media (prefers-reduced-motion: reduce) {{ #rows {{ animation: none }} }}
  @keyframes scroll {{
    {" ".join(steps)}
  }}
</style>
<rect id="window" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8"/>
<svg x="{MARGIN}" y="{MARGIN}" width="{COLUMNS * WIDTH:g}" height="{LINES * HEIGHT}">
<g id="rows">
{chr(10).join(rows)}
</g>
</svg>
</svg>
"""


FILE.write_text(picture(session()), encoding="utf-8")
