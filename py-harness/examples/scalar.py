"""A number in and a number out, by value."""

import math

import pyhello

print(f"the square root of 2.25 is {pyhello.sqrt(2.25):g}")

# A function without a status has only its result to say that there is none.
if math.isnan(pyhello.sqrt(-4.0)):
    print("the square root of -4 is not a number")
