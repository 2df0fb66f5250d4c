/* What makes the moment certain: one thread is always inside, the other waits. */

#ifndef MOMENT_H
#define MOMENT_H

/* Returns when the second thread has ended its run. */
void let_the_second_run(void);

/* Returns when the first thread is inside its run. */
void wait_for_the_first(void);

void let_the_first_go_on(void);

#endif
