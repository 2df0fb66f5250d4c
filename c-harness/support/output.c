/* Not in ISO C. */
#define _POSIX_C_SOURCE 200809L

#include "output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "program.h"

/* What C still holds has to be out before the descriptor is another's. */
static Output keep(void) {
    Output output;
    if (fflush(stdout) != 0 || (output.descriptor = dup(STDOUT_FILENO)) < 0) {
        stop(WRONG, "output", "standard output cannot be kept");
    }
    return output;
}

bool output_to(const char *path, Output *before) {
    int descriptor = open(path, O_WRONLY);
    if (descriptor < 0) {
        return false;
    }
    output_to_descriptor(descriptor, before);
    close(descriptor);
    return true;
}

void output_to_descriptor(int descriptor, Output *before) {
    *before = keep();
    if (dup2(descriptor, STDOUT_FILENO) < 0) {
        stop(WRONG, "output", "standard output cannot be led elsewhere");
    }
}

void output_closed(Output *before) {
    *before = keep();
    close(STDOUT_FILENO);
}

void output_back(Output before) {
    if (dup2(before.descriptor, STDOUT_FILENO) < 0) {
        stop(WRONG, "output", "standard output cannot be led back");
    }
    close(before.descriptor);
}
