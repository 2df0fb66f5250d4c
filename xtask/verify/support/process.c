/* Not in ISO C: RTLD_DEFAULT. */
#define _GNU_SOURCE

#include "process.h"

#if !defined(_WIN32) && !defined(__wasi__)
#include <dlfcn.h>
#endif
#include <stdio.h>
#include <string.h>

#include "program.h"

static const char PROGRAM[] = "process";

void *find_symbol(const char *name) {
#if !defined(_WIN32) && !defined(__wasi__)
    return dlsym(RTLD_DEFAULT, name);
#else
    stop(WRONG, PROGRAM, "%s is not looked for on this system", name);
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

static FILE *open_or_stop(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        stop(WRONG, PROGRAM, "%s cannot be read", path);
    }
    return file;
}

size_t resident(void) {
    static char line[256];
    size_t kilobytes = 0;
    FILE *status = open_or_stop("/proc/self/status");
    while (kilobytes == 0 && fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "VmRSS: %zu", &kilobytes) != 1) {
            kilobytes = 0;
        }
    }
    fclose(status);
    return kilobytes * 1024;
}

bool is_mapped(const char *path) {
    static char line[8192];
    bool found = false;
    FILE *maps = open_or_stop("/proc/self/maps");
    while (!found && fgets(line, sizeof line, maps) != NULL) {
        found = strstr(line, path) != NULL;
    }
    fclose(maps);
    return found;
}
