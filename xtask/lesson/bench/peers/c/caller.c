/* The caller in C. It is compiled once and linked once with each library, so that the same machine
 * code calls them all.
 *
 *     caller ROWS SUBJECT
 *
 * Prints what it has and then does what it is asked for; xtask/lesson/bench/src/protocol.rs has the
 * words. What is timed is the loop with the calls in it. Nothing can be inlined, for the functions
 * are in a shared library; the results go to memory that the compiler may not leave out. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "hello.h"

/* --- What a row works on --------------------------------------------------------------------- */

static volatile double sink;
static volatile size_t count_sink;

/* Of the row that was last asked for: the name of so many bytes, the arrays of so many doubles. */
static struct {
    size_t size;
    char *name;
    double *values;
    double *roots;
} data;

static _Noreturn void stop(const char *why) {
    fprintf(stderr, "caller: %s\n", why);
    exit(1);
}

static void prepare_name(size_t size) {
    data.name = malloc(size + 1);
    if (data.name == NULL) {
        stop("there is no memory");
    }
    for (size_t i = 0; i < size; i++) {
        data.name[i] = (char)('a' + i % 16);
    }
    data.name[size] = '\0';
}

static void prepare(const char *row, size_t size) {
    if (data.size == size) {
        return;
    }
    free(data.name);
    bench_free(data.values);
    bench_free(data.roots);
    memset(&data, 0, sizeof data);
    data.size = size;
    if (strncmp(row, "text-", 5) == 0) {
        prepare_name(size);
    } else if (size > 0) {
        data.values = bench_values(size);
        data.roots = bench_roots(size);
        if (data.values == NULL || data.roots == NULL) {
            stop("there is no memory");
        }
    }
}

/* --- The rows: so many calls, and what one call answers --------------------------------------- */

/* A library that lacks the function of a row is linked all the same, and measured without the row. */
#pragma weak hello_abi_version
#pragma weak hello_sqrt
#pragma weak hello_root
#pragma weak hello_checked_sqrt
#pragma weak hello_greet
#pragma weak hello_sqrt_all
#pragma weak hello_each_root

static void empty(size_t calls) {
    for (size_t i = 0; i < calls; i++) {
        count_sink = hello_abi_version();
    }
}

static void square_root(size_t calls) {
    for (size_t i = 0; i < calls; i++) {
        sink = hello_sqrt(2.0);
    }
}

static volatile bool exact_sink;

static void structure(size_t calls) {
    for (size_t i = 0; i < calls; i++) {
        HelloRoot found = hello_root(2.25);
        sink = found.root;
        exact_sink = found.exact;
    }
}

static void succeed(HelloStatus status) {
    if (status != HELLO_STATUS_OK) {
        stop(hello_last_error());
    }
}

static void status(size_t calls) {
    for (size_t i = 0; i < calls; i++) {
        double root;
        succeed(hello_checked_sqrt(2.0, &root));
        sink = root;
    }
}

static void text(size_t calls) {
    for (size_t i = 0; i < calls; i++) {
        char *greeting;
        succeed(hello_greet(data.name, &greeting));
        count_sink = (unsigned char)greeting[0];
        hello_string_free(greeting);
    }
}

static void slice(size_t calls) {
    for (size_t i = 0; i < calls; i++) {
        succeed(hello_sqrt_all(data.values, data.roots, data.size));
    }
}

static int32_t visit(double value, double root, void *context) {
    (void)value;
    *(double *)context = root;
    return 1;
}

static void callback(size_t calls) {
    double value = 2.0;
    for (size_t i = 0; i < calls; i++) {
        double seen;
        succeed(hello_each_root(&value, 1, visit, &seen));
        sink = seen;
    }
}

static void error(size_t calls) {
    for (size_t i = 0; i < calls; i++) {
        double root;
        if (hello_checked_sqrt(-4.0, &root) != HELLO_STATUS_DOMAIN) {
            stop("-4 has a square root");
        }
        count_sink = strlen(hello_last_error());
    }
}

static void print_bits(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    printf("%016" PRIx64, bits);
}

static void answer_empty(void) {
    printf("%" PRIu32, hello_abi_version());
}

static void answer_sink(void) {
    print_bits(sink);
}

static void answer_structure(void) {
    HelloRoot found = hello_root(2.25);
    print_bits(found.value);
    putchar(' ');
    print_bits(found.root);
    printf(" %d", found.exact);
}

static void answer_text(void) {
    char *greeting;
    succeed(hello_greet(data.name, &greeting));
    fputs(greeting, stdout);
    hello_string_free(greeting);
}

static void answer_slice(void) {
    printf("%016" PRIx64, bench_checksum(data.roots, data.size));
}

static void answer_error(void) {
    fputs(hello_last_error(), stdout);
}

typedef void (*Function)(void);

static const struct Row {
    const char *name;     /* Ends with a `-` if a size follows. */
    Function function;    /* What it calls; NULL if the library lacks it. */
    void (*run)(size_t calls);
    void (*answer)(void); /* After a run of one call. */
} ROWS[] = {
    {"empty", (Function)hello_abi_version, empty, answer_empty},
    {"sqrt", (Function)hello_sqrt, square_root, answer_sink},
    {"struct", (Function)hello_root, structure, answer_structure},
    {"status", (Function)hello_checked_sqrt, status, answer_sink},
    {"text-", (Function)hello_greet, text, answer_text},
    {"slice-", (Function)hello_sqrt_all, slice, answer_slice},
    {"callback", (Function)hello_each_root, callback, answer_sink},
    {"error", (Function)hello_checked_sqrt, error, answer_error},
};

/* The row of this name, ready to be run; NULL if there is none. */
static const struct Row *find(const char *name) {
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        size_t length = strlen(ROWS[i].name);
        bool sized = ROWS[i].name[length - 1] == '-';
        bool named = sized ? strncmp(name, ROWS[i].name, length) == 0
                           : strcmp(name, ROWS[i].name) == 0;
        if (named && ROWS[i].function != NULL) {
            prepare(name, sized ? (size_t)strtoull(name + length, NULL, 10) : 0);
            return &ROWS[i];
        }
    }
    return NULL;
}

/* --- The conversation ------------------------------------------------------------------------ */

int main(int argc, char **argv) {
    if (argc != 3) {
        stop("usage: caller ROWS SUBJECT");
    }
    for (char *name = strtok(argv[1], ","); name != NULL; name = strtok(NULL, ",")) {
        const struct Row *row = find(name);
        if (row != NULL) {
            row->run(1);
            printf("has %s %s ", name, argv[2]);
            row->answer();
            putchar('\n');
        }
    }
    puts("ready");
    fflush(stdout);

    char line[256], name[64], subject[64];
    size_t calls;
    while (fgets(line, sizeof line, stdin) != NULL) {
        const struct Row *row = NULL;
        if (sscanf(line, "%*7s %63s %63s %zu", name, subject, &calls) == 3) {
            row = find(name);
        }
        if (row == NULL) {
            stop("a line that is no request");
        }
        if (calls > 1) {
            row->run(calls / 16 + 1); /* The caches are the other programs' until now. */
        }
        uint64_t begun = bench_now();
        row->run(calls);
        printf("took %" PRIu64 " 0\n", bench_now() - begun);
        fflush(stdout);
    }
    return 0;
}
