/* Where standard output leads: the library writes to the descriptor, whatever C thinks of it. */

#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>

/* What standard output was before. */
typedef struct {
    int descriptor;
} Output;

/* Lets standard output lead to the file. Returns false, and changes nothing, if there is none. */
bool output_to(const char *path, Output *before);

/* Lets it lead to a descriptor, or nowhere: a write to a closed one fails. */
void output_to_descriptor(int descriptor, Output *before);
void output_closed(Output *before);

/* Lets it lead to where it did. */
void output_back(Output before);

#endif
