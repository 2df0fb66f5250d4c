/* Forks while another thread prints; the child prints as well.
 *
 * The library calls this program's write() in place of the C library's: a name that the program has is
 * found first. It keeps the thread inside until the child has ended. */

#define _XOPEN_SOURCE 700

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hello.h"

static sem_t is_inside, may_go_on;
static atomic_flag was_inside = ATOMIC_FLAG_INIT;

ssize_t write(int descriptor, const void *bytes, size_t count) {
    struct iovec all = {(void *)bytes, count};

    /* Only the first time, and so not in the child. */
    if (descriptor == STDOUT_FILENO && !atomic_flag_test_and_set(&was_inside)) {
        sem_post(&is_inside);
        sem_wait(&may_go_on);
    }
    return writev(descriptor, &all, 1);
}

static void *print(void *unused) {
    Hello();
    return unused;
}

int main(void) {
    pthread_t thread;
    pid_t child;
    int status;

    if (pthread_create(&thread, NULL, print, NULL) != 0) {
        return 2;
    }
    sem_wait(&is_inside);
    child = fork();
    if (child == 0) {
        alarm(2); /* The child has one thread: a wait for a lock never ends. */
        Hello();
        _exit(0);
    }
    waitpid(child, &status, 0);
    sem_post(&may_go_on);
    pthread_join(thread, NULL);
    fprintf(stderr, status == 0 ? "the child has printed\n" : "the child hangs\n");
    return status != 0;
}
