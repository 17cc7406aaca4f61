#ifndef PHONELAB_EXERCISE_SESSION_H
#define PHONELAB_EXERCISE_SESSION_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/fault/host.h"

struct event_base;

/*
 * The exercise of a lab, in the process that serves lab.sock. The faults, the answers and the state of the healthy
 * lab are in the memory of this process only: it applies the faults and checks the lab itself, and its replies
 * contain what a trainee may know. No file, argument or reply contains a secret before the exercise is finished.
 */
struct exercise_session;

/* Revert all faults of the lab. 0, or a negative errno with the reason. */
typedef int exercise_clear_fn(void *arg, struct fail *fail);

/* clear: after a finished exercise, before the next one. NULL: out of memory. */
struct exercise_session *exercise_session_new(struct event_base *base, exercise_clear_fn *clear, void *arg);
void exercise_session_free(struct exercise_session *session); /* NULL is legal; cancels a running job */

/* Which requests about faults the lab answers; session may be NULL. */
enum fault_secrecy exercise_session_secrecy(const struct exercise_session *session);

/*
 * The verb `exercise` of lab.sock (docs/formats.md), by its `action`:
 *   begin  id, seed, and text, name and files for exercises from a file: apply its faults. After a finished exercise
 *          the faults of that one are reverted first
 *   state  (the default) the phase, and what a trainee may know
 *   hint   the next hint
 *   why    may `phonelab why` explain this lab? -EPERM if not; else its price, which the first use costs
 *   check  component, cause, timeout: is the lab repaired, is the answer right?
 *   finish timeout: end the exercise. The last check is marked, also if the lab was not repaired; without one the lab is
 *          checked
 *   call   count one call of a tool by an agent; `calls` of the state
 * begin, check and finish continue after the reply; `state` reports their result. A new object, or NULL with the reason.
 */
json_t *exercise_session_serve(struct exercise_session *session, const json_t *request, struct fail *fail);

#endif
