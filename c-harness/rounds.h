/* All cases, again and again: every round has to end like the first. */

#ifndef ROUNDS_H
#define ROUNDS_H

#include "cases.h"
#include "transcript.h"

/* What the first round gave: its transcript, and where in it the line of each case ends. */
typedef struct {
    const Cases *cases;
    Transcript transcript;
    size_t *ends;
} FirstRound;

/* Makes every crossing, once, and writes the transcript to `stream`, or nowhere if that is NULL. */
FirstRound first_round(const Cases *cases, FILE *stream);
void first_round_free(FirstRound *first);

/* Makes them once more. Returns whether each gave the same line; the first that did not is named on
 * standard error.
 *
 * `live_blocks` counts what the library has allocated and not freed, or is NULL: then each case
 * must leave the number as it was. It counts all threads together, and so makes sense only in one.
 * */
bool next_round(const FirstRound *first, size_t (*live_blocks)(void));

/* The same on several threads at once, `rounds` times on each of them. */
bool next_rounds_in_parallel(const FirstRound *first, size_t threads, size_t rounds);

#endif
