"""The library allocates the greeting; pyhello copies it into a str and gives the memory back."""

import pyhello

greeting = pyhello.greet("Ada")
print(greeting)

try:
    pyhello.greet(None)  # type: ignore[arg-type]
except TypeError as error:
    print(f"refused: {error}")
