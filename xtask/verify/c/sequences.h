/* Random sequences of calls: what the generated calls are made of. A call draws each of its arguments,
 * by the argument's index, then begins, is made and ends. All that is drawn follows from a seed. */

#ifndef SEQUENCES_H
#define SEQUENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    void (*make)(void);
    bool makes_handle;
    bool frees_handle;
} Operation;

/* Generated. */
extern const Operation OPERATIONS[];
extern const size_t OPERATION_COUNT;
/* The beginning of a program that repeats a sequence: what it includes and declares. */
extern const char PROLOGUE[];

/* Frees what the sequence has made and not freed. Generated. */
void free_all(void);

/* The function that counts the library's blocks of memory, by name: only the build with the canary has
 * it. Generated. */
extern const char LIVE_BLOCKS[];

/* What a sequence has made and not yet given back lies in slots, a row of them for each type. */
enum { SLOTS = 4, POOLS = 16, TEXTS = 0 /* The pool of texts; those of handles follow. */ };

/* What the elements of an array are filled with. */
typedef enum { FILL_ZEROES, FILL_FLOATS, FILL_DOUBLES, FILL_LETTERS, FILL_BYTES } Fill;

double draw_number(size_t at);
int64_t draw_integer(size_t at);
/* The number of elements of the arrays that are drawn after it. */
size_t draw_count(size_t at);
/* NULL, or text with a NUL that may not be UTF-8. */
const char *draw_text(size_t at);
/* NULL, or memory for exactly so many elements, or what is not aligned. An argument `like` before it
 * may be used again, in place or one element further; `at` if none. */
void *draw_array(size_t at, size_t like, size_t count, size_t size, size_t alignment, Fill fill);
/* Where a result goes: `result`, NULL, or what is not aligned. */
void *draw_out(size_t at, size_t pool, void *result, size_t alignment);
/* A handle or NULL, or one that is not aligned. */
void *draw_used(size_t at, size_t pool, size_t alignment);
/* The same to give it back. */
void *draw_freed(size_t at, size_t pool, size_t alignment);
/* Whether a callback is passed, and not NULL. */
bool draw_callback(size_t at, size_t number, bool may_be_null);
/* An argument that is always the same. */
void draw_fixed(size_t at, const char *spelled);

/* Returns whether the call is to be made: not if it has no slot for its result. */
bool begin(const char *function, size_t arguments);
/* `result` of a call that ended so is put into the slot that was drawn for it. */
void keep_result(size_t at, size_t pool, int64_t status, void *result);
void end(const char *text);

/* Whether the program is one that shows each call: a line with the function's name, what it returned,
 * and what it left in the memory of its arguments. */
bool is_shown(void);
void show_begin(const char *function);
void show_word(const char *word);
void show_integer(int64_t integer);
void show_number(double number);
/* The value of an enum, by its name in a table that ends with NULL. */
typedef struct {
    const char *name;
    int64_t value;
} Name;
void show_name(int64_t value, const Name *names);
/* In quotes; NULL as such. */
void show_text(const char *text);
void show_end(void);
/* How many elements of this size an argument has; none if it is not memory of its own. */
size_t drawn_elements(size_t at, const void *argument, size_t size);

/* What each callback does: it may call the library. Returns whether to go on. */
bool called_back(void);

/* Empties a slot and returns what was in it, for `function`, which frees it. */
void *taken(size_t pool, size_t slot, const char *function);

#endif
