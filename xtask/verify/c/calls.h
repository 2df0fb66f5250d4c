/* Makes calls, each in a process of its own, and reports how each ended. The calls are generated. */

#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t (*make)(void); /* Returns the status; 0 if the function has none. */
    bool has_status;
    bool without_memory; /* No memory can be had during the call. */
} Call;

/* A call of a function that only reads a handle: it writes what it learns to the arguments' memory. */
typedef struct {
    const char *function;
    void (*make)(void);
} Look;

/* Generated. */
extern const Call CALLS[];
extern const size_t CALL_COUNT;
extern const Look LOOKS[];
extern const size_t LOOK_COUNT;

/* Makes the handles that calls need. Generated. */
void make_handles(void);

/* Returns the handle; ends the program if the function has made none. */
void *made_by(const char *function, void *handle);

/* The message of the last failure on this thread; NULL if the library has no such function.
 * Generated. */
const char *last_error(void);

enum { ARGUMENTS = 16, ARGUMENT_SIZE = 4096 };

/* Memory for the argument with this index: zeroes, aligned for everything. As text it is empty. */
void *argument(size_t index);

/* The same, `offset` bytes further. */
void *misaligned(size_t index, size_t offset);

/* A text that is so long that a copy of it does not fit into memory. */
const char *long_text(void);

#endif
