/* Not in ISO C: fork(), mmap() and their like. */
#define _GNU_SOURCE

#include "sequences.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 16, LENGTH = 64, SEQUENCES_OF_A_PROCESS = 400, DEADLINE = 120 };

static bool by_turns; /* Two threads make the calls. */
/* The caller makes a mistake that whoever watches has to see: for the canary it gives nothing back; for
 * AddressSanitizer its arrays are too short, and it gives back twice; by turns it frees what the other
 * thread has. */
static bool careless;

/* NULL if this build of the library does not count. */
static size_t (*live_blocks)(void);

/* POSIX promises that what dlsym() returns is a function's address; C has no cast that says so. */
static void find_live_blocks(void) {
    void *symbol = dlsym(RTLD_DEFAULT, LIVE_BLOCKS);
    memcpy(&live_blocks, &symbol, sizeof live_blocks);
}

/* What the parent sees of a child, however that ends. */
typedef struct {
    size_t sequence;
    size_t calls;
} Progress;
static Progress *progress;

static void stop(const char *words) {
    fprintf(stderr, "sequences: %s: %s\n", words, strerror(errno));
    exit(2);
}

/* --- The program that repeats a sequence ------------------------------------------------------ */

/* Files, because what was said before a crash must not be lost. None of it is written unless `is_told`. */
static bool is_told;
static int told_in_main;
static int told_in_callbacks;

static _Thread_local size_t depth; /* 1 in a callback. */
static _Thread_local int thread_number;

static int told(void) { return depth == 0 ? told_in_main : told_in_callbacks; }
static const char *indent(void) { return depth == 0 ? "    " : "        "; }
static char block_name(void) { return depth == 0 ? 'm' : 'n'; }

static int temporary_file(void) {
    FILE *file = tmpfile();
    if (file == NULL) {
        stop("there is no temporary file");
    }
    return fileno(file);
}

static void copy_told(int from, FILE *to) {
    char buffer[4096];
    ssize_t size;
    lseek(from, 0, SEEK_SET);
    while ((size = read(from, buffer, sizeof buffer)) > 0) {
        fwrite(buffer, 1, (size_t)size, to);
    }
}

/* --- Arguments -------------------------------------------------------------------------------- */

typedef struct {
    uint64_t random;
    bool is_without_slot;
    void *memory[ARGUMENTS]; /* To be freed after the call. */
    size_t size[ARGUMENTS];
    size_t slot[ARGUMENTS];
    char spelled[ARGUMENTS][64];
    FILE *prepared; /* What stands before the call, if it is told. */
    char *lines;
    size_t lines_size;
} Frame;

static _Thread_local Frame *frame;

typedef struct {
    void *content;
    bool is_reserved; /* By a call that is being made. */
} Slot;
static Slot slots[POOLS][SLOTS];

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static size_t pick(size_t count) { return next_random(&frame->random) % count; }

#define SPELL(at, ...)                                                                             \
    do {                                                                                           \
        if (is_told) {                                                                             \
            snprintf(frame->spelled[at], sizeof frame->spelled[at], __VA_ARGS__);                  \
        }                                                                                          \
    } while (0)

void draw_fixed(size_t at, const char *spelled) { SPELL(at, "%s", spelled); }

static double any_number(void) {
    static const double numbers[] = {0.0, -0.0, 1.0, 2.0, 4.0, 2.25, -1.0, 1e300, 5e-324, NAN, INFINITY};
    return numbers[pick(sizeof numbers / sizeof *numbers)];
}

static void spell_number(double number, char *to, size_t size) {
    if (isnan(number)) {
        snprintf(to, size, "NAN");
    } else if (isinf(number)) {
        snprintf(to, size, "INFINITY");
    } else {
        /* Without a point it would be an integer, which has no -0. */
        snprintf(to, size, number == 0 ? "%.1f" : "%.17g", number);
    }
}

double draw_number(size_t at) {
    double number = any_number();
    if (is_told) {
        spell_number(number, frame->spelled[at], sizeof frame->spelled[at]);
    }
    return number;
}

