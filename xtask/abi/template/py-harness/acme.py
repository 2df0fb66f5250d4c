"""Stage 3 of the pipeline: the function, called from Python."""

import pyacme

print(f"100 degrees Celsius are {pyacme.fahrenheit(100):g} degrees Fahrenheit")
