/* Not in ISO C. */
#define _POSIX_C_SOURCE 200809L

#include "output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "program.h"

#ifdef __wasi__
/* There a descriptor has one number. */
static int dup(int descriptor) {
    (void)descriptor;
    return -1;
}

static int dup2(int descriptor, int other) {
    (void)descriptor, (void)other;
    return -1;
}
#endif

#ifdef _WIN32
#include <io.h>

/* Lines end with a line feed alone, as the library prints them. */
__attribute__((constructor)) static void as_bytes(void) {
    _setmode(STDOUT_FILENO, _O_BINARY);
}
#endif

/* What C still holds has to be out before the descriptor is another's. */
static Output keep(int descriptor) {
    Output output = {descriptor, dup(descriptor)};
    if (fflush(stdout) != 0 || output.kept < 0) {
        stop(WRONG, "output", "descriptor %d cannot be kept", descriptor);
    }
    return output;
}

void output_to(int descriptor, const char *path, Output *before) {
    int other = open(path, O_WRONLY);
    if (other < 0) {
        stop(WRONG, "output", "there is no %s", path);
    }
    output_to_descriptor(descriptor, other, before);
    close(other);
}

void output_to_descriptor(int descriptor, int other, Output *before) {
    *before = keep(descriptor);
    if (dup2(other, descriptor) < 0) {
        stop(WRONG, "output", "descriptor %d cannot be led elsewhere", descriptor);
    }
}

void output_closed(int descriptor, Output *before) {
    *before = keep(descriptor);
    close(descriptor);
}

void output_back(Output before) {
    if (dup2(before.kept, before.descriptor) < 0) {
        stop(WRONG, "output", "descriptor %d cannot be led back", before.descriptor);
    }
    close(before.kept);
}

Outputs outputs_to_nowhere(void) {
    Outputs before;
    output_to(STDOUT_FILENO, NOWHERE, &before.output);
    output_to(STDERR_FILENO, NOWHERE, &before.error);
    return before;
}

void outputs_back(Outputs before) {
    output_back(before.error);
    output_back(before.output);
}
