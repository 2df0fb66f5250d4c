/* What the library does to a process that loads it: nothing that stays (footprint.h has the list), and
 * after dlclose() it is gone, even if it has panicked, and even a thousand times. What each case of
 * the cases do, `abi/footprint` shows.
 *
 *     footprint LIBRARY
 *
 * Linux alone: it reads /proc/self. It is not linked with the library, of course; hello.h gives it
 * the types of the functions that it looks up. */

/* Not in ISO C: realpath() and the like. */
#define _XOPEN_SOURCE 700

#include <stdio.h>

#include "program.h"

#ifndef __linux__

int main(void) {
    puts("footprint: not applicable: only Linux has /proc/self");
    return 0;
}

#else

#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hello.h"
#include "output.h"
#include "process.h"

static const char PROGRAM[] = "footprint";

/* --- What is looked at -------------------------------------------------------------------- */

/* Prints the line and returns whether it is as at the beginning; says what is not. */
static bool same_as(const Footprint *beginning, const char *when) {
    Footprint now = footprint();
    printf("%-26s %7zu %10zu %15zu\n", when, now.threads, now.open_files, now.handled);
    fflush(stdout);
    return footprint_is_same(beginning, &now, when);
}

/* --- The library --------------------------------------------------------------------------- */

/* Each function under its own name and with the type that hello.h gives it. */
typedef struct {
    __typeof__(hello_abi_version) *abi_version;
    __typeof__(hello_version) *version;
    __typeof__(Hello) *hello;
    __typeof__(hello_print) *print;
    __typeof__(hello_sqrt) *sqrt;
    __typeof__(hello_root) *root;
    __typeof__(hello_last_error) *last_error;
    __typeof__(hello_status_name) *status_name;
    __typeof__(hello_checked_sqrt) *checked_sqrt;
    __typeof__(hello_greet) *greet;
    __typeof__(hello_string_free) *string_free;
    __typeof__(hello_sentence) *sentence;
    __typeof__(hello_sqrt_all) *sqrt_all;
    __typeof__(hello_greeter_new) *greeter_new;
    __typeof__(hello_greeter_greet) *greeter_greet;
    __typeof__(hello_greeter_count) *greeter_count;
    __typeof__(hello_greeter_free) *greeter_free;
    __typeof__(hello_each_root) *each_root;
    __typeof__(hello_panic) *panic;
} Library;

/* POSIX promises that what dlsym() returns is a function's address; C has no cast that says so. */
static void look_up(void *library, const char *name, void *function, size_t size) {
    void *symbol = dlsym(library, name);
    if (symbol == NULL) {
        stop(WRONG, PROGRAM, "%s", dlerror());
    }
    if (size != sizeof symbol) {
        stop(WRONG, PROGRAM, "a function's address is no pointer here");
    }
    memcpy(function, &symbol, size);
}

#define LOOK_UP(name) look_up(handle, "hello_" #name, &library.name, sizeof library.name)

static Library library_of(void *handle) {
    Library library;
    look_up(handle, "Hello", &library.hello, sizeof library.hello);
    LOOK_UP(abi_version);
    LOOK_UP(version);
    LOOK_UP(print);
    LOOK_UP(sqrt);
    LOOK_UP(root);
    LOOK_UP(last_error);
    LOOK_UP(status_name);
    LOOK_UP(checked_sqrt);
    LOOK_UP(greet);
    LOOK_UP(string_free);
    LOOK_UP(sentence);
    LOOK_UP(sqrt_all);
    LOOK_UP(greeter_new);
    LOOK_UP(greeter_greet);
    LOOK_UP(greeter_count);
    LOOK_UP(greeter_free);
    LOOK_UP(each_root);
    LOOK_UP(panic);
    return library;
}

static int32_t go_on(double value, double root, void *context) {
    (void)value;
    (void)root;
    (void)context;
    return 1;
}

static void expect(const Library *library, HelloStatus expected, HelloStatus status) {
    if (status != expected) {
        stop(WRONG, PROGRAM, "status %d and not %d: %s", (int)status, (int)expected,
             library->last_error());
    }
}

