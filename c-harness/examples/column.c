#include <stdio.h>

#include "hello.h"

/* All of the column is on the stack of main, so that there is nothing to free. */
static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_array(struct ArrowArray *array) { array->release = NULL; }

int main(void) {
    double values[] = {1.0, 4.0, 0.0, 16.0};
    unsigned char valid = 0xb; /* 1011: from the right, the third value is null. */
    const void *buffers[] = {&valid, values};
    struct ArrowSchema type = {.format = "g", .release = release_schema}; /* g: doubles */
    struct ArrowArray column = {.length = 3, .offset = 1, .null_count = 1, .n_buffers = 2,
                                .buffers = buffers, .release = release_array};
    struct ArrowArray roots;
    if (hello_sqrt_column(&type, &column, &roots) == HELLO_STATUS_OK) {
        const double *numbers = roots.buffers[1];
        const unsigned char *bits = roots.buffers[0];
        for (int at = 0; at < roots.length; at++) {
            (bits[0] >> at & 1) ? printf("%g\n", numbers[at]) : printf("null\n");
        }
        roots.release(&roots); /* What Rust made, Rust frees. */
    }
    type.format = "u"; /* u: text */
    if (hello_sqrt_column(&type, &column, &roots) != HELLO_STATUS_OK) {
        printf("refused: %s\n", hello_last_error());
    }
    column.release(&column); /* It was lent, and is still ours. */
    type.release(&type);
    return 0;
}
