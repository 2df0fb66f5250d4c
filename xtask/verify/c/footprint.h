/* What a process has that a library might change without anybody asking it to. Linux alone: it reads
 * /proc/self. */

#ifndef FOOTPRINT_H
#define FOOTPRINT_H

#include <stddef.h>

enum { FOOTPRINT_SIGNALS = 65 };

typedef struct {
    size_t threads;
    size_t open_files;
    void (*handlers[FOOTPRINT_SIGNALS])(int);
    unsigned char blocked[FOOTPRINT_SIGNALS];
    unsigned mask;          /* Of new files: umask(). */
    char *locale;           /* All categories, of the process. */
    const void *own_locale; /* Of the calling thread. */
    char *folder;           /* The current one. */
    char *environment;      /* All variables. */
    unsigned rounding;      /* How the calling thread rounds floating-point numbers, ... */
    unsigned smallest;      /* ... whether it keeps the smallest ones, ... */
    unsigned digits;        /* ... whether `long double` has all its digits, ... */
    unsigned control;       /* ... and what else the processor's register says. */
} Footprint;

/* What the process has now. Free it with footprint_free(). */
Footprint footprint(void);
void footprint_free(Footprint *footprint);

/* Calls `report` with each thing that differs, in words, such as "the locale". */
void footprint_compare(const Footprint *before, const Footprint *after,
                       void (*report)(const char *what, void *context), void *context);

#endif
