/* Plays sequences of calls. Each line of standard input is one: the calls, and in the end what they have made
 * is given back. All that is drawn follows from the numbers there. What happened is printed, a fact a line:
 * "WHAT\tVALUE". */

/* Not in ISO C: mmap() and its like. */
#define _GNU_SOURCE

#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef FOOTPRINT
#include "footprint.h"
#endif

enum { LENGTH = 96, BLOCKS = 64, SLACK = 4096, LARGE = 64 * 1024, VISITS = 3 };

/* What is special about a call. */
typedef enum {
    ORDINARY,
    NULLS,      /* NULL for each parameter of the mask. */
    MISALIGNED, /* The argument `at` is `number` bytes past an aligned address. */
    FIELD,      /* NULL for the callback `number` in a struct. */
    MEMORY,     /* Large arguments, and the allocation `number` of that size fails. */
    MANY,       /* `number` times. */
    COUNTED,    /* Arrays with `number` elements; a callback stops after a few. */
    LOOK        /* It is shown what it did. */
} Kind;

typedef struct {
    size_t operation;
    uint64_t seed; /* 0 for the plainest arguments. */
    int kind;
    uint32_t nulls;
    size_t at, number;
    uint32_t consumed; /* The parameters that are not the caller's any more after the call. */
} Item;

static bool by_turns; /* Two threads make the calls. */
static bool is_valid; /* Nothing is passed that a caller may not pass. */
static bool is_told;  /* The calls are printed as C. */
/* The caller makes a mistake that has to be seen: it keeps everything, its arrays are too short, it gives
 * back twice, or frees what the other thread has. */
static bool keeps_all, careless;

static FILE *report; /* Standard output is the library's. */

static void stop(const char *words) {
    fprintf(stderr, "driver: %s: %s\n", words, strerror(errno));
    exit(2);
}

static void fact(const char *what, const char *format, ...) {
    char value[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    for (char *c = value; *c != '\0'; c++) {
        *c = *c == '\n' || *c == '\t' ? ' ' : *c;
    }
    fprintf(report, "%s\t%s\n", what, value);
    fflush(report); /* What comes next may end the process. */
}

/* --- Memory: counted, and refused ------------------------------------------------------------- */

static atomic_size_t live_blocks, live_bytes;
static atomic_size_t refused_at, large_blocks; /* Which large block is refused; 0 for none. */

#ifdef COUNT_MEMORY
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static void *counted(void *memory) {
    live_blocks += memory != NULL;
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
        live_blocks -= memory != NULL;
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
    live_blocks -= memory != NULL;
    live_bytes -= malloc_usable_size(memory);
    __libc_free(memory);
}
#endif

/* --- Arguments -------------------------------------------------------------------------------- */

/* Memory of an argument. */
typedef struct {
    unsigned char *memory;
    size_t size;
    const Type *of;
    bool is_mapped;
} Block;

typedef struct {
    Item item;
    const Operation *operation;
    uint64_t random;
    bool is_impossible; /* There is nothing to pass, or no slot for the result. */
    size_t callbacks;   /* In structs, up to now. */
    size_t block_count;
    Block blocks[BLOCKS];
    _Alignas(16) unsigned char values[ARGUMENTS][VALUE_SIZE];
    _Alignas(16) unsigned char result[VALUE_SIZE];
    bool is_drawn[ARGUMENTS];
    size_t slot[ARGUMENTS + 1]; /* The last one is the result's. */
    void *written[ARGUMENTS];   /* By the call, where it owes a pointer. */
} Frame;

static _Thread_local Frame *frame;
static _Thread_local size_t depth; /* 1 in a callback. */
static _Thread_local int thread_number;
static size_t visits, calls_made;

/* What calls have made. */
typedef struct {
    unsigned char *content;
    size_t length;
    bool is_reserved; /* By a call that is being made. */
} Slot;
static Slot slots[POOLS][SLOTS];

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/* The first of all that can be picked is the plainest. */
static size_t pick(size_t count) {
    return frame->item.seed == 0 ? 0 : next_random(&frame->random) % count;
}

/* Whether something is passed that the library has to refuse. */
static bool is_hostile(size_t one_of) { return !is_valid && pick(one_of) == one_of - 1; }

/* Where the byte of this weight is. */
static size_t byte_at(size_t weight, size_t size) {
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1 ? weight : size - 1 - weight;
}

static void put_integer(unsigned char *to, size_t size, uint64_t integer) {
    for (size_t i = 0; i < size && i < 8; i++) {
        to[byte_at(i, size)] = (unsigned char)(integer >> 8 * i);
    }
}

static uint64_t integer_at(const unsigned char *from, const Type *type) {
    uint64_t integer = 0;
    for (size_t i = 0; i < type->size && i < 8; i++) {
        integer |= (uint64_t)from[byte_at(i, type->size)] << 8 * i;
    }
    bool is_short = type->size > 0 && type->size < 8;
    bool is_negative = type->class != UNSIGNED && is_short && integer >> (8 * type->size - 1) != 0;
    return is_negative ? integer | UINT64_MAX << 8 * type->size : integer;
}

static void *pointer_at(const void *from) {
    void *pointer;
    memcpy(&pointer, from, sizeof pointer);
    return pointer;
}

static size_t size_of(const Type *type) { return type->size > 0 ? type->size : 1; }

/* Exactly this size, so that a tool sees the first byte beyond. */
static void *block(const Type *of, size_t size, bool is_mapped) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    Block *new = &frame->blocks[frame->block_count];
    if (frame->block_count == BLOCKS) {
        return NULL;
    }
    *new = (Block){NULL, size, of, is_mapped};
    new->memory = is_mapped ? mmap(NULL, size, PROT_READ, flags, -1, 0) : calloc(1, size);
    if (new->memory == MAP_FAILED || (new->memory == NULL && size > 0)) {
        stop("there is no memory");
    }
    frame->block_count++;
    return new->memory;
}

