#include <stdio.h>

#include "hello.h"

int main(void) {
    char buffer[40];
    size_t length;
    const double values[] = {2.25, 2.0};
    for (int i = 0; i < 2; i++) {
        if (hello_sentence(values[i], buffer, sizeof buffer, &length) == HELLO_STATUS_OK) {
            printf("%s (%zu bytes)\n", buffer, length);
        } else {
            printf("refused: %s\n", hello_last_error());
        }
    }
    return 0;
}
