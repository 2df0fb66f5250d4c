/* A column is released once, by its owner, in any order. Random orders of making columns, moving
 * them, lending them to the library and releasing them: much of what is lent is wrong, or fails in the
 * middle. Beside each column stands what has to be in it.
 *
 * columns ORDERS [panics]: with `panics` the library has to panic at the first value. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hello.h"
#include "program.h"

static const char PROGRAM[] = "columns";

/* The build with the canary has it. */
size_t hello_canary_live_blocks(void) __attribute__((weak));

enum { SLOTS = 6, LONGEST = 30, CHUNKS = 4 };

static unsigned long orders; /* How many were carried out. */
static bool panics;
static long alive; /* What we have made, and nobody has released. */

static unsigned below(unsigned limit) {
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % limit;
}

static void expect(bool is_so, const char *what) {
    if (!is_so) {
        stop(WRONG, PROGRAM, "order %lu: %s (the last error: \"%s\")", orders, what,
             hello_last_error());
    }
}

/* --- What we make -------------------------------------------------------------------------- */

typedef struct {
    size_t length;
    double values[CHUNKS * LONGEST];
    bool valid[CHUNKS * LONGEST];
} Expected;

typedef struct {
    const void *buffers[2];
    unsigned char bits[LONGEST / 4 + 1];
    double values[2 * LONGEST];
} Memory;

static void release_array(struct ArrowArray *array) {
    expect(array->release == release_array, "a column that was released or moved is released");
    free(array->private_data);
    array->release = NULL;
    alive--;
}

static void release_schema(struct ArrowSchema *schema) {
    expect(schema->release == release_schema, "a schema that was released or moved is released");
    schema->release = NULL;
    alive--;
}

static struct ArrowSchema make_schema(const char *format) {
    alive++;
    return (struct ArrowSchema){.format = format, .release = release_schema};
}

/* Makes a column, and adds what is in it. */
static struct ArrowArray make(Expected *expected) {
    Memory *memory = allocate(sizeof *memory);
    size_t offset = below(LONGEST), length = below(LONGEST);
    bool has_bits = below(2) == 0;
    struct ArrowArray array = {.offset = (int64_t)offset, .n_buffers = 2};
    memset(memory->bits, 0, sizeof memory->bits);
    for (size_t at = 0; at < offset + length; at++) {
        bool valid = !has_bits || below(3) > 0;
        memory->values[at] = below(1000);
        memory->bits[at / 8] |= (unsigned char)(valid << at % 8);
        if (at >= offset) {
            array.null_count += !valid;
            expected->valid[expected->length] = valid;
            expected->values[expected->length++] = memory->values[at];
        }
    }
    memory->buffers[0] = has_bits ? memory->bits : NULL;
    memory->buffers[1] = memory->values;
    array.length = (int64_t)length;
    array.null_count = below(2) == 0 ? -1 : array.null_count;
    array.buffers = memory->buffers;
    array.release = release_array;
    array.private_data = memory;
    alive++;
    return array;
}

/* A stream of some chunks. */
typedef struct {
    unsigned left;
    bool is_text;  /* It is another type's. */
    bool fails;    /* There is no end. */
    bool is_wrong; /* The last chunk contradicts the schema. */
    Expected expected;
} Chunks;

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    *schema = make_schema(((Chunks *)stream->private_data)->is_text ? "u" : "g");
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *array) {
    Chunks *chunks = stream->private_data;
    array->release = NULL;
    if (chunks->left == 0) {
        return chunks->fails ? 5 : 0;
    }
    chunks->left--;
    *array = make(&chunks->expected);
    if (chunks->is_wrong && chunks->left == 0) {
        array->n_buffers = 3;
    }
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    return ((Chunks *)stream->private_data)->left % 2 == 0 ? NULL : "on purpose";
}

static void release_stream(struct ArrowArrayStream *stream) {
    (void)stream;
    expect(false, "the library releases a stream that it was lent");
}

/* --- What happens to it -------------------------------------------------------------------- */

typedef struct {
    struct ArrowArray array; /* Released or moved, or one that somebody made. */
    Expected expected;
} Slot;

static Slot slots[SLOTS];

static void check(const Slot *slot) {
    const struct ArrowArray *array = &slot->array;
    const unsigned char *bits = array->buffers[0];
    const double *values = array->buffers[1];
    expect(array->length == (int64_t)slot->expected.length, "a column has another length");
    for (size_t i = 0; i < slot->expected.length; i++) {
        size_t at = (size_t)array->offset + i;
        bool valid = bits == NULL || (bits[at / 8] >> at % 8 & 1) == 1;
        expect(valid == slot->expected.valid[i], "a null is in another place");
        expect(!valid || values[at] == slot->expected.values[i], "a value is another one");
    }
}

