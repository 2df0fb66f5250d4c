/* What a C caller can do wrong, and what it gets for it: a status, a message, and nothing written.
 *
 * Each call prints `function: what: STATUS "message"`. The calls that ended otherwise than they
 * should have are named at the end, on standard error. */

/* Not in ISO C: standard output as a descriptor, and signals. */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hello.h"
#include "output.h"
#include "program.h"

static const char PROGRAM[] = "hostile";

/* --- What every call is measured by ------------------------------------------------------ */

/* Every place that a call may write to. After a failure all are as before. */
typedef struct {
    double doubles[8];
    char *text;
    HelloGreeter *greeter;
    size_t length;
    uint64_t count;
    char buffer[64];
    size_t visits;
} Places;

static Places places;
static Places untouched;
static int wrong_calls;

/* Before each call: all places as they were, and another function's failure as the last error, so
 * that a call which sets none does not pass with an old message of its own. */
static void before(const char *function) {
    bool is_panic = strcmp(function, "hello_panic") == 0;
    HelloStatus status = is_panic ? hello_checked_sqrt(4.0, NULL) : hello_panic(NULL);
    if (status == HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "before %s a call was to fail, and did not", function);
    }
    memcpy(&places, &untouched, sizeof places);
}

static void wrong(const char *function, const char *what, const char *why) {
    fprintf(stderr, "%s: %s: %s: %s\n", PROGRAM, function, what, why);
    wrong_calls++;
}

static void after(const char *function, const char *what, HelloStatus expected,
                  HelloStatus status) {
    const char *message = hello_last_error();
    size_t name = strlen(function);
    if (status != expected) {
        wrong(function, what, "it ended with another status than it should have:");
        fprintf(stderr, "  expected %s\n  got      %s\n", hello_status_name((int32_t)expected),
                hello_status_name((int32_t)status));
    }
    if (status == HELLO_STATUS_OK) {
        printf("%s: %s: %s\n", function, what, hello_status_name((int32_t)status));
        return;
    }
    printf("%s: %s: %s \"%s\"\n", function, what, hello_status_name((int32_t)status), message);
    if (strncmp(message, function, name) != 0 || strncmp(message + name, ": ", 2) != 0) {
        wrong(function, what, "the message does not begin with the function's name");
    } else if (message[name + 2] == '\0') {
        wrong(function, what, "the message says nothing");
    }
    if (memcmp(&places, &untouched, sizeof places) != 0) {
        wrong(function, what, "something was written");
    }
}

/* Makes the call: CALL(status that it should have, what is wrong with it, function, (arguments)).
 * */
