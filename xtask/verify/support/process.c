/* Not in ISO C: RTLD_DEFAULT. */
#define _GNU_SOURCE

#include "process.h"

#if !defined(_WIN32) && !defined(__wasi__)
#include <dlfcn.h>
#endif
#include <stdio.h>

#include "program.h"

void *find_symbol(const char *name) {
#if !defined(_WIN32) && !defined(__wasi__)
    return dlsym(RTLD_DEFAULT, name);
#else
    stop(WRONG, "process", "%s is not looked for on this system", name);
#endif
}

typedef struct {
    const char *when;
    bool is_same;
} Comparison;

static void print(const char *difference, void *context) {
    Comparison *all = context;
    all->is_same = false;
    fprintf(stderr, "%s: %s\n", all->when, difference);
}

bool footprint_is_same(const Footprint *before, const Footprint *now, const char *when) {
    Comparison all = {when, true};
    footprint_compare(before, now, print, &all);
    return all.is_same;
}
