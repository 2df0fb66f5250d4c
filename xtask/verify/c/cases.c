/* Makes the calls of a file and writes down what each did. The file begins with the number of cells, the
 * number of lines, and the function that has the message of a failure or `-`. Each other line is a call: a
 * label, a function, and tokens with a space before them. A token is a letter, and parts behind colons:
 *
 *   b:OFFSET:SIZE:HEX:MASK:REST   a block of memory for this call, OFFSET bytes past what is aligned, with
 *                                 these bytes or none in particular. Bytes whose digit in the mask is 0 are
 *                                 padding; it repeats itself. The first block is for the result
 *   s                             the same for a result that is a status: 0 is success
 *   t  h  d                       the same for a pointer that the call writes: to a text, which the function
 *                                 in REST frees if it is not `-`; to something for the cell in REST; to
 *                                 elements, where REST is a cell, their size, and the block with their number
 *   g  a  m                       the same for a schema, an array and a stream of the Arrow C data interface,
 *                                 which are made of what is in REST and released after the call. For a
 *                                 schema that is its format; for an array its offset, its length, and as
 *                                 many values as there are, with their bits; for a stream a format, how
 *                                 many arrays it gives, whether it fails then, and those
 *   G  A                          the same for a schema and an array that the call writes: what is in it,
 *                                 each value behind a comma, is written down, and it is released
 *   v:HEX  p:BLOCK:OFFSET  c:CELL:OFFSET   an argument: a value, a pointer into a block, what is in a cell
 *   f:TYPE:LAST:GOES_ON:STOPS:LINE  x      a callback, with the visit that is its last, what it returns, and
 *                                          the call that it makes; its context
 *   o                             standard output is closed during the call
 *
 * A nested call has the label `-`: a callback makes it. What is written down for a call begins with the
 * character 30 and the label. Then there is what a callback got, `i:`, and behind it what its own call did;
 * `x` if it did not get its context; the result; the message of a failure or `-`; and for each other block
 * `-` if it is as before. `!` is put before a block that was written to where it was not given. A pointer is
 * `n` for NULL, `t` and the bytes it points to, `p`, or `w` if a call wrote it and failed. `#` is the number
 * of the library's blocks of memory after the call, if it counts them. */

#include "cases.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "columns.h"
#include "output.h"
#include "program.h"

enum { MOST = 32, GUARD = 64, FILL = 0x55 };

static const char PROGRAM[] = "cases";

struct Visits {
    Machine *machine;
    size_t made;
    size_t last; /* The visit that stops; 0 for none. */
    long long goes_on, stops;
    const char *calls;   /* What each visit calls, or NULL. */
    const void *context; /* What the library has to pass on. */
    bool had_context;
    Visits *outer;
};

static _Thread_local Visits *visiting;

static void put(Machine *machine, const char *bytes, size_t length) {
    if (machine->capacity - machine->length < length) {
        machine->capacity = 2 * (machine->length + length);
        machine->text = reallocate(machine->text, machine->capacity);
    }
    memcpy(machine->text + machine->length, bytes, length);
    machine->length += length;
}

static void put_word(Machine *machine, const char *word) {
    put(machine, word, strlen(word));
}

static void put_hex(Machine *machine, const char *start, const void *bytes, size_t length) {
    static const char HEX[] = "0123456789abcdef";
    put_word(machine, start);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = ((const unsigned char *)bytes)[i];
        put(machine, (char[]){HEX[byte >> 4], HEX[byte & 15]}, 2);
    }
}

static void put_text(Machine *machine, const char *text) {
    put_hex(machine, text != NULL ? "t" : "n", text, text != NULL ? strlen(text) : 0);
}

/* The next part of a token; `text` moves past it. */
static long long number(const char **text) {
    char *end;
    long long value = strtoll(*text, &end, 10);
    *text = *end == ':' ? end + 1 : end;
    return value;
}