static void release(Slot *slot) {
    struct ArrowArray *array = &slot->array;
    if (array->release != NULL) {
        check(slot);
        array->release(array);
        expect(array->release == NULL, "a column was released and does not say so");
    }
}

static void move(Slot *from, Slot *to) {
    if (from != to) {
        release(to);
        *to = *from;
        from->array.release = NULL;
    }
}

/* A call has ended: what it wrote is `roots`, of what is in `expected`. */
static void take(HelloStatus status, bool may_succeed, const struct ArrowArray *roots,
                 const Expected *expected, Slot *to) {
    if (status != HELLO_STATUS_OK) {
        expect(roots->release == NULL, "a call that failed has written a result");
        expect(!may_succeed || (panics && status == HELLO_STATUS_PANIC), "a call failed");
        return;
    }
    expect(may_succeed && !(panics && expected->length > 0), "a call succeeded that had to fail");
    release(to);
    to->array = *roots;
    to->expected = *expected;
    for (size_t i = 0; i < expected->length; i++) {
        to->expected.values[i] = hello_sqrt(expected->values[i]);
    }
    check(to);
}

static void lend(const Slot *from, Slot *to) {
    struct ArrowArray roots = {.release = NULL}, array = from->array;
    struct ArrowSchema schema = make_schema("g");
    unsigned what = below(12);
    bool is_right = what > 5 && array.release != NULL;
    switch (what) {
    case 0: schema.format = "u"; break;
    case 1: schema.format = NULL; break;
    case 2: array.length = -1; break;
    case 3: array.n_buffers = 1; break;
    case 4: array.buffers = NULL; break;
    case 5: array.offset = INT64_MAX; break;
    }
    long before = alive;
    HelloStatus status = hello_sqrt_column(&schema, &array, &roots);
    expect(alive == before, "the library releases a column that it was lent");
    take(status, is_right, &roots, &from->expected, to);
    schema.release(&schema);
}

static void stream_to(Slot *to) {
    Chunks chunks = {.left = below(CHUNKS + 1)};
    struct ArrowArrayStream stream = {get_schema, get_next, get_last_error, release_stream, &chunks};
    struct ArrowArray roots = {.release = NULL};
    struct ArrowSchema schema = {.release = NULL};
    unsigned what = below(12);
    bool is_right = what > 5;
    switch (what) {
    case 0: stream.get_schema = NULL; break;
    case 1: stream.get_next = NULL; break;
    case 2: stream.release = NULL; break;
    case 3: chunks.is_text = true; break;
    case 4: chunks.fails = true; break;
    case 5: chunks.is_wrong = true; is_right = chunks.left == 0; break;
    case 6: stream.get_last_error = NULL; break;
    }
    long before = alive;
    HelloStatus status = hello_sqrt_stream(&stream, &schema, &roots);
    expect(status != HELLO_STATUS_OK || chunks.left == 0, "a chunk was forgotten");
    expect(alive == before + (status == HELLO_STATUS_OK), "a chunk is not released, or is twice");
    take(status, is_right, &roots, &chunks.expected, to);
    if (schema.release != NULL) {
        schema.release(&schema);
    }
}

int main(int count, char **arguments) {
    unsigned long all = count > 1 ? strtoul(arguments[1], NULL, 10) : 0;
    panics = count > 2 && strcmp(arguments[2], "panics") == 0;
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    lend(&slots[0], &slots[0]); /* What the library makes once and keeps. */
    size_t blocks = hello_canary_live_blocks != NULL ? hello_canary_live_blocks() : 0;
    for (orders = 0; orders < all; orders++) {
        Slot *one = &slots[below(SLOTS)], *other = &slots[below(SLOTS)];
        switch (below(5)) {
        case 0:
            release(one);
            one->expected.length = 0;
            one->array = make(&one->expected);
            break;
        case 1: move(one, other); break;
        case 2: lend(one, other); break;
        case 3: stream_to(other); break;
        case 4: release(one); break;
        }
    }
    for (size_t i = 0; i < SLOTS; i++) {
        release(&slots[i]);
    }
    expect(alive == 0, "something was never released");
    expect(hello_canary_live_blocks == NULL || hello_canary_live_blocks() == blocks,
           "the library has kept memory");
    printf("%lu orders\n", orders);
    return orders > 0 ? 0 : MALFORMED;
}
