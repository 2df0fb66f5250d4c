/* What every program of the harness needs: to stop with words, and to refuse a library that its
 * header does not describe. */

#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>

#if defined(__MINGW32__)
#include <stdio.h>
#define LIKE_PRINTF __attribute__((format(__MINGW_PRINTF_FORMAT, 3, 4)))
#elif defined(__GNUC__)
#define LIKE_PRINTF __attribute__((format(printf, 3, 4)))
#else
#define LIKE_PRINTF
#endif

/* How a program ends. */
enum {
    WRONG = 1,    /* What was checked is not so. */
    MALFORMED = 2 /* The program was called wrongly, or with a file that it cannot read. */
};

/* Writes the words to standard error, after `program: `, and exits with `code`. */
_Noreturn void stop(int code, const char *program, const char *format, ...) LIKE_PRINTF;

/* Stops unless the library that was loaded has the ABI version that the program was built for. */
void require_version(const char *program, unsigned long built, unsigned long loaded);

/* malloc() for a program that has nothing to do without the memory: it never returns NULL, not even for no
 * bytes. */
void *allocate(size_t size);

#endif