static size_t any_count(void) {
    static const size_t counts[] = {1, 0, 2, 3, 5, 8, 17, 33, 34, 35, 64, 300};
    return frame->item.kind == MEMORY    ? LARGE
           : frame->item.kind == COUNTED ? frame->item.number
                                         : counts[pick(sizeof counts / sizeof *counts)];
}

static unsigned char *any_text(const Type *of) {
    static const char *const texts[] = {"", "Ada", "Gr\xc3\xbc\xc3\x9f", "name", NULL, "\x80", "A\xc3"};
    const char *text = frame->item.kind == MEMORY ? NULL : texts[pick(is_valid ? 5 : 7)];
    size_t length = frame->item.kind == MEMORY ? LARGE : text != NULL ? strlen(text) : 600;
    unsigned char *memory = block(of, length + 1, false);
    return memset(memory, 'a', length), text != NULL ? memcpy(memory, text, length) : memory;
}

static void fill(const Type *type, unsigned char *to);

static unsigned char *filled(const Type *of, size_t count, bool is_filled) {
    bool is_mapped = count > UINT32_MAX;
    unsigned char *memory = block(of, count * size_of(of), is_mapped);
    for (size_t i = 0; memory != NULL && is_filled && !is_mapped && i < count; i++) {
        fill(of, memory + i * size_of(of));
    }
    return memory;
}

/* All arrays in it have the same length. */
static void fill_structure(const Type *type, unsigned char *to) {
    size_t count = any_count();
    for (size_t i = 0; i < type->count; i++) {
        const Type *of = type->members[i].of;
        unsigned char *at = to + type->members[i].at;
        if (type->members[i].is_count) {
            put_integer(at, of->size, count);
        } else if (of->class != POINTER) {
            fill(of, at);
        } else if (of->number >= 0) {
            memcpy(at, &slots[of->number][0].content, sizeof(void *));
        } else if (of->to->class != OTHER && of->to->class != POINTER) {
            /* One more, which is zero, in case that nobody counts. */
            void *memory = filled(of->to, count + 1, false);
            memcpy(at, &memory, sizeof memory);
        }
    }
}

