/* Makes the calls of a file and writes down what each did. The file begins with the number of cells, the
 * number of lines, and the function that has the message of a failure or `-`. Each other line is a call: a
 * label, a function, how much memory the call needs, and tokens. A token is a letter, and parts behind colons;
 * AT is a place in that memory, which is filled with FILL:
 *
 *   i:AT:HEX                     what is in the memory before the call
 *   v:HEX  p:AT  c:CELL:OFFSET   an argument: a value, a pointer into the memory, what is in a cell
 *   f:TYPE:LAST:GOES_ON:STOPS:LINE  x   a callback, with the visit that is its last, what it returns, and the
 *                                call that it makes; its context
 *   s:AT:SIZE                    the result is a status: 0 is success
 *   t:AT:FUNCTION  h:AT:CELL  d:AT:CELL:SIZE:AT   the call writes a pointer: to a text, which the function
 *                                frees if it is not `-`; to something for the cell; to elements of a size,
 *                                whose number is in the other place
 *   g:AT:... a:AT:... m:AT:...   a schema, an array or a stream of the Arrow C data interface, which is
 *                                released after the call; columns.h has what they are made of
 *   G:AT  A:AT                   a schema or an array that the call writes, and that is released
 *   o                            standard output is closed during the call
 *
 * The result is at RESULT. A nested call has the label `-`: a callback makes it. What is written down for a
 * call begins with the character 30 and the label, and consists of words:
 *
 *   i:...  ( ... )   what a callback got, each value behind a comma, and what its own call did
 *   x                it did not get its context
 *   m:AT:HEX         memory that the call wrote
 *   e:HEX            the message of a failure
 *   t:AT:...         what a text, elements, a schema or an array have in them that the call wrote
 *   #N               the number of the library's blocks of memory after the call, if it counts them
 *
 * A pointer is `n` for NULL, `t` and the bytes of a text that it points to, or `p`. */

#include "cases.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "program.h"

enum { MOST = 32, RESULT = 64, FILL = 0x55 };

static const char PROGRAM[] = "cases";

Calls calls;

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

static _Thread_local Machine *machine;
static _Thread_local Visits *visiting;

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
        stop(MALFORMED, PROGRAM, "a value has more than %zu bytes", capacity);
    }
    for (size_t i = 0; i < digits; i += 2) {
        ((unsigned char *)bytes)[i / 2] =
            (unsigned char)(nibble((*text)[i]) << 4 | nibble((*text)[i + 1]));
    }
    *text += digits + ((*text)[digits] == ':');
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
        stop(MALFORMED, PROGRAM, "the header has no function %.*s", (int)length, name);
    } else if (calls.caller != NULL) {
        calls.caller(function->name, arguments, result);
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
    return *at + 1;
}

/* What is behind a pointer that the call wrote. */
static void show_pointer(char kind, const char *token, const unsigned char *memory, size_t at) {
    void *pointer;
    memcpy(&pointer, memory + at, sizeof pointer);
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
        memcpy(&count, memory + number(&token), sizeof count);
        fprintf(machine->out, " t:%zu:", at);
        put_hex(pointer, size * count);
    }
}

/* `before` is what was in the memory. */
static void show(const char *tokens, unsigned char *memory, const unsigned char *before,
                 size_t size) {
    bool failed = false;
    char kind;
    const char *token;
    for (size_t i = 0; i < size; i++) {
        size_t start = i;
        while (i < size && memory[i] != before[i]) {
            i++;
        }
        if (i > start) {
            fprintf(machine->out, " m:%zu:", start);
            put_hex(memory + start, i - start);
        }
    }
    while ((token = next(&tokens, &kind)) != NULL) {
        size_t at = strchr("sthdgamGA", kind) != NULL ? (size_t)number(&token) : 0;
        bool is_written = !failed && memcmp(memory + at, before + at, sizeof(void *)) != 0;
        if (kind == 's') {
            for (long long left = number(&token); left-- > 0;) {
                failed |= memory[at + (size_t)left] != 0;
            }
            if (failed) {
                const char *message = "";
                if (calls.last_error != NULL) {
                    call(calls.last_error, NULL, &message);
                }
                fputs(" e:", machine->out);
                put_hex(message, strlen(message));
            }
        } else if (is_written && strchr("thd", kind) != NULL) {
            show_pointer(kind, token, memory, at);
        } else if (is_written && strchr("GA", kind) != NULL) {
            fprintf(machine->out, " t:%zu:", at);
            COLUMNS->show(kind, memory + at);
        } else if (strchr("gam", kind) != NULL) {
            COLUMNS->release(kind, memory + at);
        }
    }
}

