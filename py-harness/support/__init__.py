# abi-python 0.1.0. `cargo xtask generate` writes this file; it is the same for every library.
"""What a harness in Python needs for any library of this shape."""
