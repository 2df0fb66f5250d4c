"""Builds, measures and shows: ``python measure.py PLAN``.

PLAN is what src/command.rs writes. Progress is on standard error, a line each. Subjects take turns,
a batch of a few milliseconds each, many rounds, so that a busy machine slows all of them; every few
rounds the callers are started again, for where a program lies in memory is a matter of luck that
can be a tenth of a short call. Each answer has to be right, from the first call on.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent

# How long a batch is to take, in nanoseconds: long beside what it costs to read the clock, and
# short beside what the machine does meanwhile.
BATCH = 3e6

# After so many rounds the callers are started again.
LIFE = 10


class Caller:
    """A program that makes calls of one subject."""

    def __init__(self, plan: Any, subject: str, *under: str) -> None:
        self.subject = subject
        caller = plan.get("caller", [sys.executable, str(HERE / "caller.py")])
        self.line = [*under, *caller, plan["folder"], subject, plan["library"]]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.line, stdin=pipe, stdout=pipe, text=True)

    def ask(self, row: Any, calls: int) -> float:
        """Makes it call so many times; returns the nanoseconds of all."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin and stdout  # noqa: PT018 (both are pipes)
        try:
            print(row["id"], calls, file=stdin, flush=True)
            time, answer = stdout.readline().rstrip("\n").split(" ", 1)
        except (ValueError, BrokenPipeError):
            sys.exit(f"{self.subject} ended in the middle of {row['id']}\n{' '.join(self.line)}")
        name = "abcdefghijklmnop" * (int(row["id"].partition("-")[2] or 0) // 16)
        expected = row["answer"].replace("NAME", name)
        # The message of an error says in front which function failed: each library has its own.
        if answer != expected and not (row["id"] == "error" and answer.endswith(expected)):
            sys.exit(
                f"{self.subject} gives a wrong answer for {row['id']}, and is not timed\n"
                f"expected: {expected[:80]}\nanswered: {answer[:80]}"
            )
        return float(time)

    def batch(self, row: Any) -> int:
        """How many calls are a batch: not more than eight times as many as were seen to fit."""
        calls, time = 1, 0.0
        while time < BATCH / 4:
            time = self.ask(row, calls)
            calls = max(1, round(calls * min(BATCH / max(time, 1.0), 8)))
        return calls

    def end(self) -> None:
        """Lets it end."""
        self.process.communicate()


def times_of(plan: Any, pairs: list[tuple[Any, str]]) -> dict[tuple[str, str], list[float]]:
    """Nanoseconds a call of each row and subject, one number for each round."""
    times: dict[tuple[str, str], list[float]] = {(row["id"], name): [] for row, name in pairs}
    callers: dict[str, Caller] = {}
    batches: list[int] = []
    for round_ in range(plan["rounds"]):
        say(f"round {round_ + 1} of {plan['rounds']}")
        if round_ % LIFE == 0:
            for caller in callers.values():
                caller.end()
            callers = {name: Caller(plan, name) for name in {name for _, name in pairs}}
            batches = batches or [callers[name].batch(row) for row, name in pairs]
        for (row, name), calls in zip(pairs, batches):
            # A call that costs less than the clock can tell still costs something.
            times[row["id"], name].append(max(callers[name].ask(row, calls) / calls, 0.01))
    for caller in callers.values():
        caller.end()
    return times


def instructions_of(plan: Any, subject: str, rows: list[Any]) -> dict[tuple[str, str], float]:
    """How many instructions a call of each row takes, with the loop around it.

    More calls take so many instructions more: what is beside the loop falls out.
    """
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        to = f"--callgrind-out-file={folder}/count"
        caller = Caller(plan, subject, "valgrind", "--quiet", "--tool=callgrind", to)
        for row in rows:
            totals = []
            # What happens once, such as looking a function up, is in the first.
            for calls in (row["counted"], row["counted"], 3 * row["counted"]):
                caller.ask(row, calls)
                for dump in Path(folder).iterdir():
                    lines = dump.read_text(encoding="utf-8").splitlines()
                    totals += [int(it.split()[1]) for it in lines if it.startswith("totals:")]
                    dump.unlink()
            if len(totals) != 3:
                sys.exit("valgrind counted nothing\nnext: install it with its headers for C")
            counts[row["id"], subject] = (totals[2] - totals[1]) / (2 * row["counted"])
        caller.end()
    say(f"counted the instructions of {subject}")
    return counts


def lines_of(*line: str) -> list[str]:
    """What a program prints."""
    return subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def say(progress: str) -> None:
    """Tells who waits."""
    print(progress, file=sys.stderr, flush=True)


def processor() -> str:
    """Its name. A virtual machine may hide the model; the family tells the generation."""
    if sys.platform == "darwin":
        return lines_of("sysctl", "-n", "machdep.cpu.brand_string")[0]
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    facts = {name.strip(): value.strip() for name, _, value in (it.partition(":") for it in lines)}
    name = facts.get("model name", platform.machine())
    if "cpu family" in facts and not any(map(str.isdigit, name)):
        name += f" (family {facts['cpu family']}, model {facts['model']})"
    return name


def rounded(number: float) -> float:
    """To three digits: more of them would be noise."""
    return float(f"{number:.3g}")


def main() -> None:
    """Measures what the plan asks for."""
    import build
    import render

    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    builder = build.Builder(plan)
    builder.all()
    subjects = {it["id"]: it for it in plan["subjects"] if it["id"] not in builder.missing}
    pairs = [
        (row, name)
        for row in plan["rows"]
        for name, subject in subjects.items()
        if (not row["only"] and row["id"].startswith(subject["only"]))
        or (name in row["only"] and not builder.missing.keys() & set(row["only"]))
    ]
    times = times_of(plan, pairs)
    # valgrind does not understand Go's runtime.
    counted = [name for name in subjects if plan["counted"] and name != "c-go"]
    of_each = [[row for row, it in pairs if it == name and row["counted"]] for name in counted]
    with ThreadPoolExecutor() as pool:
        counts = pool.map(instructions_of, [plan] * len(counted), counted, of_each)
    instructions = {key: count for some in counts for key, count in some.items()}
    bounds = []
    for row, of, to, most in plan["bounds"]:
        if (row, of) in times:
            # Within each round: the machine may change between rounds, hardly within one.
            ratio = median(a / b for a, b in zip(times[row, of], times[row, to]))
            by_count = instructions.get((row, of), 0) / instructions.get((row, to), 1)
            bounds.append((row, of, to, most, ratio, by_count))
    about = [
        f"{platform.system()} {platform.release().split('-')[0]}, {os.cpu_count()} cores",
        *(lines_of(*line)[0] for line in (["rustc", "-V"], [*build.COMPILER, "--version"])),
        *(lines_of(go, "version")[0] for go in builder.go_programs),
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("cffi", "numpy")),
        datetime.now(timezone.utc).date().isoformat(),
    ]
    footprint = (sys.executable, str(HERE / "footprint.py"))
    languages = ("c", "rust", "go") if plan["footprints"] else ()
    run = {
        "measured": plan["measured"],
        "processor": processor(),
        "about": "; ".join(about),
        "rounds": plan["rounds"],
        "times": by_row({key: median(of_rounds) for key, of_rounds in times.items()}),
        "instructions": by_row(instructions),
        "bounds": bounds,
        "footprints": {
            name: dict(fact.split(" ", 1) for fact in lines_of(*footprint, builder.library(name)))
            for name in languages
            if f"c-{name}" not in builder.missing
        },
        "missing": builder.missing,
    }
    print("\n".join([run["processor"], *render.report(plan, run)]))
    if plan["json"]:
        Path(plan["json"]).write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    if plan["record"]:
        render.record(plan, run)
    if any(by_count > most for *_, most, _, by_count in bounds):
        print("\na bound does not hold, by instructions")
        sys.exit(3)


def by_row(figures: dict[tuple[str, str], float]) -> dict[str, dict[str, float]]:
    """The same as rows of subjects, to three digits: more of them would be noise."""
    rows: dict[str, dict[str, float]] = {}
    for (row, name), figure in figures.items():
        rows.setdefault(row, {})[name] = float(f"{figure:.3g}")
    return rows


if __name__ == "__main__":
    main()
