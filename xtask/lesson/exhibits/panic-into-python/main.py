"""Survives a bug of the library, and saves its work."""

import pyhello

try:
    print("an hour of work, not saved yet", flush=True)
    pyhello.panic("a bug in the library")
except pyhello.PanicError as error:
    print("an exception:", error, flush=True)
finally:
    print("work saved", flush=True)
