/* Asks many times for something that is refused, and looks at what memory that took. */

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "hello.h"

/* The most memory that the process ever had, in KB. */
static long peak(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

int main(void) {
    enum { CALLS = 120000 };
    static char name[1000];
    long before;
    int i;

    memset(name, 'a', sizeof name - 1);
    hello_greet(name, NULL);
    before = peak();
    for (i = 0; i < CALLS; i++) {
        if (hello_greet(name, NULL) == HELLO_STATUS_OK) {
            return 1;
        }
    }
    /* In steps of 50 MB: what else the process does takes some, too. */
    printf("%d refused calls, memory grown by %ld MB\n", CALLS, (peak() - before) / 50000 * 50);
    return 0;
}
