/* Makes the calls of a file and writes down what each did. The file begins with the number of cells, and
 * with what the driver in Python needs: the function with the message of a failure, and of each callback
 * what goes on, what stops, and the parameter that is its context. Each other line is a call that is ready
 * to be made: a label, a function, and tokens in the order in which they are needed.
 *
 *   b:OFFSET:SIZE:HEX:PADDING  a block of memory for this call, so many bytes past what is aligned
 *   v:HEX  n  p:B:OFF   an argument: a value, NULL, a pointer into a block
 *   c:C:OFFSET  a:C     what is in a cell, such as a handle, so many bytes further; the address of a cell
 *   f:F:STOP:LINE  x    a callback, with the visit that is its last and the call that it makes; its context
 *   !KIND               the call; the result is a status `s`, a value `v:PADDING`, a text `t:FREE`, a
 *                       pointer for a cell `h:C`, or `-`
 *   t:C:FREE h:C d:C:SIZE:B   a text, a handle, so many elements as block B says: what a cell got
 *   o                   standard output is closed during the call
 *   k                   the call may leave other blocks of the library's memory than were there before
 *
 * Padding is the size of a struct, and the offset and size of each hole in it. A nested call has the label `-`: a callback makes it. What is printed for a call begins with the
 * character 30 and the label, and has tokens of the same kind, all bytes in hexadecimal digits. */

/* Not in ISO C: RTLD_DEFAULT, write(). */
#define _GNU_SOURCE

#include "cases.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "parallel.h"
#include "process.h"
#include "program.h"

enum { MOST = 32, GUARD = 64, FILL = 0x55 };

static const char PROGRAM[] = "cases";

typedef struct {
    const char *label;
    const Function *function;
    char **tokens;
    size_t count;
    bool keeps; /* It may leave other blocks than before. */
} Call;

typedef struct {
    Call *items;
    size_t count;
    size_t cells;
} Calls;

typedef struct {
    char *bytes;
    size_t length;
    size_t capacity;
} Text;

/* What one thread works with. */
typedef struct {
    const Calls *calls;
    void **cells;
    Text *out;
} Machine;

struct Visits {
    Machine *machine;
    size_t made;
    size_t last;       /* The visit that stops; 0 for none. */
    const Call *calls; /* What each visit calls, or NULL. */
    const void *context; /* What the library has to pass on. */
    bool had_context;
    Visits *outer;
};

static _Thread_local Visits *visiting;
static _Thread_local const char *under_way;

