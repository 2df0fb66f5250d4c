/* Not in ISO C: fork() and its like. */
#define _GNU_SOURCE

#include "calls.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "footprint.h"

/* --- Arguments ----------------------------------------------------------------------------- */

static _Alignas(64) unsigned char arguments[ARGUMENTS][ARGUMENT_SIZE];

void *argument(size_t index) {
    if (index >= ARGUMENTS) {
        fprintf(stderr, "calls: a function has more than %d parameters\n", ARGUMENTS);
        abort();
    }
    return arguments[index];
}

void *misaligned(size_t index, size_t offset) {
    return (unsigned char *)argument(index) + offset;
}

void *made_by(const char *function, void *handle) {
    if (handle == NULL) {
        fprintf(stderr, "calls: %s made no handle: %s\n", function,
                last_error() != NULL ? last_error() : "no reason");
        exit(2);
    }
    return handle;
}

enum { LONG_TEXT = 16 * 1024 * 1024 };

/* Made before the calls, for during the call that needs it there is no memory. */
static char *long_text_made;

const char *long_text(void) {
    return long_text_made;
}

static void make_long_text(void) {
    long_text_made = malloc(LONG_TEXT + 1);
    if (long_text_made == NULL) {
        fprintf(stderr, "calls: there is no memory for the long text\n");
        abort();
    }
    memset(long_text_made, 'a', LONG_TEXT);
    long_text_made[LONG_TEXT] = '\0';
}

static bool is_written(void) {
    const unsigned char *byte = &arguments[0][0];
    for (size_t i = 0; i < sizeof arguments; i++) {
        if (byte[i] != 0) {
            return true;
        }
    }
    return false;
}

/* --- What the handles are seen to be --------------------------------------------------------- */

/* What the looks have written, one after the other: in a process that has made no call, and in another
 * one at the second time. What these two do not agree about says nothing of a call. */
static unsigned char *first_seen, *seen_again;

static unsigned char *memory_for_looks(void) {
    size_t size = LOOK_COUNT * sizeof arguments + 1;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("calls: there is no memory for what the handles are seen to be");
        exit(2);
    }
    return memory;
}

static void look(size_t index) {
    memset(arguments, 0, sizeof arguments);
    LOOKS[index].make();
}

static void look_at_all(unsigned char *seen, int times) {
    while (times-- > 0) {
        for (size_t i = 0; i < LOOK_COUNT; i++) {
            look(i);
            memcpy(seen + i * sizeof arguments, arguments, sizeof arguments);
        }
    }
}

/* In a process of its own, so that the last error of the calls is theirs. */
static void look_in_child(unsigned char *seen, int times) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        look_at_all(seen, times);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "calls: a function that only reads a handle ended the process, one of:");
        for (size_t i = 0; i < LOOK_COUNT; i++) {
            fprintf(stderr, " %s", LOOKS[i].function);
        }
        fprintf(stderr, "\n");
        exit(2);
    }
}

/* --- One call ------------------------------------------------------------------------------- */

/* What is reported: a line for each fact, "INDEX\tWHAT\tVALUE". Standard output is the library's. */
static FILE *report;

static void line(size_t index, const char *what, const char *value) {
    fprintf(report, "%zu\t%s\t", index, what);
    for (const char *c = value; *c != '\0'; c++) {
        fputc(*c == '\n' || *c == '\t' ? ' ' : *c, report);
    }
    fputc('\n', report);
    fflush(report);
}

static void left(const char *what, void *context) {
    const size_t *index = context;
    line(*index, "left", what);
}

static int64_t make(const Call *call) {
    struct rlimit all, none;
    if (!call->without_memory) {
        return call->make();
    }
    getrlimit(RLIMIT_AS, &all);
    none = all;
    none.rlim_cur = 0; /* What the process has already stays. */
    setrlimit(RLIMIT_AS, &none);
    int64_t status = call->make();
    setrlimit(RLIMIT_AS, &all);
    return status;
}

static void make_and_report(size_t index, bool under_a_tool) {
    const Call *call = &CALLS[index];
    char number[24];
    Footprint before, after;
    fprintf(stderr, "=== call %zu\n", index);
    if (!under_a_tool) {
        before = footprint();
    }
    int64_t status = make(call);
    if (!under_a_tool) {
        after = footprint();
        footprint_compare(&before, &after, left, &index);
    }
    if (call->has_status) {
        snprintf(number, sizeof number, "%" PRId64, status);
        line(index, "status", number);
    }
    if (last_error() != NULL) {
        line(index, "error", last_error());
    }
    if (call->has_status && status != 0 && is_written()) {
        line(index, "wrote", "");
    }
    bool has_failed = call->has_status ? status != 0 : last_error() != NULL && *last_error() != '\0';
    for (size_t i = 0; has_failed && !under_a_tool && i < LOOK_COUNT; i++) {
        size_t at = i * sizeof arguments;
        bool is_steady = memcmp(first_seen + at, seen_again + at, sizeof arguments) == 0;
        look(i);
        if (is_steady && memcmp(first_seen + at, arguments, sizeof arguments) != 0) {
            line(index, "changed", LOOKS[i].function);
        }
    }
    line(index, "returned", "");
}

/* --- All of them ---------------------------------------------------------------------------- */

/* In a process of its own: each call begins with the same, and one that ends its process does not
 * keep the others from being made. */
static void in_child(size_t index, bool under_a_tool) {
    char words[64];
    int status;
    pid_t child = fork();
    if (child < 0) {
        perror("calls: no process can be made");
        exit(2);
    }
    if (child == 0) {
        make_and_report(index, under_a_tool);
        _exit(0);
    }
    if (waitpid(child, &status, 0) != child) {
        perror("calls: a process is lost");
        exit(2);
    }
    if (WIFSIGNALED(status)) {
        snprintf(words, sizeof words, "signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
        line(index, "died", words);
    } else if (WEXITSTATUS(status) != 0) {
        snprintf(words, sizeof words, "exit code %d", WEXITSTATUS(status));
        line(index, "died", words);
    }
}

/* With an argument the program runs under a tool that has memory and threads of its own: there is no
 * call without memory then, and the footprint is not looked at. */
int main(int argc, char **argv) {
    bool under_a_tool = argc > 1;
    (void)argv;
    int nowhere = open("/dev/null", O_WRONLY);
    report = fdopen(dup(STDOUT_FILENO), "w");
    if (nowhere < 0 || report == NULL || dup2(nowhere, STDOUT_FILENO) < 0) {
        perror("calls: standard output cannot be kept");
        return 2;
    }
    close(nowhere);
    make_long_text();
    make_handles();
    if (!under_a_tool) {
        first_seen = memory_for_looks();
        seen_again = memory_for_looks();
        look_in_child(first_seen, 1);
        look_in_child(seen_again, 2);
    }
    for (size_t i = 0; i < CALL_COUNT; i++) {
        if (!(under_a_tool && CALLS[i].without_memory)) {
            in_child(i, under_a_tool);
        }
    }
    fprintf(report, "end\n");
    return fclose(report) == 0 ? 0 : 2;
}
