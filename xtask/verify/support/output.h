/* Where standard output and standard error lead: a library writes to the descriptor, whatever C
 * thinks of it. */

#ifndef OUTPUT_H
#define OUTPUT_H

/* The file that takes everything. */
#ifdef _WIN32
#define NOWHERE "NUL"
#else
#define NOWHERE "/dev/null"
#endif

/* One of the two, and where it led before. */
typedef struct {
    int descriptor;
    int kept;
} Output;

/* Lets STDOUT_FILENO or STDERR_FILENO lead to the file, which has to be there. */
void output_to(int descriptor, const char *path, Output *before);

/* Lets it lead to another descriptor, or nowhere: a write to a closed one fails. */
void output_to_descriptor(int descriptor, int other, Output *before);
void output_closed(int descriptor, Output *before);

/* Lets both lead to /dev/null, and back. */
typedef struct {
    Output output;
    Output error;
} Outputs;

Outputs outputs_to_nowhere(void);
void outputs_back(Outputs before);

/* Lets it lead to where it did. */
void output_back(Output before);

#endif