static void put(Text *out, const char *bytes, size_t length) {
    if (out->capacity - out->length < length) {
        out->capacity = 2 * (out->length + length);
        out->bytes = reallocate(out->bytes, out->capacity);
    }
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

static void put_word(Text *out, const char *word) {
    put(out, word, strlen(word));
}

static void put_hex(Text *out, const void *bytes, size_t length) {
    static const char HEX[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = ((const unsigned char *)bytes)[i];
        put(out, (char[]){HEX[byte >> 4], HEX[byte & 15]}, 2);
    }
}

/* " t:3:" */
static void put_token(Text *out, char kind, const char *cell) {
    char start[] = {' ', kind, ':', '\0'};
    put_word(out, start);
    put(out, cell, strcspn(cell, ":"));
    put_word(out, *cell != '\0' ? ":" : "");
}

static void put_text(Text *out, const char *text) {
    if (text == NULL) {
        put_word(out, "n");
        return;
    }
    put_word(out, "t");
    put_hex(out, text, strlen(text));
}

static void put_pointer(Text *out, const void *pointer) {
    put_word(out, pointer != NULL ? "p" : "n");
}

static unsigned nibble(char digit) {
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* The number at the end of a token's next part; `text` moves past it. */
static size_t number(const char **text) {
    char *end;
    size_t value = strtoul(*text, &end, 10);
    *text = *end == ':' ? end + 1 : end;
    return value;
}

/* Padding has no value: it gets the one that it had. */
static void settle(unsigned char *now, const unsigned char *before, size_t size, const char *padding) {
    size_t element = number(&padding);
    while (element > 0 && *padding != '\0') {
        size_t offset = number(&padding), hole = number(&padding);
        for (size_t at = offset; at + hole <= size; at += element) {
            memcpy(now + at, before + at, hole);
        }
    }
}

static size_t from_hex(const char *text, unsigned char *bytes) {
    size_t length = strcspn(text, ":") / 2;
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (unsigned char)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    }
    return length;
}

/* A block, with a guard before it and behind. `before` is what all of it was. */
typedef struct {
    unsigned char *memory;
    unsigned char *before;
    unsigned char *start;
    size_t size;
    const char *padding;
} Block;

static Block block_of(const char *text) {
    size_t offset = number(&text);
    size_t size = number(&text);
    size_t all = size + offset + 2 * GUARD;
    Block block = {allocate(all), allocate(all), NULL, size, strchr(text, ':')};
    memset(block.memory, FILL, all);
    block.start = block.memory + GUARD + offset;
    block.padding = block.padding != NULL ? block.padding + 1 : "";
    from_hex(text, block.start);
    memcpy(block.before, block.memory, all);
    return block;
}

static void block_show(const Block *block, size_t index, Text *out) {
    char name[24];
    size_t head = (size_t)(block->start - block->memory);
    const unsigned char *end = block->start + block->size;
    snprintf(name, sizeof name, "%zu", index);
    if (memcmp(block->memory, block->before, head) != 0 ||
        memcmp(end, block->before + head + block->size, GUARD) != 0) {
        put_token(out, 'g', name);
    }
    settle(block->start, block->before + head, block->size, block->padding);
    if (memcmp(block->start, block->before + head, block->size) != 0) {
        put_token(out, 'b', name);
        put_hex(out, block->start, block->size);
    }
}

static const void *const UNTOUCHED = (const void *)(uintptr_t)UINT64_C(0x5555555555555555);

static const Function *find(const char *name, size_t length) {
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (strlen(FUNCTIONS[i].name) == length && memcmp(name, FUNCTIONS[i].name, length) == 0) {
            return &FUNCTIONS[i];
        }
    }
    stop(MALFORMED, PROGRAM, "the header has no function %.*s", (int)length, name);
}

/* What a cell got from a call, if it got anything. */
static void show_cell(Machine *machine, const char *token, const Block *blocks, bool failed) {
    const char *rest = token + 2;
    void **cell = &machine->cells[number(&rest)];
    if (*cell == UNTOUCHED) {
        *cell = NULL;
        return;
    }
    put_token(machine->out, failed ? 'w' : token[0], token + 2);
    if (failed) {
        *cell = NULL;
    } else if (token[0] == 't') {
        put_text(machine->out, *cell);
        if (*cell != NULL && strcmp(rest, "-") != 0) {
            find(rest, strlen(rest))->call((const void *const[]){cell}, NULL);
            *cell = NULL;
        }
    } else if (token[0] == 'd' && *cell != NULL) {
        size_t size = number(&rest), count;
        memcpy(&count, blocks[number(&rest)].start, sizeof count);
        put_word(machine->out, "t");
        put_hex(machine->out, *cell, size * count);
    } else {
        put_pointer(machine->out, *cell);
    }
}

static void show_result(Machine *machine, const Function *function, const char *kind,
                        unsigned char *result) {
    static const unsigned char NOTHING[256];
    const char *rest = kind[1] == ':' ? kind + 2 : "";
    void *pointer;
    put_word(machine->out, " r:");
    if (*kind == 'v' || *kind == 's') {
        settle(result, NOTHING, function->result, rest);
        put_hex(machine->out, result, function->result);
    } else if (*kind == 't' || *kind == 'h') {
        memcpy(&pointer, result, sizeof pointer);
        if (*kind == 'h') {
            machine->cells[number(&rest)] = pointer;
            put_pointer(machine->out, pointer);
        } else {
            put_text(machine->out, pointer);
            if (pointer != NULL && strcmp(rest, "-") != 0) {
                find(rest, strlen(rest))->call((const void *const[]){&pointer}, NULL);
            }
        }
    }
}

