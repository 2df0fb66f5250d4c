#include "parallel.h"

#include <stdlib.h>

#include "program.h"

typedef struct {
    void (*body)(void *context, size_t number);
    void *context;
    size_t number;
    Meeting *start;
    pthread_t thread;
} Task;

static void *run(void *task_pointer) {
    Task *task = task_pointer;
    meeting_wait(task->start);
    task->body(task->context, task->number);
    return NULL;
}

void in_parallel(size_t count, void (*body)(void *context, size_t number), void *context) {
    Task *tasks = allocate(count * sizeof *tasks);
    Meeting start;
    meeting_init(&start, count);
    for (size_t i = 0; i < count; i++) {
        tasks[i] = (Task){.body = body, .context = context, .number = i, .start = &start};
        if (pthread_create(&tasks[i].thread, NULL, run, &tasks[i]) != 0) {
            stop(WRONG, "threads", "thread %zu cannot be made", i);
        }
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(tasks[i].thread, NULL);
    }
    meeting_destroy(&start);
    free(tasks);
}

void meeting_init(Meeting *meeting, size_t count) {
    pthread_mutex_init(&meeting->mutex, NULL);
    pthread_cond_init(&meeting->complete, NULL);
    meeting->missing = count;
}

void meeting_wait(Meeting *meeting) {
    pthread_mutex_lock(&meeting->mutex);
    meeting->missing--;
    if (meeting->missing == 0) {
        pthread_cond_broadcast(&meeting->complete);
    }
    while (meeting->missing > 0) {
        pthread_cond_wait(&meeting->complete, &meeting->mutex);
    }
    pthread_mutex_unlock(&meeting->mutex);
}

void meeting_destroy(Meeting *meeting) {
    pthread_cond_destroy(&meeting->complete);
    pthread_mutex_destroy(&meeting->mutex);
}
