#include <stdio.h>

#include "hello.h"

int main(void) {
    const char *names[] = {"Zo\xc3\xab", "Zo\xeb"}; /* Zoë in UTF-8, and in Latin-1. */
    for (int i = 0; i < 2; i++) {
        char *greeting; /* The library reads the name during the call and keeps nothing of it. */
        if (hello_greet(names[i], &greeting) == HELLO_STATUS_OK) {
            printf("%s\n", greeting);
            hello_string_free(greeting);
        } else {
            printf("refused: %s\n", hello_last_error());
        }
    }
    return 0;
}
