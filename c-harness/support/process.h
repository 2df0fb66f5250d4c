/* What a process has that a library might change. Linux alone: it reads /proc/self. */

#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGNALS = 65 };

typedef struct {
    size_t threads;
    size_t descriptors;
    size_t handlers; /* Of signals that are neither ignored nor left to the system. */
    void (*handler[SIGNALS])(int);
    unsigned char blocked[SIGNALS]; /* On the calling thread. */
    unsigned mask;                  /* Of the permissions of new files. */
    unsigned rounding;              /* How the calling thread rounds... */
    unsigned subnormals;            /* ...whether it takes and gives subnormal numbers... */
    unsigned control;               /* ...and what else the processor's register says. */
    char locale[512];               /* Of the process... */
    const void *own_locale;         /* ...and of the calling thread. */
    char folder[1024];
    uint64_t environment; /* A hash. */
} Footprint;

/* What it has now. */
Footprint footprint(void);

/* Whether nothing changed. What did is named on standard error, in lines that begin with `when`. */
bool footprint_is_same(const Footprint *before, const Footprint *now, const char *when);

/* Bytes of the process that are in memory now. */
size_t resident(void);

/* Whether a file is in the memory of the process. */
bool is_mapped(const char *path);

#endif
