"""What pip gets when it asks how this folder is built (PEP 517): words.

Without it, pip would take setuptools, say that all went well, and install a package without its
module.
"""

import sys
from typing import NoReturn


def build_wheel(*_arguments: object, **_options: object) -> NoReturn:
    """Refuses."""
    sys.exit(
        "pyhello cannot be installed from its sources by pip: its module has to be built together "
        "with libhello. Run `cargo xtask python`, which builds both and installs them."
    )


build_sdist = build_editable = build_wheel
