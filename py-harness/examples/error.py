"""A status and a message are an exception."""

import pyhello

for value in (9.0, -4.0):
    try:
        print(f"the root is {pyhello.checked_sqrt(value):g}")
    except pyhello.DomainError as error:  # Also a ValueError.
        print(f"{error.name}: {error}")
