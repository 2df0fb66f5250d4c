"""Columns by hand, for tests that need no package which has them. They count what was released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyhello import Column, ffi, lib

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

Numbers = list["float | None"]


# Those of which something is not released: its function has to be there until then.
_in_use: set[Producer] = set()


class Producer:
    """Gives the chunks of a column, each with values before it that do not belong to it."""

    def __init__(self, *chunks: Numbers, kind: bytes = b"g", before: int = 0) -> None:
        self.chunks = list(chunks)
        self.kind = ffi.new("char[]", kind)
        self.before = before
        #: What it gave, and has not been released. A struct is counted by the capsule it is in.
        self.alive = 0
        self.memory: list[Any] = []
        self.release_schema = ffi.callback("void(struct ArrowSchema *)", self._release)
        self.release_array = ffi.callback("void(struct ArrowArray *)", self._release)

    def _release(self, struct: Any) -> None:
        assert struct.release, "it is released twice"
        struct.release = ffi.NULL
        self.alive -= 1
        if self.alive == 0:
            _in_use.remove(self)

    def _gives(self) -> None:
        self.alive += 1
        _in_use.add(self)

    def fill_schema(self, schema: Any) -> None:
        schema.format, schema.release = self.kind, self.release_schema
        self._gives()

    def fill_array(self, array: Any, chunk: Numbers) -> None:
        values = [-1.0] * self.before + [7.0 if it is None else it for it in chunk]
        bits = sum((it is not None) << self.before + at for at, it in enumerate(chunk))
        size = len(values) // 8 + 1
        self.memory += [
            ffi.new("double[]", values),
            ffi.new("char[]", bits.to_bytes(size, "little")),
        ]
        buffers = ffi.new("const void *[]", [self.memory[-1], self.memory[-2]])
        self.memory.append(buffers)
        array.length, array.offset, array.null_count = len(chunk), self.before, -1
        array.n_buffers, array.buffers, array.release = 2, buffers, self.release_array
        self._gives()


class Arrays(Producer):
    """A column in one chunk."""

    def __arrow_c_array__(self) -> tuple[object, object]:
        capsules: list[object] = [None, None]
        self.fill_schema(lib.python_ArrowSchema(id(capsules), 0))
        self.fill_array(lib.python_ArrowArray(id(capsules), 1), self.chunks[0])
        return capsules[0], capsules[1]


class Streams(Producer):
    """A column in chunks."""

    def __init__(self, *chunks: Numbers, fails: bytes = b"", **more: Any) -> None:
        super().__init__(*chunks, **more)
        #: How the stream fails instead of its end.
        self.fails = ffi.new("char[]", fails)

    def __arrow_c_stream__(self) -> object:
        capsules: list[object] = [None]
        stream: Any = lib.python_ArrowArrayStream(id(capsules), 0)
        left = iter(self.chunks)

        @ffi.callback("int(struct ArrowArrayStream *, struct ArrowSchema *)")
        def get_schema(_stream: CData, schema: Any) -> int:
            self.fill_schema(schema)
            return 0

        @ffi.callback("int(struct ArrowArrayStream *, struct ArrowArray *)")
        def get_next(_stream: CData, array: Any) -> int:
            chunk = next(left, None)
            if chunk is not None:
                self.fill_array(array, chunk)
                return 0
            array.release = ffi.NULL
            return 5 if len(self.fails) > 1 else 0

        @ffi.callback("const char *(struct ArrowArrayStream *)")
        def get_last_error(_stream: CData) -> CData:
            return self.fails

        @ffi.callback("void(struct ArrowArrayStream *)")
        def release(stream: Any) -> None:
            self._release(stream)

        stream.get_schema, stream.get_next = get_schema, get_next
        stream.get_last_error, stream.release = get_last_error, release
        self.memory += [get_schema, get_next, get_last_error, release]
        self._gives()
        return capsules[0]


def values_of(column: Column) -> Numbers:
    """What is in a column of the library."""
    capsules = list(column.__arrow_c_array__())
    array: Any = lib.python_ArrowArray(id(capsules), 1)
    values, bits = ffi.cast("double *", array.buffers[1]), ffi.cast("uint8_t *", array.buffers[0])
    is_valid = [not bits or bits[at // 8] >> at % 8 & 1 for at in range(array.length)]
    return [float(values[at]) if valid else None for at, valid in enumerate(is_valid)]
