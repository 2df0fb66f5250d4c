"""Builds, measures and shows: ``python measure.py FOLDER LIBRARY INCLUDE``.

FOLDER is where to build, LIBRARY the file of ours, INCLUDE the folder of its header; the options
are those of src/command.rs. Progress is on standard error, a line each. Subjects take turns, a
batch of a few milliseconds each, many rounds, so that a busy machine slows all of them; every few
rounds the callers are started again, for where a program lies in memory is a matter of luck that
can be a tenth of a short call. Each answer has to be right, from the first call on.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from statistics import median

from table import BOUNDS, ROWS, SUBJECTS, Row, has

HERE = Path(__file__).parent

# How long a batch is to take, in nanoseconds: long beside what it costs to read the clock, and
# short beside what the machine does meanwhile.
BATCH = 3e6

# After how many rounds the callers are started again.
LIFE = 10

# Of each row and subject, by their names.
Pair = tuple[str, str]


class Caller:
    """A program that makes calls of one subject: ``line``, with its name put in."""

    def __init__(self, line: list[str], subject: str) -> None:
        self.subject = subject
        self.line = [subject if part == "SUBJECT" else part for part in line]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.line, stdin=pipe, stdout=pipe, text=True)

    def ask(self, row: Row, calls: int) -> float:
        """Makes it call ``calls`` times; returns the nanoseconds of all."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin and stdout  # noqa: PT018 (both are pipes)
        try:
            print(row.name, calls, file=stdin, flush=True)
            time, answer = stdout.readline().rstrip("\n").split(" ", 1)
        except (ValueError, BrokenPipeError):
            sys.exit(f"{self.subject} ended in the middle of {row.name}\n{' '.join(self.line)}")
        expected = row.answer.replace("NAME", "abcdefghijklmnop" * (row.size // 16))
        if answer != expected:
            sys.exit(
                f"{self.subject} gives a wrong answer for {row.name}, and is not timed\n"
                f"expected: {expected[:80]}\nanswered: {answer[:80]}"
            )
        return float(time)

    def batch(self, row: Row) -> int:
        """How many calls are a batch: not more than eight times as many as were seen to fit."""
        calls, time = 1, 0.0
        while time < BATCH / 4:
            time = self.ask(row, calls)
            calls = max(1, round(calls * min(BATCH / max(time, 1.0), 8)))
        return calls

    def end(self) -> None:
        """Lets it end."""
        self.process.communicate()


def times_of(line: list[str], pairs: list[tuple[Row, str]], rounds: int) -> dict[Pair, list[float]]:
    """Nanoseconds a call of each row and subject, one number for each round."""
    times: dict[Pair, list[float]] = {(row.name, name): [] for row, name in pairs}
    callers: dict[str, Caller] = {}
    batches: list[int] = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        if number % LIFE == 0:
            for caller in callers.values():
                caller.end()
            callers = {name: Caller(line, name) for name in {name for _, name in pairs}}
            batches = batches or [callers[name].batch(row) for row, name in pairs]
        for (row, name), calls in zip(pairs, batches):
            # A call that costs less than the clock can tell still costs something.
            times[row.name, name].append(max(callers[name].ask(row, calls) / calls, 0.01))
    for caller in callers.values():
        caller.end()
    return times


def instructions_of(line: list[str], subject: str, rows: list[Row]) -> dict[Pair, float]:
    """How many instructions a call of each row takes, with the loop around it.

    The difference between a few calls and many is what the calls take: what is beside the loop
    cancels out.
    """
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        to = f"--callgrind-out-file={folder}/count"
        caller = Caller(["valgrind", "--quiet", "--tool=callgrind", to, *line], subject)
        for row in rows:
            totals = []
            # What happens once, such as looking a function up, is in the first.
            for calls in (row.counted, row.counted, 3 * row.counted):
                caller.ask(row, calls)
                for dump in Path(folder).iterdir():
                    lines = dump.read_text(encoding="utf-8").splitlines()
                    totals += [int(it.split()[1]) for it in lines if it.startswith("totals:")]
                    dump.unlink()
            if len(totals) != 3:
                sys.exit("valgrind counted nothing\nnext: install it with its headers for C")
            counts[row.name, subject] = (totals[2] - totals[1]) / (2 * row.counted)
        caller.end()
    say(f"counted the instructions of {subject}")
    return counts


def first_line_of(*line: str) -> str:
    """The first line that a program prints."""
    return subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout.split("\n")[0]


def say(progress: str) -> None:
    """Says what is being done."""
    print(progress, file=sys.stderr, flush=True)


def processor() -> str:
    """Its name. A virtual machine may hide the model; the family tells the generation."""
    if sys.platform == "darwin":
        return first_line_of("sysctl", "-n", "machdep.cpu.brand_string")
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    facts = {name.strip(): value.strip() for name, _, value in (it.partition(":") for it in lines)}
    name = facts.get("model name", platform.machine())
    if "cpu family" in facts and not any(map(str.isdigit, name)):
        name += f" (family {facts['cpu family']}, model {facts['model']})"
    return name


def main() -> None:
    """Measures what it is asked for. Ends with 3 if a bound does not hold, by instructions."""
    import build
    import render

    parser = ArgumentParser()
    for name in ("folder", "library", "include"):
        parser.add_argument(name)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--record", nargs=2, metavar=("FOLDER", "HASH"))
    asked = parser.parse_args()
    builder = build.Builder(asked.folder, asked.library, asked.include)
    builder.all()
    subjects = [name for name in SUBJECTS if name not in builder.missing]
    # Who reads a column needs one, which pyarrow makes.
    rows = [row for row in ROWS if row.kind != "column" or "pyarrow" in subjects]
    pairs = [(row, name) for row in rows for name in subjects if has(name, row)]
    line = [sys.executable, str(HERE / "caller.py"), asked.folder, "SUBJECT", asked.library]
    times = times_of(line, pairs, asked.rounds)
    # valgrind does not understand Go's runtime.
    counted = [name for name in subjects if asked.instructions and name != "c-go"]
    of_each = [[row for row, it in pairs if it == name and row.counted] for name in counted]
    with ThreadPoolExecutor() as pool:
        counts = pool.map(instructions_of, [line] * len(counted), counted, of_each)
    instructions = {key: count for some in counts for key, count in some.items()}
    bounds = []
    for row, of, to, most in BOUNDS:
        if (row, of) in times:
            # Within each round: the machine may change between rounds, hardly within one.
            ratio = median(a / b for a, b in zip(times[row, of], times[row, to]))
            by_count = instructions.get((row, of), 0) / instructions.get((row, to), 1)
            bounds.append((row, of, to, most, by_count, ratio))
    about = [
        f"{platform.system()} {platform.release().split('-')[0]}, {os.cpu_count()} cores",
        *(first_line_of(*it) for it in (["rustc", "-V"], [*build.COMPILER, "--version"])),
        *(first_line_of(go, "version") for go in builder.go_programs),
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("cffi", "numpy")),
        datetime.now(timezone.utc).date().isoformat(),
    ]
    medians = {key: median(of_rounds) for key, of_rounds in times.items()}
    of_time = f"Time of a call, the median of {asked.rounds} rounds"
    of_count = "Instructions of a call and the loop around it, counted by callgrind"
    report = [
        f"{'; '.join(about)}.",
        *render.bounds(bounds),
        *render.by_subject(of_time, medians, render.time),
        *render.by_subject(of_count, instructions, render.count),
        *(f"\n{SUBJECTS[name]} is missing: {reason}." for name, reason in builder.missing.items()),
    ]
    print("\n".join([processor(), *report]))
    if asked.record:
        folder, measured = asked.record
        render.record(folder, measured, processor(), report, medians)
    if any(by_count > most for *_, most, by_count, _ in bounds):
        print("\na bound does not hold, by instructions")
        sys.exit(3)


if __name__ == "__main__":
    main()
