"""Arrays are used where they are. They have to hold doubles."""

from array import array

import pyhello

roots = pyhello.sqrt_all(array("d", [1.0, 4.0, 9.0, 16.0]))
print(*(f"{root:g}" for root in roots))

try:
    pyhello.sqrt_all(array("q", [1, 4, 9, 16]))  # int64: 8 bytes as well, but no doubles.
except TypeError as error:
    print(f"refused: {error}")
