/* Takes two roots, one after the other, into the same struct, and keeps both. */

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

    if (place.release != NULL) {
        place.release(&place); /* Nobody has kept it. */
    }
    if (hello_sqrt_column(&doubles, &column, &place) != HELLO_STATUS_OK) {
        exit(EXIT_FAILURE);
    }
}

static double number(struct ArrowArray column) { return *(const double *)column.buffers[1]; }

int main(void) {
    struct ArrowArray kept;

    root_of(4);
    kept = place;
    place.release = NULL; /* What it was is in `kept` now. */
    root_of(9);
    printf("kept: %g and %g\n", number(kept), number(place));
    fflush(stdout);
    kept.release(&kept);
    if (place.release == NULL) {
        printf("the second: released\n");
    } else {
        place.release(&place);
    }
    return 0;
}