static unsigned nibble(char digit) {
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void from_hex(const char **text, unsigned char *bytes, size_t capacity) {
    size_t digits = strcspn(*text, ": \n");
    if (digits > 2 * capacity) {
        stop(MALFORMED, PROGRAM, "a value has more than %zu bytes", capacity);
    }
    for (size_t i = 0; i < digits; i += 2) {
        bytes[i / 2] = (unsigned char)(nibble((*text)[i]) << 4 | nibble((*text)[i + 1]));
    }
    *text += digits + ((*text)[digits] == ':');
}

static const Function *find(const char *name) {
    size_t length = strcspn(name, " ");
    for (const Function *function = FUNCTIONS; function->name != NULL; function++) {
        if (strlen(function->name) == length && memcmp(name, function->name, length) == 0) {
            return function;
        }
    }
    stop(MALFORMED, PROGRAM, "the header has no function %.*s", (int)length, name);
}

/* A block, with a guard before it and behind. `before` is what all of it was. */
typedef struct {
    unsigned char *memory, *before, *start;
    size_t size;
    char kind;
    const char *mask, *rest;
} Block;

static Block block_of(char kind, const char *text) {
    size_t offset = (size_t)number(&text), size = (size_t)number(&text), all = size + offset + 2 * GUARD;
    Block block = {allocate(all), allocate(all), NULL, size, kind, NULL, NULL};
    memset(block.memory, FILL, all);
    block.start = block.memory + GUARD + offset;
    from_hex(&text, block.start, size);
    memcpy(block.before, block.memory, all);
    block.mask = text;
    block.rest = text + strspn(text, "01") + 1;
    return block;
}

/* --- Columns ------------------------------------------------------------------------------- */

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

static _Thread_local int held; /* What was made and is not released. */

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

static struct ArrowSchema make_schema(const char **text) {
    size_t size = strcspn(*text, ": \n") / 2;
    char *format = allocate(size + 1);
    from_hex(text, (unsigned char *)format, size);
    format[size] = '\0';
    held++;
    return (struct ArrowSchema){.format = format, .release = release_schema, .private_data = format};
}

static struct ArrowArray make_array(const char **text) {
    struct ArrowArray array = {.null_count = -1};
    array.offset = number(text);
    array.length = number(text);
    size_t count = (size_t)number(text);
    /* The two buffers, the values, the bits. */
    unsigned char **memory = allocate(2 * sizeof *memory + 8 * count + count / 8 + 1);
    unsigned char *values = (unsigned char *)&memory[2], *bits = values + 8 * count;
    memory[0] = **text == ':' ? NULL : bits;
    memory[1] = values;
    from_hex(text, bits, count / 8 + 1);
    from_hex(text, values, 8 * count);
    array.n_buffers = 2;
    array.buffers = (const void **)memory;
    array.release = release_array;
    array.private_data = memory;
    held++;
    return array;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    const char *format = ((Chunks *)stream->private_data)->format;
    *schema = make_schema(&format);
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

static struct ArrowArrayStream make_stream(const char **text) {
    Chunks *chunks = allocate(sizeof *chunks);
    chunks->format = *text;
    *text += strcspn(*text, ":") + 1;
    chunks->left = number(text);
    chunks->fails = number(text) != 0;
    chunks->next = *text;
    held++;
    return (struct ArrowArrayStream){get_schema, get_next, get_last_error, release_stream, chunks};
}

static void make_column(Block *block) {
    Column column;
    const char *text = block->rest;
    switch (block->kind) {
    case 'g': column.schema = make_schema(&text); break;
    case 'a': column.array = make_array(&text); break;
    case 'm': column.stream = make_stream(&text); break;
    default: return;
    }
    memcpy(block->start, &column, block->size);
    memcpy(block->before + (block->start - block->memory), &column, block->size);
}

static void release_column(const Block *block) {
    Column column;
    memcpy(&column, block->start, block->size < sizeof column ? block->size : sizeof column);
    if (block->kind == 'g' && column.schema.release != NULL) {
        column.schema.release(&column.schema);
    } else if (block->kind == 'a' && column.array.release != NULL) {
        column.array.release(&column.array);
    } else if (block->kind == 'm' && column.stream.release != NULL) {
        column.stream.release(&column.stream);
    }
}

/* What a call wrote: what is in it. */
static void show_column(Machine *machine, Block block) {
    Column column;
    memcpy(&column, block.start, block.size);
    if (block.kind == 'G') {
        put_text(machine, column.schema.format);
    } else {
        const unsigned char *bits = column.array.buffers[0], *values = column.array.buffers[1];
        put_word(machine, "t");
        for (int64_t at = column.array.offset; at < column.array.offset + column.array.length; at++) {
            bool is_null = bits != NULL && (bits[at / 8] >> at % 8 & 1) == 0;
            put_hex(machine, is_null ? "-" : "", values + 8 * at, is_null ? 0 : 8);
            put_word(machine, ",");
        }
    }
    block.kind = block.kind == 'G' ? 'g' : 'a';
    release_column(&block);
}

/* --- What a call did ----------------------------------------------------------------------- */

static void show_pointer(Machine *machine, const Block *blocks, const Block *block) {
    const char *rest = block->rest;
    void *pointer;
    memcpy(&pointer, block->start, sizeof pointer);
    if (block->kind == 't') {
        put_text(machine, pointer);
        if (pointer != NULL && *rest != '-') {
            find(rest)->call((const void *const[]){&pointer}, NULL);
        }
        return;
    }
    machine->cells[number(&rest)] = pointer;
    if (pointer == NULL || block->kind == 'h') {
        put_word(machine, pointer == NULL ? "n" : "p");
        return;
    }
    size_t size = (size_t)number(&rest), count;
    memcpy(&count, blocks[number(&rest)].start, sizeof count);
    put_hex(machine, "t", pointer, size * count);
}

static void show_block(Machine *machine, const Block *blocks, size_t index, bool failed) {
    const Block *block = &blocks[index];
    size_t head = (size_t)(block->start - block->memory), mask = strspn(block->mask, "01");
    const unsigned char *before = block->before + head;
    for (size_t i = 0; mask > 0 && i < block->size; i++) {
        if (block->mask[i % mask] == '0') {
            block->start[i] = before[i];
        }
    }
    put_word(machine, " ");
    if (memcmp(block->memory, block->before, head) != 0 ||
        memcmp(block->start + block->size, before + block->size, GUARD) != 0) {
        put_word(machine, "!");
    }
    if (index > 0 && memcmp(block->start, before, block->size) == 0) {
        put_word(machine, "-");
    } else if (block->kind == 'b' || block->kind == 's') {
        put_hex(machine, "", block->start, block->size);
    } else if (failed) {
        put_word(machine, "w");
    } else if (block->kind == 'G' || block->kind == 'A') {
        show_column(machine, *block);
    } else {
        show_pointer(machine, blocks, block);
    }
}

static void show(Machine *machine, const Block *blocks, size_t count) {
    static const unsigned char SUCCESS[16];
    bool failed = blocks->kind == 's' && memcmp(blocks->start, SUCCESS, blocks->size) != 0;
    const char *message = "";
    show_block(machine, blocks, 0, false);
    if (failed && machine->calls->last_error != NULL) {
        find(machine->calls->last_error)->call(NULL, &message);
    }
    put_hex(machine, failed ? " t" : " -", message, strlen(message));
    for (size_t i = 1; i < count; i++) {
        show_block(machine, blocks, i, failed);
    }
}

static void perform(Machine *machine, const char *at) {
    /* An argument is a value in its bytes, or a pointer. */
    union {
        char *pointer;
        Callback callback;
        unsigned char bytes[256];
    } values[MOST];
    const void *arguments[MOST];
    Block blocks[MOST];
    Visits visits = {.machine = machine, .had_context = true, .outer = visiting};
    const Function *function = find(at);
    size_t count = 0, block_count = 0;
    int held_before = held;
    bool closed = false;
    Output output;

    while (*(at += strcspn(at, " ")) != '\0') {
        char kind = at[1];
        at += 3;
        if (count == MOST || block_count == MOST) {
            stop(MALFORMED, PROGRAM, "too many arguments for %s", function->name);
        }
        arguments[count] = &values[count];
        switch (kind) {
        case 'v':
            from_hex(&at, values[count].bytes, sizeof values[count].bytes);
            break;
        case 'p':
            values[count].pointer = (char *)blocks[number(&at)].start;
            values[count].pointer += number(&at);
            break;
        case 'c':
            values[count].pointer = machine->cells[number(&at)];
            values[count].pointer += number(&at);
            break;
        case 'f':
            values[count].callback = CALLBACKS[number(&at)];
            visits.last = (size_t)number(&at);
            visits.goes_on = number(&at);
            visits.stops = number(&at);
            visits.calls = *at >= '0' ? machine->calls->lines[number(&at)] : NULL;
            break;
        case 'x':
            values[count].pointer = (char *)&visits;
            visits.context = &visits;
            at--;
            break;
        case 'o':
            closed = true;
            at--;
            continue;
        default:
            blocks[block_count] = block_of(kind, at);
            make_column(&blocks[block_count]);
            if (kind == 'h' || kind == 'd') {
                    machine->cells[strtoul(blocks[block_count].rest, NULL, 10)] = NULL;
            }
            block_count++;
            continue;
        }
        count++;
    }
    if (closed) {
        output_closed(STDOUT_FILENO, &output);
    }
    visiting = &visits;
    function->call(arguments, blocks->start);
    visiting = visits.outer;
    if (closed) {
        output_back(output);
    }
    put_word(machine, visits.had_context ? "" : " x");
    show(machine, blocks, block_count);
    for (size_t i = 0; i < block_count; i++) {
        release_column(&blocks[i]);
        free(blocks[i].memory);
        free(blocks[i].before);
    }
    if (held != held_before) {
        stop(WRONG, PROGRAM, "%s: what a stream gave is not released, or is twice", function->name);
    }
}

Visits *visit_begin(const void *context) {
    /* Another thread of the library's has none of its own. */
    Visits *visits = visiting != NULL ? visiting : (Visits *)(uintptr_t)context;
    visits->had_context = visits->had_context && context == visits->context;
    visits->made++;
    put_word(visits->machine, " i:");
    return visits;
}

void visit_value(Visits *visits, const void *bytes, size_t size) {
    put_hex(visits->machine, "v", bytes, size);
    put_word(visits->machine, ",");
}

void visit_text(Visits *visits, const char *text) {
    put_text(visits->machine, text);
    put_word(visits->machine, ",");
}

void visit_pointer(Visits *visits, const void *pointer) {
    put_word(visits->machine, pointer != NULL ? "p," : "n,");
}

long long visit_end(Visits *visits) {
    if (visits->calls != NULL) {
        perform(visits->machine, visits->calls + strlen("- "));
    }
    return visits->made == visits->last ? visits->stops : visits->goes_on;
}

void make(Machine *machine, const char *line) {
    size_t label = strcspn(line, " ");
    if (*line == '-') {
        return;
    }
    put(machine, "\x1e", 1);
    put(machine, line, label);
    perform(machine, line + label + 1);
    if (machine->live_blocks != NULL) {
        char count[32];
        snprintf(count, sizeof count, " #%zu", machine->live_blocks());
        put_word(machine, count);
    }
    put_word(machine, "\n");
}

Calls calls_read(const char *path) {
    Calls calls = {NULL, 0, 0, NULL};
    FILE *file = fopen(path, "rb");
    long size = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size < 0) {
        stop(MALFORMED, PROGRAM, "%s cannot be read", path);
    }
    rewind(file);
    char *content = allocate((size_t)size + 1);
    content[fread(content, 1, (size_t)size, file)] = '\0';
    fclose(file);
    const char *head = strtok(content, "\n");
    calls.cells = (size_t)number(&head);
    calls.count = (size_t)number(&head);
    calls.last_error = *head == '-' ? NULL : head;
    calls.lines = allocate(calls.count * sizeof *calls.lines);
    for (size_t i = 0; i < calls.count; i++) {
        calls.lines[i] = strtok(NULL, "\n");
    }
    return calls;
}

Machine machine_new(const Calls *calls) {
    Machine machine = {.calls = calls, .cells = allocate(calls->cells * sizeof(void *))};
    memset(machine.cells, 0, calls->cells * sizeof(void *));
    return machine;
}
