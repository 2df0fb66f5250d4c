from __future__ import annotations

# example: begin
import threading
# example: end
from concurrent.futures import ThreadPoolExecutor

import pyacme
# example: begin
from pyacme import ffi, lib
# example: end


def test_threads_at_once_get_the_same() -> None:
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: pyacme.status_name(0), range(1000)))
    assert names == {"ACME_STATUS_OK"}
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
