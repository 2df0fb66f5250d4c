/* Not in ISO C: sigaction(), uselocale() and their like. */
#define _XOPEN_SOURCE 700

#include "footprint.h"

#include <dirent.h>
#include <float.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* A footprint that was not taken says nothing: the program ends. */
static void *there(void *memory, const char *what) {
    if (memory == NULL) {
        fprintf(stderr, "footprint: %s cannot be read\n", what);
        abort();
    }
    return memory;
}

static size_t entries_of(const char *folder) {
    size_t count = 0;
    const struct dirent *entry;
    DIR *directory = there(opendir(folder), folder);
    while ((entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

static char *all_variables(void) {
    size_t size = 1;
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        size += strlen(*variable) + 1;
    }
    char *all = there(malloc(size), "the environment");
    char *end = all;
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        end = stpcpy(end, *variable);
        *end++ = '\n';
    }
    *end = '\0';
    return all;
}

/* The processor's settings are seen by calculating, which is the same on every processor. `volatile`,
 * or the compiler would calculate. */
static void floating_point(Footprint *now) {
    volatile double one = 1;
    volatile double little = DBL_EPSILON / 8;
    volatile double smallest_normal = DBL_MIN;
    volatile double smallest = DBL_TRUE_MIN;
    volatile long double precise = 1;
    volatile double up = one + little;
    volatile double down = -one - little;
    volatile double inward = one - little;
    volatile double half = smallest_normal / 2;
    volatile double twice = smallest * 2;
    volatile long double more = precise + LDBL_EPSILON;
    now->rounding = (up > one) | (down < -one) << 1 | (inward < one) << 2;
    now->smallest = (half != 0) | (twice != 0) << 1;
    now->digits = more > precise;
#if defined(__SSE2__)
    /* Without the lowest bits, which say what has happened. */
    now->control = __builtin_ia32_stmxcsr() & ~0x3fU;
#endif
}

Footprint footprint(void) {
    Footprint now = {.threads = 0};
    sigset_t blocked;
    now.threads = entries_of("/proc/self/task");
    now.open_files = entries_of("/proc/self/fd") - 1; /* One is to read that folder. */
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 1; i < FOOTPRINT_SIGNALS; i++) {
        struct sigaction action;
        /* The C library keeps some of the numbers to itself and refuses to answer. */
        if (sigaction(i, NULL, &action) == 0) {
            /* On Linux a handler with more parameters stands in the same place. */
            now.handlers[i] = action.sa_handler;
        }
        now.blocked[i] = sigismember(&blocked, i) == 1;
    }
    now.mask = umask(0);
    umask(now.mask);
    now.locale = there(strdup(setlocale(LC_ALL, NULL)), "the locale");
    now.own_locale = uselocale((locale_t)0);
    now.folder = there(getcwd(NULL, 0), "the current folder");
    now.environment = all_variables();
    floating_point(&now);
    return now;
}

void footprint_free(Footprint *footprint) {
    free(footprint->locale);
    free(footprint->folder);
    free(footprint->environment);
}

void footprint_compare(const Footprint *before, const Footprint *after,
                       void (*report)(const char *what, void *context), void *context) {
    const struct {
        int differs;
        const char *what;
    } parts[] = {
        {before->threads != after->threads, "the number of threads"},
        {before->open_files != after->open_files, "the number of open files"},
        {memcmp(before->blocked, after->blocked, sizeof before->blocked) != 0, "the blocked signals"},
        {before->mask != after->mask, "the umask"},
        {strcmp(before->locale, after->locale) != 0, "the locale"},
        {before->own_locale != after->own_locale, "the thread's locale"},
        {strcmp(before->folder, after->folder) != 0, "the current folder"},
        {strcmp(before->environment, after->environment) != 0, "the environment"},
        {before->rounding != after->rounding, "how floating-point numbers are rounded"},
        {before->smallest != after->smallest,
         "whether the smallest floating-point numbers become zero"},
        {before->digits != after->digits, "how many digits a long double has"},
        {before->control != after->control, "the processor's floating-point control register"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].differs) {
            report(parts[i].what, context);
        }
    }
    for (int i = 1; i < FOOTPRINT_SIGNALS; i++) {
        if (before->handlers[i] != after->handlers[i]) {
            char words[64];
            snprintf(words, sizeof words, "the handler of signal %d (%s)", i, strsignal(i));
            report(words, context);
        }
    }
}
