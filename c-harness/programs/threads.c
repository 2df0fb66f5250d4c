/* Several threads in the library at once: what is each thread's own, and what they share. That all
 * else is the same for each of them, `crossings CASES --threads N` shows. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hello.h"
#include "parallel.h"
#include "program.h"

static const char PROGRAM[] = "threads";

enum { THREADS = 8, GREETINGS = 1000 };

/* --- The last error is each thread's own -------------------------------------------------- */

typedef struct {
    Meeting both_failed;
    char messages[2][128];
} Failures;

static void fail_and_read(void *context, size_t number) {
    Failures *failures = context;
    double root;
    char *text;
    HelloStatus status = number == 0 ? hello_checked_sqrt(-1.0, &root) : hello_greet(NULL, &text);
    if (status == HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "the call of thread %zu was to fail", number);
    }
    /* Were there one message for all, the second failure would now stand in place of the first. */
    meeting_wait(&failures->both_failed);
    snprintf(failures->messages[number], sizeof failures->messages[number], "%s",
             hello_last_error());
}

static void last_errors(void) {
    static const char *const beginnings[2] = {"hello_checked_sqrt: ", "hello_greet: "};
    Failures failures;
    meeting_init(&failures.both_failed, 2);
    in_parallel(2, fail_and_read, &failures);
    meeting_destroy(&failures.both_failed);
    for (size_t i = 0; i < 2; i++) {
        if (strncmp(failures.messages[i], beginnings[i], strlen(beginnings[i])) != 0) {
            stop(WRONG, PROGRAM, "thread %zu failed in %s but read \"%s\"", i, beginnings[i],
                 failures.messages[i]);
        }
        printf("thread %zu reads its own last error: \"%s\"\n", i, failures.messages[i]);
    }
    if (*hello_last_error() != '\0') {
        stop(WRONG, PROGRAM, "the main thread has not failed but reads \"%s\"", hello_last_error());
    }
}

/* --- A handle is shared ------------------------------------------------------------------- */

static void greet_often(void *greeter_pointer, size_t number) {
    const HelloGreeter *greeter = greeter_pointer;
    char name[16];
    char expected[32];
    snprintf(name, sizeof name, "thread %zu", number);
    snprintf(expected, sizeof expected, "Hi, %s!", name);
    for (int i = 0; i < GREETINGS; i++) {
        char *greeting;
        if (hello_greeter_greet(greeter, name, &greeting) != HELLO_STATUS_OK) {
            stop(WRONG, PROGRAM, "%s cannot greet: %s", name, hello_last_error());
        }
        if (strcmp(greeting, expected) != 0) {
            stop(WRONG, PROGRAM, "%s got \"%s\"", name, greeting);
        }
        hello_string_free(greeting);
    }
}

static void shared_greeter(void) {
    const uint64_t expected = (uint64_t)THREADS * GREETINGS;
    HelloGreeter *greeter;
    uint64_t count;
    if (hello_greeter_new("Hi", &greeter) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "there is no greeter: %s", hello_last_error());
    }
    in_parallel(THREADS, greet_often, greeter);
    if (hello_greeter_count(greeter, &count) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "the greeter does not count: %s", hello_last_error());
    }
    hello_greeter_free(greeter);
    if (count != expected) {
        stop(WRONG, PROGRAM,
             "%d threads made %" PRIu64 " greetings, but the greeter counted %" PRIu64, THREADS,
             expected, count);
    }
    printf("%d threads with one greeter: it counted all %" PRIu64 " greetings\n", THREADS, count);
}

int main(void) {
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    last_errors();
    shared_greeter();
    return 0;
}
