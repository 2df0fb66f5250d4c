/* A process that is forked while another of its threads is inside the library: the child has a copy
 * of all locks as they were at that moment, and of the threads only the one that forked. A lock
 * that another thread held stays locked forever in the child, so the library must not need one to
 * print or to panic.
 *
 * The moment is made certain: this program has a write() of its own, which the library calls as well,
 * and which holds a thread while it is inside.
 *
 * Not to be run under AddressSanitizer: the library allocates, and that is as safe here as malloc()
 * is. The C library sees to it that its locks are free in the child, the allocator of gcc 12's and
 * clang 14's sanitizer does not, and the child hangs in there. */

/* Not in ISO C: fork() and all that belongs to it. */
#define _XOPEN_SOURCE 700

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hello.h"
#include "output.h"
#include "program.h"

static const char PROGRAM[] = "fork";

/* After this time a child is taken to wait for a lock. */
enum { SECONDS = 20 };

/* The descriptor at which a thread is held, or -1. */
static atomic_int held = -1;
/* That a thread is held there, and that it may go on. */
static sem_t inside;
static sem_t forked;

/* In place of the C library's, for the whole process. */
ssize_t write(int descriptor, const void *bytes, size_t count) {
    int expected = descriptor;
    if (atomic_compare_exchange_strong(&held, &expected, -1)) {
        sem_post(&inside);
        sem_wait(&forked);
    }
    struct iovec all = {(void *)(uintptr_t)bytes, count};
    return writev(descriptor, &all, 1);
}

static _Noreturn void child(void) {
    char *greeting = NULL;
    alarm(SECONDS); /* Its signal ends the process. */
    Hello();
    bool is_well = hello_print(9.0) == HELLO_STATUS_OK &&
                   hello_panic("in the child") == HELLO_STATUS_PANIC &&
                   hello_greet("Ada", &greeting) == HELLO_STATUS_OK;
    hello_string_free(greeting);
    /* Not exit(): what is buffered is the parent's to write. */
    _exit(is_well ? 0 : 1);
}

static Outputs terminal;

static void *print_and_panic(void *unused) {
    Hello();
    (void)hello_panic("in the parent");
    if (atomic_load(&held) >= 0) {
        outputs_back(terminal);
        stop(WRONG, PROGRAM, "the library has not called write()");
    }
    return unused;
}

/* Forks while another thread is inside write(). */
static void fork_while_held(int descriptor, const char *when) {
    static const char CHILD[] = "a child that was forked while";
    pthread_t thread;
    int status;
    terminal = outputs_to_nowhere();
    atomic_store(&held, descriptor);
    if (pthread_create(&thread, NULL, print_and_panic, NULL) != 0) {
        stop(WRONG, PROGRAM, "no thread can be made");
    }
    sem_wait(&inside);
    pid_t process = fork();
    if (process == 0) {
        child();
    }
    bool has_ended = process > 0 && waitpid(process, &status, 0) == process;
    sem_post(&forked);
    pthread_join(thread, NULL);
    outputs_back(terminal);
    if (!has_ended) {
        stop(WRONG, PROGRAM, "%s %s: it could not be made, or not be waited for", CHILD, when);
    } else if (WIFSIGNALED(status)) {
        int signal = WTERMSIG(status);
        stop(WRONG, PROGRAM, "%s %s: %s", CHILD, when,
             signal == SIGALRM ? "it hung in the library" : strsignal(signal));
    } else if (WEXITSTATUS(status) != 0) {
        stop(WRONG, PROGRAM, "%s %s: a call of it had another status than it should", CHILD, when);
    }
    printf("%s %s has printed, panicked and greeted\n", CHILD, when);
}

int main(void) {
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    sem_init(&inside, 0, 0);
    sem_init(&forked, 0, 0);
    fork_while_held(STDOUT_FILENO, "Hello() was writing");
    fork_while_held(STDERR_FILENO, "hello_panic() was reporting");
    return 0;
}