static void fill(const Type *type, unsigned char *to) {
    static const int64_t integers[] = {1, 0, 2, 3, 5, 7, 10, 100, 127, -1, INT32_MAX};
    static const double numbers[] = {1.0, 0.0, -0.0, 2.0, 4.0, 2.25, -1.0, 1e300, 5e-324, NAN, INFINITY};
    double number;
    float half;
    switch (type->class) {
    case BOOLEAN:
        *to = (unsigned char)pick(2);
        break;
    case CHARACTER:
        *to = (unsigned char)('a' + pick(26));
        break;
    case SIGNED:
    case UNSIGNED:
        put_integer(to, type->size, (uint64_t)integers[pick(sizeof integers / sizeof *integers)]);
        break;
    case FLOATING:
        number = numbers[pick(sizeof numbers / sizeof *numbers)];
        half = (float)number;
        memcpy(to, type->size == 4 ? (void *)&half : &number, type->size == 4 ? 4 : sizeof number);
        break;
    case ENUMERATION:
        put_integer(to, type->size, type->count > 0 ? (uint64_t)type->members[pick(type->count)].at : 0);
        break;
    case STRUCTURE:
        fill_structure(type, to);
        break;
    case ARRAY:
        for (size_t i = 0; i < type->count; i++) {
            fill(type->to, to + i * type->to->size);
        }
        break;
    case CALLBACK: {
        bool is_null = frame->item.kind == FIELD && frame->item.number == frame->callbacks++;
        if (!is_null && pick(8) != 7) {
            memcpy(to, &type->callback, sizeof type->callback);
        }
        break;
    }
    default:
        break;
    }
}

/* Threads by turns hand nothing over to each other: each has slots for texts of its own. */
static size_t any_slot(int pool, bool is_full) {
    size_t slot = pick(SLOTS);
    if (by_turns && !careless && pool == TEXTS) {
        return (slot & ~(size_t)1) + (size_t)(thread_number == 2);
    }
    for (size_t i = 0; (is_valid || frame->item.seed == 0) && i < SLOTS; i++) {
        if ((slots[pool][slot].content != NULL) == is_full) {
            break;
        }
        slot = (slot + 1) % SLOTS;
    }
    return slot;
}

/* For what the call makes. */
static void reserve(size_t at, int pool) {
    size_t slot = any_slot(pool, false);
    if (slots[pool][slot].content != NULL || slots[pool][slot].is_reserved) {
        frame->is_impossible = true;
        return;
    }
    slots[pool][slot].is_reserved = true;
    frame->slot[at] = slot;
}

static void draw(size_t at);

static void *any_elements(size_t at) {
    const Parameter *parameter = &frame->operation->parameters[at];
    const Type *of = parameter->of->to;
    size_t count = 1;
    if (parameter->count >= 0) {
        draw((size_t)parameter->count);
        count = integer_at(frame->values[parameter->count], frame->operation->parameters[parameter->count].of);
    }
    if (is_hostile(12)) {
        return NULL;
    }
    bool is_filled = of->class != VOID && (parameter->is_read || (parameter->count >= 0 && of->class != STRUCTURE));
    if (parameter->count < 0 && of->class != STRUCTURE) {
        return filled(of, SLACK / size_of(of), is_filled); /* Nobody says how much it is. */
    }
    /* A text may be read to its end in spite of the count. */
    bool has_end = is_valid && of->class == CHARACTER;
    unsigned char *memory = filled(of, count - (careless && !by_turns && count > 0) + has_end, is_filled);
    if (has_end && memory != NULL) {
        memory[count] = '\0';
    }
    return memory;
}

static void *any_content(size_t at) {
    const Parameter *parameter = &frame->operation->parameters[at];
    int pool = parameter->of->number;
    size_t slot = any_slot(pool, true);
    unsigned char *content = slots[pool][slot].content;
    frame->is_impossible |= content == NULL && is_valid;
    if (content != NULL) {
        frame->slot[at] = slot;
    }
    if (parameter->count >= 0) {
        frame->is_drawn[parameter->count] = true;
        put_integer(frame->values[parameter->count], frame->operation->parameters[parameter->count].of->size,
                    content != NULL ? slots[pool][slot].length : 0);
    }
    return content;
}

