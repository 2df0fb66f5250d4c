/* The file of cases that a harness is given: which crossings to make, with which arguments.
 *
 * One case a line: a name and its arguments, with one space between them. A double is the 16
 * hexadecimal digits of its bits; text is `x` and the hexadecimal digits of its bytes; `NULL` is
 * the null pointer; a list is its items with commas between them, and `-` if it is empty. What is
 * malformed stops the program: exit code 2 and the number of the line. */

#ifndef CASES_H
#define CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t line; /* Its number in the file, beginning with 1. */
    char *name;
    char **words; /* Its arguments as they stand there. */
    size_t count;
} Case;

typedef struct {
    Case *items;
    size_t count;
    char *file; /* What the words point into. */
} Cases;

Cases cases_read(const char *path);
void cases_free(Cases *cases);

/* The arguments of one case while it is under way. What they are decoded to lives as long as this,
 * so that a crossing has to free only what the library made. */
typedef struct {
    const Case *from;
    void **blocks;
    size_t block_count;
} Arguments;

typedef struct {
    double *items;
    size_t count;
} Doubles;

typedef struct {
    char **items; /* Each of them may be NULL. */
    size_t count;
} Texts;

Arguments arguments_of(const Case *one_case);
void arguments_free(Arguments *arguments);

/* A block of memory of the size wanted, for as long as the arguments live. */
void *arguments_memory(Arguments *arguments, size_t size);

/* Whether there is an argument at the place, and whether it is this word. */
bool argument_is(const Arguments *arguments, size_t place, const char *word);

/* Whether there is a `NULL` at the place, where nothing else may stand. */
bool null_argument(const Arguments *arguments, size_t place);

/* The argument at the place. */
double double_argument(const Arguments *arguments, size_t place);
size_t count_argument(const Arguments *arguments, size_t place);
int32_t int32_argument(const Arguments *arguments, size_t place);
char *text_argument(Arguments *arguments, size_t place); /* NULL for `NULL`. */
Doubles doubles_argument(Arguments *arguments, size_t place);
Texts texts_argument(Arguments *arguments, size_t place);

/* Stops the program: the case is not one that there is. */
_Noreturn void malformed(const Case *one_case, const char *what);

#endif
