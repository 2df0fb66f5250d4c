"""Columns of the packages that have them: what they hand over is read where it is, and they take
what comes out as it is. A package that is not installed is skipped, by its name.
"""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

import pyhello
from pyhello import ffi, lib

VALUES = np.random.default_rng(32).random(1000) * 1e6
NULLS = np.arange(1000) % 7 == 3
# Whole, a slice whose offset is no multiple of 8, and the end.
PARTS = [slice(0, 1000), slice(13, 501), slice(993, 1000), slice(5, 5)]

# Of an array of pyarrow, and a part of it, the column of another package.
Make = Callable[[Any, slice], Any]


def package(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed")


def whole(has_nulls: bool = True) -> Any:
    return package("pyarrow").array(VALUES, mask=NULLS if has_nulls else None)


def in_chunks(array: Any, part: slice) -> Any:
    chunks = [array[:333], array[333:336], array[336:]]
    return package("pyarrow").chunked_array(chunks)[part]


def of_pandas(array: Any, part: slice) -> Any:
    pandas = package("pandas")
    if int(pandas.__version__.partition(".")[0]) < 3:
        pytest.skip(f"pandas {pandas.__version__} has no __arrow_c_stream__: 3 has")
    return pandas.Series(array, dtype=pandas.ArrowDtype(array.type)).iloc[part]


def of_polars_in_chunks(array: Any, part: slice) -> Any:
    series = package("polars").Series(array)
    return package("polars").concat([series[:333], series[333:]], rechunk=False)[part]


def of_duckdb(array: Any, part: slice) -> Any:
    table = package("pyarrow").table({"number": array[part]})
    return package("duckdb").from_arrow(table).to_arrow_table()["number"]


MAKERS: dict[str, Make] = {
    "pyarrow": lambda array, part: array[part],
    "pyarrow in chunks": in_chunks,
    "polars": lambda array, part: package("polars").Series(array)[part],
    "polars in chunks": of_polars_in_chunks,
    "pandas": of_pandas,
    "nanoarrow": lambda array, part: package("nanoarrow").Array(array[part]),
    "arro3": lambda array, part: package("arro3.core").Array.from_arrow(array[part]),
    "arro3 in chunks": lambda array, part: package("arro3.core").ChunkedArray.from_arrow(
        in_chunks(array, part)
    ),
    "duckdb": of_duckdb,
}


def same(found: Any, values: Any, nulls: Any) -> bool:
    """Whether an array of pyarrow has the square roots, bit for bit, and the nulls."""
    are_null = found.is_null().to_numpy(zero_copy_only=False)
    numbers = found.fill_null(0).to_numpy(zero_copy_only=False)
    roots = np.where(nulls, 0, np.sqrt(values))
    return bool((are_null == nulls).all()) and numbers.tobytes() == roots.tobytes()


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("has_nulls", [True, False])
def test_a_column_has_the_roots_of_numpy(make: str, part: slice, has_nulls: bool) -> None:
    column = MAKERS[make](whole(has_nulls), part)
    roots = package("pyarrow").array(pyhello.sqrt_column(column))
    assert same(roots, VALUES[part], NULLS[part] & has_nulls)


def address_of(buffer: Any) -> int:
    return int(ffi.cast("intptr_t", buffer))


def test_what_comes_in_is_read_where_it_is() -> None:
    array = whole()
    capsules = list(array[13:].__arrow_c_array__())
    lent: Any = lib.python_ArrowArray(id(capsules), 1)
    assert lent.offset == 13
    assert [address_of(it) for it in lent.buffers[0:2]] == [it.address for it in array.buffers()]


def as_pandas(column: Any) -> Any:
    pandas, array = package("pandas"), package("pyarrow").array(column)
    series = pandas.Series(array, dtype=pandas.ArrowDtype(array.type))
    return package("pyarrow").array(series)


TAKERS: dict[str, Callable[[Any], Any]] = {
    "pyarrow": lambda column: package("pyarrow").array(column),
    "polars": lambda column: package("polars").Series(column).to_arrow(),
    "pandas": as_pandas,
    "nanoarrow": lambda column: package("pyarrow").array(package("nanoarrow").Array(column)),
    "arro3": lambda column: package("pyarrow").array(
        package("arro3.core").Array.from_arrow(column)
    ),
}


@pytest.mark.parametrize("take", TAKERS)
def test_what_goes_out_is_taken_as_it_is(take: str) -> None:
    column = pyhello.sqrt_column(whole())
    capsules = list(column.__arrow_c_array__())
    given: Any = lib.python_ArrowArray(id(capsules), 1)
    addresses = [address_of(it) for it in given.buffers[0:2]]
    taken = TAKERS[take](column)
    del column, capsules, given
    assert [it.address for it in taken.buffers()] == addresses
    assert same(taken, VALUES, NULLS)


def test_pandas_makes_a_series_of_it() -> None:
    pandas = package("pandas")
    if not hasattr(pandas.Series, "from_arrow"):
        pytest.skip(f"pandas {pandas.__version__} has no Series.from_arrow: 3 has")
    series = pandas.Series.from_arrow(pyhello.sqrt_column(whole()))
    assert (series.isna() == NULLS).all()
    assert (series[~NULLS] == np.sqrt(VALUES[~NULLS])).all()


def test_duckdb_reads_it() -> None:
    table = package("pyarrow").table({"root": pyhello.sqrt_column(whole())})
    found = package("duckdb").from_arrow(table).aggregate("max(root), count(root)").fetchall()
    assert found == [(np.sqrt(VALUES[~NULLS]).max(), (~NULLS).sum())]
