/* The baseline: the functions of hello.h that are measured, written in C as a C programmer would.
 *
 * They promise what the header promises, with one exception: hello_greet() does not look whether the
 * name is UTF-8, because C has nothing for that. The shared library that this becomes goes by
 * another name than ours, so that both can be in one process. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include "hello.h"

static _Thread_local char last_error[512];

static HelloStatus fail(HelloStatus status, const char *function, const char *what) {
    snprintf(last_error, sizeof last_error, "%s: %s", function, what);
    return status;
}

static bool is_misaligned(const void *pointer, size_t alignment) {
    return (uintptr_t)pointer % alignment != 0;
}

uint32_t hello_abi_version(void) {
    return HELLO_ABI_VERSION;
}

const char *hello_last_error(void) {
    return last_error;
}

double hello_sqrt(double value) {
    return sqrt(value);
}

/* The odd integer and the exponent with odd * 2^exponent = number, which is positive and finite. */
static uint64_t odd_and_exponent(double number, int *exponent) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    uint64_t significand = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52);
    *exponent = -1074;
    if (biased != 0) {
        significand |= UINT64_C(1) << 52;
        *exponent = biased - 1075;
    }
    int zeros = __builtin_ctzll(significand);
    *exponent += zeros;
    return significand >> zeros;
}

static bool is_exact(double value, double root) {
    if (value == 0.0 || value == INFINITY) {
        return true;
    }
    if (isnan(root)) {
        return false;
    }
    int of_root, of_value;
    uint64_t odd = odd_and_exponent(root, &of_root);
    uint64_t square;
    if (__builtin_mul_overflow(odd, odd, &square)) {
        return false;
    }
    return odd_and_exponent(value, &of_value) == square && of_value == 2 * of_root;
}

HelloRoot hello_root(double value) {
    double root = sqrt(value);
    return (HelloRoot){.value = value, .root = root, .exact = is_exact(value, root)};
}

HelloStatus hello_checked_sqrt(double value, double *root) {
    if (root == NULL) {
        return fail(HELLO_STATUS_NULL_POINTER, "hello_checked_sqrt", "`root` is NULL");
    }
    if (is_misaligned(root, _Alignof(double))) {
        return fail(HELLO_STATUS_MISALIGNED, "hello_checked_sqrt", "`root` is not aligned");
    }
    if (value < 0.0) {
        char what[400];
        snprintf(what, sizeof what, "%.1f has no real square root", value);
        return fail(HELLO_STATUS_DOMAIN, "hello_checked_sqrt", what);
    }
    *root = sqrt(value);
    return HELLO_STATUS_OK;
}

HelloStatus hello_greet(const char *name, char **greeting) {
    static const char before[] = "Hello, ";
    if (name == NULL || greeting == NULL) {
        return fail(HELLO_STATUS_NULL_POINTER, "hello_greet", "an argument is NULL");
    }
    size_t length = strlen(name);
    char *text = malloc(sizeof before - 1 + length + sizeof "!");
    if (text == NULL) {
        return fail(HELLO_STATUS_TOO_LARGE, "hello_greet", "there is no memory for the greeting");
    }
    memcpy(text, before, sizeof before - 1);
    memcpy(text + sizeof before - 1, name, length);
    memcpy(text + sizeof before - 1 + length, "!", sizeof "!");
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
    if (values == NULL || roots == NULL) {
        return fail(HELLO_STATUS_NULL_POINTER, "hello_sqrt_all", "an argument is NULL");
    }
    if (is_misaligned(values, _Alignof(double)) || is_misaligned(roots, _Alignof(double))) {
        return fail(HELLO_STATUS_MISALIGNED, "hello_sqrt_all", "an argument is not aligned");
    }
    uintptr_t from = (uintptr_t)values, to = (uintptr_t)roots;
    uintptr_t apart = from < to ? to - from : from - to;
    if (apart != 0 && apart / sizeof(double) < count) {
        return fail(HELLO_STATUS_OVERLAP, "hello_sqrt_all", "the arrays overlap");
    }
    for (size_t i = 0; i < count; i++) {
        roots[i] = sqrt(values[i]);
    }
    return HELLO_STATUS_OK;
}

HelloStatus hello_each_root(const double *values, size_t count, HelloVisitor visitor,
                            void *context) {
    if (visitor == NULL || (values == NULL && count > 0)) {
        return fail(HELLO_STATUS_NULL_POINTER, "hello_each_root", "an argument is NULL");
    }
    if (is_misaligned(values, _Alignof(double))) {
        return fail(HELLO_STATUS_MISALIGNED, "hello_each_root", "`values` is not aligned");
    }
    for (size_t i = 0; i < count; i++) {
        if (visitor(values[i], sqrt(values[i]), context) == 0) {
            break;
        }
    }
    return HELLO_STATUS_OK;
}

HelloStatus hello_print(double value) {
    printf("Hello! The square root of %g is: %g\n", value, sqrt(value));
    return fflush(stdout) == 0 ? HELLO_STATUS_OK
                               : fail(HELLO_STATUS_IO, "hello_print", "nothing can be written");
}
