/* What a process has that a library might change without anybody asking it to. Linux alone: it reads
 * /proc/self. */

#ifndef FOOTPRINT_H
#define FOOTPRINT_H

#include <stddef.h>
#include <stdint.h>

enum { FOOTPRINT_SIGNALS = 65 };

typedef struct {
    size_t threads;
    size_t open_files;
    size_t handled; /* How many signals have a handler of the process's own. */
    void (*handlers[FOOTPRINT_SIGNALS])(int);
    unsigned char blocked[FOOTPRINT_SIGNALS]; /* On the calling thread. */
    unsigned mask;                            /* Of new files: umask(). */
    char locale[512];                         /* All categories, of the process. */
    const void *own_locale;                   /* Of the calling thread. */
    char folder[1024];                        /* The current one. */
    uint64_t environment;                     /* A hash of all variables. */
    size_t lookups;                           /* How often getenv() was called until now. */
    unsigned rounding;   /* How the calling thread rounds floating-point numbers, ... */
    unsigned subnormals; /* ... whether it keeps the smallest ones, ... */
    unsigned digits;     /* ... whether `long double` has all its digits, ... */
    unsigned control;    /* ... and what else the processor's register says. */
} Footprint;

/* What the process has now. */
Footprint footprint(void);

/* Calls `report` with each difference, in words, such as "the umask is 022, 077 before". */
void footprint_compare(const Footprint *before, const Footprint *now,
                       void (*report)(const char *difference, void *context), void *context);

#endif
