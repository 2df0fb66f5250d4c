"""What crosses the border between processes, and what does not: with a pool of two."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

import pyhello
from pyhello import DomainError, Greeter, LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    # Started anew, not forked: on every system, and beside threads.
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_a_chunked_array_has_its_roots_from_two_processes(pool: ProcessPoolExecutor) -> None:
    values = np.random.default_rng(1).uniform(0.0, 1e6, 100_000)
    roots = np.concatenate(list(pool.map(roots_of, np.split(values, 10))))
    assert roots.tobytes() == np.sqrt(values).tobytes()


def test_errors_arrive_as_themselves(pool: ProcessPoolExecutor) -> None:
    with pytest.raises(DomainError) as here:
        pyhello.checked_sqrt(-1.0)
    with pytest.raises(DomainError) as caught:
        pool.submit(pyhello.checked_sqrt, -1.0).result()
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, LibraryError)
    assert caught.value.status == here.value.status
    assert str(caught.value) == str(here.value)


def test_a_panic_in_another_process_is_an_error_here(pool: ProcessPoolExecutor) -> None:
    with pytest.raises(pyhello.PanicError, match="elsewhere"):
        pool.submit(pyhello.panic, "elsewhere").result()
    # The process that it happened in is alive: both answer.
    assert list(pool.map(pyhello.greet, ["Ada"] * 4)) == ["Hello, Ada!"] * 4


def test_a_greeter_is_refused_in_words(pool: ProcessPoolExecutor) -> None:
    greeter = Greeter("Hi")
    with pytest.raises(TypeError, match="Greeter"):
        pool.submit(greet_with, greeter, "Ada").result()
    with pytest.raises(TypeError, match="Greeter"):
        pickle.dumps(greeter)
    assert greeter.greet("Ada") == "Hi, Ada!"


def roots_of(block: np.ndarray) -> np.ndarray:
    roots = np.empty_like(block)
    pyhello.sqrt_all(block, roots)
    return roots


def greet_with(greeter: Greeter, name: str) -> str:
    return greeter.greet(name)
