/* Two threads visit three numbers each. The second begins and ends while the first is at its first
 * number. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

static const double VALUES[] = {1, 4, 9};
static atomic_int visits;

static int32_t visit(double value, double root, void *then);

static void *visit_all(void *then) {
    hello_each_root(VALUES, 3, visit, then);
    return NULL;
}

static int32_t visit(double value, double root, void *then) {
    (void)root;
    visits++;
    if (then != NULL && value == 1) {
        pthread_t second;

        if (pthread_create(&second, NULL, visit_all, NULL) != 0) {
            exit(2);
        }
        pthread_join(second, NULL);
    }
    return 1;
}

int main(void) {
    int then = 1; /* The first thread starts a second one. */

    visit_all(&then);
    printf("%d visits\n", visits);
    return 0;
}
