/* What each thread has for itself, and what all threads share. */

#include <stdio.h>
#include <string.h>

#include "hello.h"
#include "parallel.h"
#include "program.h"

static const char PROGRAM[] = "threads";

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

/* --- Static text is in one place ---------------------------------------------------------- */

/* One more than there are, for `unknown status`. */
enum { STATUSES = HELLO_STATUS_OUT_OF_MEMORY + 2 };

typedef struct {
    const char *version;
    const char *names[STATUSES];
} Statics;

static Statics statics(void) {
    Statics now = {.version = hello_version()};
    for (int32_t i = 0; i < STATUSES; i++) {
        now.names[i] = hello_status_name(i);
    }
    return now;
}

static void expect_same(const Statics *before, const char *where) {
    Statics now = statics();
    if (now.version != before->version) {
        stop(WRONG, PROGRAM, "hello_version() is not static: %s it is in another place", where);
    }
    for (int32_t i = 0; i < STATUSES; i++) {
        if (now.names[i] != before->names[i]) {
            stop(WRONG, PROGRAM, "hello_status_name(%d) is not static: %s it is in another place",
                 (int)i, where);
        }
    }
}

static void compare_on_thread(void *before, size_t number) {
    (void)number;
    expect_same(before, "on another thread");
}

static void static_texts(void) {
    Statics before = statics();
    double root;
    expect_same(&before, "when asked again");
    if (hello_checked_sqrt(-1.0, &root) != HELLO_STATUS_DOMAIN) {
        stop(WRONG, PROGRAM, "a call was to fail");
    }
    expect_same(&before, "after a call that failed");
    in_parallel(2, compare_on_thread, &before);
    printf("the version and %d names are where they were, on each thread\n", (int)STATUSES);
}

int main(void) {
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    last_errors();
    static_texts();
    return 0;
}
