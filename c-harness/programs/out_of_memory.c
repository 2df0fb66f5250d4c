/* A process with a memory limit: a result that is too large fails with a status, and the process lives. */

/* Not in ISO C: setrlimit(). */
#define _POSIX_C_SOURCE 200809L

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "hello.h"
#include "output.h"
#include "program.h"

static const char PROGRAM[] = "out_of_memory";

enum { MEGABYTE = 1 << 20, LARGE = 100 * MEGABYTE, LEFT = 32 * MEGABYTE };

/* What the process has by now. */
static size_t mapped(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%lu", &pages) != 1) {
        stop(WRONG, PROGRAM, "/proc/self/statm cannot be read");
    }
    fclose(file);
    return pages * 4096;
}

static void expect(const char *function, const char *words, HelloStatus expected,
                   HelloStatus status) {
    const char *message = hello_last_error();
    if (status != expected) {
        stop(WRONG, PROGRAM, "%s: %s and not %s: %s", function,
             hello_status_name((int32_t)status), hello_status_name((int32_t)expected), message);
    }
    if (strncmp(message, function, strlen(function)) != 0 || strstr(message, words) == NULL) {
        stop(WRONG, PROGRAM, "%s: the last error does not say `%s`: %s", function, words, message);
    }
    printf("%s: %s\n", function, hello_status_name((int32_t)status));
}

static void nothing(struct ArrowSchema *schema) { schema->release = NULL; }
static void lent(struct ArrowArray *array) { array->release = NULL; }

/* The square roots of what is in `memory`. */
static HelloStatus roots_of(const void *memory, int64_t count, struct ArrowArray *roots) {
    const void *buffers[] = {NULL, memory};
    struct ArrowSchema doubles = {.format = "g", .release = nothing};
    struct ArrowArray column = {.length = count, .n_buffers = 2, .buffers = buffers, .release = lent};
    return hello_sqrt_column(&doubles, &column, roots);
}

int main(void) {
    static const char WORDS[] = "there is no memory for a text of ";
    char *large = allocate(LARGE + 1);
    char *text = NULL;
    HelloGreeter *greeter = NULL;
    HelloGreeter *untouched = NULL;
    uint64_t count;
    Output terminal;
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    memset(large, 'n', LARGE);
    large[LARGE] = '\0';
    if (hello_greeter_new("Hi", &greeter) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "there is no greeter: %s", hello_last_error());
    }

    rlim_t limit = (rlim_t)(mapped() + LEFT);
    /* Not volatile, compilers leave the call out and take it to have succeeded. */
    void *volatile allowed = NULL;
    bool is_limited = setrlimit(RLIMIT_AS, &(struct rlimit){limit, limit}) == 0;
    allowed = malloc(LARGE);
    if (!is_limited || allowed != NULL) {
        stop(WRONG, PROGRAM, "the memory cannot be limited");
    }
    expect("hello_greet", WORDS, HELLO_STATUS_OUT_OF_MEMORY, hello_greet(large, &text));
    expect("hello_greeter_new", WORDS, HELLO_STATUS_OUT_OF_MEMORY,
           hello_greeter_new(large, &untouched));
    expect("hello_greeter_greet", WORDS, HELLO_STATUS_OUT_OF_MEMORY,
           hello_greeter_greet(greeter, large, &text));
    struct ArrowArray roots = {.release = NULL};
    expect("hello_sqrt_column", "there is no memory for ", HELLO_STATUS_OUT_OF_MEMORY,
           roots_of(large, LARGE / sizeof(double), &roots));
    if (text != NULL || untouched != NULL || roots.release != NULL) {
        stop(WRONG, PROGRAM, "a call that failed has written a result");
    }
    if (hello_greeter_count(greeter, &count) != HELLO_STATUS_OK || count != 0) {
        stop(WRONG, PROGRAM, "a greeting that failed was counted");
    }
    if (!output_to(2, "/dev/null", &terminal)) {
        stop(WRONG, PROGRAM, "there is no /dev/null");
    }
    HelloStatus status = hello_panic(large);
    output_back(terminal);
    expect("hello_panic", "the library panicked: nnn", HELLO_STATUS_PANIC, status);

    /* There is memory for what is small. */
    if (hello_greeter_greet(greeter, "Ada", &text) != HELLO_STATUS_OK || strcmp(text, "Hi, Ada!") != 0 ||
        hello_greeter_count(greeter, &count) != HELLO_STATUS_OK || count != 1) {
        stop(WRONG, PROGRAM, "afterwards: %s", hello_last_error());
    }
    hello_string_free(text);
    hello_greeter_free(greeter);
    free(large);
    return 0;
}