int64_t draw_integer(size_t at) {
    static const int64_t integers[] = {0, 1, 2, 3, 5, 7, 10, 100, 127, -1, INT32_MAX};
    int64_t integer = integers[pick(sizeof integers / sizeof *integers)];
    SPELL(at, "%" PRId64, integer);
    return integer;
}

size_t draw_count(size_t at) {
    static const size_t counts[] = {0, 1, 2, 3, 5, 8, 17, 33, 34, 35, 64, 300};
    size_t count = counts[pick(sizeof counts / sizeof *counts)];
    SPELL(at, "%zu", count);
    return count;
}

/* Exactly so many bytes, so that a tool sees the first one beyond. */
static void *block(size_t at, size_t size) {
    void *memory = malloc(size);
    if (memory == NULL && size > 0) {
        stop("there is no memory");
    }
    frame->memory[at] = memory;
    frame->size[at] = size;
    SPELL(at, "%c[%zu]", block_name(), at);
    return memory;
}

/* Begins the line that fills the memory of an argument. */
static FILE *fills(size_t at) {
    fprintf(frame->prepared, "%s%c[%zu] = ", indent(), block_name(), at);
    return frame->prepared;
}

static void tell_bytes(size_t at, const unsigned char *bytes, size_t size) {
    if (is_told) {
        FILE *to = fills(at);
        fprintf(to, "block(\"");
        for (size_t i = 0; i < size; i++) {
            bool is_plain = bytes[i] >= ' ' && bytes[i] < 127 && strchr("\"\\?", bytes[i]) == NULL;
            fprintf(to, is_plain ? "%c" : "\\%03o", bytes[i]);
        }
        fprintf(to, "\", %zu);\n", size);
    }
}

static void tell_doubles(size_t at, const double *numbers, size_t count) {
    if (is_told) {
        FILE *to = fills(at);
        fprintf(to, "block((double[]){");
        for (size_t i = 0; i < count; i++) {
            char spelled[32];
            spell_number(numbers[i], spelled, sizeof spelled);
            fprintf(to, "%s%s", i > 0 ? ", " : "", spelled);
        }
        fprintf(to, "%s}, %zu);\n", count > 0 ? "" : "0", count * sizeof *numbers);
    }
}

static void *null(size_t at) {
    SPELL(at, "NULL");
    return NULL;
}

const char *draw_text(size_t at) {
    static const char *const texts[] = {"", "Ada", "Gr\xc3\xbc\xc3\x9f", "\x80", "A\xc3", NULL};
    const char *text = texts[pick(sizeof texts / sizeof *texts)];
    if (text == NULL && pick(2) == 0) {
        return null(at);
    }
    size_t length = text != NULL ? strlen(text) : 600;
    char *copy = block(at, length + 1);
    if (text != NULL) {
        memcpy(copy, text, length);
    } else {
        memset(copy, 'a', length);
    }
    copy[length] = '\0';
    if (text != NULL) {
        tell_bytes(at, (unsigned char *)copy, length + 1);
    } else if (is_told) {
        fprintf(fills(at), "long_text(%zu);\n", length);
    }
    return copy;
}

/* Memory that is not aligned, with room for an element of whatever type. */
static void *misaligned(size_t at, size_t alignment) {
    unsigned char *memory = block(at, 512);
    size_t offset = 1 + pick(alignment - 1);
    memset(memory, 0, 512);
    if (is_told) {
        fprintf(fills(at), "calloc(1, 512);\n");
    }
    SPELL(at, "(void *)((char *)%c[%zu] + %zu)", block_name(), at, offset);
    return memory + offset;
}

