/* A column is released once, by its owner, in any order. Random orders of making columns, moving
 * them, lending them to the library and releasing them: much of what is lent is wrong, or fails in the
 * middle. Beside each column stands what has to be in it.
 *
 *     columns ORDERS
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hello.h"
#include "program.h"

static const char PROGRAM[] = "columns";

/* The build with the canary has it. */
size_t hello_canary_live_blocks(void) __attribute__((weak));

enum { SLOTS = 6, LONGEST = 30, CHUNKS = 4, START = 1 };

static unsigned long orders; /* How many were carried out. */
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

static struct ArrowArray make(void) {
    Memory *memory = allocate(sizeof *memory);
    bool has_bits = below(2) == 0;
    memset(memory->bits, 0, sizeof memory->bits);
    for (size_t at = 0; at < 2 * LONGEST; at++) {
        memory->values[at] = below(1000);
        memory->bits[at / 8] |= (unsigned char)((below(3) > 0) << at % 8);
    }
    memory->buffers[0] = has_bits ? memory->bits : NULL;
    memory->buffers[1] = memory->values;
    alive++;
    return (struct ArrowArray){.length = below(LONGEST), .offset = below(LONGEST), .null_count = -1,
                               .n_buffers = 2, .buffers = memory->buffers,
                               .release = release_array, .private_data = memory};
}

/* A hash of the values and nulls in a column, or of its roots, behind what has the hash `before`. */
static uint64_t content_of(const struct ArrowArray *array, bool is_roots, uint64_t before) {
    const unsigned char *bits = array->buffers[0];
    for (int64_t at = array->offset; at < array->offset + array->length; at++) {
        double value = -1; /* No value of ours: a null. */
        if (bits == NULL || (bits[at / 8] >> at % 8 & 1) == 1) {
            value = ((const double *)array->buffers[1])[at];
            value = is_roots ? hello_sqrt(value) : value;
        }
        uint64_t word;
        memcpy(&word, &value, sizeof word);
        before = (before ^ word) * 1099511628211u;
    }
    return before;
}

/* A stream of some chunks. */
typedef struct {
    unsigned left;
    unsigned wrong;
    bool ended; /* That there is no other was asked. */
    uint64_t roots;
} Chunks;

/* What may be wrong with what is lent; other kinds stand in hello-cdylib/cases. */
enum { TEXT, NO_END, LAST_CHUNK, KINDS = 6 };

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    *schema = make_schema(((Chunks *)stream->private_data)->wrong == TEXT ? "u" : "g");
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *array) {
    Chunks *chunks = stream->private_data;
    array->release = NULL;
    if (chunks->left == 0) {
        chunks->ended = true;
        return chunks->wrong == NO_END ? 5 : 0;
    }
    chunks->left--;
    *array = make();
    chunks->roots = content_of(array, true, chunks->roots);
    if (chunks->wrong == LAST_CHUNK && chunks->left == 0) {
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
    uint64_t content;
} Slot;

static Slot slots[SLOTS];

static void check(const Slot *slot) {
    bool is_same = content_of(&slot->array, false, START) == slot->content;
    expect(is_same, "a value or a null is another one");
}

static void release(Slot *slot) {
    struct ArrowArray *array = &slot->array;
    if (array->release != NULL) {
        check(slot);
        array->release(array);
        expect(array->release == NULL, "a column was released and does not say so");
    }
}

static void make_in(Slot *slot) {
    release(slot);
    slot->array = make();
    slot->content = content_of(&slot->array, false, START);
}

static void move(Slot *from, Slot *to) {
    if (from != to) {
        release(to);
        *to = *from;
        from->array.release = NULL;
    }
}

/* A call has ended: what it wrote is `roots`, and `content` has to be in it. */
static void take(HelloStatus status, bool may_succeed, const struct ArrowArray *roots,
                 uint64_t content, Slot *to) {
    if (status != HELLO_STATUS_OK) {
        expect(roots->release == NULL, "a call that failed has written a result");
        expect(!may_succeed, "a call failed");
        return;
    }
    expect(may_succeed, "a call succeeded that had to fail");
    release(to);
    *to = (Slot){*roots, content};
    check(to);
}

static void lend(const Slot *from, Slot *to) {
    struct ArrowArray roots = {.release = NULL}, array = from->array;
    struct ArrowSchema schema = make_schema("g");
    uint64_t content = START;
    bool is_right = below(KINDS) != TEXT && array.release != NULL;
    if (is_right) {
        content = content_of(&array, true, START);
    } else {
        schema.format = "u";
    }
    long before = alive;
    HelloStatus status = hello_sqrt_column(&schema, &array, &roots);
    expect(alive == before, "the library releases a column that it was lent");
    take(status, is_right, &roots, content, to);
    schema.release(&schema);
}

static void stream_to(Slot *to) {
    Chunks chunks = {.left = below(CHUNKS + 1), .wrong = below(KINDS), .roots = START};
    struct ArrowArrayStream stream = {get_schema, get_next, get_last_error, release_stream, &chunks};
    struct ArrowArray roots = {.release = NULL};
    struct ArrowSchema schema = {.release = NULL};
    bool is_right = chunks.wrong > LAST_CHUNK || (chunks.wrong == LAST_CHUNK && chunks.left == 0);
    long before = alive;
    HelloStatus status = hello_sqrt_stream(&stream, &schema, &roots);
    expect(status != HELLO_STATUS_OK || chunks.ended, "a chunk was forgotten");
    expect(alive == before + (status == HELLO_STATUS_OK), "a chunk is not released, or is twice");
    take(status, is_right, &roots, chunks.roots, to);
    if (schema.release != NULL) {
        schema.release(&schema);
    }
}

int main(int count, char **arguments) {
    unsigned long all = count > 1 ? strtoul(arguments[1], NULL, 10) : 0;
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    make_in(&slots[0]);
    for (int i = 0; i < SLOTS; i++) {
        lend(&slots[0], &slots[1]); /* First one of ours. And what the library makes once, it keeps. */
    }
    release(&slots[0]);
    release(&slots[1]);
    size_t blocks = hello_canary_live_blocks != NULL ? hello_canary_live_blocks() : 0;
    for (orders = 0; orders < all; orders++) {
        Slot *one = &slots[below(SLOTS)], *other = &slots[below(SLOTS)];
        switch (below(5)) {
        case 0: make_in(one); break;
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
