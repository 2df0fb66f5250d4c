/* What Go cannot say itself: pointers to what is constant, a call of a function pointer, storage of
 * a thread's own. */

#ifndef C_SIDE_H
#define C_SIDE_H

#include "hello.h"

/* cgo writes prototypes of its own; with these names they agree with those of hello.h, and the C
 * compiler says so if they do not. */
typedef const char *Text;
typedef const double *Doubles;

int32_t call_visitor(HelloVisitor visitor, double value, double root, void *context);
void keep_error(const char *message, size_t length);
Text kept_error(void);

#endif