static void draw(size_t at) {
    const Parameter *parameter = &frame->operation->parameters[at];
    const Type *of = parameter->of;
    const Item *item = &frame->item;
    unsigned char *value = frame->values[at];
    void *pointer = NULL;
    if (frame->is_drawn[at]) {
        return;
    }
    frame->is_drawn[at] = true;
    if (item->kind == MISALIGNED && item->at == at) {
        pointer = (unsigned char *)block(of->to, SLACK, false) + item->number;
    } else if (parameter->role == VALUE && of->class != CALLBACK && of->class != POINTER) {
        fill(of, value);
        return;
    } else if (parameter->role == COUNT) {
        put_integer(value, of->size, any_count());
        return;
    } else if ((item->nulls >> at & 1) != 0) {
        return;
    } else if (of->class == CALLBACK) {
        if (!parameter->may_be_null || !is_hostile(12)) {
            memcpy(value, &of->callback, sizeof of->callback);
        }
        return;
    } else if (parameter->role == TEXT) {
        pointer = is_hostile(12) ? NULL : any_text(of->to);
    } else if (parameter->role == ELEMENTS) {
        pointer = any_elements(at);
    } else if (parameter->role == USED || parameter->role == FREED) {
        pointer = any_content(at);
    } else if (parameter->role == OUT && !is_hostile(12)) {
        pointer = &frame->written[at];
        reserve(at, of->to->number);
    }
    memcpy(value, &pointer, sizeof pointer);
}

/* --- Values in C ------------------------------------------------------------------------------ */

static void tell_number(double number) {
    if (isnan(number)) {
        fputs("NAN", report); /* Neither its sign nor its payload is promised. */
    } else if (isinf(number)) {
        fputs(number < 0 ? "-INFINITY" : "INFINITY", report);
    } else {
        /* Without a point it would be an integer, which has no -0. */
        fprintf(report, number == 0 ? "%.1f" : "%.17g", number);
    }
}

static void tell_bytes(const unsigned char *bytes, size_t size) {
    fputc('"', report);
    for (size_t i = 0; i < size; i++) {
        bool is_plain = bytes[i] >= ' ' && bytes[i] < 127 && strchr("\"\\?", bytes[i]) == NULL;
        fprintf(report, is_plain ? "%c" : "\\%03o", bytes[i]);
    }
    fputc('"', report);
}

static void tell_pointer(const Type *type, const unsigned char *pointer) {
    if (pointer == NULL || !is_told) {
        fputs(pointer == NULL ? "NULL" : "a pointer", report);
        return;
    }
    for (size_t i = 0; i < frame->operation->arity; i++) {
        if (pointer == (void *)&frame->written[i] && frame->slot[i] < SLOTS) {
            fprintf(report, "&slots_%d[%zu]", type->to->number, frame->slot[i]);
            return;
        }
    }
    for (size_t i = 0; type->number >= 0 && i < SLOTS; i++) {
        if (slots[type->number][i].content == pointer) {
            fprintf(report, "slots_%d[%zu]", type->number, i);
            return;
        }
    }
    for (size_t i = 0; i < frame->block_count; i++) {
        const Block *used = &frame->blocks[i];
        if (pointer >= used->memory && pointer <= used->memory + used->size) {
            size_t offset = (size_t)(pointer - used->memory);
            const char *format = offset == 0 ? "%c[%zu]" : "(void *)((char *)%c[%zu] + %zu)";
            fprintf(report, format, depth == 0 ? 'm' : 'n', i, offset);
            return;
        }
    }
    fputs("NULL", report);
}

/* With its type where C needs one: not within another value. */
static void tell(const Type *type, const unsigned char *value, bool is_within) {
    uint64_t integer = type->size <= 8 ? integer_at(value, type) : 0;
    float half;
    double number;
    switch (type->class) {
    case BOOLEAN:
        fputs(*value != 0 ? "true" : "false", report);
        break;
    case ENUMERATION:
        for (size_t i = 0; i < type->count; i++) {
            if ((uint64_t)type->members[i].at == integer) {
                fputs(type->members[i].name, report);
                return;
            }
        }
        /* fall through */
    case CHARACTER:
    case SIGNED:
        fprintf(report, "%" PRId64, (int64_t)integer);
        break;
    case UNSIGNED:
        fprintf(report, "%" PRIu64, integer);
        break;
    case FLOATING:
        memcpy(&half, value, sizeof half);
        memcpy(&number, value, type->size < sizeof number ? sizeof half : sizeof number);
        tell_number(type->size == 4 ? (double)half : number);
        break;
    case STRUCTURE:
    case ARRAY:
        fprintf(report, is_within ? "{" : "(%s){", type->spelling);
        for (size_t i = 0; i < type->count; i++) {
            fputs(i > 0 ? ", " : "", report);
            if (type->class == ARRAY) {
                tell(type->to, value + i * type->to->size, true);
            } else {
                fprintf(report, ".%s = ", type->members[i].name);
                tell(type->members[i].of, value + type->members[i].at, true);
            }
        }
        fputs(type->count > 0 ? "}" : "0}", report);
        break;
    case POINTER:
        tell_pointer(type, pointer_at(value));
        break;
    case CALLBACK:
        fprintf(report, pointer_at(value) == NULL ? "NULL" : "callback_%d", type->number);
        break;
    default:
        fputs("0", report);
    }
}

