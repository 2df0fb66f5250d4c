/* Makes calls and writes down what each did. A call is a line: a function, and tokens. A token is a letter,
 * and parts behind colons. AT is a place in memory that the call has for itself, by numbers of its own:
 *
 *   b:AT:SIZE:FILL  M:AT:SIZE    memory, full of that byte; or empty, so large that it can only be read
 *   i:AT:HEX  p:AT:TO  r:AT:SIZE:ALL   what is in it before the call: bytes; a pointer; the first bytes again and
 *                                again
 *   c:AT:CELL:OFFSET  C:...      what is in a cell; with C there is no call if that is NULL
 *   f:AT:TYPE:LAST:GOES_ON:STOPS:LINE  x:AT   a callback, with the visit that is its last, what it returns, and
 *                                the call that it makes; its context
 *   v:AT                         the next argument
 *   n:CELL                       the cell is emptied
 *   s:AT:SIZE  e                 the result is a status: 0 is success; the message is asked for even so
 *   t:AT:FUNCTION  h:AT:CELL  d:AT:CELL:SIZE:AT   the call writes a pointer: to a text, which the function
 *                                frees if it is not `-`; to something for the cell; to elements of a size, whose
 *                                number is in the other place
 *   g:AT:... a:AT:... m:AT:...   a schema, an array or a stream of the Arrow C data interface, which is
 *                                released after the call; columns.h has what they are made of
 *   G:AT  A:AT                   a schema or an array that the call writes, and that is released
 *
 * The result is at RESULT. What is written down consists of words:
 *
 *   i:...  ( ... )   what a callback got, each value behind a comma, and what its own call did
 *   x                it did not get its context
 *   m:AT:HEX         memory that the call wrote
 *   e:HEX            the message of a failure
 *   t:AT:...         what a text, elements, a schema or an array have in them that the call wrote
 *
 * A pointer is `n` for NULL, `t` and the bytes of a text that it points to, or `p`. */

/* Not in ISO C: mmap(). */
#define _GNU_SOURCE

#include "calls.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { MOST = 32, BLOCKS = 128, RESULT = 64 };

Calls calls;
_Thread_local Machine *machine;
_Thread_local int columns_held;

/* Memory of a call. */
typedef struct {
    size_t at, size;
    unsigned char *now;
    unsigned char *before; /* NULL for what can only be read. */
} Block;

struct Visits {
    Machine *machine;
    size_t made;
    size_t last; /* The visit that stops; 0 for none. */
    long long goes_on, stops;
    const char *calls;   /* What each visit calls, or NULL. */
    const void *context; /* What the library has to pass on. */
    bool had_context;
    Visits *outer;
    Block blocks[BLOCKS];
    size_t block_count;
};

static _Thread_local Visits *visiting;

_Noreturn void malformed(const char *what, const char *where) {
    fprintf(stderr, "driver: %s: %.80s\n", what, where);
    exit(2);
}

void put_hex(const void *bytes, size_t length) {
    static const char HEX[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = ((const unsigned char *)bytes)[i];
        putc(HEX[byte >> 4], machine->out);
        putc(HEX[byte & 15], machine->out);
    }
}

void put_text(const char *text) {
    putc(text != NULL ? 't' : 'n', machine->out);
    put_hex(text, text != NULL ? strlen(text) : 0);
}

long long number(const char **text) {
    char *end;
    long long value = strtoll(*text, &end, 10);
    *text = *end == ':' ? end + 1 : end;
    return value;
}

