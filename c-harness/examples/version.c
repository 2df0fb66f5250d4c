#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

int main(void) {
    if (hello_abi_version() != HELLO_ABI_VERSION) { /* The library's, and the header's. */
        fprintf(stderr, "built for ABI version %d, but the library has version %lu\n",
                HELLO_ABI_VERSION, (unsigned long)hello_abi_version());
        return EXIT_FAILURE;
    }
    printf("libhello %s, ABI version %d\n", hello_version(), HELLO_ABI_VERSION);
    return EXIT_SUCCESS;
}
