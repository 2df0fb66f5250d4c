/* What the driver of the cases needs to know of a library: the engine generates it from the description
 * of the ABI. `cases.c` is the same for every library. */

#ifndef CASES_H
#define CASES_H

#include <stdbool.h>
#include <stddef.h>

/* A function of the library. `call` takes the address of each argument, and a place for the result. */
typedef struct {
    const char *name;
    void (*call)(const void *const *arguments, void *result);
    size_t result; /* Its size; 0 for none. */
    size_t count;
    const size_t *sizes; /* Of the arguments. */
} Function;

extern const Function FUNCTIONS[];
extern const size_t FUNCTION_COUNT;

/* A callback of any type. */
typedef void (*Callback)(void);

extern const Callback CALLBACKS[];
extern const size_t CALLBACK_COUNT;

const char *last_error(void);
void require_library(const char *program);
extern const char LIVE_BLOCKS[];

/* What a generated callback does with what it gets. `context` is what the library passed on for it, or
 * NULL. The end says whether to go on. */
typedef struct Visits Visits;
Visits *visit_begin(const void *context);
void visit_value(Visits *visits, const void *bytes, size_t size);
void visit_text(Visits *visits, const char *text);
void visit_pointer(Visits *visits, const void *pointer);
bool visit_end(Visits *visits);

#endif
