"""What crosses the border between processes, and what does not: with dask, which starts them."""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pytest

import pyhello
from pyhello import DomainError, Greeter, HelloError

dask = pytest.importorskip("dask", reason="dask is for the checks of what is shipped")
array = pytest.importorskip("dask.array")

two_processes = partial(dask.compute, scheduler="processes", num_workers=2)


def test_a_chunked_array_has_its_roots_from_two_processes() -> None:
    values = np.random.default_rng(1).uniform(0.0, 1e6, 100_000)
    chunked = array.from_array(values, chunks=10_000).map_blocks(roots_of, dtype=float)
    (roots,) = two_processes(chunked)
    assert roots.tobytes() == np.sqrt(values).tobytes()


def test_errors_arrive_as_themselves() -> None:
    with pytest.raises(DomainError) as here:
        pyhello.checked_sqrt(-1.0)
    with pytest.raises(DomainError) as caught:
        two_processes(dask.delayed(pyhello.checked_sqrt)(-1.0))
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, HelloError)
    assert caught.value.status == here.value.status
    # dask puts the other process's traceback behind it.
    assert str(caught.value).startswith(f"{here.value}\n")


def test_a_panic_in_another_process_is_an_error_here() -> None:
    with pytest.raises(pyhello.PanicError, match="elsewhere"):
        two_processes(dask.delayed(pyhello.panic)("elsewhere"))
    # The process that it happened in is alive, or was: the next one answers.
    assert two_processes(dask.delayed(pyhello.greet)("Ada")) == ("Hello, Ada!",)


def test_a_greeter_is_refused_in_words() -> None:
    greeter = Greeter("Hi")
    with pytest.raises(TypeError, match="Greeter"):
        two_processes(dask.delayed(greet_with)(greeter, "Ada"))
    with pytest.raises(TypeError, match="Greeter"):
        pickle.dumps(greeter)
    assert greeter.greet("Ada") == "Hi, Ada!"


def roots_of(block: np.ndarray) -> np.ndarray:
    roots = np.empty_like(block)
    pyhello.sqrt_all(block, roots)
    return roots


def greet_with(greeter: Greeter, name: str) -> str:
    return greeter.greet(name)
