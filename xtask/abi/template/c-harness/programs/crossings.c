/* The harness of C: a function for each crossing, which makes the call that a case asks for and
 * writes down what comes of it. What is freed in here is what the library made. */

#include "acme.h"
#include "harness.h"

static void cross_fahrenheit(Arguments *arguments, Transcript *out) {
    put_double(out, acme_fahrenheit(double_argument(arguments, 0)));
}

static void cross_divide(Arguments *arguments, Transcript *out) {
    double dividend = double_argument(arguments, 0);
    double divisor = double_argument(arguments, 1);
    double quotient;
    double *to = null_argument(arguments, 2) ? NULL : &quotient;
    if (put_status(out, acme_divide(dividend, divisor, to))) {
        put_double(out, quotient);
    }
}

static void cross_reverse(Arguments *arguments, Transcript *out) {
    const char *text = text_argument(arguments, 0);
    char *reversed = NULL;
    char **to = null_argument(arguments, 1) ? NULL : &reversed;
    if (put_status(out, acme_reverse(text, to))) {
        put_text(out, reversed);
        acme_string_free(reversed);
    }
}

static void cross_total(Arguments *arguments, Transcript *out) {
    Doubles values = doubles_argument(arguments, 0);
    AcmeTotal *total = NULL;
    double sum;
    AcmeStatus status = acme_total_new(&total);
    for (size_t i = 0; i < values.count && status == ACME_STATUS_OK; i++) {
        status = acme_total_add(total, values.items[i]);
    }
    if (status == ACME_STATUS_OK) {
        status = acme_total_sum(total, &sum);
    }
    if (put_status(out, status)) {
        put_double(out, sum);
    }
    acme_total_free(total);
}

/* NULL in each place. To free it is legal, as it is for free(). */
static void cross_total_null(Arguments *arguments, Transcript *out) {
    AcmeTotal *total = NULL;
    double sum;
    if (argument_is(arguments, 0, "free")) {
        acme_total_free(NULL);
        acme_string_free(NULL);
        put_word(out, "void");
    } else if (argument_is(arguments, 0, "new")) {
        put_status(out, acme_total_new(NULL));
    } else if (argument_is(arguments, 0, "add")) {
        put_status(out, acme_total_add(NULL, 1));
    } else if (argument_is(arguments, 0, "sum")) {
        put_status(out, acme_total_sum(NULL, &sum));
    } else if (acme_total_new(&total) == ACME_STATUS_OK) {
        put_status(out, acme_total_sum(total, NULL));
        acme_total_free(total);
    }
}

/* The name of each crossing, and how many arguments it has at the least and at the most. */
static const Crossing CROSSINGS[] = {
    {"fahrenheit", 1, 1, cross_fahrenheit},
    {"divide", 2, 3, cross_divide},
    {"reverse", 1, 2, cross_reverse},
    {"total", 1, 1, cross_total},
    {"total-null", 1, 1, cross_total_null},
};

/* What every library has under a name of its own. It is called here and not pointed at, for in a call
 * C converts as in any program, while a pointer to a function has to fit exactly. */

static uint32_t abi_version(void) {
    return acme_abi_version();
}

static const char *version(void) {
    return acme_version();
}

static const char *last_error(void) {
    return acme_last_error();
}

static const char *status_name(int32_t status) {
    return acme_status_name(status);
}

int main(int argc, char **argv) {
    static const Harness HARNESS = {
        .program = "crossings",
        .crossings = CROSSINGS,
        .count = sizeof CROSSINGS / sizeof *CROSSINGS,
        .built_for = ACME_ABI_VERSION,
        .abi_version = abi_version,
        .version = version,
        .last_error = last_error,
        .status_name = status_name,
        .live_blocks = "acme_canary_live_blocks",
    };
    return harness_main(&HARNESS, argc, argv);
}
