#ifndef PHONELAB_EXERCISE_PERMIT_H
#define PHONELAB_EXERCISE_PERMIT_H

#include "phonelab/client/client.h"

/*
 * Whether `phonelab why` may answer: it would give an exercise away. The lab's session decides (session.h), and counts
 * the price. A lab without a session, such as one of containers without a keeper, has no exercise.
 */

/* In a lab. 0 and *price (the points that this use costs), or a negative errno with the reason. */
int exercise_permit_why(const struct lab *lab, long *price, struct fail *fail);

/* For a file about a phone: the same for each native lab of this user that has the phone, and for the lab whose
 * container runs this process. A file does not name its lab, so the phone decides. */
int exercise_permit_why_file(const char *phone, long *price, struct fail *fail);

/* The same for a list of names of phones. */
int exercise_permit_why_files(const json_t *names, long *price, struct fail *fail);

#endif
