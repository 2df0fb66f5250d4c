"""Builds the module behind ``pyhello`` with CFFI, in API mode, and installs the package.

Run it with the interpreter of the environment to install into::

    python hello_ffi_builder.py PIPELINE

where ``PIPELINE`` holds ``include/hello.h`` and ``lib/libhello``. How a module comes out of that is
in ``support/ffi_builder.py``.
"""

from support.ffi_builder import Names, main

if __name__ == "__main__":
    main(Names(library="hello", package="pyhello"))
