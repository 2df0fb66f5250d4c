/* A process that is forked while another of its threads is inside the library: the child has a copy
 * of all locks as they were at that moment, and of the threads only the one that forked. A lock
 * that another thread held stays locked for ever in the child, so the library must not need one to
 * print.
 *
 * Each child prints; one that hangs is ended by its alarm, and named.
 *
 * Not to be run under AddressSanitizer: the library allocates, and that is as safe here as malloc()
 * is. The C library sees to it that its locks are free in the child, the allocator of gcc 12's and
 * clang 14's sanitizer does not, and the child hangs in there. */

/* Not in ISO C: fork() and all that belongs to it. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hello.h"
#include "output.h"
#include "program.h"

static const char PROGRAM[] = "fork";

enum { FORKS = 200, SECONDS = 4 };

/* Where the children print, while the parent's standard output is a pipe that is full. */
static int nowhere;

static atomic_bool enough;
static atomic_ulong calls;

static void *print_all_the_time(void *unused) {
    (void)unused;
    while (!atomic_load(&enough)) {
        Hello();
        atomic_fetch_add(&calls, 1);
    }
    return NULL;
}

static _Noreturn void child(void) {
    alarm(SECONDS); /* Its signal ends the process. */
    dup2(nowhere, STDOUT_FILENO);
    Hello();
    /* Not exit(): what is buffered is the parent's to write. */
    _exit(hello_print(9.0) == HELLO_STATUS_OK ? 0 : 1);
}

/* Forks once. Returns how the child ended, in words, or NULL if that was well. */
static const char *fork_once(void) {
    int status;
    pid_t process = fork();
    if (process == 0) {
        child();
    }
    if (process < 0 || waitpid(process, &status, 0) != process) {
        return "it could not be made, or not be waited for";
    }
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGALRM ? "it hung in Hello() or hello_print()"
                                           : strsignal(WTERMSIG(status));
    }
    return WEXITSTATUS(status) == 0 ? NULL : "hello_print() failed in it";
}

static void *print_once(void *unused) {
    (void)unused;
    Hello();
    return NULL;
}

/* Forks while another thread is inside write(), for certain: the pipe is full, and nobody reads it
 * until the child has ended. */
static const char *fork_within_a_write(void) {
    static char block[65536];
    int ends[2];
    pthread_t printer;
    Output terminal;
    const char *failure;
    if (pipe(ends) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
        stop(WRONG, PROGRAM, "no pipe can be made");
    }
    while (write(ends[1], block, sizeof block) > 0 || write(ends[1], block, 1) > 0) {
    }
    fcntl(ends[1], F_SETFL, 0);
    output_to_descriptor(ends[1], &terminal);
    close(ends[1]);
    if (pthread_create(&printer, NULL, print_once, NULL) != 0) {
        stop(WRONG, PROGRAM, "no thread can be made");
    }
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); /* It is inside by now. */
    failure = fork_once();
    while (read(ends[0], block, sizeof block) == (ssize_t)sizeof block) {
    }
    pthread_join(printer, NULL);
    output_back(terminal);
    close(ends[0]);
    return failure;
}

int main(void) {
    pthread_t printer;
    Output terminal;
    const char *failure = NULL;
    int forks = 0;
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0) {
        stop(WRONG, PROGRAM, "there is no /dev/null");
    }
    failure = fork_within_a_write();
    if (failure != NULL) {
        stop(WRONG, PROGRAM, "a child that was forked while Hello() was writing: %s", failure);
    }
    if (!output_to("/dev/null", &terminal)) {
        stop(WRONG, PROGRAM, "there is no /dev/null");
    }
    if (pthread_create(&printer, NULL, print_all_the_time, NULL) != 0) {
        stop(WRONG, PROGRAM, "no thread can be made");
    }
    while (forks < FORKS && failure == NULL) {
        /* Only when the other thread has been at work since the last time. */
        unsigned long before = atomic_load(&calls);
        while (atomic_load(&calls) == before) {
            sched_yield();
        }
        failure = fork_once();
        forks++;
    }
    atomic_store(&enough, true);
    pthread_join(printer, NULL);
    output_back(terminal);

    if (failure != NULL) {
        stop(WRONG, PROGRAM, "child %d: %s", forks, failure);
    }
    printf("%d children of a process that was inside Hello(): all printed\n", forks);
    return 0;
}
