#include <stdio.h>

#include "hello.h"

int main(void) {
    double values[] = {1.0, 4.0, 9.0, 16.0};
    double roots[4];
    if (hello_sqrt_all(values, roots, 4) == HELLO_STATUS_OK) {
        printf("%g %g %g %g\n", roots[0], roots[1], roots[2], roots[3]);
    }
    /* Three values, and the roots would overwrite two of them before they are read. */
    if (hello_sqrt_all(values, values + 1, 3) != HELLO_STATUS_OK) {
        printf("refused: %s\n", hello_last_error());
    }
    return 0;
}