static unsigned nibble(char digit) {
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void from_hex(const char **text, void *bytes, size_t capacity) {
    size_t digits = strcspn(*text, ":, \n");
    if (digits > 2 * capacity) {
        malformed("a value is too long", *text);
    }
    for (size_t i = 0; i < digits; i += 2) {
        ((unsigned char *)bytes)[i / 2] =
            (unsigned char)(nibble((*text)[i]) << 4 | nibble((*text)[i + 1]));
    }
    *text += digits + ((*text)[digits] == ':');
}

static void *allocate(size_t size, int fill) {
    void *memory = malloc(size);
    if (memory == NULL && size > 0) {
        malformed("there is no memory", "");
    }
    return size > 0 ? memset(memory, fill, size) : memory;
}

static Block *block_of(Visits *own, size_t at) {
    for (Block *block = own->blocks; block < own->blocks + own->block_count; block++) {
        if (at - block->at <= block->size) {
            return block;
        }
    }
    malformed("there is no memory for this place", "");
}

static unsigned char *address(Visits *own, size_t at) {
    const Block *block = block_of(own, at);
    return block->now + (at - block->at);
}

static bool is_written(Visits *own, size_t at) {
    const Block *block = block_of(own, at);
    size_t start = at - block->at;
    return memcmp(block->now + start, block->before + start, sizeof(void *)) != 0;
}

static void add_block(Visits *own, char kind, const char *token) {
    if (own->block_count == BLOCKS) {
        malformed("there is too much memory", token);
    }
    Block *block = &own->blocks[own->block_count++];
    block->at = (size_t)number(&token);
    block->size = (size_t)number(&token);
    block->before = NULL;
    if (kind == 'b') {
        block->now = allocate(block->size, (int)number(&token));
        block->before = allocate(block->size, 0);
        return;
    }
#if defined(__linux__)
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    block->now = mmap(NULL, block->size, PROT_READ, flags, -1, 0);
    if (block->now == MAP_FAILED)
#endif
        malformed("there is no memory", token);
}

static void remove_blocks(Visits *own) {
    for (Block *block = own->blocks; block < own->blocks + own->block_count; block++) {
        if (block->before != NULL) { /* The other memory stays: it is nowhere, and the calls are few. */
            memset(block->now, 0x5a, block->size); /* It is not to be used any more. */
            free(block->now);
            free(block->before);
        }
    }
}

/* Calls the function whose name the text begins with. */
static void call(const char *name, const void *const *arguments, void *result) {
    size_t length = strcspn(name, " ");
    const Function *function = FUNCTIONS;
    while (function->name != NULL &&
           (strlen(function->name) != length || memcmp(name, function->name, length) != 0)) {
        function++;
    }
    if (function->name == NULL) {
        malformed("the header has no such function", name);
    } else if (calls.caller != NULL) {
        calls.caller(function, arguments, result);
    } else {
        function->call(arguments, result);
    }
}

/* The next token, behind its letter and a colon, or NULL. */
static const char *next(const char **at, char *kind) {
    *at += strcspn(*at, " ");
    if (**at == '\0') {
        return NULL;
    }
    *kind = (*at)[1];
    *at += 2;
    return *at + (**at == ':');
}

/* What is behind a pointer that the call wrote. */
static void show_pointer(Visits *own, char kind, const char *token, size_t at) {
    void *pointer;
    memcpy(&pointer, address(own, at), sizeof pointer);
    if (kind == 't') {
        fprintf(machine->out, " t:%zu:", at);
        put_text(pointer);
        if (pointer != NULL && *token != '-') {
            call(token, (const void *const[]){&pointer}, NULL);
        }
        return;
    }
    machine->cells[number(&token)] = pointer;
    if (kind == 'd' && pointer != NULL) {
        size_t size = (size_t)number(&token), count;
        memcpy(&count, address(own, (size_t)number(&token)), sizeof count);
        fprintf(machine->out, " t:%zu:", at);
        put_hex(pointer, size * count);
    }
}

static void put_message(void) {
    const char *message = "";
    if (calls.last_error != NULL) {
        call(calls.last_error, NULL, &message);
    }
    fputs(" e:", machine->out);
    put_hex(message, message != NULL ? strlen(message) : 0);
}

static void show_written(const Block *block) {
    for (size_t i = 0; block->before != NULL && i < block->size; i++) {
        size_t start = i;
        while (i < block->size && block->now[i] != block->before[i]) {
            i++;
        }
        if (i > start) {
            fprintf(machine->out, " m:%zu:", block->at + start);
            put_hex(block->now + start, i - start);
        }
    }
}

static void show(const char *tokens, Visits *own) {
    bool failed = false;
    char kind;
    const char *token;
    for (size_t i = 0; i < own->block_count; i++) {
        show_written(&own->blocks[i]);
    }
    while ((token = next(&tokens, &kind)) != NULL) {
        size_t at = strchr("sthdgamGA", kind) != NULL ? (size_t)number(&token) : 0;
        if (kind == 's') {
            for (long long left = number(&token); left-- > 0;) {
                failed |= address(own, at)[left] != 0;
            }
            if (failed) {
                put_message();
            }
        } else if (kind == 'e' && !failed) {
            put_message();
        } else if (strchr("thd", kind) != NULL && !failed && is_written(own, at)) {
            show_pointer(own, kind, token, at);
        } else if (strchr("GA", kind) != NULL && !failed && is_written(own, at)) {
            fprintf(machine->out, " t:%zu:", at);
            COLUMNS->end(kind, address(own, at));
        } else if (strchr("gam", kind) != NULL) {
            COLUMNS->end(kind, address(own, at));
        }
    }
}

/* Fills a place before the call, and returns whether there is something to fill it with. */
static bool fill(Visits *own, char kind, const char *token) {
    size_t place = (size_t)number(&token);
    unsigned char *at = address(own, place), *pointer;
    const Block *block = block_of(own, place);
    switch (kind) {
    case 'i': from_hex(&token, at, block->size - (place - block->at)); return true;
    case 'r': {
        size_t size = (size_t)number(&token), all = (size_t)number(&token);
        for (size_t i = size; i < all; i++) {
            at[i] = at[i - size];
        }
        return true;
    }
    case 'p': pointer = address(own, (size_t)number(&token)); break;
    case 'f':
        memcpy(at, &CALLBACKS[number(&token)], sizeof(Callback));
        own->last = (size_t)number(&token);
        own->goes_on = number(&token);
        own->stops = number(&token);
        own->calls = *token >= '0' ? calls.lines[number(&token)] : NULL;
        return true;
    case 'x':
        own->context = own;
        pointer = (unsigned char *)own;
        break;
    case 'c':
    case 'C':
        pointer = machine->cells[number(&token)];
        if (pointer == NULL && kind == 'C') {
            return false;
        }
        pointer += number(&token);
        break;
    default: COLUMNS->make(kind, token, at); return true;
    }
    memcpy(at, &pointer, sizeof pointer);
    return true;
}

bool perform(const char *line) {
    const void *arguments[MOST];
    Visits visits = {.machine = machine, .had_context = true, .outer = visiting};
    const char *token, *tokens = line;
    size_t count = 0;
    int held = columns_held;
    bool is_possible = true;
    char kind;

    while (is_possible && (token = next(&tokens, &kind)) != NULL) {
        if (strchr("bM", kind) != NULL) {
            add_block(&visits, kind, token);
        } else if (strchr("iprcCfxgam", kind) != NULL) {
            is_possible = fill(&visits, kind, token);
        } else if (strchr("nhd", kind) != NULL) {
            if (kind != 'n') {
                number(&token); /* Where it is written. */
            }
            machine->cells[number(&token)] = NULL;
        } else if (kind == 'v') {
            if (count == MOST) {
                malformed("too many arguments", line);
            }
            arguments[count++] = address(&visits, (size_t)number(&token));
        }
    }
    for (Block *block = visits.blocks; block < visits.blocks + visits.block_count; block++) {
        if (block->before != NULL) {
            memcpy(block->before, block->now, block->size);
        }
    }
    if (is_possible) {
        visiting = &visits;
        call(line, arguments, address(&visits, RESULT));
        visiting = visits.outer;
        fputs(visits.had_context ? "" : " x", machine->out);
        show(line, &visits);
    }
    remove_blocks(&visits);
    if (columns_held != held) {
        malformed("what a stream gave is not released, or is twice", line);
    }
    return is_possible;
}

bool is_of_caller(const void *memory) {
    for (const Visits *own = visiting; own != NULL; own = own->outer) {
        for (const Block *block = own->blocks; block < own->blocks + own->block_count; block++) {
            if (block->now == memory) {
                return true;
            }
        }
    }
    return false;
}

Visits *visit_begin(const void *context) {
    /* Another thread of the library's has none of its own. */
    Visits *visits = visiting != NULL ? visiting : (Visits *)(uintptr_t)context;
    machine = visits->machine;
    visits->had_context = visits->had_context && context == visits->context;
    visits->made++;
    fputs(" i:", machine->out);
    return visits;
}

void visit_value(const void *bytes, size_t size) {
    putc('v', machine->out);
    put_hex(bytes, size);
    putc(',', machine->out);
}

void visit_text(const char *text) {
    put_text(text);
    putc(',', machine->out);
}

void visit_pointer(const void *pointer) {
    fputs(pointer != NULL ? "p," : "n,", machine->out);
}

long long visit_end(Visits *visits) {
    if (visits->calls != NULL && (visits->last == 0 || visits->made <= visits->last)) {
        fputs(" (", machine->out);
        perform(visits->calls + strlen("- "));
        fputs(" )", machine->out);
    }
    return visits->made == visits->last ? visits->stops : visits->goes_on;
}
