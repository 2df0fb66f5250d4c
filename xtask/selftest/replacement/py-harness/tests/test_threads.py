from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyacme

if TYPE_CHECKING:
    from conftest import Run


def test_threads_share_a_histogram_and_lose_nothing() -> None:
    def add_a_hundred(histogram: pyacme.Histogram) -> None:
        for value in range(100):
            histogram.add(value)

    with pyacme.Histogram() as histogram, ThreadPoolExecutor(8) as pool:
        list(pool.map(add_a_hundred, [histogram] * 8))
        assert histogram.summary().count == 800


def test_each_thread_reads_its_own_message() -> None:
    both_failed = threading.Barrier(2)

    def message_of(p: float) -> str:
        with pyacme.Histogram() as histogram:
            status = pyacme.lib.acme_histogram_percentile(
                histogram.handle, p, pyacme.ffi.new("double *")
            )
            both_failed.wait()
            try:
                pyacme.check(status)
            except pyacme.DomainError as problem:
                return str(problem)
            return "no failure"

    with ThreadPoolExecutor(2) as pool:
        messages = list(pool.map(message_of, [-1.0, -2.0]))
    start = "acme_histogram_percentile: a percentile is from 0 to 100, not"
    assert messages == [f"{start} {p}" for p in (-1.0, -2.0)]


def test_a_process_with_nothing_in_its_environment_can_import_it(run: Run) -> None:
    finished = run("-c", "import pyacme; print(pyacme.version())")
    assert (finished.stdout, finished.stderr) == (f"{pyacme.version()}\n", "")
