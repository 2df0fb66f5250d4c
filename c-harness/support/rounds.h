/* All cases, again and again: every round has to end like the first. */

#ifndef ROUNDS_H
#define ROUNDS_H

#include "cases.h"
#include "harness.h"
#include "process.h"
#include "transcript.h"

/* What the first round gave: its transcript, and where in it the line of each case ends. */
typedef struct {
    const Harness *harness;
    const Cases *cases;
    Transcript transcript;
    size_t *ends;
} FirstRound;

/* Makes every crossing, once, and writes the transcript to `stream`, or nowhere if that is NULL. */
FirstRound first_round(const Harness *harness, const Cases *cases, FILE *stream);
void first_round_free(FirstRound *first);

/* What each case must leave as it was. Both are those of the process, all threads together, and so
 * make sense only in one thread. */
typedef struct {
    size_t (*live_blocks)(void); /* Blocks that the library has not freed; NULL: not looked at. */
    const Footprint *footprint;  /* NULL: not looked at. */
} Watched;

/* Makes them once more. Returns whether each gave the same line; the first that did not is named on
 * standard error. */
bool next_round(const FirstRound *first, Watched watched);

/* The same on several threads at once, `rounds` times on each of them. */
bool next_rounds_in_parallel(const FirstRound *first, size_t threads, size_t rounds);

#endif
