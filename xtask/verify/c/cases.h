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
    char *content;
} Calls;

/* What makes them on one thread, and what they did so far. */
typedef struct {
    const Calls *calls;
    void **cells;
    char *text;
    size_t length, capacity;
    bool keeps; /* The last call may have left other blocks of the library's memory than were there before. */
} Machine;

Calls calls_read(const char *path);
void calls_free(const Calls *calls);
Machine machine_new(const Calls *calls);
void machine_free(const Machine *machine);

/* Whether it is made by a callback and not by itself. */
bool is_nested(const char *line);
void make(Machine *machine, const char *line);

/* The label of the call that this thread makes, for a process that does not live to say it; or NULL. */
const char *under_way(void);

#endif
