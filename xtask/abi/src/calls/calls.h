/* Makes calls of a library, for the programs that have them made. What knows the library is generated from the
 * description of its ABI; the rest is the same for every library. */

#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A function of the library, and what calls it: that takes the address of each argument, and a place for the
 * result. The last one has no name; none has a call where another language makes it. */
typedef struct {
    const char *name;
    void (*call)(const void *const *arguments, void *result);
} Function;

extern const Function FUNCTIONS[];

/* Makes the calls in place of a function's `call`, if it is not NULL. */
typedef void (*Caller)(const Function *function, const void *const *arguments, void *result);

/* A callback of any type. */
typedef void (*Callback)(void);

extern const Callback CALLBACKS[];

/* The structs of the Arrow C data interface, for a library that has them; or NULL. `kind` is the letter of
 * the token. */
typedef struct {
    void (*make)(char kind, const char *text, void *struct_memory);
    void (*end)(char kind, void *struct_memory); /* Shows what the call wrote; releases it. */
} Columns;

extern const Columns *const COLUMNS;
extern _Thread_local int columns_held; /* How many of those that were made are not released. */

/* What a generated callback does with what it gets. `context` is what the library passed on for it, or
 * NULL. The end is what the callback returns. */
typedef struct Visits Visits;
Visits *visit_begin(const void *context);
void visit_value(const void *bytes, size_t size);
void visit_text(const char *text);
void visit_pointer(const void *pointer);
long long visit_end(Visits *visits);

/* What makes calls on a thread, and where it writes down what they did. */
typedef struct {
    void **cells;
    FILE *out;
} Machine;

extern _Thread_local Machine *machine;

/* Ends the program: what it was given is not what it makes calls of. */
_Noreturn void malformed(const char *what, const char *where);

/* The calls. They live as long as the program. */
typedef struct {
    const char *last_error; /* The function that has the message of a failure, or NULL. */
    const char **lines;
    Caller caller;
} Calls;

extern Calls calls;

/* Makes a call, and writes down what it did. Returns whether it could be made. */
bool perform(const char *line);

/* Whether it is memory of a call that has not returned yet: the library may not free it. */
bool is_of_caller(const void *memory);

/* A token: the next part, which `text` moves past; and words of what is written down. */
long long number(const char **text);
void from_hex(const char **text, void *bytes, size_t capacity);
void put_hex(const void *bytes, size_t length);
void put_text(const char *text);

#endif