void *draw_array(size_t at, size_t like, size_t count, size_t size, size_t alignment, Fill fill) {
    size_t choice = pick(16);
    if (choice == 0) {
        return null(at);
    }
    if (choice == 1 && alignment > 1 && count * size <= 256) {
        return misaligned(at, alignment);
    }
    if (like < at && frame->memory[like] != NULL && frame->size[like] == count * size && choice < 6) {
        size_t shift = choice < 4 && count > 1 ? size : 0;
        SPELL(at, "(void *)((char *)%c[%zu] + %zu)", block_name(), like, shift);
        /* One element further ends beyond the block: a library that refuses what overlaps touches
         * neither. */
        return (char *)frame->memory[like] + shift;
    }
    if (careless && !by_turns && live_blocks == NULL && count > 0) {
        count--;
    }
    unsigned char *memory = block(at, count * size);
    if (fill == FILL_DOUBLES) {
        double *numbers = (double *)(void *)memory;
        for (size_t i = 0; i < count; i++) {
            numbers[i] = any_number();
        }
        tell_doubles(at, numbers, count);
        return memory;
    }
    for (size_t i = 0; i < count * size; i++) {
        memory[i] = fill == FILL_LETTERS ? (unsigned char)('a' + pick(26))
                    : fill == FILL_BYTES ? (unsigned char)pick(256)
                                         : 0;
    }
    for (size_t i = 0; fill == FILL_FLOATS && i < count; i++) {
        float number = (float)any_number();
        memcpy(memory + i * size, &number, sizeof number);
    }
    tell_bytes(at, memory, count * size);
    return memory;
}

/* Threads by turns hand nothing over to each other: each has slots for texts of its own. */
static size_t any_slot(size_t pool) {
    size_t slot = pick(SLOTS);
    return by_turns && !careless && pool == TEXTS ? (slot & ~(size_t)1) + (size_t)(thread_number == 2) : slot;
}

void *draw_out(size_t at, size_t pool, void *result, size_t alignment) {
    size_t choice = pick(12);
    size_t slot = any_slot(pool);
    frame->slot[at] = SLOTS;
    if (choice == 0) {
        return null(at);
    }
    if (choice == 1 && alignment > 1) {
        return misaligned(at, alignment);
    }
    if (slots[pool][slot].content != NULL || slots[pool][slot].is_reserved) {
        frame->is_without_slot = true;
        return NULL;
    }
    slots[pool][slot].is_reserved = true;
    frame->slot[at] = slot;
    SPELL(at, "&slots_%zu[%zu]", pool, slot);
    return result;
}

void *draw_used(size_t at, size_t pool, size_t alignment) {
    size_t slot = any_slot(pool);
    unsigned char *content = slots[pool][slot].content;
    if (content == NULL) {
        return null(at);
    }
    if (alignment > 1 && pick(8) == 0) {
        size_t offset = 1 + pick(alignment - 1);
        SPELL(at, "(void *)((char *)slots_%zu[%zu] + %zu)", pool, slot, offset);
        return content + offset;
    }
    SPELL(at, "slots_%zu[%zu]", pool, slot);
    return content;
}

void *draw_freed(size_t at, size_t pool, size_t alignment) {
    size_t slot = any_slot(pool);
    unsigned char *content = slots[pool][slot].content;
    if (content != NULL && alignment > 1 && pick(4) == 0) {
        SPELL(at, "(void *)((char *)slots_%zu[%zu] + 1)", pool, slot);
        return content + 1;
    }
    SPELL(at, content != NULL ? "slots_%zu[%zu]" : "NULL", pool, slot);
    if (!careless || by_turns || live_blocks != NULL) {
        slots[pool][slot].content = NULL;
    }
    return content;
}

bool draw_callback(size_t at, size_t number, bool may_be_null) {
    if (may_be_null && pick(12) == 0) {
        null(at);
        return false;
    }
    SPELL(at, "callback_%zu", number);
    return true;
}

/* --- A call ----------------------------------------------------------------------------------- */

static void wrong(const char *words) {
    fprintf(stderr, "sequences: %s\n", words);
    _exit(1);
}

bool begin(const char *function, size_t arguments) {
    if (is_told && !frame->is_without_slot) {
        int to = told();
        fflush(frame->prepared);
        dprintf(to, "%s%s", frame->lines, indent());
        if (by_turns && thread_number > 0) {
            dprintf(to, "/* on thread %d */ ", thread_number);
        }
        dprintf(to, "%s(", function);
        for (size_t i = 0; i < arguments; i++) {
            dprintf(to, "%s%s", i > 0 ? ", " : "", frame->spelled[i]);
        }
        dprintf(to, ");\n");
    }
    progress->calls += !frame->is_without_slot;
    return !frame->is_without_slot;
}

