"""pyarrow, polars and pandas have columns. This one is made by hand, so that you see its parts."""

from typing import Any

import pyhello
from pyhello import ffi, lib

VALUES = ffi.new("double[]", [1.0, 4.0, 0.0, 16.0])
VALID = ffi.new("uint8_t[]", [0b1011])  # From the right, the third value is null.
BUFFERS = ffi.new("const void *[]", [VALID, VALUES])


@ffi.callback("void(struct ArrowSchema *)")
def release_schema(schema: Any) -> None:
    """Marks it: all of its memory is Python's."""
    schema.release = ffi.NULL


@ffi.callback("void(struct ArrowArray *)")
def release_array(array: Any) -> None:
    """Marks it, too."""
    array.release = ffi.NULL


class ByHand:
    """A column with three values."""

    def __init__(self, kind: bytes) -> None:
        self.kind = ffi.new("char[]", kind)

    def __arrow_c_array__(self) -> tuple[object, object]:
        """By this name any package finds it."""
        capsules: list[object] = [None, None]
        schema: Any = lib.python_ArrowSchema(id(capsules), 0)
        schema.format, schema.release = self.kind, release_schema
        array: Any = lib.python_ArrowArray(id(capsules), 1)
        array.length, array.offset, array.null_count, array.n_buffers = 3, 1, 1, 2
        array.buffers, array.release = BUFFERS, release_array
        return capsules[0], capsules[1]


roots = pyhello.sqrt_column(ByHand(b"g"))  # g: doubles
capsules = list(roots.__arrow_c_array__())
array: Any = lib.python_ArrowArray(id(capsules), 1)
numbers, bits = ffi.cast("double *", array.buffers[1]), ffi.cast("char *", array.buffers[0])
for at in range(len(roots)):
    print(f"{numbers[at]:g}" if ord(bits[0]) >> at & 1 else "null")

try:
    pyhello.sqrt_column(ByHand(b"u"))  # u: text
except TypeError as error:
    print(f"refused: {error}")
