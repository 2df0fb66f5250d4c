/* Prints the square roots of four numbers. */

#include <stdio.h>

#include "hello.h"

int main(void) {
    double values[4] = {1, 4, 9, 16};
    static double roots[5];
    size_t i;

    if (hello_sqrt_all(values, roots, sizeof values / sizeof *values) != HELLO_STATUS_OK) {
        return 1;
    }
    for (i = 0; i < 4; i++) {
        printf("%g\n", roots[i]);
    }
    return 0;
}
