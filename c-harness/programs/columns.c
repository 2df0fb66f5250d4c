/* A column is released once, by its owner, in any order. Random orders of making columns, moving
 * them, lending them to the library and releasing them: some of what is lent is wrong. Beside each column
 * stands what has to be in it. Streams of them, and what else may be wrong, stand in hello-cdylib/cases.
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

enum { SLOTS = 6, LONGEST = 30 };

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

/* A hash of the values and nulls in a column, or of its roots. */
static uint64_t content_of(const struct ArrowArray *array, bool is_roots) {
    uint64_t hash = 1;
    const unsigned char *bits = array->buffers[0];
    for (int64_t at = array->offset; at < array->offset + array->length; at++) {
        double value = -1; /* No value of ours: a null. */
        if (bits == NULL || (bits[at / 8] >> at % 8 & 1) == 1) {
            value = ((const double *)array->buffers[1])[at];
            value = is_roots ? hello_sqrt(value) : value;
        }
        uint64_t word;
        memcpy(&word, &value, sizeof word);
        hash = (hash ^ word) * 1099511628211u;
    }
    return hash;
}

/* --- What happens to it -------------------------------------------------------------------- */

typedef struct {
    struct ArrowArray array; /* Released or moved, or one that somebody made. */
    uint64_t content;
} Slot;

static Slot slots[SLOTS];

static void check(const Slot *slot) {
    bool is_same = content_of(&slot->array, false) == slot->content;
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
    slot->content = content_of(&slot->array, false);
}

static void move(Slot *from, Slot *to) {
    if (from != to) {
        release(to);
        *to = *from;
        from->array.release = NULL;
    }
}

static void lend(const Slot *from, Slot *to) {
    struct ArrowArray roots = {.release = NULL}, array = from->array;
    bool is_right = below(6) > 0 && array.release != NULL;
    struct ArrowSchema schema = make_schema(is_right ? "g" : "u");
    uint64_t content = is_right ? content_of(&array, true) : 0;
    long before = alive;
    HelloStatus status = hello_sqrt_column(&schema, &array, &roots);
    expect(alive == before, "the library releases a column that it was lent");
    schema.release(&schema);
    if (!is_right) {
        expect(status != HELLO_STATUS_OK, "a call succeeded that had to fail");
        expect(roots.release == NULL, "a call that failed has written a result");
        return;
    }
    expect(status == HELLO_STATUS_OK, "a call failed");
    release(to);
    *to = (Slot){roots, content};
    check(to);
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
        switch (below(4)) {
        case 0: make_in(one); break;
        case 1: move(one, other); break;
        case 2: lend(one, other); break;
        case 3: release(one); break;
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
