#include "c_side.h"

#include <string.h>

static _Thread_local char last_error[512];

int32_t call_visitor(HelloVisitor visitor, double value, double root, void *context) {
    return visitor(value, root, context);
}

void keep_error(const char *message, size_t length) {
    if (length >= sizeof last_error) {
        length = sizeof last_error - 1;
    }
    memcpy(last_error, message, length);
    last_error[length] = '\0';
}

Text kept_error(void) {
    return last_error;
}
