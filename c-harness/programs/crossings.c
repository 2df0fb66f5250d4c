/* How to use hello.h from C: one function for each kind of crossing.
 *
 * What a call fails with is a result like any other here, so each function writes it down. The
 * arguments come from the file of cases and are freed with it; what is freed in here is what the
 * library made. */

#include <string.h>

#include "harness.h"
#include "hello.h"

/* The library writes past the buffers of C, so ours has to be empty before it does. */
static void cross_nothing(Arguments *arguments, Transcript *out) {
    transcript_flush(out);
    if (arguments->from->count == 0) {
        Hello();
        put_word(out, "void");
        return;
    }
    put_status(out, hello_print(double_argument(arguments, 0)));
}

static void cross_scalar(Arguments *arguments, Transcript *out) {
    put_double(out, hello_sqrt(double_argument(arguments, 0)));
}

/* A struct comes back by value: there is nothing to free. */
static void cross_struct(Arguments *arguments, Transcript *out) {
    HelloRoot root = hello_root(double_argument(arguments, 0));
    put_double(out, root.value);
    put_double(out, root.root);
    put_bool(out, root.exact);
}

/* The status says whether `root` was written. If it was not, the last error says why. */
static void cross_error(Arguments *arguments, Transcript *out) {
    double value = double_argument(arguments, 0);
    double root;
    double *to = null_argument(arguments, 1) ? NULL : &root;
    if (put_status(out, hello_checked_sqrt(value, to))) {
        put_double(out, root);
    }
}

/* The name is lent: the library has copied what it needs of it when the call returns. */
static void cross_text_in(Arguments *arguments, Transcript *out) {
    const char *name = text_argument(arguments, 0);
    char *greeting = NULL;
    char **to = null_argument(arguments, 1) ? NULL : &greeting;
    if (put_status(out, hello_greet(name, to))) {
        put_number(out, strlen(greeting));
        hello_string_free(greeting);
    }
}

/* The greeting is ours, and goes back to the library to be freed: never to free(). */
static void cross_text_out(Arguments *arguments, Transcript *out) {
    char *greeting = NULL;
    if (put_status(out, hello_greet(text_argument(arguments, 0), &greeting))) {
        put_text(out, greeting);
        hello_string_free(greeting);
    }
}

/* As with snprintf(): the memory is ours, and the length comes back even if that is too small. */
static void cross_buffer(Arguments *arguments, Transcript *out) {
    double value = double_argument(arguments, 0);
    char *buffer = NULL;
    size_t capacity = 0;
    size_t length;
    size_t *to = &length;
    if (!argument_is(arguments, 1, "NULL")) {
        capacity = count_argument(arguments, 1);
        buffer = arguments_memory(arguments, capacity);
        to = null_argument(arguments, 2) ? NULL : &length;
    } else if (arguments->from->count == 3) {
        capacity = count_argument(arguments, 2); /* A lie: there is no buffer. */
    }

    HelloStatus status = hello_sentence(value, buffer, capacity, to);
    bool succeeded = put_status(out, status);
    if (succeeded || status == HELLO_STATUS_BUFFER_TOO_SMALL) {
        put_number(out, length); /* With a NUL, that much is needed. */
    }
    if (succeeded && buffer != NULL) {
        put_text(out, buffer);
    }
}

typedef struct {
    const double *values;
    double *roots;
    size_t count;
} Arrays;

/* Two arrays next to each other in the memory, or what a caller may get wrong about them. That C
 * leaves undefined what a misaligned pointer is has never kept anybody from making one. */
