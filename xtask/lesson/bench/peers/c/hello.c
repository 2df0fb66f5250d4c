/* The baseline: the functions of hello.h that are measured, in C as a C programmer would write
 * them. They check what the header says is checked, but keep no message of a failure, which is not
 * measured. */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hello.h"

/* Whether there are `count` elements of this size and alignment at `pointer`. */
static HelloStatus check(const void *pointer, size_t size, size_t count) {
    if (pointer == NULL) {
        return HELLO_STATUS_NULL_POINTER;
    }
    if ((uintptr_t)pointer % size != 0) {
        return HELLO_STATUS_MISALIGNED;
    }
    if (count > PTRDIFF_MAX / size || (uintptr_t)pointer > UINTPTR_MAX - count * size) {
        return HELLO_STATUS_TOO_LARGE;
    }
    return HELLO_STATUS_OK;
}

#define TRY(call) \
    do { HelloStatus status_ = (call); if (status_ != HELLO_STATUS_OK) return status_; } while (0)

uint32_t hello_abi_version(void) {
    return HELLO_ABI_VERSION;
}

double hello_sqrt(double value) {
    return sqrt(value);
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

HelloStatus hello_greet(const char *name, char **greeting) {
    static const char WORDS[] = "Hello, ";
    TRY(check(name, 1, 1));
    TRY(check(greeting, sizeof *greeting, 1));
    size_t before = sizeof WORDS - 1, length = strlen(name);
    if (!is_utf8(name, length)) {
        return HELLO_STATUS_INVALID_UTF8;
    }
    char *text = malloc(before + length + 2);
    if (text == NULL) {
        return HELLO_STATUS_OUT_OF_MEMORY;
    }
    memcpy(text, WORDS, before);
    memcpy(text + before, name, length);
    memcpy(text + before + length, "!", 2);
    *greeting = text;
    return HELLO_STATUS_OK;
}

void hello_string_free(char *text) {
    free(text);
}

HelloStatus hello_sqrt_all(const double *values, double *roots, size_t count) {
    if (count == 0) {
        return HELLO_STATUS_OK;
    }
    TRY(check(values, sizeof *values, count));
    TRY(check(roots, sizeof *roots, count));
    uintptr_t from = (uintptr_t)values, to = (uintptr_t)roots;
    uintptr_t apart = from < to ? to - from : from - to;
    if (apart != 0 && apart < count * sizeof *values) {
        return HELLO_STATUS_OVERLAP;
    }
    for (size_t i = 0; i < count; i++) {
        roots[i] = sqrt(values[i]);
    }
    return HELLO_STATUS_OK;
}

HelloStatus hello_each_root(const double *values, size_t count, HelloVisitor visit, void *context) {
    if (visit == NULL) {
        return HELLO_STATUS_NULL_POINTER;
    }
    if (count > 0) {
        TRY(check(values, sizeof *values, count));
    }
    for (size_t i = 0; i < count && visit(values[i], sqrt(values[i]), context) != 0; i++) {
    }
    return HELLO_STATUS_OK;
}
