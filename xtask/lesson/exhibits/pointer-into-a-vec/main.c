/* Notes many names and remembers the first. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hello.h"

static char *note(const char *name) {
    char *greeting = NULL;

    hello_greet(name, &greeting);
    return greeting;
}

static char *copy(const char *text) {
    return strcpy(malloc(strlen(text) + 1), text);
}

int main(void) {
    const char *first = note("Ada");
    const char *before = copy("(names)");
    const char *after;
    int i;

    for (i = 0; i < 1000; i++) {
        note("Grace");
    }
    after = copy("(end)");
    printf("%s the first is: %s %s\n", before, first, after);
    return 0;
}
