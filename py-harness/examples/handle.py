"""An object of the library that lives as long as the `with`."""

import pyhello

with pyhello.Greeter("Good morning") as greeter:
    print(greeter.greet("Ada"))
    print(f"greetings made: {greeter.count}")

try:
    greeter.greet("Grace")
except ValueError as error:
    print(f"refused: {error}")
