/* Takes the roots of a column that comes in three parts. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

static double values[3] = {1, 4, 9};
static const void *buffers[3][2] = {{NULL, &values[0]}, {NULL, &values[1]}, {NULL, &values[2]}};

static void lent(struct ArrowArray *array) { array->release = NULL; }
static void nothing(struct ArrowSchema *schema) { schema->release = NULL; }
static void end(struct ArrowArrayStream *stream) { stream->release = NULL; }

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    (void)stream;
    *schema = (struct ArrowSchema){.format = "g", .release = nothing};
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *array) {
    int *next = stream->private_data;

    *array = (struct ArrowArray){.length = 1, .n_buffers = 2};
    if (*next < 3) {
        array->buffers = buffers[(*next)++];
        array->release = lent;
    } /* Else it is the end: an array that is released already. */
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return NULL;
}

int main(void) {
    int next = 0;
    struct ArrowArrayStream stream = {get_schema, get_next, get_last_error, end, &next};
    struct ArrowSchema doubles;
    struct ArrowArray roots;

    if (hello_sqrt_stream(&stream, &doubles, &roots) != HELLO_STATUS_OK) {
        return EXIT_FAILURE;
    }
    printf("3 values, roots: %d\n", (int)roots.length);
    roots.release(&roots);
    doubles.release(&doubles);
    stream.release(&stream);
    return 0;
}
