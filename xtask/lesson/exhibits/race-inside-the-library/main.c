/* Two threads visit three numbers each. The second begins and ends while the first is at its first
 * number. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "hello.h"
#include "moment.h"

static const double VALUES[] = {1, 4, 9};
static atomic_int visits;

static int32_t visit(double value, double root, void *is_second) {
    (void)root;
    visits++;
    if (is_second == NULL && value == 1) {
        let_the_second_run();
    }
    return 1;
}

static void *first(void *unused) {
    hello_each_root(VALUES, 3, visit, NULL);
    return unused;
}

static void *second(void *unused) {
    int is_second = 1;

    wait_for_the_first();
    hello_each_root(VALUES, 3, visit, &is_second);
    let_the_first_go_on();
    return unused;
}

int main(void) {
    void *(*const runs[])(void *) = {first, second};
    pthread_t threads[2];
    int i;

    for (i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, runs[i], NULL) != 0) {
            return 2;
        }
    }
    for (i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d visits\n", visits);
    return 0;
}
