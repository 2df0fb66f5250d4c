/* Asks many times for something that is refused, and looks at what memory that took. */

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "hello.h"

/* What of glibc's heap is in use, in MB. */
static size_t in_use(void) {
    return mallinfo2().uordblks / 1000000;
}

int main(void) {
    enum { CALLS = 120000 };
    static char name[1000];
    size_t before;
    int i;

    memset(name, 'a', sizeof name - 1);
    hello_greet(name, NULL);
    before = in_use();
    for (i = 0; i < CALLS; i++) {
        if (hello_greet(name, NULL) == HELLO_STATUS_OK) {
            return 1;
        }
    }
    printf("%d refused calls, memory grown by %zu MB\n", CALLS, in_use() - before);
    return 0;
}
