/* Not in ISO C: clock_gettime(), madvise(). */
#define _DEFAULT_SOURCE

#include "arrays.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* A huge page: with its size and alignment every caller gets the same kind of pages. Allocators
 * differ in that, and where an array is larger than the caches it would be most of the time. */
enum { HUGE = 2 << 20 };

/* The values begin at a page and the roots in the middle of one: processors take a write to the one
 * for a write to the other where the last bits of the addresses are the same. */
enum { APART = 2048 };

static char *block_for(size_t bytes) {
    bytes += HUGE - bytes % HUGE;
    char *block = aligned_alloc(HUGE, bytes);
#ifdef MADV_HUGEPAGE
    /* A wish: a system that grants it to nobody still treats all callers alike. */
    if (block != NULL) {
        madvise(block, bytes, MADV_HUGEPAGE);
    }
#endif
    return block;
}

double *bench_values(size_t count) {
    double *values = (double *)block_for(count * sizeof *values);
    for (size_t i = 0; values != NULL && i < count; i++) {
        values[i] = (double)i + 0.5;
    }
    return values;
}

double *bench_roots(size_t count) {
    size_t bytes = count * sizeof(double);
    char *block = block_for(bytes + APART);
    return block == NULL ? NULL : memset(block + APART, 0, bytes);
}

void bench_free(double *doubles) {
    free((char *)doubles - (uintptr_t)doubles % HUGE);
}

uint64_t bench_checksum(const double *roots, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &roots[i], sizeof bits);
        sum += bits * (2 * (uint64_t)i + 1);
    }
    return sum;
}

uint64_t bench_now(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}
