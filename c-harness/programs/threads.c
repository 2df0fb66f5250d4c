/* The last error is each thread's own. That static text is in one place for all, `abi/static` shows. */

#include <stdio.h>
#include <string.h>

#include "hello.h"
#include "parallel.h"
#include "program.h"

static const char PROGRAM[] = "threads";

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
    /* With one message for all threads, the second failure would have replaced the first. */
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

int main(void) {
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    last_errors();
    return 0;
}
