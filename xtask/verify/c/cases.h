/* What the driver of the cases needs to know of a library: the engine generates it from the description
 * of the ABI. The rest is the same for every library: `cases.c` makes calls, and `rounds.c` is the program
 * that has them made. */

#ifndef CASES_H
#define CASES_H

#include <stdbool.h>
#include <stddef.h>

/* A function of the library. `call` takes the address of each argument, and a place for the result. */
typedef struct {
    const char *name;
    void (*call)(const void *const *arguments, void *result);
} Function;

/* The last one has no name. */
extern const Function FUNCTIONS[];

/* A callback of any type. */
typedef void (*Callback)(void);

extern const Callback CALLBACKS[];

void require_library(const char *program);

/* What a generated callback does with what it gets. `context` is what the library passed on for it, or
 * NULL. The end is what the callback returns. */
typedef struct Visits Visits;
Visits *visit_begin(const void *context);
void visit_value(Visits *visits, const void *bytes, size_t size);
void visit_text(Visits *visits, const char *text);
void visit_pointer(Visits *visits, const void *pointer);
long long visit_end(Visits *visits);

/* The calls of a file. */
typedef struct {
    const char *last_error;
    size_t cells;
    size_t count;
    const char **lines;
} Calls;

/* What makes them on one thread, and what they did. */
typedef struct {
    const Calls *calls;
    void **cells;
    char *text;
    size_t length, capacity;
    size_t (*live_blocks)(void); /* Of the library's memory, if it counts them. */
} Machine;

/* Both live as long as the program. */
Calls calls_read(const char *path);
Machine machine_new(const Calls *calls);

/* Makes a call, and writes down what it did. Nothing happens if a callback has to make it. */
void make(Machine *machine, const char *line);

#endif
