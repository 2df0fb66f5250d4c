/* Every way across the boundary, as the file of cases asks for it. */

#ifndef CROSSINGS_H
#define CROSSINGS_H

#include "cases.h"
#include "transcript.h"

/* Makes the crossing that the case names and appends its line to the transcript. */
void cross(const Case *one_case, Transcript *out);

#endif
