#include "parallel.h"

#include <pthread.h>
#include <stdlib.h>

#include "program.h"

typedef struct {
    void (*body)(void *context, size_t number);
    void *context;
    size_t number;
    pthread_t thread;
} Task;

static void *run(void *task_pointer) {
    Task *task = task_pointer;
    task->body(task->context, task->number);
    return NULL;
}

void in_parallel(size_t count, void (*body)(void *context, size_t number), void *context) {
    Task *tasks = allocate(count * sizeof *tasks);
    for (size_t i = 0; i < count; i++) {
        tasks[i] = (Task){.body = body, .context = context, .number = i};
        if (pthread_create(&tasks[i].thread, NULL, run, &tasks[i]) != 0) {
            stop(WRONG, "threads", "thread %zu cannot be made", i);
        }
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(tasks[i].thread, NULL);
    }
    free(tasks);
}