/* Begins a line of the program that repeats the calls. */
static void begin_line(void) { fputs(depth == 0 ? "main\t    " : "visit\t        ", report); }

/* The line that makes the memory of an argument. */
static void tell_block(size_t at) {
    const Block *used = &frame->blocks[at];
    bool is_empty = !used->is_mapped;
    for (size_t i = 0; is_empty && i < used->size; i++) {
        is_empty = used->memory[i] == 0;
    }
    begin_line();
    fprintf(report, "%c[%zu] = ", depth == 0 ? 'm' : 'n', at);
    if (used->is_mapped) {
        fprintf(report, "mapped(%zu);\n", used->size);
    } else if (is_empty && used->size > 8) {
        fprintf(report, "calloc(1, %zu);\n", used->size);
    } else if (used->of->size <= 1) {
        fputs("block(", report);
        tell_bytes(used->memory, used->size);
        fprintf(report, ", %zu);\n", used->size);
    } else {
        fprintf(report, "block((%s[]){", used->of->spelling);
        for (size_t i = 0; i + used->of->size <= used->size; i += used->of->size) {
            fputs(i > 0 ? ", " : "", report);
            tell(used->of, used->memory + i, true);
        }
        fprintf(report, "%s}, %zu);\n", used->size > 0 ? "" : "0", used->size);
    }
}

static void tell_call(void) {
    const Operation *operation = frame->operation;
    for (size_t i = frame->block_count; i-- > 0;) {
        tell_block(i); /* What lies in another was made after it. */
    }
    begin_line();
    if (by_turns && thread_number > 0) {
        fprintf(report, "/* on thread %d */ ", thread_number);
    }
    if (frame->slot[ARGUMENTS] < SLOTS) {
        fprintf(report, "slots_%d[%zu] = ", operation->pool, frame->slot[ARGUMENTS]);
    }
    fprintf(report, "%s(", operation->name);
    for (size_t i = 0; i < operation->arity; i++) {
        fputs(i > 0 ? ", " : "", report);
        tell(operation->parameters[i].of, frame->values[i], false);
    }
    fputs(");\n", report);
    fflush(report);
}

static void show(const Type *type, const unsigned char *value) {
    const char *text = type->class == POINTER && type->to->class == CHARACTER ? pointer_at(value) : NULL;
    if (type->class != VOID) {
        fputc(' ', report);
    }
    if (text != NULL) {
        tell_bytes((const unsigned char *)text, strlen(text));
    } else if (type->class != VOID) {
        tell(type, value, true);
    }
}

/* The memory through which a parameter returns results that are no handles. */
static const Block *results_of(size_t at) {
    const Parameter *parameter = &frame->operation->parameters[at];
    for (size_t i = 0; parameter->role == ELEMENTS && !parameter->is_read && i < frame->block_count; i++) {
        if (frame->blocks[i].memory == pointer_at(frame->values[at])) {
            return &frame->blocks[i];
        }
    }
    return NULL;
}

/* What it returned, and what it left in the memory of its arguments. */
static void show_call(void) {
    const Operation *operation = frame->operation;
    fprintf(report, "shown\t%s", operation->name);
    show(operation->result, frame->result);
    for (size_t i = 0; i < operation->arity; i++) {
        const Block *used = results_of(i);
        if (operation->parameters[i].role == OUT) {
            show(operation->parameters[i].of->to, (unsigned char *)&frame->written[i]);
        }
        size_t size = used != NULL ? used->of->size : 0;
        size_t end = operation->parameters[i].count < 0 || size == 0 ? size : used->size;
        for (size_t at = 0; size > 0 && at + size <= end; at += size) {
            show(used->of, used->memory + at);
        }
    }
    fputc('\n', report);
    fflush(report);
}

