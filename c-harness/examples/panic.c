#include <stdio.h>

#include "hello.h"

int main(void) {
    HelloStatus status = hello_panic("out of ideas");
    if (status == HELLO_STATUS_PANIC) {
        printf("%s: %s\n", hello_status_name((int32_t)status), hello_last_error());
    }
    printf("and on we go: %g\n", hello_sqrt(2.25));
    return 0;
}
