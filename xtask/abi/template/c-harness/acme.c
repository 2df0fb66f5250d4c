/* Stage 2 of the pipeline: the library, used from C. */

#include <stdio.h>

#include "acme.h"

int main(void) {
    /* Before anything else: does this library do what the header says that this was built with? */
    if (acme_abi_version() != ACME_ABI_VERSION) {
        fprintf(stderr,
                "acme: built for ABI version %lu of libacme, but the library that was loaded has "
                "version %lu\n",
                (unsigned long)ACME_ABI_VERSION, (unsigned long)acme_abi_version());
        return 1;
    }
/* example: begin */
    printf("100 degrees Celsius are %g degrees Fahrenheit\n", acme_fahrenheit(100));
/* example: end */
/* core: begin */
    printf("acme %s, ABI version %lu\n", acme_version(), (unsigned long)acme_abi_version());
/* core: end */
    return 0;
}
