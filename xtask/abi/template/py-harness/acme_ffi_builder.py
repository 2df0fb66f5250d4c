"""Builds the module behind ``pyacme`` with CFFI, in API mode, and installs both.

Run by the interpreter of the environment that gets it::

    python acme_ffi_builder.py PIPELINE

where ``PIPELINE`` holds ``include/acme.h`` and ``lib/libacme``.
How a module comes out of that is in ``support/ffi_builder.py``.
"""

from support.ffi_builder import Names, main

if __name__ == "__main__":
    main(Names(library="acme", package="pyacme"))
