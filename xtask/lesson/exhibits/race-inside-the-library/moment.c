/* The threads hand over by a system call of which ThreadSanitizer knows nothing, in a file that is
 * compiled without it: it sees no order between them but the library's own. */

#define _GNU_SOURCE

#include "moment.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0: the first begins; 1: the second runs; 2: the first goes on. */
static atomic_int stage;

static void reach(int next) {
    atomic_store(&stage, next);
    syscall(SYS_futex, &stage, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void wait_for(int wanted) {
    int now;

    while ((now = atomic_load(&stage)) < wanted) {
        syscall(SYS_futex, &stage, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
    }
}

void let_the_second_run(void) {
    reach(1);
    wait_for(2);
}

void wait_for_the_first(void) {
    wait_for(1);
}

void let_the_first_go_on(void) {
    reach(2);
}
