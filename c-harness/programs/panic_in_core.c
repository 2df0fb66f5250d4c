/* A panic in the middle of the work, past every check of an argument, is a status like any other.
 *
 * The library is the one that panics on demand, and the environment has PANIC_ON_DEMAND=core: its
 * loops panic at their first element. */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hello.h"
#include "program.h"

static const char PROGRAM[] = "panic_in_core";

static int32_t visit(double value, double root, void *context) {
    bool *visited = context;
    (void)value;
    (void)root;
    *visited = true;
    return 1;
}

static void expect_panic(const char *function, HelloStatus status) {
    static const char WORDS[] = ": the library panicked: on demand, in the core";
    const char *message = hello_last_error();
    size_t name = strlen(function);
    if (status != HELLO_STATUS_PANIC) {
        stop(WRONG, PROGRAM, "`%s` returned %s when the core had to panic", function,
             hello_status_name((int32_t)status));
    }
    if (strncmp(message, function, name) != 0 || strcmp(message + name, WORDS) != 0) {
        stop(WRONG, PROGRAM, "`%s` panicked, but the last error is \"%s\"", function, message);
    }
    printf("%s\n", message);
}

int main(void) {
    double values[4] = {1.0, 4.0, 9.0, 16.0};
    double roots[4];
    bool visited = false;
    char *greeting;
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());

    expect_panic("hello_sqrt_all", hello_sqrt_all(values, roots, 4));
    expect_panic("hello_sqrt_all", hello_sqrt_all(values, values, 4));
    expect_panic("hello_each_root", hello_each_root(values, 4, visit, &visited));
    if (visited) {
        stop(WRONG, PROGRAM, "the visitor was called in spite of the panic");
    }
    if (hello_greet("Ada", &greeting) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "after the panics: %s", hello_last_error());
    }
    hello_string_free(greeting);
    return 0;
}
