/* The harness of C: a function for each crossing, which makes the call that a case asks for and
 * writes down what comes of it. What is freed in here is what the library made. */

#include "acme.h"
#include "harness.h"

static void cross_distance(Arguments *arguments, Transcript *out) {
    const char *a = text_argument(arguments, 0);
    const char *b = text_argument(arguments, 1);
    size_t distance;
    size_t *to = null_argument(arguments, 2) ? NULL : &distance;
    if (put_status(out, acme_edit_distance(a, b, to))) {
        put_number(out, distance);
    }
}

typedef struct {
    Transcript *out;
    size_t left; /* How many words are still to come. */
} Words;

/* The word is written down at once, for it is gone afterwards. */
static int32_t visit_word(const char *word, void *context) {
    Words *words = context;
    put_text(words->out, word);
    return --words->left != 0;
}

static void cross_words(Arguments *arguments, Transcript *out) {
    const char *text = text_argument(arguments, 0);
    /* 0 words to come are as many as there are. */
    Words words = {.out = out, .left = count_argument(arguments, 1)};
    AcmeWordVisitor visitor = null_argument(arguments, 2) ? NULL : visit_word;
    put_status(out, acme_each_word(text, visitor, &words));
}

static void put_extent(Transcript *out, AcmeExtent extent) {
    put_double(out, extent.least);
    put_double(out, extent.greatest);
}

typedef struct {
    const AcmeHistogram *histogram;
    size_t made;
    size_t stop_at; /* The visit that is the last; 0 for none. */
} Visits;

/* A visitor may use the histogram whose values it sees. */
static int32_t visit(double value, void *context) {
    Visits *visits = context;
    double least;
    (void)value;
    visits->made++;
    return visits->made != visits->stop_at &&
           acme_histogram_percentile(visits->histogram, 0, &least) == ACME_STATUS_OK;
}

static void cross_histogram(Arguments *arguments, Transcript *out) {
    double percentile = double_argument(arguments, 0);
    Visits visits = {.stop_at = count_argument(arguments, 1)};
    Doubles values = doubles_argument(arguments, 2);
    AcmeHistogram *histogram = NULL;
    AcmeSummary summary;
    double value;
    AcmeStatus status = acme_histogram_new(&histogram);
    if (status != ACME_STATUS_OK) {
        put_status(out, status);
        return;
    }
    visits.histogram = histogram;
    for (size_t i = 0; i < values.count; i++) {
        status = acme_histogram_add(histogram, values.items[i]);
        if (status != ACME_STATUS_OK) {
            put_status(out, status);
        }
    }
    if (put_status(out, acme_histogram_percentile(histogram, percentile, &value))) {
        put_double(out, value);
    }
    if (put_status(out, acme_histogram_summary(histogram, &summary))) {
        put_double(out, summary.least);
        put_double(out, summary.greatest);
        put_double(out, summary.mean);
        put_double(out, acme_summary_range(summary));
        put_number(out, summary.count);
    }
    put_extent(out, acme_histogram_extent(histogram));
    if (put_status(out, acme_histogram_each(histogram, visit, &visits))) {
        put_number(out, visits.made);
    }
    acme_histogram_free(histogram);
}

/* NULL in each place. To free it is legal, as it is for free(). */
static void cross_null(Arguments *arguments, Transcript *out) {
    AcmeHistogram *histogram = NULL;
    AcmeSummary summary;
    AcmeStatus status = acme_histogram_new(&histogram);
    double value;
    if (status != ACME_STATUS_OK) {
        put_status(out, status);
        return;
    }
    if (argument_is(arguments, 0, "free")) {
        acme_histogram_free(NULL);
        acme_string_free(NULL);
        put_word(out, "void");
        acme_histogram_free(histogram);
        return;
    }
    if (argument_is(arguments, 0, "extent")) {
        put_extent(out, acme_histogram_extent(NULL));
        put_text(out, acme_last_error());
        acme_histogram_free(histogram);
        return;
    }
    if (argument_is(arguments, 0, "new")) {
        status = acme_histogram_new(NULL);
    } else if (argument_is(arguments, 0, "add")) {
        status = acme_histogram_add(NULL, 1);
    } else if (argument_is(arguments, 0, "percentile")) {
        status = acme_histogram_percentile(NULL, 50, &value);
    } else if (argument_is(arguments, 0, "percentile-value")) {
        status = acme_histogram_percentile(histogram, 50, NULL);
    } else if (argument_is(arguments, 0, "summary")) {
        status = acme_histogram_summary(NULL, &summary);
    } else if (argument_is(arguments, 0, "summary-summary")) {
        status = acme_histogram_summary(histogram, NULL);
    } else if (argument_is(arguments, 0, "each")) {
        status = acme_histogram_each(NULL, visit, NULL);
    } else {
        status = acme_histogram_each(histogram, NULL, NULL);
    }
    put_status(out, status);
    acme_histogram_free(histogram);
}

/* The name of each crossing, and how many arguments it has at the least and at the most. */
static const Crossing CROSSINGS[] = {
    {"distance", 2, 3, cross_distance},
    {"histogram", 3, 3, cross_histogram},
    {"words", 2, 3, cross_words},
    {"null", 1, 1, cross_null},
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
