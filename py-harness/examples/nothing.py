"""Output: the library writes to standard output itself, past Python's buffer."""

import sys

import pyhello

try:
    pyhello.hello()  # It cannot report whether that worked.
    pyhello.print_sentence(9.0)
except pyhello.OutputError as error:
    sys.exit(str(error))
