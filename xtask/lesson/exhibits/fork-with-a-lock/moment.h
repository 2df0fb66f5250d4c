/* What makes the moment certain, of which a server meets one in a thousand. */

#ifndef MOMENT_H
#define MOMENT_H

/* Returns as soon as another thread is inside write(), and stays in there. */
void wait_until_it_prints(void);

/* Lets that thread go on. */
void let_it_print(void);

/* To be called in a child: it has one thread, so a wait for a lock never ends. The
 * process then ends, with the status 1, in place of hanging. */
void nobody_else_is_here(void);

#endif
