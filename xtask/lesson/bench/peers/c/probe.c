/* What a shared library does to the process that loads it. For any library that has the functions of
 * hello.h which are called here, in whatever language it was written.
 *
 *     probe LIBRARY load      the time to load it and call it once, in nanoseconds
 *     probe LIBRARY process   threads, signal handlers and memory that it adds, and whether it goes
 *     probe LIBRARY fork      whether a child can use it that was forked after a call
 *     probe LIBRARY stdout    what becomes of printing when nobody reads any more
 *
 * Linux alone. Prints lines of a name and a value. */

/* Not in ISO C: fork() and the like. */
#define _XOPEN_SOURCE 700

#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hello.h"
#include "process.h"
#include "program.h"

static const char PROGRAM[] = "probe";

/* So many seconds may a child take that has a moment's work. */
enum { PATIENCE = 10 };

/* --- The library ----------------------------------------------------------------------------- */

static void *handle;
static __typeof__(hello_sqrt) *square_root;
static __typeof__(hello_greet) *greet;
static __typeof__(hello_string_free) *string_free;
static __typeof__(hello_print) *print;

/* POSIX promises that what dlsym() returns is a function's address; C has no cast that says so. */
static void look_up(const char *name, void *function, size_t size) {
    void *symbol = dlsym(handle, name);
    if (symbol == NULL) {
        stop(WRONG, PROGRAM, "%s", dlerror());
    }
    memcpy(function, &symbol, size);
}

static void load(const char *path) {
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        stop(WRONG, PROGRAM, "%s", dlerror());
    }
    look_up("hello_sqrt", &square_root, sizeof square_root);
    look_up("hello_greet", &greet, sizeof greet);
    look_up("hello_string_free", &string_free, sizeof string_free);
    look_up("hello_print", &print, sizeof print);
}

/* A number and a text, so that it allocates, too. */
static void call(void) {
    char *text;
    if (square_root(4.0) != 2.0 || greet("Ada", &text) != HELLO_STATUS_OK ||
        strcmp(text, "Hello, Ada!") != 0) {
        stop(WRONG, PROGRAM, "the library gives other answers than it should");
    }
    string_free(text);
}

/* --- What is asked --------------------------------------------------------------------------- */

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static void time_to_load(const char *path) {
    uint64_t begun = now();
    load(path);
    call();
    printf("load %llu\n", (unsigned long long)(now() - begun));
}

static void what_it_adds(const char *path) {
    Footprint before = footprint();
    size_t memory = resident();
    load(path);
    call();
    size_t memory_after = resident();
    Footprint after = footprint();
    printf("threads %zu\n", after.threads - before.threads);
    size_t changed = 0;
    for (int i = 1; i < FOOTPRINT_SIGNALS; i++) {
        changed += after.handlers[i] != before.handlers[i];
    }
    printf("handlers %zu\n", changed);
    printf("memory %zu\n", memory_after - memory);
    dlclose(handle);
    printf("unloads %s\n", is_mapped(path) ? "no" : "yes");
}

/* How a child ends that is given a moment. */
static void print_end(const char *name, pid_t child, const char *well, const char *badly) {
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
        printf("%s %s\n", name, WEXITSTATUS(status) == 0 ? well : badly);
    } else if (WTERMSIG(status) == SIGALRM) {
        printf("%s hangs\n", name);
    } else {
        printf("%s killed by signal %d\n", name, WTERMSIG(status));
    }
}

static pid_t fork_or_stop(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        stop(WRONG, PROGRAM, "there can be no child");
    }
    if (child == 0) {
        alarm(PATIENCE);
    }
    return child;
}

static void use_in_child(const char *path) {
    load(path);
    call();
    pid_t child = fork_or_stop();
    if (child == 0) {
        /* Some megabytes of text in all: enough for a garbage collector to have its turn. */
        char name[1000];
        memset(name, 'a', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        for (int i = 0; i < 20000; i++) {
            char *text;
            if (greet(name, &text) != HELLO_STATUS_OK) {
                _exit(1);
            }
            string_free(text);
        }
        _exit(0);
    }
    print_end("fork", child, "works", "fails");
}

static void print_to_nobody(const char *path) {
    int ends[2];
    if (pipe(ends) != 0) {
        stop(WRONG, PROGRAM, "there can be no pipe");
    }
    close(ends[0]);
    pid_t child = fork_or_stop();
    if (child == 0) {
        /* As in an interpreter: Python and others do without the signal and look at errors. */
        signal(SIGPIPE, SIG_IGN);
        dup2(ends[1], STDOUT_FILENO);
        load(path);
        _exit(print(4.0) == HELLO_STATUS_OK);
    }
    close(ends[1]);
    print_end("stdout", child, "an error", "no error");
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*answer)(const char *path);
    } QUESTIONS[] = {{"load", time_to_load},
                     {"process", what_it_adds},
                     {"fork", use_in_child},
                     {"stdout", print_to_nobody}};
    for (size_t i = 0; argc == 3 && i < sizeof QUESTIONS / sizeof QUESTIONS[0]; i++) {
        if (strcmp(argv[2], QUESTIONS[i].name) == 0) {
            QUESTIONS[i].answer(argv[1]);
            return 0;
        }
    }
    stop(MALFORMED, PROGRAM, "usage: probe LIBRARY load|process|fork|stdout");
}