#define CALL(expected, what, function, arguments) \
    (before(#function), after(#function, what, HELLO_STATUS_##expected, function arguments))

/* One byte off. C leaves undefined already what such a pointer is; callers make them all the same,
 * from a buffer of bytes. */
#define MISALIGNED(pointer) ((void *)((char *)(pointer) + 1))

/* The most elements that PTRDIFF_MAX bytes hold, and one. */
static const size_t TOO_MANY = PTRDIFF_MAX / sizeof(double) + 1;

/* So near to the end of memory that 4 doubles do not fit. */
static double *at_the_end_of_memory(void) {
    return (double *)(UINTPTR_MAX - 2 * sizeof(double) + 1);
}

static int32_t visit(double value, double root, void *context) {
    (void)value;
    (void)root;
    (void)context;
    places.visits++;
    return 1;
}

/* --- The calls --------------------------------------------------------------------------- */

static void scalars(void) {
    CALL(DOMAIN, "a negative number", hello_checked_sqrt, (-4.0, places.doubles));
    CALL(NULL_POINTER, "`root` is NULL", hello_checked_sqrt, (4.0, NULL));
    CALL(MISALIGNED, "`root` is misaligned", hello_checked_sqrt, (4.0, MISALIGNED(places.doubles)));
}

static void texts(void) {
    char **text = &places.text;
    CALL(NULL_POINTER, "`name` is NULL", hello_greet, (NULL, text));
    CALL(NULL_POINTER, "`greeting` is NULL", hello_greet, ("Ada", NULL));
    CALL(NULL_POINTER, "both are NULL", hello_greet, (NULL, NULL));
    CALL(MISALIGNED, "`greeting` is misaligned", hello_greet, ("Ada", MISALIGNED(text)));
    CALL(INVALID_UTF8, "a byte that UTF-8 does not have", hello_greet, ("Ad\xff", text));
    CALL(INVALID_UTF8, "a character that is cut off", hello_greet, ("\xf0\x9f\xa6", text));
    CALL(INVALID_UTF8, "half a surrogate pair", hello_greet, ("\xed\xa0\x80", text));
    CALL(INVALID_UTF8, "a slash in two bytes", hello_greet, ("\xc0\xaf", text));
}

static void buffers(void) {
    char *buffer = places.buffer;
    size_t *length = &places.length;
    size_t whole = sizeof places.buffer;
    CALL(NULL_POINTER, "`buffer` is NULL", hello_sentence, (4.0, NULL, whole, length));
    CALL(NULL_POINTER, "`buffer` is NULL, a capacity of 1", hello_sentence, (4.0, NULL, 1, length));
    CALL(NULL_POINTER, "`length` is NULL", hello_sentence, (4.0, buffer, whole, NULL));
    CALL(NULL_POINTER, "`length` is NULL, too, when asked", hello_sentence, (4.0, NULL, 0, NULL));
    CALL(MISALIGNED, "`length` is misaligned", hello_sentence,
         (4.0, buffer, whole, MISALIGNED(length)));
}

/* The one failure that writes a result: the length. */
static void small_buffer(const char *what, size_t capacity, size_t needed) {
    before("hello_sentence");
    HelloStatus status = hello_sentence(4.0, places.buffer, capacity, &places.length);
    if (places.length != needed) {
        wrong("hello_sentence", what, "the length was not written");
    }
    places.length = untouched.length;
    after("hello_sentence", what, HELLO_STATUS_BUFFER_TOO_SMALL, status);
}

static void small_buffers(void) {
    size_t needed = 0;
    if (hello_sentence(4.0, NULL, 0, &needed) != HELLO_STATUS_OK || needed == 0) {
        stop(WRONG, PROGRAM, "hello_sentence does not tell the length");
    }
    small_buffer("a capacity of 0", 0, needed);
    small_buffer("a capacity one too small", needed, needed); /* The NUL is missing. */
}

static void slices(void) {
    double *values = places.doubles;
    double *roots = places.doubles + 4;
    double *end = at_the_end_of_memory();
    CALL(NULL_POINTER, "`values` is NULL", hello_sqrt_all, (NULL, roots, 4));
    CALL(NULL_POINTER, "`roots` is NULL", hello_sqrt_all, (values, NULL, 4));
    CALL(MISALIGNED, "`values` is misaligned", hello_sqrt_all, (MISALIGNED(values), roots, 3));
    CALL(MISALIGNED, "`roots` is misaligned", hello_sqrt_all, (values, MISALIGNED(roots), 3));
    CALL(OVERLAP, "`roots` begins within `values`", hello_sqrt_all, (values, values + 1, 4));
    CALL(OVERLAP, "`values` begins within `roots`", hello_sqrt_all, (values + 3, values, 4));
    CALL(TOO_LARGE, "a count just too large", hello_sqrt_all, (values, roots, TOO_MANY));
    CALL(TOO_LARGE, "a count of SIZE_MAX", hello_sqrt_all, (values, roots, SIZE_MAX));
    CALL(TOO_LARGE, "a count just too large, in place", hello_sqrt_all, (values, values, TOO_MANY));
    CALL(TOO_LARGE, "`values` beyond the end of memory", hello_sqrt_all, (end, roots, 4));
    CALL(TOO_LARGE, "`roots` beyond the end of memory", hello_sqrt_all, (values, end, 4));
    CALL(OK, "a count of 0, and NULL", hello_sqrt_all, (NULL, NULL, 0));
}

/* Not read, not counted, and not freed: the last error says so, for _free() has no status. */
static void misaligned_handles(HelloGreeter *greeter) {
    for (size_t by = 1; by < sizeof(void *); by++) {
        HelloGreeter *odd = (HelloGreeter *)(void *)((char *)greeter + by);
        CALL(MISALIGNED, "`greeter` is misaligned", hello_greeter_greet,
             (odd, "Ada", &places.text));
        CALL(MISALIGNED, "`greeter` is misaligned", hello_greeter_count, (odd, &places.count));
        before("hello_greeter_free");
        hello_greeter_free(odd);
        after("hello_greeter_free", "`greeter` is misaligned", HELLO_STATUS_MISALIGNED,
              HELLO_STATUS_MISALIGNED);
    }
}

static void handles(void) {
    HelloGreeter **place = &places.greeter;
    char **text = &places.text;
    uint64_t *count = &places.count;
    HelloGreeter *greeter = NULL;
    if (hello_greeter_new("Hi", &greeter) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "there is no greeter: %s", hello_last_error());
    }
    CALL(NULL_POINTER, "`greeting` is NULL", hello_greeter_new, (NULL, place));
    CALL(NULL_POINTER, "`greeter` is NULL", hello_greeter_new, ("Hi", NULL));
    CALL(INVALID_UTF8, "`greeting` is not UTF-8", hello_greeter_new, ("\xff", place));
    CALL(MISALIGNED, "`greeter` is misaligned", hello_greeter_new, ("Hi", MISALIGNED(place)));

    CALL(NULL_POINTER, "`greeter` is NULL", hello_greeter_greet, (NULL, "Ada", text));
    CALL(NULL_POINTER, "`name` is NULL", hello_greeter_greet, (greeter, NULL, text));
    CALL(NULL_POINTER, "`greeting` is NULL", hello_greeter_greet, (greeter, "Ada", NULL));
    CALL(INVALID_UTF8, "`name` is not UTF-8", hello_greeter_greet, (greeter, "Ad\xff", text));
    CALL(MISALIGNED, "`greeting` is misaligned", hello_greeter_greet,
         (greeter, "Ada", MISALIGNED(text)));

    misaligned_handles(greeter);

    CALL(NULL_POINTER, "`greeter` is NULL", hello_greeter_count, (NULL, count));
    CALL(NULL_POINTER, "`count` is NULL", hello_greeter_count, (greeter, NULL));
    CALL(MISALIGNED, "`count` is misaligned", hello_greeter_count, (greeter, MISALIGNED(count)));

    /* What failed has not been counted. */
    CALL(OK, "after all those failures", hello_greeter_count, (greeter, count));
    if (*count != 0) {
        wrong("hello_greeter_count", "after all those failures", "they were counted");
    }
    hello_greeter_free(greeter);
    hello_greeter_free(NULL);
    hello_string_free(NULL);
}

static void callbacks(void) {
    double *values = places.doubles;
    double *end = at_the_end_of_memory();
    CALL(NULL_POINTER, "`values` is NULL", hello_each_root, (NULL, 4, visit, NULL));
    CALL(NULL_POINTER, "`visitor` is NULL", hello_each_root, (values, 4, NULL, NULL));
    CALL(NULL_POINTER, "`visitor` is NULL, nothing to visit", hello_each_root,
         (NULL, 0, NULL, NULL));
    CALL(MISALIGNED, "`values` is misaligned", hello_each_root,
         (MISALIGNED(values), 4, visit, NULL));
    CALL(TOO_LARGE, "a count just too large", hello_each_root, (values, TOO_MANY, visit, NULL));
    CALL(TOO_LARGE, "a count of SIZE_MAX", hello_each_root, (values, SIZE_MAX, visit, NULL));
    CALL(TOO_LARGE, "`values` beyond the end of memory", hello_each_root, (end, 4, visit, NULL));
    CALL(OK, "a count of 0, and NULL", hello_each_root, (NULL, 0, visit, NULL));
}

/* Panics in a call of its own, which is within a call of the library. */
static int32_t panic_within(double value, double root, void *context) {
    HelloStatus *status = context;
    (void)value;
    (void)root;
    *status = hello_panic("in the visitor");
    return 0;
}

/* A panic in the middle of a program's work. What was begun before it goes on after it. */
static void panics(void) {
    HelloGreeter *greeter = NULL;
    HelloStatus within = HELLO_STATUS_OK;
    CALL(NULL_POINTER, "`message` is NULL", hello_panic, (NULL));
    CALL(INVALID_UTF8, "`message` is not UTF-8", hello_panic, ("\xff"));

    if (hello_greeter_new("Hi", &greeter) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "there is no greeter: %s", hello_last_error());
    }
    CALL(OK, "before a panic", hello_greeter_greet, (greeter, "Ada", &places.text));
    hello_string_free(places.text);
    CALL(PANIC, "in the middle of the work", hello_panic, ("on purpose"));
    CALL(PANIC, "once more, with a message for printf()", hello_panic, ("%s%n {}"));
    CALL(OK, "a panic within the visitor", hello_each_root,
         (places.doubles, 8, panic_within, &within));
    after("hello_panic", "within the visitor", HELLO_STATUS_PANIC, within);
    CALL(OK, "after a panic", hello_greeter_greet, (greeter, "Ada", &places.text));
    hello_string_free(places.text);
    CALL(OK, "after a panic", hello_greeter_count, (greeter, &places.count));
    if (places.count != 2) {
        wrong("hello_greeter_count", "after a panic", "it lost count");
    }
    hello_greeter_free(greeter);
}