/* --- A call ----------------------------------------------------------------------------------- */

static int pool_made(size_t at) {
    return at == ARGUMENTS ? frame->operation->pool : frame->operation->parameters[at].of->to->number;
}

static bool has_made(size_t at) {
    bool is_made = at == ARGUMENTS || (at < frame->operation->arity && frame->operation->parameters[at].role == OUT);
    return is_made && frame->slot[at] < SLOTS;
}

static void keep_results(void) {
    const Operation *operation = frame->operation;
    bool has_failed = operation->has_status && integer_at(frame->result, operation->result) != 0;
    for (size_t i = 0; i <= ARGUMENTS; i++) {
        if (!has_made(i)) {
            continue;
        }
        Slot *slot = &slots[pool_made(i)][frame->slot[i]];
        *slot = (Slot){i == ARGUMENTS ? pointer_at(frame->result) : frame->written[i], 0, false};
        if (frame->is_impossible) {
            slot->content = NULL;
        } else if (has_failed && slot->content != NULL) {
            fact("wrote", "");
        } else if (frame->item.kind != ORDINARY && slot->content != NULL) {
            fact("kept", "%d", pool_made(i));
        }
        if (!frame->is_impossible && i == ARGUMENTS && operation->length >= 0) {
            const unsigned char *length = pointer_at(frame->values[operation->length]);
            const Type *of = operation->parameters[operation->length].of->to;
            slot->length = length != NULL ? integer_at(length, of) : 0;
        }
    }
}

static void empty_slots(bool is_before) {
    const Operation *operation = frame->operation;
    bool is_gone = false;
    for (size_t i = 0; i < operation->arity; i++) {
        bool is_freed = operation->parameters[i].role == FREED;
        bool is_consumed = (frame->item.consumed >> i & 1) != 0;
        if ((is_before ? is_freed && (!careless || by_turns) : is_consumed) && frame->slot[i] < SLOTS) {
            slots[operation->parameters[i].of->number][frame->slot[i]].content = NULL;
        }
        is_gone |= is_freed || is_consumed;
    }
    /* What belongs to something else is not used longer than that is sure to be there. */
    for (size_t pool = 0; is_gone && pool < POOL_COUNT; pool++) {
        if (DESTRUCTORS[pool] < 0) {
            memset(slots[pool], 0, sizeof slots[pool]);
        }
    }
}

/* Whether the memory of results is as it was, which is empty where nothing counts it. */
static bool has_written(void) {
    bool is_written = false;
    for (size_t i = 0; i < frame->operation->arity; i++) {
        const Block *used = frame->operation->parameters[i].count < 0 ? results_of(i) : NULL;
        for (size_t at = 0; used != NULL && at < used->size; at++) {
            is_written |= used->memory[at] != 0;
        }
    }
    return is_written;
}

/* What is asked right after a call, before anything else is called. */
static void report_call(void) {
    const Operation *operation = frame->operation;
    int64_t status = operation->has_status ? (int64_t)integer_at(frame->result, operation->result) : 0;
    if (operation->has_status) {
        fact("status", "%" PRId64, status);
    }
    if (last_error() != NULL) {
        fact("error", "%s", last_error());
    }
    if (status != 0 && has_written()) {
        fact("wrote", "");
    }
    fact("bytes", "%zu", (size_t)live_bytes);
    fact("visited", "%zu", visits);
    fact("refused", "%d", refused_at != 0 && large_blocks >= refused_at);
    refused_at = 0;
}

static void left(const char *what, void *context) {
    (void)context;
    fact("left", "%s", what);
}

