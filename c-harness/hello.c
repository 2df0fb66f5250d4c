/* Stage 2 of the pipeline: the function, called from C. */

#include <stdio.h>

#include "hello.h"

int main(void) {
    /* Before anything else: does this library do what the header says that this was built with? */
    if (hello_abi_version() != HELLO_ABI_VERSION) {
        fprintf(stderr,
                "hello: built for ABI version %lu of libhello, but the library that was loaded has "
                "version %lu\n",
                (unsigned long)HELLO_ABI_VERSION, (unsigned long)hello_abi_version());
        return 1;
    }
    Hello();
    return 0;
}
