/* What stays of the library in a process that loads it, lets it panic and unloads it, a thousand times:
 * nothing (footprint.h has the list of what is looked at). What each call leaves, the cases show.
 *
 *     footprint LIBRARY
 *
 * It is not linked with the library, of course. */

/* Not in ISO C: realpath() and the like. */
#define _XOPEN_SOURCE 700

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "footprint.h"
#include "hello.h"
#include "output.h"
#include "program.h"

static const char PROGRAM[] = "footprint";

enum { FIRST_CYCLES = 10, CYCLES = 1000, MOST_GROWTH = 1 << 10 };

static void panic_in(void *library) {
    __typeof__(hello_panic) *function;
    void *symbol = dlsym(library, "hello_panic");
    if (symbol == NULL) {
        stop(WRONG, PROGRAM, "%s", dlerror());
    }
    /* POSIX promises that it is a function's address; C has no cast that says so. */
    memcpy(&function, &symbol, sizeof function);
    Outputs terminal = outputs_to_nowhere();
    HelloStatus status = function("on purpose");
    outputs_back(terminal);
    if (status != HELLO_STATUS_PANIC) {
        stop(WRONG, PROGRAM, "hello_panic() has not panicked");
    }
}

/* The most that the process has had in memory so far. */
static long kilobytes(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

/* Whether a part of the file is still in memory, the debug information that a backtrace has read included. */
static bool is_mapped(const char *path) {
    char line[8192];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps) != NULL && strstr(line, path) == NULL) {
    }
    bool is_end = feof(maps) != 0;
    fclose(maps);
    return !is_end;
}

static void compare(const Footprint *beginning, const char *when) {
    Footprint now = footprint();
    if (!footprint_is_same(beginning, &now, when)) {
        stop(WRONG, PROGRAM, "something is left, see above");
    }
}

int main(int argc, char **argv) {
    long before = 0;
    char *path = argc == 2 ? realpath(argv[1], NULL) : NULL;
    if (path == NULL) {
        stop(MALFORMED, PROGRAM, "usage: footprint LIBRARY, which has to be there");
    }
    /* With it, Rust's own report of a panic names the callers, and what it reads for that stays: the
     * library could not be unloaded any more. */
    setenv("RUST_BACKTRACE", "1", 1);

    Footprint beginning = footprint();
    for (int i = 0; i < CYCLES; i++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            stop(WRONG, PROGRAM, "%s", dlerror());
        }
        compare(&beginning, "loaded");
        panic_in(library);
        compare(&beginning, "after a panic");
        if (dlclose(library) != 0) {
            stop(WRONG, PROGRAM, "%s", dlerror());
        }
        compare(&beginning, "unloaded");
        if (is_mapped(path)) {
            stop(WRONG, PROGRAM, "dlclose() has not unloaded the library: %s is in /proc/self/maps", path);
        }
        before = i <= FIRST_CYCLES ? kilobytes() : before;
    }
    /* What is kept for each loaded library, or each panic, adds up. */
    long growth = kilobytes() - before;
    if (growth > MOST_GROWTH) {
        stop(WRONG, PROGRAM, "load, panic, unload keeps memory: %ld KB", growth);
    }
    return 0;
}