static void perform(const char *function) {
    /* An argument is a value in its bytes, or a pointer. */
    union {
        unsigned char *pointer;
        Callback callback;
        unsigned char bytes[256];
    } values[MOST];
    const void *arguments[MOST];
    Visits visits = {.machine = machine, .had_context = true, .outer = visiting};
    const char *at = function + strcspn(function, " ") + 1, *token;
    size_t count = 0, size = (size_t)number(&at);
    unsigned char *memory = allocate(size), *before = allocate(size);
    int held = COLUMNS != NULL ? COLUMNS->held() : 0;
    bool closed = false;
    Output output;
    char kind;

    memset(memory, FILL, size);
    for (const char *tokens = at; (token = next(&tokens, &kind)) != NULL;) {
        if (count == MOST) {
            stop(MALFORMED, PROGRAM, "too many arguments for %s", function);
        }
        arguments[count] = &values[count];
        unsigned char *start = strchr("igamhd", kind) != NULL ? memory + number(&token) : NULL;
        switch (kind) {
        case 'i': from_hex(&token, start, size); break;
        case 'v': from_hex(&token, values[count++].bytes, sizeof values->bytes); break;
        case 'p': values[count++].pointer = memory + number(&token); break;
        case 'c':
            values[count].pointer = machine->cells[number(&token)];
            values[count++].pointer += number(&token);
            break;
        case 'f':
            values[count++].callback = CALLBACKS[number(&token)];
            visits.last = (size_t)number(&token);
            visits.goes_on = number(&token);
            visits.stops = number(&token);
            visits.calls = *token >= '0' ? calls.lines[number(&token)] : NULL;
            break;
        case 'x':
            visits.context = &visits;
            values[count++].pointer = (unsigned char *)&visits;
            break;
        case 'g':
        case 'a':
        case 'm': COLUMNS->make(kind, token, start); break;
        case 'h':
        case 'd': machine->cells[number(&token)] = NULL; break;
        case 'o': closed = true; break;
        default: break; /* It is for afterwards. */
        }
    }
    memcpy(before, memory, size);
    if (closed) {
        output_closed(STDOUT_FILENO, &output);
    }
    visiting = &visits;
    call(function, arguments, memory + RESULT);
    visiting = visits.outer;
    if (closed) {
        output_back(output);
    }
    fputs(visits.had_context ? "" : " x", machine->out);
    show(at, memory, before, size);
    free(memory);
    free(before);
    if (COLUMNS != NULL && COLUMNS->held() != held) {
        stop(WRONG, PROGRAM, "%s: what a stream gave is not released, or is twice", function);
    }
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
    if (visits->calls != NULL) {
        fputs(" (", machine->out);
        perform(visits->calls + strlen("- "));
        fputs(" )", machine->out);
    }
    return visits->made == visits->last ? visits->stops : visits->goes_on;
}

void make(Machine *own, const char *line) {
    size_t label = strcspn(line, " ");
    machine = own;
    if (*line == '-') {
        return;
    }
    fprintf(machine->out, "\x1e%.*s", (int)label, line);
    perform(line + label + 1);
    if (calls.live_blocks != NULL) {
        fprintf(machine->out, " #%zu", calls.live_blocks());
    }
    putc('\n', machine->out);
}

void calls_read(const char *path) {
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
}
