/* Forks while another thread prints; the child prints as well. */

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hello.h"
#include "moment.h"

static void *print(void *unused) {
    (void)unused;
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
    wait_until_it_prints();
    child = fork();
    if (child == 0) {
        nobody_else_is_here();
        Hello();
        _exit(0);
    }
    waitpid(child, &status, 0);
    let_it_print();
    pthread_join(thread, NULL);
    fprintf(stderr, status == 0 ? "the child has printed\n" : "the child hangs\n");
    return status != 0;
}