static void perform(Machine *machine, const Call *call) {
    /* An argument is a value in its bytes, or a pointer. */
    union {
        void *pointer;
        void **cell;
        Callback callback;
        unsigned char bytes[256];
    } values[MOST];
    const void *arguments[MOST];
    Block blocks[MOST];
    union {
        unsigned char bytes[256];
        void *pointer;
        double widest;
    } result;
    Visits visits = {.machine = machine, .had_context = true, .outer = visiting};
    size_t argument_count = 0, block_count = 0;
    bool failed = false, closed = false;
    Output output;

    for (size_t i = 0; i < call->count; i++) {
        const char *token = call->tokens[i], *rest = token + 2;
        size_t size = sizeof(void *), index = argument_count;
        if (index >= MOST || block_count >= MOST || strlen(rest) > 2 * sizeof values[0].bytes) {
            if (*token != 'b') {
                stop(MALFORMED, PROGRAM, "%s: too much for one call", call->label);
            }
        }
        switch (*token) {
        case 'b':
            blocks[block_count++] = block_of(rest);
            continue;
        case 'v':
            size = from_hex(rest, values[index].bytes);
            break;
        case 'n':
            values[index].pointer = NULL;
            break;
        case 'p': {
            const Block *block = &blocks[number(&rest)];
            values[index].pointer = block->start + number(&rest);
            break;
        }
        case 'c':
            values[index].pointer = machine->cells[number(&rest)];
            values[index].pointer = (char *)values[index].pointer + number(&rest);
            break;
        case 'a':
            values[index].cell = &machine->cells[number(&rest)];
            memcpy(values[index].cell, &UNTOUCHED, sizeof UNTOUCHED);
            break;
        case 'f':
            values[index].callback = CALLBACKS[number(&rest)];
            visits.last = number(&rest);
            visits.calls = *rest == '\0' ? NULL : &machine->calls->items[number(&rest)];
            break;
        case 'x':
            values[index].pointer = &visits;
            visits.context = &visits;
            break;
        case '!':
            if (argument_count != call->function->count) {
                stop(MALFORMED, PROGRAM, "%s: another number of arguments", call->label);
            }
            memset(&result, 0, sizeof result);
            if (closed) {
                output_closed(STDOUT_FILENO, &output);
            }
            visiting = &visits;
            call->function->call(arguments, &result);
            visiting = visits.outer;
            if (closed) {
                output_back(output);
            }
            for (size_t k = 0; token[1] == 's' && k < call->function->result; k++) {
                failed = failed || result.bytes[k] != 0;
            }
            show_result(machine, call->function, token + 1, result.bytes);
            if (failed) {
                put_word(machine->out, " e:");
                put_hex(machine->out, last_error(), strlen(last_error()));
            }
            if (!visits.had_context) {
                put_word(machine->out, " x");
            }
            for (size_t k = 0; k < block_count; k++) {
                block_show(&blocks[k], k, machine->out);
            }
            continue;
        case 'o':
            closed = true;
            continue;
        case 'k':
            continue;
        default:
            show_cell(machine, token, blocks, failed);
            continue;
        }
        if (index < call->function->count && size != call->function->sizes[index]) {
            stop(MALFORMED, PROGRAM, "%s: argument %zu of %s has %zu bytes, and here %zu", call->label,
                 index + 1, call->function->name, call->function->sizes[index], size);
        }
        arguments[argument_count++] = &values[index];
    }
    for (size_t k = 0; k < block_count; k++) {
        free(blocks[k].memory);
        free(blocks[k].before);
    }
}

Visits *visit_begin(const void *context) {
    /* Another thread of the library's has none of its own. */
    Visits *visits = visiting != NULL ? visiting : (Visits *)(uintptr_t)context;
    visits->had_context = visits->had_context && context == visits->context;
    visits->made++;
    put_word(visits->machine->out, " i:");
    return visits;
}

void visit_value(Visits *visits, const void *bytes, size_t size) {
    put_word(visits->machine->out, "v");
    put_hex(visits->machine->out, bytes, size);
    put_word(visits->machine->out, ",");
}

void visit_text(Visits *visits, const char *text) {
    put_text(visits->machine->out, text);
    put_word(visits->machine->out, ",");
}

void visit_pointer(Visits *visits, const void *pointer) {
    put_pointer(visits->machine->out, pointer);
    put_word(visits->machine->out, ",");
}

