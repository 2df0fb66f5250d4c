"""Takes the roots of an array in place, and makes it smaller."""

import numpy
from pyhello import ffi, lib

values = numpy.full(100_000, 4.0)
buffer = ffi.from_buffer("double[]", values, require_writable=True)
try:
    values.resize(10)
    print("resized", flush=True)
except ValueError:
    print("numpy refuses: somebody refers to the array", flush=True)
lib.hello_sqrt_all(buffer, buffer, len(buffer))
print("the last root:", buffer[len(buffer) - 1])
