/* Not in ISO C: sigaction(), uselocale() and their like. */
#define _XOPEN_SOURCE 700

#include "footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32) || defined(__wasi__)

Footprint footprint(void) {
    fprintf(stderr, "footprint: it is taken on Linux alone\n");
    exit(2);
}

#else

#include <dirent.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIGNALS = 65 };

extern char **environ;

static size_t lookups;

/* Takes the place of the C library's, to count: a library whose answers depend on the environment cannot
 * be used beside a program that changes it, and on some systems the two race. */
char *getenv(const char *name) {
    size_t length = strlen(name);
    lookups++;
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=') {
            return *variable + length + 1;
        }
    }
    return NULL;
}

static size_t entries_of(const char *folder) {
    size_t count = 0;
    const struct dirent *entry;
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        /* A footprint that was not taken says nothing. */
        fprintf(stderr, "footprint: %s cannot be read\n", folder);
        exit(2);
    }
    while ((entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

/* FNV-1a. */
static uint64_t hash_of_environment(void) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        for (const char *byte = *variable; *byte != '\0'; byte++) {
            hash = (hash ^ (unsigned char)*byte) * 0x100000001b3U;
        }
        hash *= 0x100000001b3U; /* As for a NUL between two. */
    }
    return hash;
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void note(Footprint *now, const char *format, ...) {
    size_t left = sizeof now->lines - now->length;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(now->lines + now->length, left, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= left) {
        fprintf(stderr, "footprint: there is too much of it\n");
        exit(2);
    }
    now->length += (size_t)length;
}

/* The processor's settings are seen by calculating, which is the same on every processor. `volatile`,
 * or the compiler would calculate. */
static void floating_point(Footprint *now) {
    volatile double one = 1;
    volatile double little = DBL_EPSILON / 8;
    volatile double smallest_normal = DBL_MIN;
    volatile double smallest = DBL_TRUE_MIN;
    volatile double up = one + little;
    volatile double down = -one - little;
    volatile double inward = one - little;
    volatile double half = smallest_normal / 2;
    volatile double twice = smallest * 2;
    note(now, "the rounding of floating-point numbers\t%d%d%d\n", up > one, down < -one,
         inward < one);
    note(now, "what becomes of subnormal numbers\t%s, %s\n", half != 0 ? "kept" : "flushed to zero",
         twice != 0 ? "kept" : "taken for zero");
}

static void signals(Footprint *now) {
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction action;
        /* The C library keeps some of the numbers to itself and refuses to answer. */
        if (sigaction(i, NULL, &action) == 0) {
            /* On Linux a handler with more parameters stands in the same place. */
            note(now, "the handler of signal %d (%s)\t%#" PRIxPTR "\n", i, strsignal(i),
                 (uintptr_t)action.sa_handler);
            note(now, "whether signal %d (%s) is blocked\t%d\n", i, strsignal(i),
                 sigismember(&blocked, i));
        }
    }
}

Footprint footprint(void) {
    char folder[1024];
    mode_t mask = umask(0);
    umask(mask);
    Footprint now = {.length = 0};
    note(&now, "the number of threads\t%zu\n", entries_of("/proc/self/task"));
    /* One of them is to read that folder. */
    note(&now, "the number of open files\t%zu\n", entries_of("/proc/self/fd") - 1);
    signals(&now);
    note(&now, "the umask\t%03o\n", (unsigned)mask);
    note(&now, "the locale\t%s\n", setlocale(LC_ALL, NULL));
    note(&now, "the thread's own locale\t%p\n", (void *)uselocale((locale_t)0));
    note(&now, "the current folder\t%s\n",
         getcwd(folder, sizeof folder) != NULL ? folder : "(none)");
    note(&now, "the hash of the environment\t%" PRIx64 "\n", hash_of_environment());
    note(&now, "how often getenv() read the environment\t%zu\n", lookups);
    floating_point(&now);
    return now;
}

#endif

bool footprint_is_same(const Footprint *before, const Footprint *now, const char *when) {
    const char *old = before->lines, *new = now->lines;
    bool is_same = true;
    while (*old != '\0' && *new != '\0') {
        int name = (int)strcspn(new, "\t"), length = (int)strcspn(new, "\n");
        int old_length = (int)strcspn(old, "\n");
        if (length != old_length || strncmp(old, new, (size_t)length) != 0) {
            is_same = false;
            fprintf(stderr, "%s: %.*s is %.*s, %.*s before\n", when, name, new, length - name - 1,
                    new + name + 1, old_length - name - 1, old + name + 1);
        }
        old += old_length + 1;
        new += length + 1;
    }
    return is_same;
}
