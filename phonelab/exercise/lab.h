#ifndef PHONELAB_EXERCISE_LAB_H
#define PHONELAB_EXERCISE_LAB_H

#include "phonelab/client/client.h"
#include "phonelab/exercise/exercise.h"

/* The lab of an exercise: a new native lab, the lab whose container runs this process, or a lab of closets. */

/* Start and stop a native lab. up returns an exit status, after printing the reason. */
int exercise_lab_up(const struct exercise *exercise, const char *name);
void exercise_lab_down(const char *name);

/* Does this process run in a container of a lab? */
bool exercise_lab_here(void);

/* Is the lab of that name (NULL: none) one of closets? Then its console holds the exercise. */
bool exercise_lab_is_console(const char *name);

/* Find a running lab, of containers (name NULL) or of closets, and check that it has the topology of the exercise and is healthy. 0
 * and *lab, or an exit status after printing the reason. */
int exercise_lab_fits(const struct exercise *exercise, const char *name, struct lab *lab);

#endif
