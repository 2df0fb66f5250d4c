"""The raw boundary. Whoever imports it from here has the library that it was built for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from pyhello._hello import ffi, lib

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

__all__ = ["abi_version", "bytes_at", "ffi", "lib", "version"]

# Before anything else is called: in another version of the ABI everything else may differ.
if lib.hello_abi_version() != lib.HELLO_ABI_VERSION:
    raise ImportError(
        f"pyhello was built for ABI version {lib.HELLO_ABI_VERSION} of libhello, "
        f"but the library that was loaded has version {lib.hello_abi_version()}"
    )

# Copies the text at a `char *`, up to its NUL. For other pointers it would return a str, which is
# why its own type says both.
bytes_at: Callable[[CData], bytes] = ffi.string  # type: ignore[assignment]


def abi_version() -> int:
    """Returns the version of the ABI, which the library and this package have in common."""
    return lib.hello_abi_version()


def version() -> str:
    """Returns the version of the library, such as ``0.1.0``."""
    return bytes_at(lib.hello_version()).decode()
