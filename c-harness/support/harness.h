/* A harness: the crossings that a program knows how to make, and how it is called.
 *
 *     PROGRAM CASES [--rounds N] [--threads N] [--canary] [--footprint]
 *
 * It makes the crossings that the file of cases names and prints the transcript. The first round is
 * printed. `--rounds N` makes N more, each of which has to give the same; `--threads N` makes them
 * on each of N threads at once; `--canary` requires the library's canary build, and that no round
 * leaves a block of memory behind (the first one may: what is made once and kept is no leak). The
 * last two mean one round if `--rounds` does not say how many. `--footprint` compares the process
 * after each case with what it was before (process.h), and ends with the first that changed it. */

#ifndef HARNESS_H
#define HARNESS_H

#include "cases.h"
#include "transcript.h"

typedef struct {
    const char *name;
    size_t least; /* How many arguments there are, at the least and at the most. */
    size_t most;
    void (*cross)(Arguments *arguments, Transcript *out);
} Crossing;

typedef struct {
    const char *program;
    const Crossing *crossings;
    size_t count;
    /* The function of the canary build that counts the blocks of memory, by name: other builds do
     * not have it. */
    const char *live_blocks;
} Harness;

/* The program's `main`. */
int harness_main(const Harness *harness, int argc, char **argv);

/* Makes the crossing that the case names and appends its line to the transcript. */
void harness_cross(const Harness *harness, const Case *one_case, Transcript *out);

#endif
