/* What the harness asks about its own process. Linux alone: it reads /proc/self. */

#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "footprint.h"

/* The address of a function in the process, by its name, or NULL. */
void *find_symbol(const char *name);

/* Whether nothing changed. What did is named on standard error, in lines that begin with `when`. */
bool footprint_is_same(const Footprint *before, const Footprint *now, const char *when);

#endif
