#include <stdio.h>

#include "hello.h"

static int32_t add(double value, double root, void *context) {
    double *sum = context;
    *sum += root;
    printf("%g has the root %g\n", value, root);
    return root < 2.0; /* 0 stops. */
}

int main(void) {
    const double values[] = {1.0, 4.0, 9.0};
    double sum = 0.0;
    if (hello_each_root(values, 3, add, &sum) == HELLO_STATUS_OK) {
        printf("the sum is %g\n", sum);
    }
    if (hello_each_root(NULL, 3, add, &sum) != HELLO_STATUS_OK) {
        printf("refused: %s\n", hello_last_error());
    }
    return 0;
}