void keep_result(size_t at, size_t pool, int64_t status, void *result) {
    size_t slot = frame->slot[at];
    if (slot == SLOTS) {
        return;
    }
    slots[pool][slot].is_reserved = false;
    if (frame->is_without_slot) {
        return; /* The call was not made. */
    }
    if (status != 0 && result != NULL) {
        wrong("the last call failed, and wrote a result nevertheless");
    }
    slots[pool][slot].content = result;
}

void end(const char *text) {
    /* All of it is read. */
    static _Thread_local volatile size_t length;
    length = text != NULL ? strlen(text) : 0;
    (void)length;
    for (size_t i = 0; i < ARGUMENTS; i++) {
        free(frame->memory[i]);
    }
}

void *taken(size_t pool, size_t slot, const char *function) {
    void *content = slots[pool][slot].content;
    slots[pool][slot].content = NULL;
    if (content != NULL && is_told) {
        dprintf(told_in_main, "    %s(slots_%zu[%zu]);\n", function, pool, slot);
    }
    return content;
}

/* --- What a call did, as its program sees it -------------------------------------------------- */

/* NULL if nothing is shown. */
static FILE *shown;

bool is_shown(void) { return shown != NULL; }

void show_begin(const char *function) { fputs(function, shown); }

void show_word(const char *word) { fprintf(shown, " %s", word); }

void show_integer(int64_t integer) { fprintf(shown, " %" PRId64, integer); }

void show_number(double number) {
    /* Of a NaN neither sign nor payload is promised. */
    if (isnan(number)) {
        show_word("nan");
    } else {
        fprintf(shown, " %.17g", number);
    }
}

void show_name(int64_t value, const Name *names) {
    while (names->name != NULL && names->value != value) {
        names++;
    }
    if (names->name != NULL) {
        show_word(names->name);
    } else {
        show_integer(value);
    }
}

void show_text(const char *text) {
    if (text == NULL) {
        show_word("NULL");
        return;
    }
    fputs(" \"", shown);
    for (; *text != '\0'; text++) {
        bool is_plain = *text >= ' ' && *text < 127;
        fprintf(shown, is_plain ? "%c" : "\\x%02x", (unsigned char)*text);
    }
    fputc('"', shown);
}

/* At once: what comes next may end the process. */
void show_end(void) {
    fputc('\n', shown);
    fflush(shown);
}

size_t drawn_elements(size_t at, const void *argument, size_t size) {
    return argument != NULL && argument == frame->memory[at] ? frame->size[at] / size : 0;
}

typedef struct {
    size_t operation;
    uint64_t seed;
} Item;

static void make(Item item) {
    Frame *outer = frame;
    Frame own;
    own.random = item.seed;
    own.is_without_slot = false;
    memset(own.memory, 0, sizeof own.memory);
    if (is_told && (own.prepared = open_memstream(&own.lines, &own.lines_size)) == NULL) {
        stop("there is no memory");
    }
    frame = &own;
    OPERATIONS[item.operation].make();
    frame = outer;
    if (is_told) {
        fclose(own.prepared);
        free(own.lines);
    }
}

static bool is_possible(const Operation *operation) {
    /* What a call further out is using is not freed. */
    if (depth > 0 && operation->frees_handle) {
        return false;
    }
    /* What one thread has made or freed by itself, the other does not know of. */
    bool is_of_handles = operation->makes_handle || operation->frees_handle;
    return !(by_turns && thread_number > 0 && is_of_handles && !careless);
}

static size_t visits;

bool called_back(void) {
    Item item = {pick(OPERATION_COUNT), next_random(&frame->random)};
    bool goes_on = pick(8) != 0;
    bool calls = depth == 0 && pick(4) == 0 && is_possible(&OPERATIONS[item.operation]);
    depth++;
    visits++;
    if (is_told && depth == 1 && (calls || !goes_on)) {
        dprintf(told_in_callbacks, "    case %zu:\n", visits);
    }
    if (calls) {
        make(item);
    }
    if (is_told && depth == 1 && (calls || !goes_on)) {
        dprintf(told_in_callbacks, "        return %d;\n", goes_on);
    }
    depth--;
    return goes_on;
}

