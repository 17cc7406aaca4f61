#ifndef PHONELAB_EXERCISE_SESSION_H
#define PHONELAB_EXERCISE_SESSION_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/fault/host.h"

struct event_base;

/*
 * The exercise of a lab, in the process that answers at its lab.sock. What is wrong, and what the lab was
 * like when it was healthy, is in its memory alone: it puts the exercise in place and does the checking
 * itself, and gives out what a trainee may know. Nothing of it is in a file, an argument or a reply before
 * the end.
 */
struct exercise_session;

struct exercise_session *exercise_session_new(struct event_base *base); /* NULL: out of memory */
void exercise_session_free(struct exercise_session *session); /* NULL is legal; ends what is under way */

/* Whom one tells of the faults of the lab; session may be NULL. */
enum fault_secrecy exercise_session_secrecy(const struct exercise_session *session);

/*
 * The verb `exercise` of lab.sock (docs/formats.md), by its `action`:
 *   begin  id, seed, and text, name and files for exercises of one's own: put it in place
 *   state  (as when absent) the phase, and what a trainee may know
 *   hint   the next hint
 *   check  component, cause, timeout: is the lab repaired, is the answer right?
 * begin and check go on after the reply; `state` says how they ended. A new object, or NULL with the reason.
 */
json_t *exercise_session_serve(struct exercise_session *session, const json_t *request, struct fail *fail);

#endif
