"""libhello for Python: the library's functions as CFFI has them.

``lib`` holds the functions and constants of hello.h, ``ffi`` what converts to and from C's types.
"""

from pyhello._hello import ffi, lib

__all__ = ["ffi", "lib"]

if lib.hello_abi_version() != lib.HELLO_ABI_VERSION:
    raise ImportError(
        f"pyhello was built for ABI version {lib.HELLO_ABI_VERSION} of libhello, "
        f"but the library that was loaded has version {lib.hello_abi_version()}"
    )
