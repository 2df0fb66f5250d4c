/* A process that is forked while another of its threads is inside the library: the child has a copy
 * of all locks as they were at that moment, and of the threads only the one that forked. A lock
 * that another thread held stays locked forever in the child, so the library must not need one to
 * print or to panic.
 *
 * First the moment is made certain: this program has a write() of its own, which the library calls as
 * well, and which holds a thread while it is inside. Then 200 children are made beside four threads
 * that print and panic as fast as they can. A child that waits for a lock would wait forever.
 *
 * Not to be run under AddressSanitizer: the library allocates, and that is as safe here as malloc()
 * is. The C library sees to it that its locks are free in the child, the allocator of gcc 12's and
 * clang 14's sanitizer does not, and the child hangs in there. */

/* Not in ISO C: fork() and all that belongs to it, and RTLD_NEXT. */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hello.h"
#include "output.h"
#include "parallel.h"
#include "program.h"

static const char PROGRAM[] = "fork";

enum { FORKS = 200, THREADS = 4, SECONDS = 60 };

/* --- A write() that can be held ----------------------------------------------------------- */

/* The descriptor at which a thread is held, or -1. */
static atomic_int held = -1;
static Meeting inside;
static Meeting forked;

/* In place of the C library's, for the whole process. */
ssize_t write(int descriptor, const void *bytes, size_t count) {
    int expected = descriptor;
    if (atomic_compare_exchange_strong(&held, &expected, -1)) {
        meeting_wait(&inside);
        meeting_wait(&forked);
    }
    struct iovec all = {(void *)(uintptr_t)bytes, count};
    return writev(descriptor, &all, 1);
}

/* --- A child ------------------------------------------------------------------------------ */

enum { PRINTED_NOT = 1, PANICKED_NOT, GREETED_NOT, HUNG };

static bool is_child;

/* In place of the C library's as well: Rust waits for a lock with it. The child has one thread, so
 * nobody would ever end the wait. */
long syscall(long number, ...) {
    static long (*real)(long, ...);
    long arguments[6];
    va_list list;
    if (is_child && number == SYS_futex) {
        _exit(HUNG);
    }
    va_start(list, number);
    for (int i = 0; i < 6; i++) {
        arguments[i] = va_arg(list, long);
    }
    va_end(list);
    if (real == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "syscall");
        memcpy(&real, &symbol, sizeof real);
    }
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                arguments[5]);
}

static _Noreturn void child(void) {
    char *greeting;
    is_child = true;
    alarm(SECONDS); /* For a lock of another kind. Its signal ends the process. */
    Hello();
    if (hello_print(9.0) != HELLO_STATUS_OK) {
        _exit(PRINTED_NOT);
    }
    if (hello_panic("in the child") != HELLO_STATUS_PANIC) {
        _exit(PANICKED_NOT);
    }
    if (hello_greet("Ada", &greeting) != HELLO_STATUS_OK) {
        _exit(GREETED_NOT);
    }
    hello_string_free(greeting);
    /* Not exit(): what is buffered is the parent's to write. */
    _exit(0);
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
        return WTERMSIG(status) == SIGALRM ? "it hung in the library" : strsignal(WTERMSIG(status));
    }
    switch (WEXITSTATUS(status)) {
    case 0:
        return NULL;
    case PRINTED_NOT:
        return "hello_print() failed in it";
    case PANICKED_NOT:
        return "hello_panic() did not panic in it";
    case GREETED_NOT:
        return "hello_greet() failed in it";
    case HUNG:
        return "it hung in the library";
    default:
        return "it ended with an exit code of its own";
    }
}

/* --- The moment made certain -------------------------------------------------------------- */

static Outputs terminal;

/* For the thread that was to be held and never came into write(). */
static void give_up_if_not_held(const char *function) {
    if (atomic_load(&held) >= 0) {
        outputs_back(terminal);
        stop(WRONG, PROGRAM, "%s has not called write()", function);
    }
}

static void *print_once(void *unused) {
    (void)unused;
    Hello();
    give_up_if_not_held("Hello()");
    return NULL;
}

static void *panic_once(void *unused) {
    (void)unused;
    (void)hello_panic("in the parent");
    give_up_if_not_held("hello_panic()");
    return NULL;
}

/* Forks while another thread is inside write(). */
static const char *fork_while_held(int descriptor, void *(*body)(void *)) {
    pthread_t thread;
    const char *failure;
    meeting_init(&inside, 2);
    meeting_init(&forked, 2);
    atomic_store(&held, descriptor);
    if (pthread_create(&thread, NULL, body, NULL) != 0) {
        stop(WRONG, PROGRAM, "no thread can be made");
    }
    meeting_wait(&inside);
    failure = fork_once();
    meeting_wait(&forked);
    pthread_join(thread, NULL);
    meeting_destroy(&forked);
    meeting_destroy(&inside);
    return failure;
}

/* --- Many children ------------------------------------------------------------------------ */

static atomic_bool enough;
static atomic_ulong calls;

static void print_and_panic(void *unused, size_t number) {
    (void)unused;
    (void)number;
    while (!atomic_load(&enough)) {
        Hello();
        (void)hello_panic("in the parent");
        atomic_fetch_add(&calls, 1);
    }
}

typedef struct {
    int made;
    const char *failure;
} Children;

static void *fork_often(void *children_pointer) {
    Children *children = children_pointer;
    while (children->made < FORKS && children->failure == NULL) {
        /* Only when another thread has been at work since the last time. */
        unsigned long before = atomic_load(&calls);
        while (atomic_load(&calls) == before) {
            sched_yield();
        }
        children->failure = fork_once();
        children->made++;
    }
    atomic_store(&enough, true);
    return NULL;
}

int main(void) {
    pthread_t forker;
    Children children = {0, NULL};
    const char *printing;
    const char *panicking = NULL;
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());

    terminal = outputs_to_nowhere();
    printing = fork_while_held(STDOUT_FILENO, print_once);
    if (printing == NULL) {
        panicking = fork_while_held(STDERR_FILENO, panic_once);
    }
    if (printing == NULL && panicking == NULL) {
        if (pthread_create(&forker, NULL, fork_often, &children) != 0) {
            stop(WRONG, PROGRAM, "no thread can be made");
        }
        in_parallel(THREADS, print_and_panic, NULL);
        pthread_join(forker, NULL);
    }
    outputs_back(terminal);

    if (printing != NULL) {
        stop(WRONG, PROGRAM, "a child that was forked while Hello() was writing: %s", printing);
    }
    if (panicking != NULL) {
        stop(WRONG, PROGRAM, "a child that was forked while hello_panic() was reporting: %s",
             panicking);
    }
    if (children.failure != NULL) {
        stop(WRONG, PROGRAM, "child %d: %s", children.made, children.failure);
    }
    printf("children of a process that was writing, that was panicking, and %d beside %d threads "
           "at both: all printed, panicked and greeted\n",
           children.made, THREADS);
    return 0;
}
