/* Greets, and gives the text back. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

int main(void) {
    char *greeting;

    if (hello_greet("Ada", &greeting) != HELLO_STATUS_OK) {
        return EXIT_FAILURE;
    }
    printf("%s\n", greeting);
    hello_string_free(greeting);
    return EXIT_SUCCESS;
}
