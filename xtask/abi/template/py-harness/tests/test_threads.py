from __future__ import annotations

# example: begin
import threading
from concurrent.futures import ThreadPoolExecutor
# example: end
from typing import TYPE_CHECKING

import pyacme
# example: begin
from pyacme import ffi, lib
# example: end

if TYPE_CHECKING:
    from conftest import Run


# example: begin
def test_threads_share_a_total_and_lose_nothing() -> None:
    def add_a_thousand(total: pyacme.Total) -> None:
        for _ in range(1000):
            total.add(1)

    with pyacme.Total() as total, ThreadPoolExecutor(8) as pool:
        list(pool.map(add_a_thousand, [total] * 8))
        assert total.sum == 8000


def test_each_thread_reads_its_own_message() -> None:
    both_failed = threading.Barrier(2)

    def message_of(dividend: float) -> str:
        status = lib.acme_divide(dividend, 0, ffi.new("double *"))
        both_failed.wait()
        try:
            pyacme.check(status)
        except pyacme.DivisionByZeroError as problem:
            return str(problem)
        return "no failure"

    with ThreadPoolExecutor(2) as pool:
        messages = list(pool.map(message_of, [1.0, 2.0]))
    assert messages[0].endswith(": 1.0 cannot be divided by zero")
    assert messages[1].endswith(": 2.0 cannot be divided by zero")


# example: end
def test_a_process_with_nothing_in_its_environment_can_import_it(run: Run) -> None:
    finished = run("-c", "import pyacme; print(pyacme.version())")
    assert (finished.stdout, finished.stderr) == (f"{pyacme.version()}\n", "")
