"""What the package has to know of the library by name.

``_boundary`` is the same for every library: it knows it by these names.
"""

from ._acme import ffi as ffi
from ._acme import lib as lib

LIBRARY = "libacme"
ABI_VERSION = lib.ACME_ABI_VERSION
c_abi_version = lib.acme_abi_version
c_version = lib.acme_version
c_last_error = lib.acme_last_error
c_status_name = lib.acme_status_name
c_string_free = lib.acme_string_free
