/* Says what a status means that somebody has noted as a number. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

int main(int argc, char **argv) {
    if (argc != 2) {
        return 2;
    }
    printf("status %s is %s\n", argv[1], hello_status_name(atoi(argv[1])));
    return 0;
}
