/* Where the library writes to may fail, and its report of a panic is read by others: what the cases cannot
 * ask. Other hostile inputs stand in hello-cdylib/cases.
 *
 * Each call prints `function: what: STATUS`. The first that does not end as it should ends the program. */

/* Not in ISO C: standard output as a descriptor, and signals. */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hello.h"
#include "output.h"
#include "program.h"

static const char PROGRAM[] = "hostile";

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
        stop(WRONG, PROGRAM, "hello_panic: its report is not one write");
    } else if (strncmp(report, BEGINNING, strlen(BEGINNING)) != 0 || strstr(report, ".rs:") == NULL) {
        stop(WRONG, PROGRAM, "hello_panic: its report does not name the place in the source");
    } else if (text == NULL || strspn(text + 2, "m") > 512 || report[length - 1] != '\n') {
        stop(WRONG, PROGRAM, "hello_panic: its report lacks the message, cut after 512 bytes, or an end");
    }
    printf("hello_panic: its report: %d bytes\n", (int)length);
}

/* Standard output as it is now, which takes nothing; then back to `terminal`, because the result is
 * reported there. */
static void print_to_nowhere(const char *where, Output terminal) {
    Hello(); /* Says nothing, and goes on. */
    HelloStatus status = hello_print(4.0);
    output_back(terminal);
    printf("hello_print: %s: %s\n", where, hello_status_name((int32_t)status));
    if (status != HELLO_STATUS_IO) {
        stop(WRONG, PROGRAM, "hello_print: %s: it ended with another status than it should have", where);
    }
}

static void outputs(void) {
    Output terminal;
    int ends[2];
    output_to(STDOUT_FILENO, "/dev/full", &terminal);
    print_to_nowhere("standard output is full", terminal);

    /* By default the signal ends a program that writes to a pipe which nobody reads. Those that live
     * longer ignore it, as Python does. */
    signal(SIGPIPE, SIG_IGN);
    if (pipe(ends) != 0) {
        stop(WRONG, PROGRAM, "no pipe can be made");
    }
    close(ends[0]);
    output_to_descriptor(STDOUT_FILENO, ends[1], &terminal);
    close(ends[1]);
    print_to_nowhere("nobody reads standard output, and SIGPIPE is ignored", terminal);

    fflush(stdout); /* Its line comes after ours. */
    if (hello_print(4.0) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "hello_print: standard output is back: %s", hello_last_error());
    }
}

int main(void) {
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    report_of_a_panic();
    outputs();
    return 0;
}
