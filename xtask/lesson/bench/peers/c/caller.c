/* The caller in C: a loop for each row. It is compiled for each library and linked with it, so that
 * the same source calls them all; caller.py loads it, and takes the time. Nothing can be inlined,
 * for the functions are in a shared library, and the results go to memory that the compiler may not
 * leave out. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS
#endif

#include "hello.h"

/* Under callgrind, what is between the two is counted, and ends with a dump. Callers in Python use
 * them as well. */
void bench_begin(void) {
    CALLGRIND_ZERO_STATS;
}

void bench_end(void) {
    CALLGRIND_DUMP_STATS;
}

/* What a row works on, and room for what its last call answered. */
typedef struct {
    const char *name;
    const double *values;
    double *roots;
    size_t count;
    char answer[8192];
} Data;

static volatile double number;

static void succeed(HelloStatus status) {
    if (status != HELLO_STATUS_OK) {
        fprintf(stderr, "caller: status %d\n", (int)status);
        exit(1);
    }
}

/* A row that calls and gets a number. */
#define NUMBER_ROW(name, prepare, call) \
    static void name(size_t calls, Data *data) { \
        prepare; \
        for (size_t i = 0; i < calls; i++) { call; } \
        snprintf(data->answer, sizeof data->answer, "%.17g", number); \
    }

static int32_t visit(double value, double root, void *context) {
    *(volatile double *)context = value * root;
    return 1;
}

NUMBER_ROW(run_empty, , number = hello_abi_version())
NUMBER_ROW(run_number, , number = hello_sqrt(2.0))
NUMBER_ROW(run_callback, const double value = 4.0,
           succeed(hello_each_root(&value, 1, visit, (void *)&number)))

static void run_text(size_t calls, Data *data) {
    char *greeting = NULL;
    for (size_t i = 0; i < calls; i++) {
        hello_string_free(greeting);
        succeed(hello_greet(data->name, &greeting));
    }
    snprintf(data->answer, sizeof data->answer, "%s", greeting);
    hello_string_free(greeting);
}

static void run_array(size_t calls, Data *data) {
    for (size_t i = 0; i < calls; i++) {
        succeed(hello_sqrt_all(data->values, data->roots, data->count));
    }
}

static const struct {
    const char *kind;
    void (*run)(size_t calls, Data *data);
} ROWS[] = {
    {"empty", run_empty}, {"number", run_number},     {"text", run_text},
    {"array", run_array}, {"callback", run_callback},
};

/* Makes `calls` calls of a row. */
void bench_run(const char *kind, size_t calls, Data *data) {
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (strcmp(ROWS[i].kind, kind) == 0) {
            ROWS[i].run(calls, data);
        }
    }
}