/* What hello.h promises about the report of a panic: one write, with the place in the source and the first
 * 512 bytes of the message. A datagram is what one write wrote. */
static void report_of_a_panic(void) {
    static const char BEGINNING[] = "libhello: panicked at ";
    static char message[2000];
    static char report[4096];
    Output terminal;
    int ends[2];
    memset(message, 'm', sizeof message - 1);
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) {
        stop(WRONG, PROGRAM, "no pair of sockets can be made");
    }
    output_to_descriptor(STDERR_FILENO, ends[1], &terminal);
    HelloStatus status = hello_panic(message);
    output_back(terminal);
    close(ends[1]);
    ssize_t length = recv(ends[0], report, sizeof report - 1, MSG_DONTWAIT);
    ssize_t more = recv(ends[0], message, sizeof message, MSG_DONTWAIT);
    close(ends[0]);

    report[length > 0 ? length : 0] = '\0';
    const char *text = strstr(report, ": mmm");
    if (status != HELLO_STATUS_PANIC || length < 0 || more > 0) {
        wrong("hello_panic", "its report", "it is not one write");
    } else if (strncmp(report, BEGINNING, strlen(BEGINNING)) != 0 || strstr(report, ".rs:") == NULL) {
        wrong("hello_panic", "its report", "it does not name the place in the source");
    } else if (text == NULL || strspn(text + 2, "m") > 512 || report[length - 1] != '\n') {
        wrong("hello_panic", "its report", "it has not the message, cut after 512 bytes, and an end");
    }
    printf("hello_panic: its report: %d bytes\n", (int)length);
}

