/* Not in ISO C: sigaction(), uselocale() and the like. */
#define _XOPEN_SOURCE 700

#include "process.h"

#include <dirent.h>
#include <float.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"

static const char PROGRAM[] = "process";

extern char **environ;

static size_t entries_of(const char *folder) {
    size_t count = 0;
    const struct dirent *entry;
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        stop(WRONG, PROGRAM, "%s cannot be read", folder);
    }
    while ((entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

static void read_signals(Footprint *now) {
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction action;
        now->blocked[i] = sigismember(&blocked, i) == 1;
        /* The C library keeps some of the numbers to itself and refuses to tell. */
        if (sigaction(i, NULL, &action) == 0) {
            /* On Linux a handler with more parameters stands in the same place. */
            now->handler[i] = action.sa_handler;
            now->handlers += now->handler[i] != SIG_DFL && now->handler[i] != SIG_IGN;
        }
    }
}

/* By calculating, which is the same on every processor. `volatile`, or the compiler would. */
static void read_floating_point(Footprint *now) {
    volatile double one = 1.0;
    volatile double little = DBL_EPSILON / 8;
    volatile double least = DBL_MIN;
    volatile double subnormal = DBL_TRUE_MIN;
    volatile double half = 0.5;
    volatile double up = one + little;
    volatile double down = -one - little;
    volatile double inward = one - little;
    volatile double smaller = least * half;
    volatile double larger = subnormal * (one / DBL_EPSILON);
    now->rounding = (up > one ? 1U : 0U) | (down < -one ? 2U : 0U) | (inward < one ? 4U : 0U);
    now->subnormals = (smaller != 0.0 ? 1U : 0U) | (larger != 0.0 ? 2U : 0U);
#if defined(__SSE2__)
    /* Less the lowest bits, which say what has happened. */
    now->control = __builtin_ia32_stmxcsr() & ~0x3fU;
#endif
}

/* FNV-1a. */
static uint64_t hash_of_environment(void) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (char **variable = environ; *variable != NULL; variable++) {
        for (const char *byte = *variable; *byte != '\0'; byte++) {
            hash = (hash ^ (unsigned char)*byte) * 0x100000001b3U;
        }
        hash *= 0x100000001b3U; /* As for a NUL between two. */
    }
    return hash;
}

Footprint footprint(void) {
    Footprint now;
    memset(&now, 0, sizeof now);
    now.threads = entries_of("/proc/self/task");
    now.descriptors = entries_of("/proc/self/fd") - 1; /* One is to read that folder. */
    read_signals(&now);
    now.mask = (unsigned)umask(0);
    umask((mode_t)now.mask);
    read_floating_point(&now);
    snprintf(now.locale, sizeof now.locale, "%s", setlocale(LC_ALL, NULL));
    now.own_locale = uselocale((locale_t)0);
    if (getcwd(now.folder, sizeof now.folder) == NULL) {
        strcpy(now.folder, "(none)");
    }
    now.environment = hash_of_environment();
    return now;
}

typedef struct {
    const char *when;
    bool is_same;
} Comparison;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static void compare(Comparison *all, bool is_same, const char *format, ...) {
    va_list arguments;
    if (is_same) {
        return;
    }
    all->is_same = false;
    fprintf(stderr, "%s: ", all->when);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

bool footprint_is_same(const Footprint *before, const Footprint *now, const char *when) {
    Comparison all = {when, true};
    compare(&all, now->threads == before->threads, "%zu threads, %zu before", now->threads,
            before->threads);
    compare(&all, now->descriptors == before->descriptors, "%zu open files, %zu before",
            now->descriptors, before->descriptors);
    for (int i = 1; i < SIGNALS; i++) {
        compare(&all, now->handler[i] == before->handler[i],
                "signal %d (%s) is handled otherwise than before", i, strsignal(i));
        compare(&all, now->blocked[i] == before->blocked[i],
                "signal %d (%s) is %s, and was not before", i, strsignal(i),
                now->blocked[i] ? "blocked" : "let through");
    }
    compare(&all, now->mask == before->mask, "the umask is %03o, %03o before", now->mask,
            before->mask);
    compare(&all, now->rounding == before->rounding, "doubles are rounded otherwise than before");
    compare(&all, now->subnormals == before->subnormals,
            "subnormal numbers are flushed to zero otherwise than before");
    compare(&all, now->control == before->control,
            "the floating-point control register (MXCSR) is %04x, %04x before", now->control,
            before->control);
    compare(&all, strcmp(now->locale, before->locale) == 0, "the locale is %s, %s before",
            now->locale, before->locale);
    compare(&all, now->own_locale == before->own_locale,
            "the thread has another locale than before");
    compare(&all, strcmp(now->folder, before->folder) == 0, "the current folder is %s, %s before",
            now->folder, before->folder);
    compare(&all, now->environment == before->environment, "the environment is another");
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
