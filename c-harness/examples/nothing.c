#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

int main(void) {
    printf("C keeps this line in a buffer of its own.\n");
    fflush(stdout); /* Else it comes last wherever stdout is a pipe or a file. */
    Hello();        /* It cannot report whether that worked. */
    if (hello_print(9.0) != HELLO_STATUS_OK) {
        fprintf(stderr, "%s\n", hello_last_error());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
