/* Makes two mistakes and reports both. */

#include <stdio.h>

#include "hello.h"

int main(void) {
    char first[512];
    double root;
    char *greeting;

    hello_checked_sqrt(-1, &root);
    snprintf(first, sizeof first, "%s", hello_last_error());
    hello_greet(NULL, &greeting);
    printf("first:  %s\n", first);
    printf("second: %s\n", hello_last_error());
    return 0;
}
