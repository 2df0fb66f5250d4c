"""A struct, by value: a named tuple."""

import math

import pyhello

for value in (2.25, 2.0):
    number, root, exact = pyhello.root(value)
    print(f"{number:g} has the root {root:g}, {'exactly' if exact else 'rounded'}")

found = pyhello.root(-4.0)
print(f"{found.value:g} has {'no root' if math.isnan(found.root) else 'a root'}")