static void call(void) {
    static _Thread_local volatile size_t length;
    const Operation *operation = frame->operation;
    const Item *item = &frame->item;
    bool is_special = item->kind != ORDINARY && item->kind != LOOK;
    void *arguments[ARGUMENTS];
    for (size_t i = 0; i < ARGUMENTS; i++) {
        arguments[i] = frame->values[i];
    }
    if (is_told) {
        tell_call();
    }
    empty_slots(true);
#ifdef FOOTPRINT
    Footprint before, after;
    if (is_special) {
        before = footprint();
    }
#endif
    calls_made++;
    large_blocks = 0;
    refused_at = item->kind == MEMORY ? item->number : 0;
    operation->call(arguments, frame->result);
#ifdef FOOTPRINT
    if (is_special) {
        after = footprint();
        footprint_compare(&before, &after, left, NULL);
    }
#else
    (void)left;
#endif
    if (is_special) {
        report_call();
    }
    if (item->kind == LOOK) {
        show_call();
    }
    if (operation->result->class == POINTER && operation->result->to->class == CHARACTER && !is_valid) {
        const char *text = pointer_at(frame->result); /* All of it is read. */
        length = text != NULL ? strlen(text) : 0;
        (void)length;
    }
    empty_slots(false);
}

/* Gives back what the caller owns in a slot. */
static void free_slot(size_t pool, size_t slot) {
    Slot *full = &slots[pool][slot];
    unsigned char length[8], result[VALUE_SIZE];
    unsigned char *content = full->content;
    void *arguments[ARGUMENTS] = {&content, length};
    full->content = NULL;
    if (DESTRUCTORS[pool] < 0 || content == NULL) {
        return;
    }
    const Operation *operation = &OPERATIONS[DESTRUCTORS[pool]];
    put_integer(length, operation->arity > 1 ? operation->parameters[1].of->size : 8, full->length);
    if (is_told) {
        fprintf(report, "main\t    %s(slots_%zu[%zu]", operation->name, pool, slot);
        if (operation->arity > 1) {
            fprintf(report, ", %zu", full->length);
        }
        fputs(");\n", report);
        fflush(report);
    }
    operation->call(arguments, result);
}

/* Draws the arguments and makes the call, if it can be made. */
static void make(Item item) {
    Frame *outer = frame;
    Frame own;
    memset(&own, 0, sizeof own);
    own.item = item;
    own.random = item.seed;
    own.operation = &OPERATIONS[item.operation];
    frame = &own;
    for (size_t i = 0; i <= ARGUMENTS; i++) {
        own.slot[i] = SLOTS;
    }
    for (size_t i = 0; i < own.operation->arity; i++) {
        draw(i);
    }
    if (own.operation->pool >= 0) {
        reserve(ARGUMENTS, own.operation->pool);
    }
    if (!own.is_impossible) {
        call();
    }
    if (item.kind != ORDINARY) {
        fact("made", "%d", !own.is_impossible);
    }
    keep_results();
    for (size_t i = 0; item.kind == MANY && i <= ARGUMENTS; i++) {
        if (has_made(i)) {
            free_slot((size_t)pool_made(i), own.slot[i]);
        }
    }
    for (size_t i = 0; i < own.block_count; i++) {
        if (own.blocks[i].is_mapped) {
            munmap(own.blocks[i].memory, own.blocks[i].size);
        } else {
            memset(own.blocks[i].memory, 0x5a, own.blocks[i].size); /* It is not to be used any more. */
            free(own.blocks[i].memory);
        }
    }
    frame = outer;
}

static void free_all(void) {
    for (size_t i = 0; i < POOL_COUNT * SLOTS; i++) {
        free_slot(i / SLOTS, i % SLOTS);
    }
}

/* --- A sequence ------------------------------------------------------------------------------- */

static Item items[LENGTH];
static size_t item_count;

/* Whether an operation makes or frees a handle. */
static bool has_role(const Item *item, Role role) {
    const Operation *operation = &OPERATIONS[item->operation];
    for (size_t i = 0; i < operation->arity; i++) {
        const Type *of = operation->parameters[i].of;
        if (operation->parameters[i].role == role && (role == OUT ? of->to->number : of->number) != TEXTS) {
            return true;
        }
    }
    return false;
}

static bool is_possible(const Item *item) {
    bool frees = has_role(item, FREED) || item->consumed != 0;
    /* What a call further out is using is not freed. What one thread has made or freed by itself, the other
     * does not know of. */
    bool is_of_one_thread = by_turns && thread_number > 0 && !careless;
    return !(depth > 0 && frees) && !(is_of_one_thread && (frees || has_role(item, OUT)));
}

