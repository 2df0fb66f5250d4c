/* What the harness asks about its own process. */

#ifndef PROCESS_H
#define PROCESS_H

#include "footprint.h"

/* The address of a function in the process, by its name, or NULL. */
void *find_symbol(const char *name);

#endif
