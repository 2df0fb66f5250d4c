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

static void print(Machine *machine) {
    fwrite(machine->text, 1, machine->length, stdout);
    if (fflush(stdout) != 0) {
        stop(WRONG, PROGRAM, "standard output cannot be written");
    }
    machine->length = 0;
}

static void work(void *machines, size_t number) {
    Machine *machine = (Machine *)machines + number;
    for (size_t i = 0; i < machine->calls->count; i++) {
        make(machine, machine->calls->lines[i]);
    }
}

/* What the library prints meanwhile goes nowhere. */
static void in_threads(const Calls *calls, size_t count) {
    static Machine *machines;
    Output terminal;
    machines = allocate(count * sizeof *machines);
    for (size_t i = 0; i < count; i++) {
        machines[i] = machine_new(calls);
    }
    if (!output_to(STDOUT_FILENO, NOWHERE, &terminal)) {
        stop(WRONG, PROGRAM, "there is no " NOWHERE);
    }
    in_parallel(count, work, machines);
    output_back(terminal);
    for (size_t i = 0; i < count; i++) {
        print(&machines[i]);
    }
}

int main(int argc, char **argv) {
    static Calls calls;
    static Machine machine;
    const char *rounds = option(argv, "--rounds"), *threads = option(argv, "--threads");
    const char *canary = option(argv, "--canary"), *footprints = option(argv, "--footprint");
    bool right = true;
    if (argc < 2) {
        stop(MALFORMED, PROGRAM, "usage: %s CALLS [--rounds N] [--threads N] [--canary FUNCTION] [--footprint]",
             PROGRAM);
    }
    require_library(PROGRAM);
    calls = calls_read(argv[1]);
    machine = machine_new(&calls);
    if (canary != NULL) {
        void *symbol = find_symbol(canary);
        if (symbol == NULL) {
            stop(WRONG, PROGRAM, "this library is not the canary build: it has no %s", canary);
        }
        /* POSIX promises that this is a function's address; C has no cast that says so. */
        memcpy(&machine.live_blocks, &symbol, sizeof symbol);
    }
    Footprint before = {.threads = 0};
    if (footprints != NULL) {
        before = footprint();
    }
    for (size_t round = rounds != NULL ? strtoul(rounds, NULL, 10) : 1; round > 0 && right; round--) {
        for (size_t i = 0; i < calls.count && right; i++) {
            make(&machine, calls.lines[i]);
            if (footprints != NULL) {
                Footprint now = footprint();
                right = footprint_is_same(&before, &now, "after it");
            }
            /* The first that is not out is the one that ended the process. */
            if (right) {
                print(&machine);
            }
        }
    }
    if (right && threads != NULL) {
        in_threads(&calls, strtoul(threads, NULL, 10));
    }
    return right ? 0 : WRONG;
}
