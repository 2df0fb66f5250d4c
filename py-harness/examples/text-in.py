"""A str is lent to the library as UTF-8, until the call returns."""

import pyhello

for name in ("Zoë", "Zoë\0Ada"):
    try:
        print(pyhello.greet(name))
    except ValueError as error:
        print(f"refused: {error}")
