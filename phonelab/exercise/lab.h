#ifndef PHONELAB_EXERCISE_LAB_H
#define PHONELAB_EXERCISE_LAB_H

#include "phonelab/client/client.h"
#include "phonelab/exercise/exercise.h"

/* The lab that an exercise begins in: a native one of its own, or the one of containers that we are in. */

/* Start a native lab of that name, and end it. An exit status, what is wrong having been said. */
int exercise_lab_up(const struct exercise *exercise, const char *name);
void exercise_lab_down(const char *name);

/* Are we in a container of a lab? */
bool exercise_lab_here(void);

/* Can the exercise begin in that lab? It is of the exercise's topology, and healthy. 0 and the lab in *lab;
 * or an exit status, with the reason printed. */
int exercise_lab_fits(const struct exercise *exercise, struct lab *lab);

#endif