/* --- A sequence ------------------------------------------------------------------------------- */

typedef struct {
    Item items[LENGTH];
    size_t count;
} Sequence;

static Sequence sequence_of(uint64_t seed, size_t number) {
    uint64_t random = seed * 0x100000001b3U + number;
    Sequence sequence = {.count = LENGTH};
    next_random(&random);
    for (size_t i = 0; i < LENGTH; i++) {
        sequence.items[i].operation = next_random(&random) % OPERATION_COUNT;
        sequence.items[i].seed = next_random(&random);
    }
    return sequence;
}

/* Whose turn it is. The threads hand it over by a system call that ThreadSanitizer knows nothing of:
 * they never collide, and no order is seen between them but the library's own. */
static atomic_int turn;

static void wait_for_turn(int mine) {
    int now;
    while ((now = atomic_load(&turn)) != mine) {
        syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
    }
}

static void hand_over(int next) {
    atomic_store(&turn, next);
    syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0);
}

static void *make_every_second(void *sequence_pointer) {
    const Sequence *sequence = sequence_pointer;
    static atomic_int threads;
    thread_number = 1 + atomic_fetch_add(&threads, 1) % 2;
    for (size_t i = 0; i < sequence->count; i++) {
        /* The thread follows from the seed, so that it stays when other calls are left out. */
        int owner = 1 + (int)(sequence->items[i].seed >> 63);
        wait_for_turn(thread_number);
        if (owner == thread_number && is_possible(&OPERATIONS[sequence->items[i].operation])) {
            make(sequence->items[i]);
        }
        hand_over(3 - thread_number);
        /* Both pass every item: one acts, the other only lets it. */
    }
    return NULL;
}

static void make_by_turns(const Sequence *sequence) {
    pthread_t threads[2];
    uint64_t random = 1;
    /* Handles for both, before there are two. */
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        for (size_t tries = 0; OPERATIONS[i].makes_handle && tries < 4 * SLOTS; tries++) {
            make((Item){i, next_random(&random)});
        }
    }
    atomic_store(&turn, 1);
    for (size_t i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, make_every_second, (void *)(uintptr_t)sequence) != 0) {
            stop("there is no thread");
        }
    }
    for (size_t i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void make_sequence(const Sequence *sequence) {
    visits = 0;
    if (by_turns) {
        make_by_turns(sequence);
    } else {
        for (size_t i = 0; i < sequence->count; i++) {
            make(sequence->items[i]);
        }
    }
    if (careless && !by_turns) {
        memset(slots, 0, sizeof slots);
    } else {
        free_all();
    }
}

/* What is made once and kept is no leak: a sequence that leaves something is made again. */
static void make_and_count(const Sequence *sequence) {
    size_t before = live_blocks != NULL ? live_blocks() : 0;
    make_sequence(sequence);
    if (live_blocks == NULL || live_blocks() == before) {
        return;
    }
    bool was_told = is_told;
    is_told = false;
    size_t first = live_blocks();
    make_sequence(sequence);
    size_t second = live_blocks();
    is_told = was_told;
    if (second > first) {
        char words[128];
        snprintf(words, sizeof words,
                 "all was given back, and the library has %zu blocks of memory more each time",
                 second - first);
        wrong(words);
    }
}

/* --- All of them ------------------------------------------------------------------------------ */

static uint64_t seed = 1;
static int nowhere;

/* Runs it in a process of its own and returns how that ended: 0 if well. */
static int in_child(size_t first, size_t count, const Sequence *only) {
    int status;
    pid_t child = fork();
    if (child < 0) {
        stop("no process can be made");
    }
    if (child == 0) {
        alarm(DEADLINE);
        if (!is_told) {
            dup2(nowhere, STDERR_FILENO);
        }
        for (size_t i = first; i < first + count; i++) {
            Sequence sequence = only != NULL ? *only : sequence_of(seed, i);
            progress->sequence = i;
            make_and_count(&sequence);
        }
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            stop("a process is lost");
        }
    }
    return status;
}

