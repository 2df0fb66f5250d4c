/* Forks while another thread prints; each child prints as well. */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hello.h"

static void *print(void *unused) {
    (void)unused;
    for (;;) {
        Hello();
    }
    return NULL;
}

/* Whether the child ends within a third of a second. */
static int ends(pid_t child) {
    const struct timespec moment = {0, 1000 * 1000};
    int i;

    for (i = 0; i < 300; i++) {
        if (waitpid(child, NULL, WNOHANG) == child) {
            return 1;
        }
        nanosleep(&moment, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}

int main(void) {
    enum { FORKS = 1000 };
    pthread_t thread;
    int i;

    if (pthread_create(&thread, NULL, print, NULL) != 0) {
        return 2;
    }
    for (i = 0; i < FORKS; i++) {
        pid_t child = fork();

        if (child == 0) {
            Hello();
            _exit(0);
        }
        if (child < 0 || !ends(child)) {
            fprintf(stderr, "a child hangs\n");
            return 1;
        }
    }
    fprintf(stderr, "all %d children ended\n", FORKS);
    return 0;
}
