/* Eight threads count on one handle: no greeting is lost.
 *
 * Only the sum matters, not whether a lock or an atomic number makes it right. A count that is read,
 * raised and written back loses some, but only where two threads run at once; on a busy machine they
 * may take turns. So this program also reads and raises a count of its own, and continues until another
 * thread has come in between often enough: then the library's count would have lost some, too. */

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

#include "hello.h"
#include "parallel.h"
#include "program.h"

static const char PROGRAM[] = "counting";

enum { THREADS = 8, GREETINGS = 200000, ENOUGH = 100, ROUNDS = 100 };

/* A count, and how often another thread has raised it between the reading and the writing. */
static _Atomic uint64_t raised, collisions;

static void greet_often(void *greeter_pointer, size_t number) {
    const HelloGreeter *greeter = greeter_pointer;
    for (int i = 0; i < GREETINGS; i++) {
        char *greeting;
        if (hello_greeter_greet(greeter, "Ada", &greeting) != HELLO_STATUS_OK) {
            stop(WRONG, PROGRAM, "thread %zu cannot greet: %s", number, hello_last_error());
        }
        hello_string_free(greeting);
        uint64_t seen = atomic_load_explicit(&raised, memory_order_relaxed);
        if (!atomic_compare_exchange_strong_explicit(&raised, &seen, seen + 1, memory_order_relaxed,
                                                     memory_order_relaxed)) {
            atomic_fetch_add_explicit(&collisions, 1, memory_order_relaxed);
        }
    }
}

int main(void) {
    HelloGreeter *greeter;
    uint64_t expected = 0;
    uint64_t count;
    require_version(PROGRAM, HELLO_ABI_VERSION, hello_abi_version());
    if (hello_greeter_new("Hi", &greeter) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "there is no greeter: %s", hello_last_error());
    }
    for (int round = 0; collisions < ENOUGH; round++) {
        if (round == ROUNDS) {
            stop(WRONG, PROGRAM,
                 "in %" PRIu64 " greetings hardly two threads ran at once: this shows nothing; run "
                 "it again on a machine that is less busy",
                 expected);
        }
        in_parallel(THREADS, greet_often, greeter);
        expected += (uint64_t)THREADS * GREETINGS;
    }
    if (hello_greeter_count(greeter, &count) != HELLO_STATUS_OK) {
        stop(WRONG, PROGRAM, "the greeter does not count: %s", hello_last_error());
    }
    hello_greeter_free(greeter);
    if (count != expected) {
        stop(WRONG, PROGRAM,
             "%d threads made %" PRIu64 " greetings, but the greeter counted %" PRIu64, THREADS,
             expected, count);
    }
    printf("%d threads with one greeter: it counted all %" PRIu64 " greetings\n", THREADS, count);
    return 0;
}
