"""Stage 3 of the pipeline: the function, called from Python."""

import pyacme

print(f"kitten and sitting are {pyacme.edit_distance('kitten', 'sitting')} edits apart")
