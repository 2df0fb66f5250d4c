/* Greets three people, and keeps two of the greetings. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

static char *greet(const char *name) {
    char *greeting;

    if (hello_greet(name, &greeting) != HELLO_STATUS_OK) {
        exit(EXIT_FAILURE);
    }
    printf("to keep: %s\n", greeting);
    return greeting;
}

int main(void) {
    char *ada = greet("Ada");
    char *bob;
    char *eve;

    hello_string_free(ada);
    bob = greet("Bob");
    eve = greet("Eve");
    printf("kept:    %s %s\n", bob, eve);
    fflush(stdout);
    hello_string_free(bob);
    hello_string_free(eve);
    return EXIT_SUCCESS;
}
