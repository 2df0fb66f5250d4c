/* Structs of the Arrow C data interface for the cases of a library that has them: a part of what is generated,
 * behind the header that declares them.
 *
 * A schema is made of its format. An array is made of its offset, its length, and how many values there are,
 * each with a comma behind it, which is all there is of a null. A stream is made of its format, its arrays,
 * and an `f` if it fails then. An array that a call wrote is shown as a callback would get its values. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "program.h"

/* What is behind a stream. */
typedef struct {
    const char *format, *rest;
} Chunks;

#define RELEASES(name, kind)                   \
    static void name(struct kind *released) {  \
        free(released->private_data);          \
        released->release = NULL;              \
        columns_held--;                        \
    }

RELEASES(release_schema, ArrowSchema)
RELEASES(release_array, ArrowArray)
RELEASES(release_stream, ArrowArrayStream)

static struct ArrowSchema make_schema(const char *text) {
    size_t size = strcspn(text, ": ") / 2;
    char *format = allocate(size);
    from_hex(&text, format, size);
    columns_held++;
    return (struct ArrowSchema){
        .format = format, .release = release_schema, .private_data = format};
}

static struct ArrowArray make_array(const char **text) {
    struct ArrowArray array = {.null_count = -1, .n_buffers = 2, .release = release_array};
    array.offset = number(text);
    array.length = number(text);
    size_t count = (size_t)number(text);
    unsigned char **memory = allocate(2 * sizeof *memory + 8 * count + count / 8 + 1);
    unsigned char *values = (unsigned char *)&memory[2], *bits = values + 8 * count;
    memset(values, 0, 8 * count + count / 8 + 1);
    memory[0] = NULL;
    memory[1] = values;
    for (size_t i = 0; i < count; i++, ++*text) {
        if (**text == ',') {
            memory[0] = bits;
        } else {
            bits[i / 8] |= (unsigned char)(1 << i % 8);
            from_hex(text, values + 8 * i, 8);
        }
    }
    array.buffers = (const void **)memory;
    array.private_data = memory;
    columns_held++;
    return array;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    *schema = make_schema(((Chunks *)stream->private_data)->format);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *array) {
    Chunks *chunks = stream->private_data;
    array->release = NULL;
    if (isdigit((unsigned char)chunks->rest[1])) {
        chunks->rest++;
        *array = make_array(&chunks->rest);
        return 0;
    }
    return chunks->rest[1] == 'f' ? 5 : 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "on purpose";
}

static struct ArrowArrayStream make_stream(const char *text) {
    Chunks *chunks = allocate(sizeof *chunks);
    *chunks = (Chunks){text, text + strcspn(text, ":")};
    columns_held++;
    return (struct ArrowArrayStream){get_schema, get_next, get_last_error, release_stream, chunks};
}

static void make_column(char kind, const char *text, void *to) {
    switch (kind) {
    case 'g': *(struct ArrowSchema *)to = make_schema(text); break;
    case 'a': *(struct ArrowArray *)to = make_array(&text); break;
    default: *(struct ArrowArrayStream *)to = make_stream(text); break;
    }
}

static void show_array(const struct ArrowArray *array) {
    const unsigned char *bits = array->buffers[0], *values = array->buffers[1];
    for (int64_t at = array->offset; at < array->offset + array->length; at++) {
        if (bits != NULL && (bits[at / 8] >> at % 8 & 1) == 0) {
            visit_pointer(NULL);
        } else {
            visit_value(values + 8 * at, 8);
        }
    }
}

static void end_column(char kind, void *from) {
    struct ArrowSchema *schema = from;
    struct ArrowArray *array = from;
    struct ArrowArrayStream *stream = from;
    if (kind == 'G') {
        put_text(schema->format);
    } else if (kind == 'A') {
        show_array(array);
    }
    if (tolower(kind) == 'g' && schema->release != NULL) {
        schema->release(schema);
    } else if (tolower(kind) == 'a' && array->release != NULL) {
        array->release(array);
    } else if (kind == 'm' && stream->release != NULL) {
        stream->release(stream);
    }
}

const Columns *const COLUMNS = &(const Columns){make_column, end_column};
