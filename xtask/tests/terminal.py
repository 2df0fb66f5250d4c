"""Runs a command on a terminal of 100 columns and 30 rows, and answers each of its stops.

    python3 terminal.py [--at N KEY] COMMAND...

The answer is Enter, and KEY at the Nth stop. Prints a line for each page, `ROWS: LABEL`, then the exit
code, whether the terminal's settings are what they were, and the whole session without its colours.
"""

import fcntl
import os
import pty
import re
import struct
import sys
import termios

COLUMNS, ROWS = 100, 30
STOP = re.compile(rb"\[([^\[\]\r\n]*?)(?:, b Enter goes back)?, q Enter ends\][^\r\n]*$")
COLOR = re.compile(r"\x1b\[[0-9;]*[mK]")


def visible(output: bytes) -> list[str]:
    """The lines as they stand there in the end: some were overwritten."""
    lines = COLOR.sub("", output.decode()).replace("\r\n", "\n").split("\n")
    return [line.rsplit("\r", 1)[-1].expandtabs() for line in lines]


def rows(page: bytes) -> int:
    """How many rows the page takes, that of its stop included."""
    return sum(max(1, -(-len(line) // COLUMNS)) for line in visible(page))


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the child has ended.
        return b""


def main() -> None:
    arguments = sys.argv[1:]
    at, key = 0, ""
    if arguments[0] == "--at":
        at, key, arguments = int(arguments[1]), arguments[2], arguments[3:]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(arguments[0], arguments)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    before = termios.tcgetattr(terminal)
    session = page = b""
    stops = 0
    while chunk := read(terminal):
        session += chunk
        page += chunk
        stop = STOP.search(page)
        if stop:
            stops += 1
            print(f"{rows(page)}: {stop[1].decode()}")
            # With what is typed the row ends: the page begins behind it.
            answer = key.encode() if stops == at else b""
            os.write(terminal, answer + b"\n")
            page = b""
            while not page.endswith(answer + b"\r\n"):
                page += os.read(terminal, 1)
            session += page
            page = b""
    settings = termios.tcgetattr(terminal)
    _, status = os.waitpid(child, 0)
    print(f"{rows(page) - 1}: the end")
    print(f"exit code: {os.waitstatus_to_exitcode(status)}")
    print(f"settings: {'kept' if settings == before else 'changed'}")
    sys.stdout.write("\n".join(visible(session)))


main()
