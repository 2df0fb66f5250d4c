/* Not in ISO C: threads that every C library has. */
#define _POSIX_C_SOURCE 200809L

#include "statics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *pointer;
    char *text;
} First;

static First *first;

static void *allocate(size_t size) {
    void *memory = malloc(size > 0 ? size : 1);
    if (memory == NULL) {
        fprintf(stderr, "statics: there is no memory\n");
        exit(2);
    }
    return memory;
}

/* The answers once more, the last one first, so that others came between. */
static void compare(const char *when) {
    for (size_t i = ANSWER_COUNT; i-- > 0;) {
        const char *now = ANSWERS[i].answer();
        if (now != first[i].pointer) {
            printf("`%s` returned another pointer %s\n", ANSWERS[i].call, when);
        }
        if (strcmp(first[i].text, first[i].pointer) != 0) {
            printf("`%s` returned \"%s\"; %s the same memory has \"%s\"\n", ANSWERS[i].call,
                   first[i].text, when, first[i].pointer);
        }
    }
}

static void *on_another_thread(void *nothing) {
    compare("on another thread");
    return nothing;
}

int main(void) {
    pthread_t thread;
    first = allocate(ANSWER_COUNT * sizeof *first);
    for (size_t i = 0; i < ANSWER_COUNT; i++) {
        first[i].pointer = ANSWERS[i].answer();
        if (first[i].pointer == NULL) {
            printf("`%s` returned NULL\n", ANSWERS[i].call);
            return 0;
        }
        first[i].text = strcpy(allocate(strlen(first[i].pointer) + 1), first[i].pointer);
    }
    compare("after other calls");
    if (pthread_create(&thread, NULL, on_another_thread, NULL) != 0 ||
        pthread_join(thread, NULL) != 0) {
        fprintf(stderr, "statics: there is no other thread\n");
        return 2;
    }
    compare("after that thread ended");
    printf("end\n");
    return 0;
}
