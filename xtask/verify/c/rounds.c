/* The program that has the calls of a file made: once, and then as often and by as many threads as it is
 * asked to, when each call has to do what it did the first time. */

/* Not in ISO C: RTLD_DEFAULT, write(). */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "output.h"
#include "parallel.h"
#include "process.h"
#include "program.h"

static const char PROGRAM[] = "cases";

typedef size_t (*LiveBlocks)(void);

static size_t nothing(void) {
    return 0;
}

static LiveBlocks find_live_blocks(const char *name) {
    void *symbol = dlsym(RTLD_DEFAULT, name);
    LiveBlocks function;
    if (symbol == NULL) {
        stop(WRONG, PROGRAM, "this library is not the canary build: it has no %s", name);
    }
    /* POSIX promises that this is a function's address; C has no cast that says so. */
    memcpy(&function, &symbol, sizeof function);
    return function;
}

/* For a process that does not live to say it. */
static void say_under_way(int signal_number) {
    static const char WORDS[] = ": it ended the process\n";
    if (under_way() != NULL) {
        ssize_t written = write(STDERR_FILENO, under_way(), strcspn(under_way(), " "));
        written = write(STDERR_FILENO, WORDS, sizeof WORDS - 1);
        (void)written;
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* The first round is printed, and is what the others have to be like. */
static bool first_round(Machine *machine, bool footprints) {
    Footprint before = {.threads = 0};
    bool same = true;
    size_t written = 0;
    if (footprints) {
        before = footprint();
    }
    for (size_t i = 0; i < machine->calls->count && same; i++) {
        const char *line = machine->calls->lines[i];
        if (is_nested(line)) {
            continue;
        }
        make(machine, line);
        /* If the next one ends the process, this one is out. */
        fwrite(machine->text + written, 1, machine->length - written, stdout);
        if (fflush(stdout) != 0) {
            stop(WRONG, PROGRAM, "standard output cannot be written");
        }
        written = machine->length;
        if (footprints) {
            Footprint now = footprint();
            char label[80];
            snprintf(label, sizeof label, "%.*s", (int)strcspn(line, " "), line);
            same = footprint_is_same(&before, &now, label);
        }
    }
    return same;
}

static bool next_round(Machine *machine, const char *first, LiveBlocks live_blocks) {
    for (size_t i = 0; i < machine->calls->count; i++) {
        const char *line = machine->calls->lines[i];
        if (is_nested(line)) {
            continue;
        }
        int label = (int)strcspn(line, " ");
        size_t before = live_blocks();
        machine->length = 0;
        make(machine, line);
        if (strncmp(first, machine->text, machine->length) != 0) {
            fprintf(stderr, "%.*s: it did something else than in the first round\n  now: %.200s\n", label,
                    line, machine->text + 1);
            return false;
        }
        first += machine->length;
        if (live_blocks() != before && !machine->keeps) {
            fprintf(stderr, "%.*s: the library had %zu live blocks before it and has %zu after it\n", label,
                    line, before, live_blocks());
            return false;
        }
    }
    return true;
}

typedef struct {
    const Machine *first;
    size_t rounds;
    LiveBlocks live_blocks;
    bool *same; /* One for each thread, so that none waits for another. */
} Work;

static void work(void *context, size_t number_of_thread) {
    const Work *shared = context;
    Machine machine = machine_new(shared->first->calls);
    bool same = true;
    for (size_t i = 0; i < shared->rounds && same; i++) {
        same = next_round(&machine, shared->first->text, shared->live_blocks);
    }
    machine_free(&machine);
    shared->same[number_of_thread] = same;
}

/* What the library prints in these goes nowhere. */
static bool all_rounds(Work *shared, size_t threads) {
    Output terminal;
    size_t before = shared->live_blocks();
    bool same = true;
    if (!output_to(STDOUT_FILENO, "/dev/null", &terminal)) {
        stop(WRONG, PROGRAM, "there is no /dev/null");
    }
    if (threads == 0) {
        work(shared, 0);
    } else {
        in_parallel(threads, work, shared);
    }
    output_back(terminal);
    for (size_t i = 0; i == 0 || i < threads; i++) {
        same = same && shared->same[i];
    }
    if (same && shared->live_blocks() != before) {
        fprintf(stderr, "%s: the library had %zu live blocks before the rounds and has %zu after\n",
                PROGRAM, before, shared->live_blocks());
        return false;
    }
    return same;
}

int main(int argc, char **argv) {
    size_t rounds = 0, threads = 0;
    const char *canary = NULL;
    bool footprints = false;
    for (int i = 2; i < argc; i++) {
        footprints = footprints || strcmp(argv[i], "--footprint") == 0;
        if (i + 1 < argc && strcmp(argv[i], "--canary") == 0) {
            canary = argv[++i];
        } else if (i + 1 < argc && strcmp(argv[i], "--rounds") == 0) {
            rounds = strtoul(argv[++i], NULL, 10);
        } else if (i + 1 < argc && strcmp(argv[i], "--threads") == 0) {
            threads = strtoul(argv[++i], NULL, 10);
        } else if (!footprints) {
            stop(MALFORMED, PROGRAM, "`%s` is not known", argv[i]);
        }
    }
    if (argc < 2) {
        stop(MALFORMED, PROGRAM,
             "usage: %s CALLS [--rounds N] [--threads N] [--canary FUNCTION] [--footprint]", PROGRAM);
    }
    require_library(PROGRAM);
    signal(SIGABRT, say_under_way);
    signal(SIGSEGV, say_under_way);
    Calls calls = calls_read(argv[1]);
    Machine first = machine_new(&calls);
    bool right = first_round(&first, footprints);
    if (right && rounds + threads > 0) {
        Work shared = {&first, rounds > 0 ? rounds : 1, canary != NULL ? find_live_blocks(canary) : nothing,
                       allocate((threads + 1) * sizeof(bool))};
        right = all_rounds(&shared, threads);
        free(shared.same);
    }
    machine_free(&first);
    calls_free(&calls);
    return right ? 0 : WRONG;
}
