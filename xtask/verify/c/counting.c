#include "counting.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 10000 };

/* The last column is for every other status. */
static atomic_ulong returns[MOST][COUNTED_STATUSES + 1];

static void stop(const char *words) {
    fprintf(stderr, "counting: %s\n", words);
    abort();
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        stop(name);
    }
    return value;
}

/* POSIX promises that what dlsym() returns is a function's address; C has no cast that says so. */
void counted_real(size_t index, void *function, size_t size) {
    void *library = dlopen(variable("COUNTED_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, COUNTED[index]) : NULL;
    if (symbol == NULL) {
        stop(dlerror());
    }
    if (size != sizeof symbol || index >= MOST) {
        stop("a function's address is no pointer here, or there are too many functions");
    }
    memcpy(function, &symbol, size);
}

void counted_return(size_t index, int64_t status) {
    int64_t column = status >= 0 && status < COUNTED_STATUSES ? status : COUNTED_STATUSES;
    returns[index][column]++;
}

/* A line for each function and status: "NAME STATUS COUNT". */
__attribute__((destructor)) static void write_counts(void) {
    FILE *file = fopen(variable("COUNTS_FILE"), "a");
    if (file == NULL) {
        stop("the counts cannot be written");
    }
    for (size_t i = 0; i < COUNTED_COUNT; i++) {
        for (size_t status = 0; status <= COUNTED_STATUSES; status++) {
            unsigned long count = returns[i][status];
            if (count > 0) {
                fprintf(file, "%s %zu %lu\n", COUNTED[i], status, count);
            }
        }
    }
    fclose(file);
}