static Arrays arrays_in(double *memory, size_t count, const Arguments *arguments) {
    Arrays arrays = {memory, memory + count, count};
    if (argument_is(arguments, 0, "in-place")) {
        arrays.roots = memory;
    } else if (argument_is(arguments, 0, "overlap")) {
        arrays.roots = memory + 1;
    } else if (argument_is(arguments, 0, "null-values")) {
        arrays.values = NULL;
    } else if (argument_is(arguments, 0, "null-roots")) {
        arrays.roots = NULL;
    } else if (argument_is(arguments, 0, "misaligned-values")) {
        arrays.values = (const double *)(const void *)((const char *)arrays.values + 1);
    } else if (argument_is(arguments, 0, "misaligned-roots")) {
        arrays.roots = (double *)(void *)((char *)arrays.roots + 1);
    } else if (argument_is(arguments, 0, "too-large")) {
        arrays.count = PTRDIFF_MAX / sizeof(double) + 1;
    } else if (argument_is(arguments, 0, "too-large-max")) {
        arrays.count = SIZE_MAX;
    } else if (!argument_is(arguments, 0, "apart")) {
        malformed(arguments->from, "there is no such mode");
    }
    return arrays;
}

/* Nothing is copied: the library reads our values and writes our roots, or does neither. Whatever it
 * writes elsewhere is seen: before and after the two arrays there is one element more. */
static void cross_slice(Arguments *arguments, Transcript *out) {
    Doubles list = doubles_argument(arguments, 1);
    size_t size = (2 * list.count + 2) * sizeof(double);
    double *memory = arguments_memory(arguments, size);
    double *expected = arguments_memory(arguments, size);
    memset(memory, 0x55, size);
    memcpy(memory + 1, list.items, list.count * sizeof(double));
    memcpy(expected, memory, size);
    Arrays arrays = arrays_in(memory + 1, list.count, arguments);

    bool succeeded = put_status(out, hello_sqrt_all(arrays.values, arrays.roots, arrays.count));
    if (succeeded) {
        put_doubles(out, arrays.roots, list.count);
        if (list.count > 0) {
            memcpy(expected + (arrays.roots - memory), arrays.roots, list.count * sizeof(double));
        }
    }
    bool touched = memcmp(memory, expected, size) != 0;
    if (!succeeded || touched) {
        put_word(out, touched ? "touched" : "untouched");
    }
}

/* A greeter is only a pointer to us. It lives from _new() to _free(), whatever fails in between. */
static void cross_handle(Arguments *arguments, Transcript *out) {
    const char *words = text_argument(arguments, 0);
    Texts names = texts_argument(arguments, 1);
    HelloGreeter *greeter = NULL;
    if (!put_status(out, hello_greeter_new(words, &greeter))) {
        return;
    }
    for (size_t i = 0; i < names.count; i++) {
        char *greeting = NULL;
        if (put_status(out, hello_greeter_greet(greeter, names.items[i], &greeting))) {
            put_text(out, greeting);
            hello_string_free(greeting);
        }
    }
    uint64_t count;
    if (put_status(out, hello_greeter_count(greeter, &count))) {
        put_number(out, count);
    }
    hello_greeter_free(greeter);
}

/* NULL in each place of the greeter's functions. To free it is legal, as it is for free(). */
static void cross_handle_null(Arguments *arguments, Transcript *out) {
    HelloGreeter *greeter = NULL;
    char *greeting = NULL;
    uint64_t count;
    if (argument_is(arguments, 0, "free")) {
        hello_greeter_free(NULL);
        hello_string_free(NULL);
        put_word(out, "void");
        return;
    }
    HelloStatus status = hello_greeter_new("Hi", &greeter);
    if (status != HELLO_STATUS_OK) {
        put_status(out, status);
        return;
    }
    if (argument_is(arguments, 0, "greet-greeter")) {
        status = hello_greeter_greet(NULL, "x", &greeting);
    } else if (argument_is(arguments, 0, "greet-greeting")) {
        status = hello_greeter_greet(greeter, "x", NULL);
    } else if (argument_is(arguments, 0, "count-greeter")) {
        status = hello_greeter_count(NULL, &count);
    } else if (argument_is(arguments, 0, "count-count")) {
        status = hello_greeter_count(greeter, NULL);
    } else if (argument_is(arguments, 0, "new-greeter")) {
        status = hello_greeter_new("Hi", NULL);
    } else {
        malformed(arguments->from, "there is no such function");
    }
    put_status(out, status);
    hello_greeter_free(greeter);
}

