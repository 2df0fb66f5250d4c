"""The caller in Python.

    python caller.py MODULES LIBRARY ARRAYS ROWS SUBJECTS

Prints what it has and then does what it is asked for; ``xtask/lesson/bench/src/protocol.rs`` has
the words. MODULES is the folder of what build_modules.py has made to be measured.

What is timed is a loop with the call in it, and right after it an empty loop of the same length,
whose time the reader subtracts: the loop of an interpreter costs as much as some of the calls.
"""

from __future__ import annotations

import sys
import time
import timeit
from typing import Any

import arrays
import subjects

# This thread's own time: what other programs take of the processor is not in it.
clock = getattr(time, "thread_time_ns", time.perf_counter_ns)


class Timed:
    """A call in a loop. ``timeit`` writes the loop, and stops the garbage collector meanwhile."""

    def __init__(self, call: subjects.Call) -> None:
        # The names are locals of the loop, which is how a program in a hurry writes it.
        setup = "; ".join(f"{name} = _{name}" for name in call.names)
        names = {f"_{name}": value for name, value in call.names.items()}
        self._calls = timeit.Timer(call.expression, setup, timer=clock, globals=names)
        self._empty = timeit.Timer("pass", timer=clock)

    def run(self, calls: int, *, subtract: bool) -> tuple[float, float]:
        """Returns the nanoseconds of so many calls, and of the loop that is to be subtracted."""
        if calls > 1:
            # The caches are the other programs' until now.
            self._calls.timeit(calls // 16 + 1)
        return self._calls.timeit(calls), self._empty.timeit(calls) if subtract else 0


def main() -> None:
    """Says what there is, and then does what it is asked for."""
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    modules, library, shared, rows, names = sys.argv[1:]
    sys.path.insert(0, modules)
    arrays.load(shared)
    timed: dict[tuple[str, str], Timed] = {}
    for name in names.split(","):
        try:
            subject: Any = subjects.LOADERS[name](library, modules)
        except subjects.MissingError as error:
            print("missing", name, " ".join(str(error).split()))
            continue
        for row in rows.split(","):
            call = subjects.call(row, name, subject)
            if call is not None:
                answer = call.answer(eval(call.expression, dict(call.names)))
                print("has", row, name, answer)
                timed[row, name] = Timed(call)
    print("ready", flush=True)

    for line in sys.stdin:
        verb, row, name, calls = line.split()
        took, empty = timed[row, name].run(int(calls), subtract=verb == "run")
        print("took", int(took), int(empty), flush=True)


if __name__ == "__main__":
    main()
