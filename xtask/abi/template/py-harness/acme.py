"""Stage 3 of the pipeline: the function, called from Python."""

import pyacme

# example: begin
print(f"100 degrees Celsius are {pyacme.fahrenheit(100):g} degrees Fahrenheit")
# example: end
# core: begin
version, abi_version = pyacme.version(), pyacme.abi_version()
print(f"acme {version}, ABI version {abi_version}")
# core: end
