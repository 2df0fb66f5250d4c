/* A library in another's place that passes each call on and counts how it ended. Its functions are
 * generated. */

#ifndef COUNTING_H
#define COUNTING_H

#include <stddef.h>
#include <stdint.h>

enum { COUNTED_STATUSES = 64 };

/* The functions, by name. Generated. */
extern const char *const COUNTED[];
extern const size_t COUNTED_COUNT;

/* Writes the address of the real function to `function`, a pointer to one. */
void counted_real(size_t index, void *function, size_t size);

/* Notes that the function returned, with this status; 0 if it has none. */
void counted_return(size_t index, int64_t status);

#endif
