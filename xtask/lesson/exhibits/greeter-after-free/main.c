/* Two greeters, one for the morning and one for the evening. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hello.h"

static void greet(const char *when, HelloGreeter *greeter) {
    char *greeting = NULL;
    uint64_t count = 0;

    if (hello_greeter_greet(greeter, "Ada", &greeting) != HELLO_STATUS_OK ||
        hello_greeter_count(greeter, &count) != HELLO_STATUS_OK) {
        printf("%s: %s\n", when, hello_last_error());
        exit(EXIT_FAILURE);
    }
    printf("%s: %s (%" PRIu64 " greetings)\n", when, greeting, count);
    hello_string_free(greeting);
}

int main(void) {
    HelloGreeter *morning = NULL;
    HelloGreeter *evening = NULL;

    hello_greeter_new("Good morning", &morning);
    greet("in the morning", morning);
    hello_greeter_new("Good evening", &evening);
    greet("in the evening", evening);
    greet("in the morning", morning);
    hello_greeter_free(morning);
    hello_greeter_free(evening);
    return EXIT_SUCCESS;
}
