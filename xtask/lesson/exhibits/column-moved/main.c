/* Keeps a column, and uses the place where it was for the next one. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

static void nothing(struct ArrowSchema *schema) { schema->release = NULL; }
static void lent(struct ArrowArray *array) { array->release = NULL; }

static struct ArrowArray place;

static void root_of(double value) {
    struct ArrowSchema doubles = {.format = "g", .release = nothing};
    const void *buffers[2] = {NULL, &value};
    struct ArrowArray column = {.length = 1, .n_buffers = 2, .buffers = buffers, .release = lent};

    if (hello_sqrt_column(&doubles, &column, &place) != HELLO_STATUS_OK) {
        exit(EXIT_FAILURE);
    }
}

int main(void) {
    struct ArrowArray kept;

    root_of(4);
    kept = place;
    place.release = NULL; /* It is moved. */
    root_of(9);
    kept.release(&kept);
    if (place.release != NULL) {
        printf("the second: %g\n", *(const double *)place.buffers[1]);
        place.release(&place);
    } else {
        printf("the second: released\n");
    }
    return 0;
}
