#include <stdio.h>

#include "hello.h"

int main(void) {
    char *greeting = NULL;
    if (hello_greet("Ada", &greeting) == HELLO_STATUS_OK) {
        printf("%s\n", greeting);
    }
    hello_string_free(greeting); /* Not free(): Rust allocated it. */

    greeting = NULL;
    if (hello_greet(NULL, &greeting) != HELLO_STATUS_OK) {
        printf("refused: %s\n", hello_last_error());
    }
    hello_string_free(greeting); /* Nothing was written: it is NULL, which is ignored. */
    return 0;
}
