"""Columns of tables, by the Arrow C data interface."""

from __future__ import annotations

from typing import Any, Protocol

from ._boundary import check, lib

__all__ = ["Column", "sqrt_column"]

# None on PyPy, where a module of CFFI cannot make capsules.
_sqrt_column = getattr(lib, "python_hello_sqrt_column", None)


class _HasArray(Protocol):
    def __arrow_c_array__(self) -> tuple[object, object]: ...


class _HasStream(Protocol):
    def __arrow_c_stream__(self) -> object: ...


class Column:
    """A column of doubles, some of which may be null, that the library made.

    pyarrow, polars, pandas and others take it as it is, without a copy: ``pyarrow.array(column)``,
    ``polars.Series(column)``, ``pandas.Series.from_arrow(column)``. They share its memory, which is
    freed with the last of them, on any thread; nobody may change it.
    """

    __slots__ = ("_capsules",)

    def __init__(self, schema: object, array: object) -> None:
        self._capsules = [schema, array]

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Returns two capsules, with an ``ArrowSchema`` and an ``ArrowArray``, at every call.

        ``requested_schema`` is not looked at: a column is one of doubles.
        """
        new = [*self._capsules, None, None]
        lib.python_share_ArrowSchema(id(new), 0, 2)
        lib.python_share_ArrowArray(id(new), 1, 3)
        if None in new:
            raise MemoryError
        return new[2], new[3]

    def __len__(self) -> int:
        """How many values there are, null or not."""
        array: Any = lib.python_ArrowArray(id(self._capsules), 1)
        length: int = array.length
        return length


def sqrt_column(values: _HasArray | _HasStream) -> Column:
    """Returns the square root of each of ``values``, as ``sqrt`` would; of null, it is null.

    ``values`` is a column of doubles with ``__arrow_c_array__`` or ``__arrow_c_stream__``: an Array
    or a ChunkedArray of pyarrow, a Series of polars or of pandas, and a ``Column`` itself. It is
    not copied. What comes in chunks becomes one column.

    ``NotImplementedError``: on PyPy, where a module of CFFI cannot make capsules. ``TypeError``: it
    has neither. ``FormatError``, which is a ``TypeError``: it is not of doubles.
    ``StreamError``: what gives the chunks failed. ``OutOfMemoryError``.

    Meanwhile other threads run. None of them may change the values.
    """
    if _sqrt_column is None:
        raise NotImplementedError("PyPy has no capsules for columns: use CPython, or sqrt_all")
    # A None is for a capsule of ours: what the library writes has an owner, whatever strikes.
    if export := getattr(values, "__arrow_c_array__", None):
        schema, array = export()
        capsules = [schema, array, None]
        status = _sqrt_column(id(capsules))
    elif export := getattr(values, "__arrow_c_stream__", None):
        capsules = [export(), None, None]
        status = lib.python_hello_sqrt_stream(id(capsules))
        schema = capsules[1]
    else:
        raise TypeError(
            "`values` has to be a column, with __arrow_c_array__ or __arrow_c_stream__, "
            f"not {type(values).__name__}: for a buffer of doubles there is sqrt_all"
        )
    if status:
        check(status)
    return Column(schema, capsules[2])
