/* Not in ISO C: sigaction(), uselocale() and their like. */
#define _XOPEN_SOURCE 700

#include "footprint.h"

#if defined(_WIN32) || defined(__wasi__)

#include <stdio.h>
#include <stdlib.h>

Footprint footprint(void) {
    fprintf(stderr, "footprint: it is taken on Linux alone\n");
    exit(2);
}

void footprint_compare(const Footprint *before, const Footprint *now,
                       void (*report)(const char *difference, void *context), void *context) {
    (void)before, (void)now, (void)report, (void)context;
}

#else

#include <dirent.h>
#include <float.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    now->subnormals = (half != 0) | (twice != 0) << 1;
    now->digits = more > precise;
#if defined(__SSE2__)
    /* Without the lowest bits, which say what has happened. */
    now->control = __builtin_ia32_stmxcsr() & ~0x3fU;
#endif
}

Footprint footprint(void) {
    Footprint now;
    sigset_t blocked;
    memset(&now, 0, sizeof now);
    now.threads = entries_of("/proc/self/task");
    now.open_files = entries_of("/proc/self/fd") - 1; /* One is to read that folder. */
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 1; i < FOOTPRINT_SIGNALS; i++) {
        struct sigaction action;
        /* The C library keeps some of the numbers to itself and refuses to answer. */
        if (sigaction(i, NULL, &action) == 0) {
            /* On Linux a handler with more parameters stands in the same place. */
            now.handlers[i] = action.sa_handler;
            now.handled += now.handlers[i] != SIG_DFL && now.handlers[i] != SIG_IGN;
        }
        now.blocked[i] = sigismember(&blocked, i) == 1;
    }
    now.mask = umask(0);
    umask(now.mask);
    snprintf(now.locale, sizeof now.locale, "%s", setlocale(LC_ALL, NULL));
    now.own_locale = uselocale((locale_t)0);
    if (getcwd(now.folder, sizeof now.folder) == NULL) {
        strcpy(now.folder, "(none)");
    }
    now.environment = hash_of_environment();
    now.lookups = lookups;
    floating_point(&now);
    return now;
}

typedef struct {
    void (*report)(const char *difference, void *context);
    void *context;
} Comparison;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static void compare(const Comparison *all, int is_same, const char *format, ...) {
    char words[2200];
    va_list arguments;
    if (is_same) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    all->report(words, all->context);
}

void footprint_compare(const Footprint *before, const Footprint *now,
                       void (*report)(const char *difference, void *context), void *context) {
    const Comparison all = {report, context};
    compare(&all, now->threads == before->threads, "%zu threads, %zu before", now->threads,
            before->threads);
    compare(&all, now->open_files == before->open_files, "%zu open files, %zu before",
            now->open_files, before->open_files);
    for (int i = 1; i < FOOTPRINT_SIGNALS; i++) {
        compare(&all, now->handlers[i] == before->handlers[i],
                "signal %d (%s) has another handler than before", i, strsignal(i));
        compare(&all, now->blocked[i] == before->blocked[i],
                "signal %d (%s) is %s, and was not before", i, strsignal(i),
                now->blocked[i] ? "blocked" : "let through");
    }
    compare(&all, now->mask == before->mask, "the umask is %03o, %03o before", now->mask,
            before->mask);
    compare(&all, strcmp(now->locale, before->locale) == 0, "the locale is %s, %s before",
            now->locale, before->locale);
    compare(&all, now->own_locale == before->own_locale,
            "the thread's locale is another than before");
    compare(&all, strcmp(now->folder, before->folder) == 0, "the current folder is %s, %s before",
            now->folder, before->folder);
    compare(&all, now->environment == before->environment,
            "the environment is another than before");
    compare(&all, now->lookups == before->lookups,
            "a variable of the environment was read: getenv() was called %zu times",
            now->lookups - before->lookups);
    compare(&all, now->rounding == before->rounding,
            "floating-point numbers are rounded in another way than before");
    compare(&all, now->subnormals == before->subnormals,
            "subnormal numbers are %s, and were not before",
            now->subnormals < before->subnormals ? "flushed to zero" : "kept");
    compare(&all, now->digits == before->digits,
            "a long double has another number of digits than before");
    compare(&all, now->control == before->control,
            "the floating-point control register (MXCSR) is %04x, %04x before", now->control,
            before->control);
}

#endif
