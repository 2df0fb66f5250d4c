/* A fault, on purpose: the library's text is freed with C's free().
 *
 * With the library that is shipped nobody notices: its allocator is C's today. With the canary
 * build free() gets an address that it never gave out, and aborts. So this program is to fail
 * there; that it ends well with the other is why the canary exists. Never copy from here. */

#include <stdio.h>
#include <stdlib.h>

#include "hello.h"
#include "program.h"

int main(void) {
    char *greeting = NULL;
    require_version("foreign_free", HELLO_ABI_VERSION, hello_abi_version());
    if (hello_greet("Ada", &greeting) != HELLO_STATUS_OK) {
        stop(WRONG, "foreign_free", "%s", hello_last_error());
    }
    free(greeting); /* The fault. It has to be hello_string_free(greeting). */
    puts("free() took the library's text, and nobody noticed");
    return 0;
}
