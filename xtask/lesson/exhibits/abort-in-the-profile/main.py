"""Survives a bug of the library."""

import pyhello

try:
    pyhello.panic("a bug in the library")
except pyhello.PanicError as error:
    print("an exception:", error)
print("and on we go")
