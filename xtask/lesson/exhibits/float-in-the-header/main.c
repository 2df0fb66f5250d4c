/* Prints the square root of its argument, and the square of that. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

int main(int argc, char **argv) {
    double root;

    if (argc != 2) {
        return 2;
    }
    root = hello_sqrt(strtod(argv[1], NULL));
    printf("The square root of %s is: %.10g\n", argv[1], root);
    printf("Its square is: %.10g\n", root * root);
    return 0;
}
