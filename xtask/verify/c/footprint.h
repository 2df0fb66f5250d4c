/* What a process has that a library might change without anybody asking it to. Linux alone: it reads
 * /proc/self. */

#ifndef FOOTPRINT_H
#define FOOTPRINT_H

#include <stddef.h>

typedef struct {
    size_t threads;
    size_t open_files;
    size_t handled; /* How many signals have a handler of the process's own. */
    size_t length;
    char lines[16384]; /* What each thing is called, a tab, and how it is. */
} Footprint;

/* What the process has now. */
Footprint footprint(void);

/* Calls `report` with each difference, in words, such as "the umask is 022, 077 before". */
void footprint_compare(const Footprint *before, const Footprint *now,
                       void (*report)(const char *difference, void *context), void *context);

#endif
