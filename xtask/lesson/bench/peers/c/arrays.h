/* What every caller shares, whatever its language: the arrays that a row works on, all from one
 * allocator, their checksum, and the clock. The callers in C compile it in; those in Rust and Python
 * load it. */

#ifndef ARRAYS_H
#define ARRAYS_H

#include <stddef.h>
#include <stdint.h>

/* `count` doubles: 0.5, 1.5, 2.5 and so on. NULL without memory. */
double *bench_values(size_t count);

/* `count` doubles for the roots: zeros, written to, so that they are memory already and not only a
 * promise of some. NULL without memory. */
double *bench_roots(size_t count);

/* Frees either; NULL is nothing. */
void bench_free(double *doubles);

/* The bits of all, each weighted by its index: a root that is wrong or elsewhere makes another sum. */
uint64_t bench_checksum(const double *roots, size_t count);

/* Nanoseconds of this thread's own time: what other programs take of the processor is not in it. */
uint64_t bench_now(void);

#endif
