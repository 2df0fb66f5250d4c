/* Not in ISO C: RTLD_DEFAULT. */
#define _GNU_SOURCE

#include "harness.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "program.h"
#include "rounds.h"

typedef struct {
    const char *cases;
    size_t rounds;
    size_t threads; /* 0: on the thread of main. */
    bool canary;
    bool footprint;
} Options;

typedef size_t (*LiveBlocks)(void);

/* The program's own, set before anything else. */
static const Harness *harness;

static Options options_of(int count, char **arguments);
static LiveBlocks find_live_blocks(void);
static bool all_rounds(const FirstRound *first, const Options *options, LiveBlocks live_blocks);

int harness_main(const Harness *of_this_program, int argc, char **argv) {
    harness = of_this_program;
    require_version(harness->program, harness->built_for, harness->abi_version());
    Options options = options_of(argc, argv);
    LiveBlocks live_blocks = options.canary ? find_live_blocks() : NULL;

    Cases cases = cases_read(options.cases);
    FirstRound first = first_round(&cases, stdout, options.footprint);
    bool right = first.left_as_it_was;
    if (right && options.rounds > 0) {
        right = all_rounds(&first, &options, live_blocks);
    }
    first_round_free(&first);
    cases_free(&cases);
    return right ? 0 : WRONG;
}

bool put_status(Transcript *out, int32_t status) {
    put_word(out, harness->status_name(status));
    if (status != 0) {
        put_text(out, harness->last_error());
    }
    return status == 0;
}

/* The name is static: it is the library's, and never freed. */
static void cross_status(Arguments *arguments, Transcript *out) {
    put_text(out, harness->status_name(int32_argument(arguments, 0)));
}

static void cross_version(Arguments *arguments, Transcript *out) {
    (void)arguments;
    put_number(out, harness->abi_version());
    put_text(out, harness->version());
}

static const Crossing OF_EVERY_LIBRARY[] = {
    {"status", 1, 1, cross_status},
    {"version", 0, 0, cross_version},
};

static const Crossing *find(const Crossing *crossings, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, crossings[i].name) == 0) {
            return &crossings[i];
        }
    }
    return NULL;
}

void harness_cross(const Case *one_case, Transcript *out) {
    const Crossing *crossing = find(harness->crossings, harness->count, one_case->name);
    if (crossing == NULL) {
        size_t count = sizeof OF_EVERY_LIBRARY / sizeof *OF_EVERY_LIBRARY;
        crossing = find(OF_EVERY_LIBRARY, count, one_case->name);
    }
    if (crossing == NULL) {
        malformed(one_case, "there is no such crossing");
    }
    if (one_case->count < crossing->least || one_case->count > crossing->most) {
        malformed(one_case, "it has too few arguments or too many");
    }
    Arguments arguments = arguments_of(one_case);
    put_start(out, one_case->line, one_case->name);
    crossing->cross(&arguments, out);
    put_end(out);
    arguments_free(&arguments);
}

/* What the library itself prints goes to the descriptor, not into the transcript, so after the first
 * round standard output leads to /dev/null. */
static bool all_rounds(const FirstRound *first, const Options *options, LiveBlocks live_blocks) {
    const char *program = harness->program;
    size_t before = live_blocks != NULL ? live_blocks() : 0;
    bool right = true;
    Output terminal;
    if (!output_to(STDOUT_FILENO, "/dev/null", &terminal)) {
        stop(WRONG, program, "there is no /dev/null");
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
                program, before, after);
        return false;
    }
    return right;
}

static LiveBlocks find_live_blocks(void) {
    void *symbol = dlsym(RTLD_DEFAULT, harness->live_blocks);
    LiveBlocks function;
    if (symbol == NULL) {
        stop(WRONG, harness->program, "this library is not the canary build: it has no %s",
             harness->live_blocks);
    }
    /* POSIX promises that this is a function's address; C has no cast that says so. */
    _Static_assert(sizeof function == sizeof symbol, "a function's address is a pointer");
    memcpy(&function, &symbol, sizeof function);
    return function;
}

static _Noreturn void usage(void) {
    stop(MALFORMED, harness->program, "usage: %s CASES [--rounds N] [--threads N] [--canary] [--footprint]",
         harness->program);
}

static size_t number_of(const char *argument) {
    char *end;
    if (argument == NULL || *argument < '1' || *argument > '9') {
        usage();
    }
    size_t number = strtoul(argument, &end, 10);
    if (*end != '\0') {
        usage();
    }
    return number;
}

static Options options_of(int count, char **arguments) {
    Options options = {.cases = NULL};
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--rounds") == 0) {
            /* After the last argument there is NULL. */
            options.rounds = number_of(arguments[++i]);
        } else if (strcmp(arguments[i], "--threads") == 0) {
            options.threads = number_of(arguments[++i]);
        } else if (strcmp(arguments[i], "--canary") == 0) {
            options.canary = true;
        } else if (strcmp(arguments[i], "--footprint") == 0) {
            options.footprint = true;
        } else if (options.cases == NULL && arguments[i][0] != '-') {
            options.cases = arguments[i];
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
