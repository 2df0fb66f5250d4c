"""Stage 3 of the pipeline: the function, called from Python."""

from pyhello import lib

lib.Hello()
