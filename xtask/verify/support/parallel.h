/* Several threads at once. */

#ifndef PARALLEL_H
#define PARALLEL_H

#include <pthread.h>

/* Calls body(context, 0) to body(context, count - 1), each on a thread of its own, and returns when
 * all have returned. None begins before all threads are there. */
void in_parallel(size_t count, void (*body)(void *context, size_t number), void *context);

/* Where threads wait for one another, once. (Not every system has pthread_barrier_t.) */
typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t complete;
    size_t missing;
} Meeting;

void meeting_init(Meeting *meeting, size_t count);
void meeting_wait(Meeting *meeting);
void meeting_destroy(Meeting *meeting);

#endif
