"""A panic in Rust is an exception in Python, and both go on."""

import pyhello

try:
    pyhello.panic("out of ideas")
except pyhello.PanicError as error:
    print(f"{error.name}: {error}")
print(f"and on we go: {pyhello.sqrt(2.25):g}")
