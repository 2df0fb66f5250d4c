/* All cases, again and again: every round has to end like the first. */

#ifndef ROUNDS_H
#define ROUNDS_H

#include "cases.h"
#include "harness.h"
#include "transcript.h"

/* What the first round gave: its transcript, and where in it the line of each case ends. */
typedef struct {
    const Cases *cases;
    Transcript transcript;
    size_t *ends;
    bool left_as_it_was; /* Whether each case left the process as it found it, if compared. */
} FirstRound;

/* Makes every crossing, once, and writes the transcript to `stream`, or nowhere if that is NULL.
 * If `compared`, the process is compared after each case with what it was before the first; what is
 * other than before is named on standard error, with the case, which is the last then. */
FirstRound first_round(const Cases *cases, FILE *stream, bool compared);
void first_round_free(FirstRound *first);

/* Counts the blocks of memory that the library has allocated and not freed. */
typedef size_t (*LiveBlocks)(void);

/* Makes them once more. Returns whether each gave the same line; the first that did not is named on
 * standard error.
 *
 * Unless `live_blocks` is NULL, each case must leave its number as it was. It counts all threads
 * together, and so makes sense only in one. */
bool next_round(const FirstRound *first, LiveBlocks live_blocks);

/* The same on several threads at once, `rounds` times on each of them. */
bool next_rounds_in_parallel(const FirstRound *first, size_t threads, size_t rounds);

#endif
