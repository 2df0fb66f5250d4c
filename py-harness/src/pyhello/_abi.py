"""The raw boundary: what is the same for every library.

Whoever imports ``lib`` from here has the library that it was built for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ._names import ABI_VERSION, LIBRARY, c_abi_version, c_version, ffi, lib

if TYPE_CHECKING:
    from _cffi_backend import _CDataBase as CData

__all__ = ["abi_version", "ffi", "lib", "version"]

# Before anything else is called: in another version of the ABI everything else may differ.
if c_abi_version() != ABI_VERSION:
    raise ImportError(
        f"{__package__} was built for ABI version {ABI_VERSION} of {LIBRARY}, "
        f"but the library that was loaded has version {c_abi_version()}"
    )

# Copies the text at a `char *`, up to its NUL. For other pointers it would return a str, which is
# why its own type says both.
bytes_at: Callable[[CData], bytes] = ffi.string  # type: ignore[assignment]


def abi_version() -> int:
    """Returns the version of the ABI, which the library and this package have in common."""
    return c_abi_version()


def version() -> str:
    """Returns the version of the library, such as ``0.1.0``."""
    return bytes_at(c_version()).decode()
