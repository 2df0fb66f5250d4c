#include <stdio.h>

#include "hello.h"

int main(void) {
    const double values[] = {9.0, -4.0};
    for (int i = 0; i < 2; i++) {
        double root;
        HelloStatus status = hello_checked_sqrt(values[i], &root);
        if (status == HELLO_STATUS_OK) {
            printf("the root is %g\n", root);
        } else {
            printf("%s: %s\n", hello_status_name((int32_t)status), hello_last_error());
        }
    }
    return 0;
}