bool visit_end(Visits *visits) {
    if (visits->calls != NULL) {
        put_word(visits->machine->out, " {");
        perform(visits->machine, visits->calls);
        put_word(visits->machine->out, " }");
    }
    return visits->made != visits->last;
}

/* For a process that does not live to say it. */
static void say_under_way(int signal_number) {
    static const char WORDS[] = ": it ended the process\n";
    if (under_way != NULL) {
        ssize_t written = write(STDERR_FILENO, under_way, strlen(under_way));
        written = write(STDERR_FILENO, WORDS, sizeof WORDS - 1);
        (void)written;
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void make(Machine *machine, const Call *call) {
    under_way = call->label;
    put(machine->out, "\x1e", 1);
    put_word(machine->out, call->label);
    perform(machine, call);
    put(machine->out, "\n", 1);
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        stop(MALFORMED, PROGRAM, "%s cannot be read", path);
    }
    Text text = {0};
    char part[65536];
    size_t length;
    while ((length = fread(part, 1, sizeof part, file)) > 0) {
        put(&text, part, length);
    }
    fclose(file);
    put(&text, "", 1);
    return text.bytes;
}

static Call call_of(char *line) {
    Call call = {.label = strtok(line, " ")};
    char *name = strtok(NULL, " "), *token;
    if (name == NULL) {
        stop(MALFORMED, PROGRAM, "a line without a function");
    }
    call.function = find(name, strlen(name));
    call.tokens = allocate(4 * MOST * sizeof *call.tokens);
    while ((token = strtok(NULL, " ")) != NULL && call.count < 4 * MOST) {
        call.keeps = call.keeps || *token == 'k';
        call.tokens[call.count++] = token;
    }
    return call;
}

/* The first line is the number of cells. */
static Calls calls_of(char *text) {
    Calls calls = {NULL, 0, strtoul(text, NULL, 10)};
    char *line = strchr(text, '\n');
    while (line != NULL && line[1] != '\0') {
        char *next = strchr(++line, '\n');
        if (next != NULL) {
            *next = '\0';
        }
        if (calls.count % 1024 == 0) {
            calls.items = reallocate(calls.items, (calls.count + 1024) * sizeof *calls.items);
        }
        calls.items[calls.count++] = call_of(line);
        line = next;
    }
    return calls;
}

static Machine machine_of(const Calls *calls, Text *out) {
    size_t size = (calls->cells + 1) * sizeof(void *);
    Machine machine = {calls, allocate(size), out};
    memset(machine.cells, 0, size);
    return machine;
}

typedef size_t (*LiveBlocks)(void);

static LiveBlocks find_live_blocks(void) {
    void *symbol = dlsym(RTLD_DEFAULT, LIVE_BLOCKS);
    LiveBlocks function;
    if (symbol == NULL) {
        stop(WRONG, PROGRAM, "this library is not the canary build: it has no %s", LIVE_BLOCKS);
    }
    /* POSIX promises that this is a function's address; C has no cast that says so. */
    memcpy(&function, &symbol, sizeof function);
    return function;
}

static bool is_nested(const Call *call) {
    return strcmp(call->label, "-") == 0;
}

/* The first round is printed, and is what the others have to be like. */
static bool first_round(Machine *machine, bool footprints) {
    Footprint before = {.threads = 0};
    bool same = true;
    size_t written = 0;
    if (footprints) {
        before = footprint();
    }
    for (size_t i = 0; i < machine->calls->count && same; i++) {
        const Call *call = &machine->calls->items[i];
        if (is_nested(call)) {
            continue;
        }
        make(machine, call);
        /* If the next one ends the process, this one is out. */
        fwrite(machine->out->bytes + written, 1, machine->out->length - written, stdout);
        if (fflush(stdout) != 0) {
            stop(WRONG, PROGRAM, "standard output cannot be written");
        }
        written = machine->out->length;
        if (footprints) {
            Footprint now = footprint();
            same = footprint_is_same(&before, &now, call->label);
        }
    }
    return same;
}

static bool next_round(Machine *machine, const Text *first, LiveBlocks live_blocks) {
    size_t start = 0;
    for (size_t i = 0; i < machine->calls->count; i++) {
        const Call *call = &machine->calls->items[i];
        if (is_nested(call)) {
            continue;
        }
        size_t before = live_blocks != NULL ? live_blocks() : 0;
        machine->out->length = 0;
        make(machine, call);
        size_t length = machine->out->length;
        if (length > first->length - start ||
            memcmp(machine->out->bytes, first->bytes + start, length) != 0) {
            fprintf(stderr, "%s: it did something else than in the first round\n  now: %.200s\n",
                    call->label, machine->out->bytes + 1);
            return false;
        }
        start += length;
        size_t after = live_blocks != NULL ? live_blocks() : 0;
        if (after != before && !call->keeps) {
            fprintf(stderr, "%s: the library had %zu live blocks before it and has %zu after it\n",
                    call->label, before, after);
            return false;
        }
    }
    return true;
}

typedef struct {
    const Calls *calls;
    const Text *first;
    size_t rounds;
    LiveBlocks live_blocks;
    bool *same; /* One for each thread, so that none waits for another. */
} Work;

static void work(void *context, size_t number_of_thread) {
    const Work *shared = context;
    Text text = {0};
    Machine machine = machine_of(shared->calls, &text);
    bool same = true;
    for (size_t i = 0; i < shared->rounds && same; i++) {
        same = next_round(&machine, shared->first, shared->live_blocks);
    }
    free(machine.cells);
    free(text.bytes);
    shared->same[number_of_thread] = same;
}

/* What the library prints in these goes nowhere. */
static bool all_rounds(const Work *shared, size_t threads) {
    Output terminal;
    size_t before = shared->live_blocks != NULL ? shared->live_blocks() : 0;
    bool same = true;
    if (!output_to(STDOUT_FILENO, "/dev/null", &terminal)) {
        stop(WRONG, PROGRAM, "there is no /dev/null");
    }
    if (threads == 0) {
        work((void *)(uintptr_t)shared, 0);
    } else {
        in_parallel(threads, work, (void *)(uintptr_t)shared);
    }
    output_back(terminal);
    for (size_t i = 0; i < (threads > 0 ? threads : 1); i++) {
        same = same && shared->same[i];
    }
    size_t after = shared->live_blocks != NULL ? shared->live_blocks() : 0;
    if (same && after != before) {
        fprintf(stderr, "%s: the library had %zu live blocks before the rounds and has %zu after\n",
                PROGRAM, before, after);
        return false;
    }
    return same;
}

int main(int argc, char **argv) {
    size_t rounds = 0, threads = 0;
    bool canary = false, footprints = false;
    for (int i = 2; i < argc; i++) {
        size_t *count = strcmp(argv[i], "--rounds") == 0    ? &rounds
                        : strcmp(argv[i], "--threads") == 0 ? &threads
                                                            : NULL;
        canary = canary || strcmp(argv[i], "--canary") == 0;
        footprints = footprints || strcmp(argv[i], "--footprint") == 0;
        if (count != NULL && i + 1 < argc) {
            *count = strtoul(argv[++i], NULL, 10);
        } else if (!canary && !footprints) {
            stop(MALFORMED, PROGRAM, "`%s` is not known", argv[i]);
        }
    }
    if (argc < 2) {
        stop(MALFORMED, PROGRAM, "usage: %s CALLS [--rounds N] [--threads N] [--canary] [--footprint]",
             PROGRAM);
    }
    require_library(PROGRAM);
    signal(SIGABRT, say_under_way);
    signal(SIGSEGV, say_under_way);
    char *text = read_file(argv[1]);
    Calls calls = calls_of(text);
    Text first = {0};
    Machine machine = machine_of(&calls, &first);
    bool right = first_round(&machine, footprints);
    if (right && (rounds > 0 || threads > 0 || canary)) {
        Work shared = {&calls, &first, rounds > 0 ? rounds : 1, canary ? find_live_blocks() : NULL,
                       allocate((threads + 1) * sizeof(bool))};
        right = all_rounds(&shared, threads);
        free(shared.same);
    }
    for (size_t i = 0; i < calls.count; i++) {
        free(calls.items[i].tokens);
    }
    free(calls.items);
    free(machine.cells);
    free(first.bytes);
    free(text);
    return right ? 0 : WRONG;
}
