/* Not in ISO C. */
#define _POSIX_C_SOURCE 200809L

#include "output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "program.h"

/* What C still holds has to be out before the descriptor is another's. */
static Output keep(int descriptor) {
    Output output = {descriptor, dup(descriptor)};
    if (fflush(stdout) != 0 || output.kept < 0) {
        stop(WRONG, "output", "descriptor %d cannot be kept", descriptor);
    }
    return output;
}

bool output_to(int descriptor, const char *path, Output *before) {
    int other = open(path, O_WRONLY);
    if (other < 0) {
        return false;
    }
    output_to_descriptor(descriptor, other, before);
    close(other);
    return true;
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
    if (!output_to(STDOUT_FILENO, "/dev/null", &before.output) ||
        !output_to(STDERR_FILENO, "/dev/null", &before.error)) {
        stop(WRONG, "output", "there is no /dev/null");
    }
    return before;
}

void outputs_back(Outputs before) {
    output_back(before.error);
    output_back(before.output);
}
