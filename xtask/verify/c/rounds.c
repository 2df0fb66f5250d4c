/* The program that has the calls of a file made: once, as often as it is asked to, and by several threads. */

/* Not in ISO C: RTLD_DEFAULT. */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if !defined(_WIN32) && !defined(__wasi__)
#include <dlfcn.h>
#else
#define alarm(seconds)
#endif

#include "calls.h"
#include "footprint.h"
#include "output.h"
#include "parallel.h"
#include "program.h"

#ifdef __wasi__
/* It has neither such files nor threads. */
#define tmpfile() NULL
#endif

static const char PROGRAM[] = "cases";

static size_t cell_count, line_count;
static size_t (*live_blocks)(void); /* Of the library's memory, if it counts them. */

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
    Machine own = {allocate(cell_count * sizeof(void *)), out};
    memset(own.cells, 0, cell_count * sizeof(void *));
    return own;
}

/* The file begins with the number of cells, the number of lines, and the function that has the message of a
 * failure or `-`. */
static void read_calls(const char *path) {
    FILE *file = fopen(path, "rb");
    long size = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size < 0) {
        stop(MALFORMED, PROGRAM, "%s cannot be read", path);
    }
    rewind(file);
    char *content = allocate((size_t)size + 1);
    content[fread(content, 1, (size_t)size, file)] = '\0';
    fclose(file);
    const char *head = strtok(content, "\n");
    cell_count = (size_t)number(&head);
    line_count = (size_t)number(&head);
    calls.last_error = *head == '-' ? NULL : head;
    calls.lines = allocate(line_count * sizeof *calls.lines);
    for (size_t i = 0; i < line_count; i++) {
        calls.lines[i] = strtok(NULL, "\n");
    }
}

/* Makes a call, and writes down what it did, which begins with the character 30 and the line's label, and ends
 * with the number of the library's blocks of memory, if it counts them. Nothing happens if a callback has to
 * make the call: its label is `-`. Where that begins with `!`, standard output is closed meanwhile. */
static void make(Machine *own, const char *line) {
    bool closed = *line == '!';
    size_t label = strcspn(line += closed, " ");
    Output output;
    machine = own;
    if (*line == '-') {
        return;
    }
    fprintf(machine->out, "\x1e%.*s", (int)label, line);
    if (closed) {
        output_closed(STDOUT_FILENO, &output);
    }
    alarm(60); /* A call that takes longer waits for itself: its signal ends the process. */
    perform(line + label + 1);
    if (closed) {
        output_back(output);
    }
    if (live_blocks != NULL) {
        fprintf(machine->out, " #%zu", live_blocks());
    }
    putc('\n', machine->out);
}

static void work(void *machines, size_t number) {
    for (size_t i = 0; i < line_count; i++) {
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
    output_to(STDOUT_FILENO, NOWHERE, &terminal);
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

static void (*by_name)(const char *name, const void *const *arguments, void *result);

static void call_by_name(const Function *function, const void *const *arguments, void *result) {
    by_name(function->name, arguments, result);
}

/* For a program in another language, too, which makes the calls itself. */
int run(char **argv, void (*caller)(const char *name, const void *const *arguments, void *result)) {
    /* So large that nothing leaves it in the middle of a call, before what the library prints. */
    static char buffer[1 << 24];
    const char *rounds = option(argv, "--rounds"), *threads = option(argv, "--threads");
    bool right = true, looks = option(argv, "--footprint") != NULL;
    Footprint before = {.length = 0};
    read_calls(argv[1]);
    by_name = caller;
    calls.caller = caller != NULL ? call_by_name : NULL;
    Machine own = machine_for(stdout);
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (looks) {
        before = footprint();
    }
    for (size_t round = rounds != NULL ? strtoul(rounds, NULL, 10) : 1; round > 0 && right; round--) {
        for (size_t i = 0; i < line_count && right; i++) {
            make(&own, calls.lines[i]);
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
    alarm(0);
    fflush(stdout);
    free(own.cells);
    return right ? 0 : WRONG;
}

int main(int argc, char **argv) {
    const char *canary = option(argv, "--canary");
    if (argc < 2) {
        stop(MALFORMED, PROGRAM,
             "usage: %s CALLS [--rounds N] [--threads N] [--canary FUNCTION] [--footprint]", PROGRAM);
    }
    if (canary != NULL) {
#ifdef RTLD_DEFAULT
        void *symbol = dlsym(RTLD_DEFAULT, canary);
#else
        void *symbol = NULL;
#endif
        if (symbol == NULL) {
            stop(WRONG, PROGRAM, "this library is not the canary build: it has no %s", canary);
        }
        /* POSIX promises that this is a function's address; C has no cast that says so. */
        memcpy(&live_blocks, &symbol, sizeof symbol);
    }
    return run(argv, NULL);
}
