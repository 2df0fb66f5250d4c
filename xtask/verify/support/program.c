#include "program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

void require_version(const char *program, unsigned long built, unsigned long loaded) {
    if (loaded != built) {
        stop(WRONG, program,
             "built for ABI version %lu, but the library that was loaded has version %lu", built,
             loaded);
    }
}

void *allocate(size_t size) {
    void *block = malloc(size > 0 ? size : 1);
    if (block == NULL) {
        stop(WRONG, "memory", "there are no %zu bytes left", size);
    }
    return block;
}
