"""The caller's buffer: pyhello makes one, and a larger one if that was too small."""

import pyhello
from pyhello import ffi, lib

print(pyhello.sentence(2.25))

# By hand, as C does it: 40 bytes are too few.
buffer, length = ffi.new("char[]", 40), ffi.new("size_t *")
try:
    pyhello.check(lib.hello_sentence(2.0, buffer, 40, length))
except pyhello.ArgumentError as error:
    print(f"refused: {error}")