static void succeed(const Library *library) {
    double values[4] = {0.0, 1.0, 4.0, 9.0};
    char sentence[64];
    size_t length;
    uint64_t count;
    char *text;
    HelloGreeter *greeter;
    library->hello();
    expect(library, HELLO_STATUS_OK, library->print(4.0));
    if (library->sqrt(4.0) != 2.0 || library->root(4.0).root != 2.0 ||
        library->version()[0] == '\0' || library->status_name(HELLO_STATUS_OK)[0] == '\0') {
        stop(WRONG, PROGRAM, "the library gives other answers than it should");
    }
    expect(library, HELLO_STATUS_OK, library->checked_sqrt(4.0, values));
    expect(library, HELLO_STATUS_OK, library->greet("Ada", &text));
    library->string_free(text);
    expect(library, HELLO_STATUS_OK, library->sentence(4.0, sentence, sizeof sentence, &length));
    expect(library, HELLO_STATUS_OK, library->sqrt_all(values, values, 4));
    expect(library, HELLO_STATUS_OK, library->greeter_new("Hi", &greeter));
    expect(library, HELLO_STATUS_OK, library->greeter_greet(greeter, "Ada", &text));
    expect(library, HELLO_STATUS_OK, library->greeter_count(greeter, &count));
    library->greeter_free(greeter);
    library->string_free(text);
    expect(library, HELLO_STATUS_OK, library->each_root(values, 4, go_on, NULL));
}

static void fail(const Library *library) {
    double root;
    char *text;
    expect(library, HELLO_STATUS_DOMAIN, library->checked_sqrt(-4.0, &root));
    expect(library, HELLO_STATUS_INVALID_UTF8, library->greet("\xff", &text));
    expect(library, HELLO_STATUS_NULL_POINTER, library->each_root(&root, 1, NULL, NULL));
}

/* --- What is done with it ------------------------------------------------------------------ */

static void *load(const char *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        stop(WRONG, PROGRAM, "%s", dlerror());
    }
    return handle;
}

static void unload(void *handle) {
    if (dlclose(handle) != 0) {
        stop(WRONG, PROGRAM, "%s", dlerror());
    }
}

static bool load_use_unload(const char *path) {
    bool same = true;
    Footprint beginning = footprint();
    same_as(&beginning, "before it is loaded");

    void *handle = load(path);
    same &= same_as(&beginning, "loaded");

    Library library = library_of(handle);
    require_version(PROGRAM, HELLO_ABI_VERSION, library.abi_version());
    Output terminal;
    if (!output_to(STDOUT_FILENO, "/dev/null", &terminal)) {
        stop(WRONG, PROGRAM, "there is no /dev/null");
    }
    succeed(&library);
    output_back(terminal);
    same &= same_as(&beginning, "after calls");

    fail(&library);
    same &= same_as(&beginning, "after calls that failed");

    Outputs both = outputs_to_nowhere();
    HelloStatus status = library.panic("on purpose");
    outputs_back(both);
    expect(&library, HELLO_STATUS_PANIC, status);
    same &= same_as(&beginning, "after a panic");

    unload(handle);
    same &= same_as(&beginning, "unloaded");
    return same;
}

enum { FIRST_CYCLES = 10, CYCLES = 1000, MOST_GROWTH = 1 << 20 };

/* What is kept for each loaded library, or each panic, adds up. */
static void load_panic_unload(const char *path) {
    size_t before = 0;
    bool panicked = true;
    Outputs terminal = outputs_to_nowhere();
    for (int i = 0; i < CYCLES && panicked; i++) {
        if (i == FIRST_CYCLES) {
            before = resident();
        }
        void *handle = load(path);
        Library library = library_of(handle);
        panicked = library.panic("on purpose") == HELLO_STATUS_PANIC;
        unload(handle);
    }
    outputs_back(terminal);
    size_t after = resident();
    printf("loaded, panicked and unloaded %d times: %zu KB after %d, %zu KB at the end\n", CYCLES,
           before / 1024, FIRST_CYCLES, after / 1024);
    if (!panicked) {
        stop(WRONG, PROGRAM, "hello_panic() has not panicked");
    }
    if (after > before + MOST_GROWTH) {
        stop(WRONG, PROGRAM, "load, panic, unload keeps memory, see above");
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        stop(MALFORMED, PROGRAM, "usage: footprint LIBRARY");
    }
    char *path = realpath(argv[1], NULL);
    if (path == NULL) {
        stop(MALFORMED, PROGRAM, "%s is not there", argv[1]);
    }
    /* With it, Rust's own report of a panic names the callers, and what it reads for that stays: the
     * library could not be unloaded any more. */
    setenv("RUST_BACKTRACE", "1", 1);

    printf("%-26s %7s %10s %15s\n", "", "threads", "open files", "signal handlers");
    bool same = load_use_unload(path);
    if (is_mapped(path)) {
        fprintf(stderr, "%s: dlclose() has not unloaded the library: %s is in /proc/self/maps\n",
                PROGRAM, path);
        same = false;
    }
    if (same) {
        load_panic_unload(path);
        same = !is_mapped(path);
    }
    if (!same) {
        stop(WRONG, PROGRAM, "something is left, see above");
    }
    printf("nothing is left, and %s is out of memory again\n", strrchr(path, '/') + 1);
    free(path);
    return 0;
}

#endif
