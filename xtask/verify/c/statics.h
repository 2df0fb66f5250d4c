/* Whether texts that are said to be static are: the same pointer and the same text after other calls,
 * from another thread, and after that thread has ended. The answers are generated. */

#ifndef STATICS_H
#define STATICS_H

#include <stddef.h>

typedef struct {
    const char *call; /* As it is written in C. */
    const char *(*answer)(void);
} Answer;

/* Generated. */
extern const Answer ANSWERS[];
extern const size_t ANSWER_COUNT;

#endif
