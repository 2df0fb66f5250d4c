/* The baseline: the functions of hello.h that are measured, in C as a C programmer would write
 * them. They check what the header says is checked. Only with CHECKED=0 hello_greet() does not look
 * whether the name is UTF-8, as most C does not. */

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hello.h"

static _Thread_local char last_error[512];

static HelloStatus fail(HelloStatus status, const char *function, const char *what) {
    snprintf(last_error, sizeof last_error, "%s: %s", function, what);
    return status;
}

/* Whether there are `count` elements of this size and alignment at `pointer`. */
static HelloStatus check(const char *function, const void *pointer, size_t size, size_t count) {
    if (pointer == NULL) {
        return fail(HELLO_STATUS_NULL_POINTER, function, "an argument is NULL");
    }
    if ((uintptr_t)pointer % size != 0) {
        return fail(HELLO_STATUS_MISALIGNED, function, "an argument is not aligned");
    }
    if (count > PTRDIFF_MAX / size || (uintptr_t)pointer > UINTPTR_MAX - count * size) {
        return fail(HELLO_STATUS_TOO_LARGE, function, "no memory is that large");
    }
    return HELLO_STATUS_OK;
}

#define TRY(call) \
    do { HelloStatus status_ = (call); if (status_ != HELLO_STATUS_OK) return status_; } while (0)

uint32_t hello_abi_version(void) {
    return HELLO_ABI_VERSION;
}

const char *hello_last_error(void) {
    return last_error;
}

double hello_sqrt(double value) {
    return sqrt(value);
}

/* Whether `root`, the rounded root of `value`, squares to exactly `value`: as the core decides. */
static bool is_square(double value, double root) {
    uint64_t bits;
    memcpy(&bits, &root, sizeof bits);
    const uint64_t low = (UINT64_C(1) << 26) - 1;
    uint64_t significand = ((bits >> 26) & low) | (UINT64_C(1) << 26);
    bool is_long = significand % 2 == 1 && significand * significand >= UINT64_C(1) << 53;
    return (bits & low) == 0 && !is_long && root * root == value;
}

HelloRoot hello_root(double value) {
    double root = sqrt(value), up = value < DBL_MIN ? (double)(1 << 30) : 1.0;
    return (HelloRoot){value, root, is_square(value * up * up, root * up)};
}

HelloStatus hello_checked_sqrt(double value, double *root) {
    TRY(check("hello_checked_sqrt", root, sizeof *root, 1));
    if (value < 0.0) {
        char what[400];
        snprintf(what, sizeof what, "%.1f has no real square root", value);
        return fail(HELLO_STATUS_DOMAIN, "hello_checked_sqrt", what);
    }
    *root = sqrt(value);
    return HELLO_STATUS_OK;
}

/* By words where it is ASCII, by table 3-7 of the Unicode Standard where it is not. */
static bool is_utf8(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        uint64_t words[2];
        if ((size_t)(end - at) >= sizeof words) {
            memcpy(words, at, sizeof words);
            if (((words[0] | words[1]) & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof words;
                continue;
            }
        }
        unsigned char first = *at++;
        if (first < 0x80) {
            continue;
        }
        ptrdiff_t more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (first < 0xc2 || first > 0xf4 || end - at < more || *at < least || *at > most) {
            return false;
        }
        for (at++; more > 1; more--, at++) {
            if (*at < 0x80 || *at > 0xbf) {
                return false;
            }
        }
    }
    return true;
}

static HelloStatus greet(const char *function, const char *words, const char *name, char **out) {
    TRY(check(function, name, 1, 1));
    TRY(check(function, out, sizeof *out, 1));
    size_t before = strlen(words), length = strlen(name);
    if (CHECKED && !is_utf8(name, length)) {
        return fail(HELLO_STATUS_INVALID_UTF8, function, "the name is not UTF-8");
    }
    char *text = malloc(before + 2 + length + 2);
    if (text == NULL) {
        return fail(HELLO_STATUS_OUT_OF_MEMORY, function, "there is no memory for the greeting");
    }
    memcpy(text, words, before);
    memcpy(text + before, ", ", 2);
    memcpy(text + before + 2, name, length);
    memcpy(text + before + 2 + length, "!", 2);
    *out = text;
    return HELLO_STATUS_OK;
}

HelloStatus hello_greet(const char *name, char **greeting) {
    return greet("hello_greet", "Hello", name, greeting);
}

void hello_string_free(char *text) {
    free(text);
}

HelloStatus hello_sqrt_all(const double *values, double *roots, size_t count) {
    if (count == 0) {
        return HELLO_STATUS_OK;
    }
    TRY(check("hello_sqrt_all", values, sizeof *values, count));
    TRY(check("hello_sqrt_all", roots, sizeof *roots, count));
    uintptr_t from = (uintptr_t)values, to = (uintptr_t)roots;
    uintptr_t apart = from < to ? to - from : from - to;
    if (apart != 0 && apart < count * sizeof *values) {
        return fail(HELLO_STATUS_OVERLAP, "hello_sqrt_all", "the arrays overlap");
    }
    for (size_t i = 0; i < count; i++) {
        roots[i] = sqrt(values[i]);
    }
    return HELLO_STATUS_OK;
}

struct HelloGreeter {
    atomic_uint_fast64_t count;
    char words[64];
};

/* Not measured: it does not look at the text. */
HelloStatus hello_greeter_new(const char *words, HelloGreeter **greeter) {
    *greeter = calloc(1, sizeof **greeter);
    if (*greeter == NULL) {
        return fail(HELLO_STATUS_OUT_OF_MEMORY, "hello_greeter_new", "there is no memory");
    }
    snprintf((*greeter)->words, sizeof (*greeter)->words, "%s", words);
    return HELLO_STATUS_OK;
}

HelloStatus hello_greeter_greet(const HelloGreeter *greeter, const char *name, char **greeting) {
    TRY(check("hello_greeter_greet", greeter, _Alignof(HelloGreeter), 1));
    TRY(greet("hello_greeter_greet", greeter->words, name, greeting));
    /* To the caller a greeter that greets is unchanged. */
    atomic_fetch_add_explicit(&((HelloGreeter *)greeter)->count, 1, memory_order_relaxed);
    return HELLO_STATUS_OK;
}

void hello_greeter_free(HelloGreeter *greeter) {
    free(greeter);
}

HelloStatus hello_each_root(const double *values, size_t count, HelloVisitor visit, void *context) {
    if (visit == NULL) {
        return fail(HELLO_STATUS_NULL_POINTER, "hello_each_root", "`visitor` is NULL");
    }
    if (count > 0) {
        TRY(check("hello_each_root", values, sizeof *values, count));
    }
    for (size_t i = 0; i < count && visit(values[i], sqrt(values[i]), context) != 0; i++) {
    }
    return HELLO_STATUS_OK;
}
