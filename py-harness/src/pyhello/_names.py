"""The library's names, which the rest of the package uses.

``_boundary`` is the same for every library: it knows it by these names.
"""

from ._hello import ffi as ffi
from ._hello import lib as lib

LIBRARY = "libhello"
ABI_VERSION = lib.HELLO_ABI_VERSION
c_abi_version = lib.hello_abi_version
c_version = lib.hello_version
c_last_error = lib.hello_last_error
c_status_name = lib.hello_status_name
c_string_free = lib.hello_string_free
