"""What a harness in Python needs for any library of this shape."""
