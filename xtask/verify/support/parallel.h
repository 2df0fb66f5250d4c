/* Several threads at once. */

#ifndef PARALLEL_H
#define PARALLEL_H

#include <stddef.h>

/* Calls body(context, 0) to body(context, count - 1), each on a thread of its own, and returns when
 * all have returned. */
void in_parallel(size_t count, void (*body)(void *context, size_t number), void *context);

#endif
