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
    size_t distance;
    if (acme_edit_distance("kitten", "sitting", &distance) != ACME_STATUS_OK) {
        fprintf(stderr, "acme: %s\n", acme_last_error());
        return 1;
    }
    printf("kitten and sitting are %zu edits apart\n", distance);
    return 0;
}
