"""What was loaded. With a library of another ABI version, the import fails."""

try:
    import pyhello
except ImportError as error:
    raise SystemExit(str(error)) from None

print(f"libhello {pyhello.version()}, ABI version {pyhello.abi_version()}")
