#include "program.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

_Noreturn void stop(int code, const char *program, const char *format, ...) {
    va_list arguments;
    fflush(stdout);
    fprintf(stderr, "%s: ", program);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(code);
}

void require_abi_version(const char *program, uint32_t loaded) {
    if (loaded != HELLO_ABI_VERSION) {
        stop(WRONG, program,
             "built for ABI version %lu of libhello, but the library that was loaded has version "
             "%" PRIu32,
             (unsigned long)HELLO_ABI_VERSION, loaded);
    }
}

void *allocate(size_t size) {
    return reallocate(NULL, size);
}

void *reallocate(void *block, size_t size) {
    void *moved = realloc(block, size > 0 ? size : 1);
    if (moved == NULL) {
        stop(WRONG, "memory", "there are no %zu bytes left", size);
    }
    return moved;
}
