/* What a process has that a library might change. Linux alone: it reads /proc/self. */

#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>

enum { SIGNALS = 65 };

typedef struct {
    size_t threads;
    size_t descriptors;
    size_t handlers; /* Of signals that are neither ignored nor left to the system. */
    void (*handler[SIGNALS])(int);
} Footprint;

/* What it has now. */
Footprint footprint(void);

/* Bytes of the process that are in memory now. */
size_t resident(void);

/* Whether a file is in the memory of the process. */
bool is_mapped(const char *path);

#endif
