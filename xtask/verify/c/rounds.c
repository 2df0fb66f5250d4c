/* The program that has the calls of a file made: once, as often as it is asked to, and by several threads. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "output.h"
#include "parallel.h"
#include "process.h"
#include "program.h"

#ifdef __wasi__
/* It has neither such files nor threads. */
#define tmpfile() NULL
#endif

static const char PROGRAM[] = "cases";

/* What stands behind an option, or NULL. */
static const char *option(char **argv, const char *name) {
    for (char **argument = argv; *argument != NULL; argument++) {
        if (strcmp(*argument, name) == 0) {
            return argument[1] != NULL ? argument[1] : "";
        }
    }
    return NULL;
}

static Machine machine_for(FILE *out) {
    if (out == NULL) {
        stop(WRONG, PROGRAM, "no file can be made");
    }
    Machine machine = {allocate(calls.cells * sizeof(void *)), out};
    memset(machine.cells, 0, calls.cells * sizeof(void *));
    return machine;
}

static void work(void *machines, size_t number) {
    for (size_t i = 0; i < calls.count; i++) {
        make((Machine *)machines + number, calls.lines[i]);
    }
}

/* What the library prints meanwhile goes nowhere. */
static void in_threads(size_t count) {
    Machine *machines = allocate(count * sizeof *machines);
    Output terminal;
    int byte;
    for (size_t i = 0; i < count; i++) {
        machines[i] = machine_for(tmpfile());
    }
    if (!output_to(STDOUT_FILENO, NOWHERE, &terminal)) {
        stop(WRONG, PROGRAM, "there is no " NOWHERE);
    }
    in_parallel(count, work, machines);
    output_back(terminal);
    for (size_t i = 0; i < count; i++) {
        rewind(machines[i].out);
        while ((byte = getc(machines[i].out)) != EOF) {
            putchar(byte);
        }
        fclose(machines[i].out);
        free(machines[i].cells);
    }
    free(machines);
}

/* For a program in another language, too, which makes the calls itself. */
int run(char **argv, Caller caller) {
    /* So large that nothing leaves it in the middle of a call, before what the library prints. */
    static char buffer[1 << 24];
    const char *rounds = option(argv, "--rounds"), *threads = option(argv, "--threads");
    bool right = true, looks = option(argv, "--footprint") != NULL;
    Footprint before = {.threads = 0};
    calls_read(argv[1]);
    calls.caller = caller;
    Machine machine = machine_for(stdout);
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (looks) {
        before = footprint();
    }
    for (size_t round = rounds != NULL ? strtoul(rounds, NULL, 10) : 1; round > 0 && right; round--) {
        for (size_t i = 0; i < calls.count && right; i++) {
            make(&machine, calls.lines[i]);
            if (looks) {
                Footprint now = footprint();
                right = footprint_is_same(&before, &now, "after it");
            }
            /* The first that is not out is the one that ended the process. */
            if (right && fflush(stdout) != 0) {
                stop(WRONG, PROGRAM, "standard output cannot be written");
            }
        }
    }
    if (right && threads != NULL) {
        in_threads(strtoul(threads, NULL, 10));
    }
    fflush(stdout);
    free(machine.cells);
    return right ? 0 : WRONG;
}

int main(int argc, char **argv) {
    const char *canary = option(argv, "--canary");
    if (argc < 2) {
        stop(MALFORMED, PROGRAM,
             "usage: %s CALLS [--rounds N] [--threads N] [--canary FUNCTION] [--footprint]", PROGRAM);
    }
    require_library(PROGRAM);
    if (canary != NULL) {
        void *symbol = find_symbol(canary);
        if (symbol == NULL) {
            stop(WRONG, PROGRAM, "this library is not the canary build: it has no %s", canary);
        }
        /* POSIX promises that this is a function's address; C has no cast that says so. */
        memcpy(&calls.live_blocks, &symbol, sizeof symbol);
    }
    return run(argv, NULL);
}
