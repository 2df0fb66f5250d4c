"""Prints the square root of 2, with all its digits, and the square of that."""

from pyhello import lib

root = lib.hello_sqrt(2.0)
print("The square root of 2 is:", root)
print("Its square is:", root * root)