/* Leaves out what is not needed, in pieces that get smaller and smaller. */
static void shorten(Sequence *sequence) {
    for (size_t size = LENGTH / 2; size > 0; size /= 2) {
        for (size_t from = 0; from < sequence->count;) {
            Sequence shorter = *sequence;
            size_t to = from + size < sequence->count ? from + size : sequence->count;
            memmove(shorter.items + from, shorter.items + to,
                    (sequence->count - to) * sizeof *shorter.items);
            shorter.count -= to - from;
            if (in_child(0, 1, &shorter) != 0) {
                *sequence = shorter;
            } else {
                from = to;
            }
        }
    }
}

static void report(FILE *to, size_t number, int status) {
    Sequence sequence = sequence_of(seed, number);
    bool is_slow = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
    if (!is_slow && in_child(number, 1, NULL) == 0) {
        fprintf(to, "seed %" PRIu64 ", sequence %zu: it fails only after those before it\n", seed,
                number);
    } else if (!is_slow) {
        shorten(&sequence);
        fprintf(to, "seed %" PRIu64 ", sequence %zu: %zu of %d calls are enough\n", seed, number,
                sequence.count, LENGTH);
    } else {
        fprintf(to, "seed %" PRIu64 ", sequence %zu does not end\n", seed, number);
    }
    fflush(to);
    is_told = true;
    in_child(number, 1, &sequence);
    fprintf(to, "%s%sstatic int visit(void) {\n    static int visits;\n    switch (++visits) {\n",
            by_turns ? "/* By turns: each call says on which thread. */\n" : "", PROLOGUE);
    copy_told(told_in_callbacks, to);
    fprintf(to, "    default:\n        return 1;\n    }\n}\n\nint main(void) {\n");
    copy_told(told_in_main, to);
    fprintf(to, "    return 0;\n}\n");
}

int main(int argc, char **argv) {
    size_t calls = 1000000;
    bool has_to_count = false;
    bool is_to_show = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--by-turns") == 0) {
            by_turns = true;
        } else if (strcmp(argv[i], "--canary") == 0) {
            has_to_count = true;
        } else if (strcmp(argv[i], "--show") == 0) {
            is_to_show = true;
        } else if (strcmp(argv[i], "--careless") == 0) {
            careless = true;
        } else if (strcmp(argv[i], "--calls") == 0 && i + 1 < argc) {
            calls = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 10);
        } else {
            fprintf(stderr, "usage: sequences [--by-turns] [--canary] [--careless] [--show] [--calls N] [--seed N]\n");
            return 2;
        }
    }
    /* Standard output is the library's. */
    FILE *to = fdopen(dup(STDOUT_FILENO), "w");
    nowhere = open("/dev/null", O_WRONLY);
    progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (to == NULL || nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 || progress == MAP_FAILED) {
        stop("nothing can be reported");
    }
    if (is_to_show) {
        shown = to;
        dup2(nowhere, STDERR_FILENO);
        for (size_t number = 0; progress->calls < calls; number++) {
            Sequence sequence = sequence_of(seed, number);
            make_sequence(&sequence);
        }
        fputs("end\n", to);
        return fclose(to) == 0 ? 0 : 2;
    }
    find_live_blocks();
    if (has_to_count && live_blocks == NULL) {
        fprintf(stderr, "sequences: the library has no %s(): it is not the canary's\n", LIVE_BLOCKS);
        return 2;
    }
    told_in_main = temporary_file();
    told_in_callbacks = temporary_file();
    for (size_t first = 0; progress->calls < calls; first += SEQUENCES_OF_A_PROCESS) {
        size_t before = progress->calls;
        int status = in_child(first, SEQUENCES_OF_A_PROCESS, NULL);
        if (status != 0) {
            report(to, progress->sequence, status);
            fclose(to);
            return 1;
        }
        if (progress->calls == before) {
            fprintf(stderr, "sequences: no call was made\n");
            return 2;
        }
    }
    fprintf(to, "%zu calls\nend\n", progress->calls);
    return fclose(to) == 0 ? 0 : 2;
}
