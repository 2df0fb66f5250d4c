/* Structs of the Arrow C data interface for the cases of a library that has them: a part of what is generated,
 * behind the header that declares them.
 *
 * A schema is made of its format. An array is made of its offset, its length, and its values as a callback
 * would get them; a stream of a format, how many arrays it gives, whether it fails then, and those. An array
 * that a call wrote is shown in the same way. */

#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "program.h"

typedef union {
    struct ArrowSchema schema;
    struct ArrowArray array;
    struct ArrowArrayStream stream;
} Column;

/* What is behind a stream. */
typedef struct {
    const char *format, *next;
    long long left;
    bool fails;
} Chunks;

static _Thread_local int held;

static int columns_held(void) {
    return held;
}

static void release_schema(struct ArrowSchema *schema) {
    free(schema->private_data);
    schema->release = NULL;
    held--;
}

static void release_array(struct ArrowArray *array) {
    free(array->private_data);
    array->release = NULL;
    held--;
}

static void release_stream(struct ArrowArrayStream *stream) {
    free(stream->private_data);
    stream->release = NULL;
    held--;
}

static struct ArrowSchema make_schema(const char *text) {
    size_t size = strcspn(text, ": \n") / 2;
    char *format = allocate(size + 1);
    from_hex(&text, format, size);
    format[size] = '\0';
    held++;
    return (struct ArrowSchema){
        .format = format, .release = release_schema, .private_data = format};
}

static struct ArrowArray make_array(const char **text) {
    struct ArrowArray array = {.null_count = -1, .n_buffers = 2, .release = release_array};
    array.offset = number(text);
    array.length = number(text);
    size_t size = strcspn(*text, ": \n");
    /* The two buffers, the values, the bits; a value has at least two letters. */
    unsigned char **memory = allocate(2 * sizeof *memory + 4 * size + size / 16 + 1);
    unsigned char *value = (unsigned char *)&memory[2], *bits = value + 4 * size;
    memory[0] = memchr(*text, 'n', size) != NULL ? bits : NULL;
    memory[1] = value;
    memset(bits, 0, size / 16 + 1);
    for (size_t i = 0; **text == 'v' || **text == 'n'; i++, value += 8) {
        if (*(*text)++ == 'v') {
            bits[i / 8] |= (unsigned char)(1 << i % 8);
            from_hex(text, value, 8);
        }
        (*text)++; /* The comma. */
    }
    *text += **text == ':';
    array.buffers = (const void **)memory;
    array.private_data = memory;
    held++;
    return array;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    *schema = make_schema(((Chunks *)stream->private_data)->format);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *array) {
    Chunks *chunks = stream->private_data;
    array->release = NULL;
    if (chunks->left == 0) {
        return chunks->fails ? 5 : 0;
    }
    chunks->left--;
    *array = make_array(&chunks->next);
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "on purpose";
}

static struct ArrowArrayStream make_stream(const char *text) {
    Chunks *chunks = allocate(sizeof *chunks);
    chunks->format = text;
    text += strcspn(text, ":") + 1;
    chunks->left = number(&text);
    chunks->fails = number(&text) != 0;
    chunks->next = text;
    held++;
    return (struct ArrowArrayStream){get_schema, get_next, get_last_error, release_stream, chunks};
}

static size_t size_of(char kind) {
    return kind == 'g'   ? sizeof(struct ArrowSchema)
           : kind == 'a' ? sizeof(struct ArrowArray)
                         : sizeof(struct ArrowArrayStream);
}

static void make_column(char kind, const char *text, void *to) {
    Column column;
    switch (kind) {
    case 'g': column.schema = make_schema(text); break;
    case 'a': column.array = make_array(&text); break;
    default: column.stream = make_stream(text); break;
    }
    memcpy(to, &column, size_of(kind));
}

static void release_column(char kind, const void *from) {
    Column column;
    memcpy(&column, from, size_of(kind));
    if (kind == 'g' && column.schema.release != NULL) {
        column.schema.release(&column.schema);
    } else if (kind == 'a' && column.array.release != NULL) {
        column.array.release(&column.array);
    } else if (kind == 'm' && column.stream.release != NULL) {
        column.stream.release(&column.stream);
    }
}

static void show_column(char kind, const void *from) {
    Column column;
    if (kind == 'G') {
        memcpy(&column, from, size_of('g'));
        put_text(column.schema.format);
        release_column('g', from);
        return;
    }
    memcpy(&column, from, size_of('a'));
    const unsigned char *bits = column.array.buffers[0], *values = column.array.buffers[1];
    for (int64_t at = column.array.offset; at < column.array.offset + column.array.length; at++) {
        if (bits != NULL && (bits[at / 8] >> at % 8 & 1) == 0) {
            visit_pointer(NULL);
        } else {
            visit_value(values + 8 * at, 8);
        }
    }
    release_column('a', from);
}

static const Columns ARROW = {make_column, show_column, release_column, columns_held};
