"""Columns of tables, by the Arrow C data interface."""

from __future__ import annotations

from typing import Any, Protocol

from ._boundary import check, lib

__all__ = ["Column", "sqrt_column"]


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

    __slots__ = ("_array", "_schema")

    def __init__(self, schema: object, array: object) -> None:
        self._schema, self._array = schema, array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Returns two capsules, with an ``ArrowSchema`` and an ``ArrowArray``, at every call.

        ``requested_schema`` is not looked at: a column is one of doubles.
        """
        new: list[object] = []
        if not lib.python_new_ArrowSchema(id(new), id(self._schema)):
            raise MemoryError
        if not lib.python_new_ArrowArray(id(new), id(self._array)):
            raise MemoryError
        return new[0], new[1]

    def __len__(self) -> int:
        """How many values there are, null or not."""
        array: Any = lib.python_ArrowArray(id(self._array))
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
    if not hasattr(lib, "python_new_ArrowArray"):
        raise NotImplementedError("PyPy has no capsules for columns: use CPython, or sqrt_all")
    # In capsules from the start: what the library writes has an owner, whatever strikes.
    new: list[object] = []
    roots = lib.python_new_ArrowArray(id(new), 0)
    if hasattr(values, "__arrow_c_array__"):
        schema, array = values.__arrow_c_array__()
        given = lib.python_ArrowSchema(id(schema)), lib.python_ArrowArray(id(array))
        status = lib.hello_sqrt_column(*given, roots)
    elif hasattr(values, "__arrow_c_stream__"):
        stream = values.__arrow_c_stream__()
        given = lib.python_ArrowArrayStream(id(stream)), lib.python_new_ArrowSchema(id(new), 0)
        status = lib.hello_sqrt_stream(*given, roots)
        schema = new[1]
    else:
        raise TypeError(
            "`values` has to be a column, with __arrow_c_array__ or __arrow_c_stream__, "
            f"not {type(values).__name__}: for a buffer of doubles there is sqrt_all"
        )
    if status:
        check(status)
    return Column(schema, new[0])