typedef struct {
    size_t made;
    size_t stop_at; /* The visit that is the last; 0 for none. */
    Transcript noted;
} Visits;

/* C has no closures: what the visitor has to know of its caller comes through `context`. */
static int32_t note_visit(double value, double root, void *context) {
    Visits *visits = context;
    visits->made++;
    put_visit(&visits->noted, value, root);
    return visits->made != visits->stop_at;
}

static void cross_callback(Arguments *arguments, Transcript *out) {
    bool no_visitor = argument_is(arguments, 0, "NULL");
    Doubles list = doubles_argument(arguments, 1);
    Visits visits = {.stop_at = no_visitor ? 0 : count_argument(arguments, 0)};
    HelloVisitor visitor = no_visitor ? NULL : note_visit;
    if (put_status(out, hello_each_root(list.items, list.count, visitor, &visits))) {
        put_noted(out, &visits.noted);
    }
    transcript_free(&visits.noted);
}

static void cross_callback_null(Arguments *arguments, Transcript *out) {
    Doubles list = doubles_argument(arguments, 0);
    Visits visits = {.stop_at = 0};
    if (put_status(out, hello_each_root(NULL, list.count, note_visit, &visits))) {
        put_noted(out, &visits.noted);
    }
    transcript_free(&visits.noted);
}

typedef struct {
    const char *name;
    Transcript noted;
} Greetings;

/* A visitor may call the library that calls it. */
static int32_t greet_again(double value, double root, void *context) {
    Greetings *greetings = context;
    char *greeting = NULL;
    (void)value;
    (void)root;
    HelloStatus status = hello_greet(greetings->name, &greeting);
    if (status != HELLO_STATUS_OK) {
        put_status(&greetings->noted, status);
        return 1;
    }
    put_text(&greetings->noted, greeting);
    hello_string_free(greeting);
    return 1;
}

static void cross_callback_again(Arguments *arguments, Transcript *out) {
    Greetings greetings = {.name = text_argument(arguments, 0)};
    Doubles list = doubles_argument(arguments, 1);
    if (put_status(out, hello_each_root(list.items, list.count, greet_again, &greetings))) {
        put_noted(out, &greetings.noted);
    }
    transcript_free(&greetings.noted);
}

/* A panic is one more failure to us; the library may be called again. */
static void cross_panic(Arguments *arguments, Transcript *out) {
    put_status(out, hello_panic(text_argument(arguments, 0)));
}

static const Crossing CROSSINGS[] = {
    {"nothing", 0, 1, cross_nothing},
    {"scalar", 1, 1, cross_scalar},
    {"struct", 1, 1, cross_struct},
    {"error", 1, 2, cross_error},
    {"text-in", 1, 2, cross_text_in},
    {"text-out", 1, 1, cross_text_out},
    {"buffer", 2, 3, cross_buffer},
    {"slice", 2, 2, cross_slice},
    {"handle", 2, 2, cross_handle},
    {"handle-null", 1, 1, cross_handle_null},
    {"callback", 2, 2, cross_callback},
    {"callback-null", 1, 1, cross_callback_null},
    {"callback-again", 2, 2, cross_callback_again},
    {"panic", 1, 1, cross_panic},
};

/* What every library has under a name of its own. It is called here and not pointed at, for in a call
 * C converts as in any program, while a pointer to a function has to fit exactly. */

static uint32_t abi_version(void) {
    return hello_abi_version();
}

static const char *version(void) {
    return hello_version();
}

static const char *last_error(void) {
    return hello_last_error();
}

static const char *status_name(int32_t status) {
    return hello_status_name(status);
}

int main(int argc, char **argv) {
    static const Harness HARNESS = {
        .program = "crossings",
        .crossings = CROSSINGS,
        .count = sizeof CROSSINGS / sizeof *CROSSINGS,
        .built_for = HELLO_ABI_VERSION,
        .abi_version = abi_version,
        .version = version,
        .last_error = last_error,
        .status_name = status_name,
        .live_blocks = "hello_canary_live_blocks",
    };
    return harness_main(&HARNESS, argc, argv);
}
