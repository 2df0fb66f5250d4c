/* Prints a line and goes on. */

#include <stdio.h>

#include "hello.h"

int main(void) {
    Hello();
    fprintf(stderr, "and on we go\n");
    return 0;
}
