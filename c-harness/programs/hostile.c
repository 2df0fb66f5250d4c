/* Where the library writes to may fail, and its report of a panic is read by others: what the cases cannot
 * ask. Other hostile inputs stand in hello-cdylib/cases.
 *
 * Each call prints `function: what: STATUS "message"`. The calls that ended otherwise than they
 * should have are named at the end, on standard error. */

/* Not in ISO C: standard output as a descriptor, and signals. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hello.h"
#include "output.h"
#include "program.h"

static const char PROGRAM[] = "hostile";

static int wrong_calls;

static void wrong(const char *function, const char *what, const char *why) {
    fprintf(stderr, "%s: %s: %s: %s\n", PROGRAM, function, what, why);
    wrong_calls++;
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

/* Both functions that print, with standard output as it is now; then back to `terminal`, because the
 * result is reported there. */
static void print_to_nowhere(const char *where, Output terminal) {
    (void)hello_panic(NULL); /* So that the last error is another function's. */
    HelloStatus status = hello_print(4.0);
    char *message = strcpy(allocate(strlen(hello_last_error()) + 1), hello_last_error());
    Hello();
    bool kept = strcmp(hello_last_error(), message) == 0;
    output_back(terminal);
    printf("hello_print: %s: %s \"%s\"\n", where, hello_status_name((int32_t)status), message);
    if (status != HELLO_STATUS_IO) {
        wrong("hello_print", where, "it ended with another status than it should have");
    } else if (strncmp(message, "hello_print: ", 13) != 0 || message[13] == '\0') {
        wrong("hello_print", where, "the message does not say what failed");
    }
    free(message);
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

static volatile sig_atomic_t interruptions;

static void interrupted(int number) {
    (void)number;
    interruptions++;
}

static void wait_for(long milliseconds) {
    struct timespec time = {0, milliseconds * 1000000};
    nanosleep(&time, NULL);
}

/* In a child: interrupts its parent, which waits for room in the pipe, and reads the pipe only then.
 * Whether the line is there, whole and once, is the child's exit code. */
static _Noreturn void interrupt_and_read(int end, size_t filled) {
    static const char LINE[] = "Hello! The square root of 4 is: 2\n";
    char *read_bytes = allocate(filled + 2 * sizeof LINE);
    size_t count = 0;
    ssize_t more;
    for (int i = 0; i < 20; i++) {
        wait_for(5);
        kill(getppid(), SIGUSR1);
    }
    do {
        more = read(end, read_bytes + count, filled + 2 * sizeof LINE - count);
        count += more > 0 ? (size_t)more : 0;
    } while (more > 0);
    _exit(count != filled + strlen(LINE) ||
          memcmp(read_bytes + filled, LINE, strlen(LINE)) != 0);
}

/* The pipe is full, and a signal whose handler does not restart system calls arrives meanwhile. */
static void full_pipe(void) {
    static const char WHAT[] = "a signal while the pipe is full";
    const struct sigaction without_restart = {.sa_handler = interrupted};
    struct sigaction before;
    Output terminal;
    int ends[2];
    int result;
    size_t filled = 0;
    if (pipe(ends) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
        stop(WRONG, PROGRAM, "no pipe can be made");
    }
    while (write(ends[1], "", 1) == 1) {
        filled++;
    }
    fcntl(ends[1], F_SETFL, 0);
    sigaction(SIGUSR1, &without_restart, &before);
    fflush(stdout);
    pid_t process = fork();
    if (process == 0) {
        close(ends[1]);
        interrupt_and_read(ends[0], filled);
    }
    output_to_descriptor(STDOUT_FILENO, ends[1], &terminal);
    close(ends[1]);
    HelloStatus status = hello_print(4.0);
    output_back(terminal);
    while (waitpid(process, &result, 0) < 0 && errno == EINTR) {
        /* Interrupted, too. */
    }
    close(ends[0]);
    sigaction(SIGUSR1, &before, NULL);
    printf("hello_print: %s: %s\n", WHAT, hello_status_name((int32_t)status));
    if (interruptions == 0) {
        wrong("hello_print", WHAT, "no signal arrived");
    } else if (status != HELLO_STATUS_OK) {
        wrong("hello_print", WHAT, hello_last_error());
    } else if (!WIFEXITED(result) || WEXITSTATUS(result) != 0) {
        wrong("hello_print", WHAT, "the line is not in the pipe, whole and once");
    }
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
    if (hello_print(4.0) != HELLO_STATUS_OK) {
        wrong("hello_print", "standard output is back", hello_last_error());
    }
}

int main(void) {
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    report_of_a_panic();
    full_pipe();
    outputs();
    if (wrong_calls > 0) {
        stop(WRONG, PROGRAM, "%d of the calls did not end as they should", wrong_calls);
    }
    return 0;
}
