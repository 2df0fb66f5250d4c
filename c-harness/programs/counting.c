/* Eight threads count on one handle: no greeting is lost.
 *
 * Only the sum matters, not whether a lock or an atomic number makes it right. A count that is read,
 * raised and written back loses some where two threads run at once, which they do in four million calls. */

#include <inttypes.h>
#include <stdio.h>

#include "hello.h"
#include "parallel.h"
#include "program.h"

static const char PROGRAM[] = "counting";

enum { THREADS = 8, GREETINGS = 500000 };

static void greet_often(void *greeter_pointer, size_t number) {
    const HelloGreeter *greeter = greeter_pointer;
    for (int i = 0; i < GREETINGS; i++) {
        char *greeting;
        if (hello_greeter_greet(greeter, "Ada", &greeting) != HELLO_STATUS_OK) {
            stop(WRONG, PROGRAM, "thread %zu cannot greet: %s", number, hello_last_error());
        }
        hello_string_free(greeting);
    }
}

int main(void) {
    HelloGreeter *greeter;
    uint64_t count;
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    if (hello_greeter_new("Hi", &greeter) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "there is no greeter: %s", hello_last_error());
    }
    in_parallel(THREADS, greet_often, greeter);
    if (hello_greeter_count(greeter, &count) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "the greeter does not count: %s", hello_last_error());
    }
    hello_greeter_free(greeter);
    if (count != (uint64_t)THREADS * GREETINGS) {
        stop(WRONG, PROGRAM,
             "%d threads made %d greetings, but the greeter counted %" PRIu64, THREADS,
             THREADS * GREETINGS, count);
    }
    printf("%d threads with one greeter: it counted all %" PRIu64 " greetings\n", THREADS, count);
    return 0;
}
