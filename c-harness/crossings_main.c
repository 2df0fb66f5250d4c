/* The program `crossings`: makes the crossings that a file names and prints the transcript.
 *
 *     crossings CASES [--rounds N] [--threads N] [--canary]
 *
 * The first round is printed. `--rounds N` makes N more, each of which has to give the same;
 * `--threads N` makes them on each of N threads at once; `--canary` wants the library's canary
 * build and that no round leaves a block of memory behind (the first one may: what is made once and
 * kept is no leak). Both mean one round if `--rounds` does not say how many.
 *
 * What the library itself prints (`nothing`) goes to the descriptor, not into the transcript, so
 * after the first round standard output leads to /dev/null. */

/* Not in ISO C: RTLD_DEFAULT. */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hello.h"
#include "output.h"
#include "program.h"
#include "rounds.h"

static const char PROGRAM[] = "crossings";

typedef size_t (*LiveBlocks)(void);

typedef struct {
    const char *cases;
    size_t rounds;
    size_t threads; /* 0: on the thread of main. */
    bool canary;
} Options;

static Options options_of(int count, char **words);
static LiveBlocks find_live_blocks(void);
static bool all_rounds(const FirstRound *first, const Options *options, LiveBlocks live_blocks);

int main(int argc, char **argv) {
    Options options = options_of(argc, argv);
    require_abi_version(PROGRAM, hello_abi_version());
    LiveBlocks live_blocks = options.canary ? find_live_blocks() : NULL;

    Cases cases = cases_read(options.cases);
    FirstRound first = first_round(&cases, stdout);
    bool right = options.rounds == 0 || all_rounds(&first, &options, live_blocks);
    first_round_free(&first);
    cases_free(&cases);
    return right ? 0 : WRONG;
}

static bool all_rounds(const FirstRound *first, const Options *options, LiveBlocks live_blocks) {
    size_t before = live_blocks != NULL ? live_blocks() : 0;
    bool right = true;
    Output terminal;
    if (!output_to("/dev/null", &terminal)) {
        stop(WRONG, PROGRAM, "there is no /dev/null");
    }
    if (options->threads > 0) {
        right = next_rounds_in_parallel(first, options->threads, options->rounds);
    } else {
        for (size_t i = 0; i < options->rounds && right; i++) {
            right = next_round(first, live_blocks);
        }
    }
    output_back(terminal);

    size_t after = live_blocks != NULL ? live_blocks() : 0;
    if (after != before) {
        fprintf(stderr, "%s: the library had %zu live blocks before the rounds and has %zu after\n",
                PROGRAM, before, after);
        return false;
    }
    return right;
}

static LiveBlocks find_live_blocks(void) {
    void *symbol = dlsym(RTLD_DEFAULT, "hello_canary_live_blocks");
    LiveBlocks function;
    if (symbol == NULL) {
        stop(WRONG, PROGRAM,
             "this library is not the canary build: it has no hello_canary_live_blocks");
    }
    /* POSIX promises that this is a function's address; C has no cast that says so. */
    _Static_assert(sizeof function == sizeof symbol, "a function's address is a pointer");
    memcpy(&function, &symbol, sizeof function);
    return function;
}

static _Noreturn void usage(void) {
    stop(MALFORMED, PROGRAM, "usage: crossings CASES [--rounds N] [--threads N] [--canary]");
}

static size_t number_of(const char *word) {
    char *end;
    if (word == NULL || *word < '1' || *word > '9') {
        usage();
    }
    size_t number = strtoul(word, &end, 10);
    if (*end != '\0') {
        usage();
    }
    return number;
}

static Options options_of(int count, char **words) {
    Options options = {.cases = NULL};
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--rounds") == 0) {
            options.rounds = number_of(words[++i]); /* After the last word there is NULL. */
        } else if (strcmp(words[i], "--threads") == 0) {
            options.threads = number_of(words[++i]);
        } else if (strcmp(words[i], "--canary") == 0) {
            options.canary = true;
        } else if (options.cases == NULL && words[i][0] != '-') {
            options.cases = words[i];
        } else {
            usage();
        }
    }
    if (options.cases == NULL) {
        usage();
    }
    if (options.rounds == 0 && (options.threads > 0 || options.canary)) {
        options.rounds = 1;
    }
    return options;
}
