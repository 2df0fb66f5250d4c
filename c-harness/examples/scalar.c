#include <stdio.h>

#include "hello.h"

int main(void) {
    double root = hello_sqrt(2.25);
    printf("the square root of 2.25 is %g\n", root);

    /* A function without a status has only its result to say that there is none. */
    root = hello_sqrt(-4.0);
    if (root != root) {
        printf("the square root of -4 is not a number\n");
    }
    return 0;
}
