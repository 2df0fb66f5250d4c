/* What the driver of the cases needs to know of a library: the engine generates it from the description
 * of the ABI. The rest is the same for every library: `cases.c` makes calls, and `rounds.c` is the program
 * that has them made. */

#ifndef CASES_H
#define CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What makes a call: it takes the address of each argument, and a place for the result. */
typedef void (*Call)(const void *const *arguments, void *result);

/* A function of the library. The last one has no name; none has a call where another language makes it. */
typedef struct {
    const char *name;
    Call call;
} Function;

extern const Function FUNCTIONS[];

/* Makes the calls in place of FUNCTIONS, if it is not NULL. */
typedef void (*Caller)(const char *name, const void *const *arguments, void *result);

/* A callback of any type. */
typedef void (*Callback)(void);

extern const Callback CALLBACKS[];

/* The structs of the Arrow C data interface, for a library that has them; or NULL. `kind` is the letter of
 * the token. */
typedef struct {
    void (*make)(char kind, const char *text, void *struct_memory);
    void (*show)(char kind, const void *struct_memory);
    void (*release)(char kind, const void *struct_memory);
    int (*held)(void); /* How many of those that were made are not released. */
} Columns;

extern const Columns *const COLUMNS;

void require_library(const char *program);

/* What a generated callback does with what it gets. `context` is what the library passed on for it, or
 * NULL. The end is what the callback returns. */
typedef struct Visits Visits;
Visits *visit_begin(const void *context);
void visit_value(const void *bytes, size_t size);
void visit_text(const char *text);
void visit_pointer(const void *pointer);
long long visit_end(Visits *visits);

/* What makes the calls of a file on one thread, and where it writes down what they did. */
typedef struct {
    void **cells;
    FILE *out;
} Machine;

/* The calls of a file. They live as long as the program. */
typedef struct {
    const char *last_error;
    size_t cells, count;
    const char **lines;
    Caller caller;
    size_t (*live_blocks)(void); /* Of the library's memory, if it counts them. */
} Calls;

extern Calls calls;

void calls_read(const char *path);

/* Makes a call, and writes down what it did. Nothing happens if a callback has to make it. */
void make(Machine *machine, const char *line);

/* A token: the next part, which `text` moves past; and words of what is written down. */
long long number(const char **text);
void from_hex(const char **text, void *bytes, size_t capacity);
void put_hex(const void *bytes, size_t length);
void put_text(const char *text);

#endif
