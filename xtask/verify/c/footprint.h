/* What a process has that a library might change without anybody asking it to. Linux alone: it reads
 * /proc/self. */

#ifndef FOOTPRINT_H
#define FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    size_t length;
    char lines[16384]; /* What each thing is called, a tab, and how it is. */
} Footprint;

/* What the process has now. */
Footprint footprint(void);

/* Whether nothing changed. What did is named on standard error, in lines such as "WHEN: the umask is 022, 077
 * before". */
bool footprint_is_same(const Footprint *before, const Footprint *now, const char *when);

#endif