static void unknown_statuses(void) {
    static const int32_t numbers[] = {-1, 1000, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const char *name = hello_status_name(numbers[i]);
        printf("hello_status_name: %ld: \"%s\"\n", (long)numbers[i], name);
        if (strcmp(name, "unknown status") != 0) {
            wrong("hello_status_name", "a number that is no status", name);
        }
    }
}

/* --- Standard output that fails ---------------------------------------------------------- */

/* Both functions that print, with standard output as it is now; then back to `terminal`, because the
 * result is reported there. */
static void print_to_nowhere(const char *where, Output terminal) {
    before("hello_print");
    HelloStatus status = hello_print(4.0);
    char *message = strcpy(allocate(strlen(hello_last_error()) + 1), hello_last_error());
    Hello();
    bool kept = strcmp(hello_last_error(), message) == 0;
    free(message);
    output_back(terminal);
    after("hello_print", where, HELLO_STATUS_IO, status);
    printf("Hello: %s: void\n", where);
    if (!kept) {
        wrong("Hello", where, "it changed the last error, though it does not report any");
    }
}

/* A pipe that nobody reads. */
static int closed_pipe(void) {
    int ends[2];
    if (pipe(ends) != 0) {
        stop(WRONG, PROGRAM, "no pipe can be made");
    }
    close(ends[0]);
    return ends[1];
}

/* By default the signal ends a C program that writes to a pipe which nobody reads, before the
 * library learns of it. In a child: it is not ours to live through. */
static void signal_of_a_closed_pipe(void) {
    int status;
    fflush(stdout);
    pid_t process = fork();
    if (process == 0) {
        dup2(closed_pipe(), STDOUT_FILENO);
        Hello();
        _exit(0);
    }
    if (process < 0 || waitpid(process, &status, 0) != process) {
        stop(WRONG, PROGRAM, "no child can be made");
    }
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGPIPE) {
        wrong("Hello", "nobody reads standard output", "SIGPIPE did not end the process");
        return;
    }
    printf("Hello: nobody reads standard output: SIGPIPE ended the process\n");
}

static void outputs(void) {
    Output terminal;
    int pipe_end;
    if (output_to(STDOUT_FILENO, "/dev/full", &terminal)) {
        print_to_nowhere("standard output is full", terminal);
    } else {
        printf("hello_print: standard output is full: not applicable, there is no /dev/full\n");
    }

    output_closed(STDOUT_FILENO, &terminal);
    print_to_nowhere("standard output is closed", terminal);

    signal_of_a_closed_pipe();
    /* Programs that live longer ignore it, as Python does. */
    signal(SIGPIPE, SIG_IGN);
    pipe_end = closed_pipe();
    output_to_descriptor(STDOUT_FILENO, pipe_end, &terminal);
    close(pipe_end);
    print_to_nowhere("nobody reads standard output, and SIGPIPE is ignored", terminal);

    fflush(stdout); /* Its line comes after ours. */
    CALL(OK, "standard output is back", hello_print, (4.0));
}

int main(void) {
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    memset(&untouched, 0x55, sizeof untouched);

    scalars();
    texts();
    buffers();
    small_buffers();
    slices();
    handles();
    callbacks();
    panics();
    report_of_a_panic();
    unknown_statuses();
    outputs();

    if (wrong_calls > 0) {
        stop(WRONG, PROGRAM, "%d of the calls did not end as they should", wrong_calls);
    }
    return 0;
}
