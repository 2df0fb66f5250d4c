/* Makes sequences of calls, one on standard input: a call a line, and `=` in the end. A line has a label: the
 * thread that makes it, 0 for the main one; `q` if nothing is to be said of it, `t` for what it did, `s` also
 * for the memory that there is then; and, for `s`, which large allocation fails. `-` is for a call that a callback
 * makes. What is said of a call begins with the character 30 and its number, and has besides the words of
 * calls.c:
 *
 *   -   it could not be made     b:BYTES:REFUSED   of memory there are now; whether an allocation failed
 *
 * DRIVER SECONDS CELLS LAST_ERROR */

/* Not in ISO C: getline() and its like. */
#define _GNU_SOURCE

#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINES = 8192, LARGE = 64 * 1024 };

/* --- Memory: counted, and refused ------------------------------------------------------------- */

static atomic_size_t live_bytes;
static atomic_size_t refused_at, large_blocks; /* Which large block is refused; 0 for none. */

#ifdef COUNT_MEMORY
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static void *counted(void *memory) {
    live_bytes += malloc_usable_size(memory);
    return memory;
}

static bool refuses(size_t size) {
    return refused_at != 0 && size >= LARGE && ++large_blocks == refused_at;
}

void *malloc(size_t size) { return refuses(size) ? NULL : counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) {
    return refuses(count * size) ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size) {
    size_t old = malloc_usable_size(memory);
    void *moved = refuses(size) ? NULL : __libc_realloc(memory, size);
    if (moved != NULL) {
        live_bytes -= old;
        counted(moved);
    }
    return moved;
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    *memory = refuses(size) ? NULL : counted(__libc_memalign(alignment, size));
    return *memory != NULL ? 0 : ENOMEM;
}

void free(void *memory) {
    if (memory != NULL && is_of_caller(memory)) {
        fputs("free(): this memory is the caller's\n", stderr);
        abort();
    }
    live_bytes -= malloc_usable_size(memory);
    __libc_free(memory);
}
#endif

/* What a library without Rust's own leaves open where nothing optimises it away. */
__attribute__((weak)) void rust_eh_personality(void) { abort(); }

/* --- A call ----------------------------------------------------------------------------------- */

static Machine quiet, loud;
static const char *lines[LINES];
static size_t calls_made;

/* Of the call that is made next. */
static bool is_looked_at;
static size_t refuses_at;

static void observe(const Function *function, const void *const *arguments, void *result) {
    bool is_it = is_looked_at;
    is_looked_at = false;
    large_blocks = 0;
    refused_at = is_it ? refuses_at : 0;
    function->call(arguments, result);
    bool was_refused = refused_at != 0 && large_blocks >= refused_at;
    refused_at = 0;
    if (is_it) {
        fprintf(machine->out, " b:%zu:%d", (size_t)live_bytes, was_refused);
    }
}

static void make(size_t at) {
    const char *line = lines[at];
    char kind = line[1];
    refuses_at = (size_t)atoi(line + 2);
    is_looked_at = kind == 's';
    machine = kind == 'q' ? &quiet : &loud;
    fprintf(machine->out, "\x1e%zu", at);
    fflush(machine->out); /* The call may end the process. */
    bool is_made = perform(line + strcspn(line, " ") + 1);
    fputs(is_made ? "\n" : " -\n", machine->out);
    calls_made += is_made;
}

/* --- A sequence ------------------------------------------------------------------------------- */

/* Whose turn it is: 0 for who hands it over. ThreadSanitizer looks at the library alone and knows nothing of it:
 * the threads never collide, and no order is seen between them but the library's own. */
static atomic_int turn;
static size_t next_line;

static void wait_for(int thread) {
    while (atomic_load(&turn) != thread) {
        sched_yield();
    }
}

static void *make_in_turn(void *number) {
    int thread = (int)(intptr_t)number;
    for (wait_for(thread); lines[next_line] != NULL; wait_for(thread)) {
        make(next_line);
        atomic_store(&turn, 0);
    }
    atomic_store(&turn, 0);
    return NULL;
}

/* Those of threads stand between those of the main one. */
static size_t make_by_turns(size_t from, size_t count) {
    pthread_t threads[2];
    size_t at = from;
    for (intptr_t i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, make_in_turn, (void *)(i + 1)) != 0) {
            malformed("there is no thread", "");
        }
    }
    for (; at < count && *lines[at] != '0'; at++) {
        if (*lines[at] != '-') {
            next_line = at;
            atomic_store(&turn, *lines[at] - '0');
            wait_for(0);
        }
    }
    next_line = LINES - 1; /* There is none. */
    for (int i = 0; i < 2; i++) {
        atomic_store(&turn, i + 1);
        pthread_join(threads[i], NULL);
    }
    return at;
}

static void make_sequence(size_t count) {
    fputs("begin\n", loud.out);
    fflush(loud.out);
    for (size_t at = 0; at < count; at++) {
        if (*lines[at] == '0') {
            make(at);
        } else if (*lines[at] != '-') {
            at = make_by_turns(at, count) - 1;
        }
    }
}

int main(int argc, char **argv) {
    (void)argc;
    size_t count = 0, size = 0;
    char *line = NULL;
    int nowhere = open("/dev/null", O_WRONLY);
    alarm((unsigned)atoi(argv[1])); /* What takes longer does not end. */
    loud.cells = quiet.cells = calloc((size_t)atoi(argv[2]), sizeof(void *));
    calls = (Calls){*argv[3] != '\0' ? argv[3] : NULL, lines, observe};
    /* Standard output is the library's. */
    loud.out = fdopen(dup(STDOUT_FILENO), "w");
    quiet.out = fdopen(dup(nowhere), "w");
    if (loud.out == NULL || quiet.out == NULL || dup2(nowhere, STDOUT_FILENO) < 0) {
        malformed("nothing can be reported", "");
    }
    while (getline(&line, &size, stdin) > 0) {
        if (*line == '=') {
            make_sequence(count);
            for (; count > 0; count--) {
                free((void *)(uintptr_t)lines[count - 1]);
            }
            memset(lines, 0, sizeof lines);
            memset(loud.cells, 0, (size_t)atoi(argv[2]) * sizeof(void *));
        } else if (count == LINES - 1) {
            malformed("too many calls", line);
        } else {
            line[strcspn(line, "\n")] = '\0';
            lines[count++] = strdup(line);
        }
    }
    fprintf(loud.out, "end %zu\n", calls_made);
    return fclose(loud.out) == 0 ? 0 : 2;
}