bool called_back(void) {
    Item item = items[pick(item_count)];
    bool is_counted = frame->item.kind == COUNTED;
    bool goes_on = is_counted ? visits + 1 < VISITS : pick(8) != 7;
    bool calls = depth == 0 && pick(4) == 3 && item.kind == ORDINARY;
    item.seed = next_random(&frame->random) | 1;
    depth++;
    visits++;
    calls = calls && is_possible(&item);
    if (is_told && depth == 1 && (calls || !goes_on)) {
        fprintf(report, "visit\t    case %zu:\n", visits);
    }
    if (calls) {
        make(item);
    }
    if (is_told && depth == 1 && (calls || !goes_on)) {
        fprintf(report, "visit\t        return %d;\n", goes_on);
    }
    depth--;
    return goes_on;
}

/* Whose turn it is. ThreadSanitizer looks at the library alone and knows nothing of it: the threads never
 * collide, and no order is seen between them but the library's own. */
static atomic_int turn;

static void *make_every_second(void *number) {
    thread_number = (int)(intptr_t)number;
    for (size_t i = 0; i < item_count; i++) {
        /* The thread follows from the seed, so that it stays when other calls are left out. Both pass
         * every item: one acts, the other only lets it. */
        int owner = 1 + (int)(items[i].seed >> 63);
        while (atomic_load(&turn) != thread_number) {
            sched_yield();
        }
        if (owner == thread_number && is_possible(&items[i])) {
            make(items[i]);
        }
        atomic_store(&turn, 3 - thread_number);
    }
    return NULL;
}

static void make_by_turns(void) {
    pthread_t threads[2];
    /* Handles for both, before there are two. */
    for (size_t i = 0; i < item_count; i++) {
        if (has_role(&items[i], OUT)) {
            make(items[i]);
        }
    }
    atomic_store(&turn, 1);
    for (intptr_t i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, make_every_second, (void *)(i + 1)) != 0) {
            stop("there is no thread");
        }
    }
    for (size_t i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void make_sequence(void) {
    visits = 0;
    if (by_turns) {
        make_by_turns();
    }
    for (size_t i = 0; !by_turns && i < item_count; i++) {
        for (size_t times = items[i].kind == MANY ? items[i].number : 1; times > 0; times--) {
            make(items[i]);
        }
    }
    if (keeps_all || careless) {
        memset(slots, 0, sizeof slots);
    }
    free_all();
    fact("blocks", "%zu", (size_t)live_blocks);
}

static void read_items(char *line) {
    item_count = 0;
    for (char *word = strtok(line, " \n"); word != NULL && item_count < LENGTH; word = strtok(NULL, " \n")) {
        Item item;
        if (sscanf(word, "%zu:%" SCNu64 ":%d:%" SCNu32 ":%zu:%zu:%" SCNu32, &item.operation, &item.seed, &item.kind,
                   &item.nulls, &item.at, &item.number, &item.consumed) != 7) {
            stop(word);
        }
        items[item_count++] = item;
    }
}

int main(int argc, char **argv) {
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--by-turns", &by_turns}, {"--valid", &is_valid}, {"--tell", &is_told},
                 {"--keeps-all", &keeps_all}, {"--careless", &careless}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        for (int k = 1; k < argc; k++) {
            *flags[i].flag |= strcmp(argv[k], flags[i].name) == 0;
        }
    }
    for (int k = 1; k < argc; k++) {
        if (strncmp(argv[k], "--seconds=", 10) == 0) {
            alarm((unsigned)atoi(argv[k] + 10)); /* What takes longer does not end. */
        }
    }
    int nowhere = open("/dev/null", O_WRONLY);
    char *line = NULL;
    size_t size = 0;
    report = fdopen(dup(STDOUT_FILENO), "w");
    if (report == NULL || nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0) {
        stop("nothing can be reported");
    }
    while (getline(&line, &size, stdin) > 0) {
        read_items(line);
        fact("begin", "");
        make_sequence();
    }
    fact("end", "%zu", calls_made);
    return fclose(report) == 0 ? 0 : 2;
}
