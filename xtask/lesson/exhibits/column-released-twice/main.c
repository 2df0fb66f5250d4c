/* Takes the roots of three columns, and keeps two of them. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

static void nothing(struct ArrowSchema *schema) { schema->release = NULL; }
static void lent(struct ArrowArray *array) { array->release = NULL; }

static struct ArrowArray root_of(double value) {
    struct ArrowSchema doubles = {.format = "g", .release = nothing};
    const void *buffers[2] = {NULL, &value};
    struct ArrowArray roots, column = {.length = 1, .n_buffers = 2, .buffers = buffers, .release = lent};

    if (hello_sqrt_column(&doubles, &column, &roots) != HELLO_STATUS_OK) {
        exit(EXIT_FAILURE);
    }
    return roots;
}

static double number(struct ArrowArray column) { return *(const double *)column.buffers[1]; }

int main(void) {
    struct ArrowArray first = root_of(1), moved = first, second, third;

    first.release = NULL; /* What it was is in `moved` now. */
    printf("the first: %g\n", number(moved));
    moved.release(&moved);
    second = root_of(4);
    if (first.release != NULL) {
        first.release(&first);
    }
    third = root_of(9);
    printf("kept: %g and %g\n", number(second), number(third));
    fflush(stdout);
    second.release(&second);
    third.release(&third);
    return 0;
}
