"""Runs a command that stops for Enter on a pseudo-terminal, and measures each page.

    python terminal.py COLUMNS ROWS COMMAND...

Then once more with q at the first stop, after which the terminal has to be as it was. What does not
hold is written to standard error, with exit status 1.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

STOP = re.compile(r"\[[^\]\n]*, q ends\]$")
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def pages(command: list[str], size: tuple[int, int], answer: bytes) -> list[str]:
    """What is on the terminal at each stop, and at the end; each stop gets the answer."""
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    before = termios.tcgetattr(terminal)
    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside) as child:
        os.close(inside)
        found = [""]
        while text := read(terminal):
            found[-1] += text
            if STOP.search(ESCAPE.sub("", found[-1])):
                found.append("")
                os.write(terminal, answer)
    if child.returncode != 0:
        sys.exit(f"it ended with {child.returncode}:\n{found[-1]}")
    if termios.tcgetattr(terminal) != before:
        sys.exit("the terminal has other settings than before")
    os.close(terminal)
    return found


def read(terminal: int) -> str:
    """What was printed meanwhile; nothing at the end."""
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # Linux says so when nobody has the other side open any more.
        return ""


def rows(page: str, columns: int) -> int:
    """How many rows of the terminal it takes. The line that Enter ends is the page's before."""
    lines = ESCAPE.sub("", page).replace("\r", "").expandtabs().split("\n")
    return sum(max(1, -(-len(line) // columns)) for line in lines)


def main(columns: int, most: int, command: list[str]) -> None:
    """Measures each page, then ends at the first stop."""
    found = pages(command, (columns, most), b"\n")
    if len(found) < 3:
        sys.exit(f"it stops {len(found) - 1} times:\n{found[0]}")
    for page in found:
        # Behind a stop, the first line is the rest of that one.
        page = page.removeprefix("\r\n")
        if rows(page, columns) > most:
            sys.exit(f"a page has {rows(page, columns)} rows, and {most} fit:\n{page}")
    ended = pages(command, (columns, most), b"q\n")
    if len(ended) != 2 or ended[1].strip() != "q":
        sys.exit(f"q does not end it:\n{''.join(ended[1:])}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
