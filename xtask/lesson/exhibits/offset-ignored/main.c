/* Prints the roots of the last three of four numbers: a slice, without a copy. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

static void nothing(struct ArrowSchema *schema) { schema->release = NULL; }
static void lent(struct ArrowArray *array) { array->release = NULL; }

int main(void) {
    double values[4] = {1, 4, 0, 16};
    unsigned char valid = 0xb; /* 1011: the third from the right, that of 0, is null. */
    const void *buffers[2] = {&valid, values};
    struct ArrowSchema doubles = {.format = "g", .release = nothing};
    struct ArrowArray column = {.length = 3, .null_count = 1, .offset = 1, .n_buffers = 2,
                                .buffers = buffers, .release = lent};
    struct ArrowArray roots;
    int i;

    if (hello_sqrt_column(&doubles, &column, &roots) != HELLO_STATUS_OK) {
        return EXIT_FAILURE;
    }
    for (i = 0; i < 3; i++) {
        if (*(const unsigned char *)roots.buffers[0] >> i & 1) {
            printf("%g\n", ((const double *)roots.buffers[1])[i]);
        } else {
            printf("null\n");
        }
    }
    roots.release(&roots);
    return 0;
}
