/* Not in ISO C: write(), which a signal handler may call. */
#define _POSIX_C_SOURCE 200809L

#include "rounds.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parallel.h"
#include "process.h"
#include "program.h"

/* The case that is under way, for a process that does not live to say it. */
static _Thread_local char under_way[80];

static void say_under_way(int number) {
    ssize_t written = write(STDERR_FILENO, under_way, strlen(under_way));
    (void)written;
    signal(number, SIG_DFL);
    raise(number);
}

static void cross(const Case *one_case, Transcript *out) {
    snprintf(under_way, sizeof under_way, "line %zu (%s): it ended the process\n", one_case->line,
             one_case->name);
    harness_cross(one_case, out);
}

static bool is_left_as_it_was(const Case *one_case, const Footprint *before) {
    char when[80];
    Footprint now = footprint();
    snprintf(when, sizeof when, "line %zu (%s)", one_case->line, one_case->name);
    return footprint_is_same(before, &now, when);
}

FirstRound first_round(const Cases *cases, FILE *stream, bool compared) {
    FirstRound first = {
        .cases = cases,
        .transcript = transcript_to(stream),
        .left_as_it_was = true,
    };
    signal(SIGABRT, say_under_way);
    signal(SIGSEGV, say_under_way);
    Footprint before = {.threads = 0};
    if (compared) {
        before = footprint();
    }
    first.ends = allocate(cases->count * sizeof *first.ends);
    for (size_t i = 0; i < cases->count && first.left_as_it_was; i++) {
        cross(&cases->items[i], &first.transcript);
        first.ends[i] = first.transcript.length;
        /* If the next one ends the process, this one is out. */
        transcript_flush(&first.transcript);
        first.left_as_it_was = !compared || is_left_as_it_was(&cases->items[i], &before);
    }
    return first;
}

void first_round_free(FirstRound *first) {
    transcript_free(&first->transcript);
    free(first->ends);
    *first = (FirstRound){0};
}

/* A line may be long, so this shows only where they begin to differ. */
static void say_difference(const Case *one_case, const char *was, size_t was_length, const char *is,
                           size_t is_length) {
    size_t same = 0;
    while (same < was_length && same < is_length && was[same] == is[same]) {
        same++;
    }
    size_t from = same > 20 ? same - 20 : 0;
    size_t was_shown = was_length - from < 60 ? was_length - from : 60;
    size_t is_shown = is_length - from < 60 ? is_length - from : 60;
    fprintf(stderr,
            "line %zu (%s): another result than in the first round, from byte %zu on\n"
            "  first: %.*s\n"
            "  now:   %.*s\n",
            one_case->line, one_case->name, same, (int)was_shown, was + from, (int)is_shown,
            is + from);
}

static bool repeat(const FirstRound *first, size_t i, LiveBlocks live_blocks,
                   Transcript *line) {
    const Case *one_case = &first->cases->items[i];
    size_t start = i > 0 ? first->ends[i - 1] : 0;
    size_t length = first->ends[i] - start;
    const char *expected = first->transcript.bytes + start;
    size_t before = live_blocks != NULL ? live_blocks() : 0;

    transcript_clear(line);
    cross(one_case, line);
    if (line->length != length || memcmp(line->bytes, expected, length) != 0) {
        /* Without the newlines. */
        say_difference(one_case, expected, length - 1, line->bytes, line->length - 1);
        return false;
    }
    size_t after = live_blocks != NULL ? live_blocks() : 0;
    if (after != before) {
        fprintf(stderr,
                "line %zu (%s): the library had %zu live blocks before and has %zu after it\n",
                one_case->line, one_case->name, before, after);
        return false;
    }
    return true;
}

bool next_round(const FirstRound *first, LiveBlocks live_blocks) {
    Transcript line = transcript_to(NULL);
    bool same = true;
    for (size_t i = 0; i < first->cases->count && same; i++) {
        same = repeat(first, i, live_blocks, &line);
    }
    transcript_free(&line);
    return same;
}

typedef struct {
    const FirstRound *first;
    size_t rounds;
    bool *same; /* One for each thread, so that none waits for another. */
} Work;

static void work(void *context, size_t number) {
    const Work *shared = context;
    bool same = true;
    for (size_t i = 0; i < shared->rounds && same; i++) {
        same = next_round(shared->first, NULL);
    }
    shared->same[number] = same;
}

bool next_rounds_in_parallel(const FirstRound *first, size_t threads, size_t rounds) {
    Work shared = {first, rounds, allocate(threads * sizeof(bool))};
    bool same = true;
    in_parallel(threads, work, &shared);
    for (size_t i = 0; i < threads; i++) {
        same = same && shared.same[i];
    }
    free(shared.same);
    return same;
}
