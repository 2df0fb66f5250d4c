"""Python and the library take turns."""

import pyhello

print("1. Python")
pyhello.hello()
print("3. Python")
