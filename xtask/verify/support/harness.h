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

/* A program, and what every library has under a name of its own. */
typedef struct {
    const char *program;
    const Crossing *crossings;
    size_t count;
    /* The version of the ABI that the program was built for, and the one that was loaded. */
    uint32_t built_for;
    uint32_t (*abi_version)(void);
    const char *(*version)(void);
    const char *(*last_error)(void);
    const char *(*status_name)(int32_t status);
    /* The function of the canary build that counts the blocks of memory, by name: other builds do
     * not have it. */
    const char *live_blocks;
} Harness;

/* The program's `main`. It refuses a library of another version, and knows two crossings that every
 * library has, `version` and `status`. */
int harness_main(const Harness *of_this_program, int argc, char **argv);

/* Makes the crossing that the case names and appends its line to the transcript. */
void harness_cross(const Case *one_case, Transcript *out);

/* Writes the status down, and what the last error says if the call failed. Returns whether it
 * succeeded: only then has it written its results. */
bool put_status(Transcript *out, int32_t status);

#endif
