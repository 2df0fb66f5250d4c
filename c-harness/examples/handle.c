#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

int main(void) {
    HelloGreeter *greeter;
    char *greeting = NULL;
    uint64_t count = 0;
    if (hello_greeter_new("Good morning", &greeter) != HELLO_STATUS_OK) {
        return EXIT_FAILURE;
    }
    if (hello_greeter_greet(greeter, "Ada", &greeting) == HELLO_STATUS_OK) {
        printf("%s\n", greeting);
    }
    hello_string_free(greeting);
    if (hello_greeter_greet(greeter, "Ad\xff", &greeting) != HELLO_STATUS_OK) {
        printf("refused: %s\n", hello_last_error());
    }
    hello_greeter_count(greeter, &count);
    hello_greeter_free(greeter); /* Once, when no thread uses it any more. */
    printf("greetings made: %" PRIu64 "\n", count);
    return EXIT_SUCCESS;
}
