#ifndef PHONELAB_WHY_ENGINE_H
#define PHONELAB_WHY_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The engine of `why`: candidates for a cause are held against the facts (fact.h). Pure: facts in, answer out.
 *
 * A condition names a fact, and may restrict it:
 *   "dhcp.silent"                      a fact of that name
 *   "walk.ok@"                         of the same object as the fact of the candidate
 *   "register.status[code=404,node]"   its value `code` is 404, and its value `node` that of the candidate's fact
 *   "power.denied[reason~budget]"      its value `reason` contains "budget", case ignored; [text~..] and [object~..] search its text and its object
 *   "file.silent[now]"                 it is a fact of the broken step
 *   "a|b"                              one of these
 *
 * A sentence holds {NAME}: a value of the fact, else of a fact that a condition or support has found; also {object} (its canonical
 * name), {name} (without its kind; of all objects if the candidate holds for several), {text} of the fact, {phone}, {switch} and {node} also as
 * the first word of {name}, and {subject}: what
 * the fact's file is for the phone, with its verb ("The dial rules are"). A part in [[ ]] is left out if a value in it is empty.
 */
#define WHY_MUST     4
#define WHY_MUST_NOT 8
#define WHY_SUPPORT  3

/* How much a candidate is worth, if several hold. Within a kind, a larger number is the more specific candidate. */
enum why_rank {
	WHY_GENERIC = 10,   /* the step is known, the reason is not */
	WHY_INFERRED = 30,  /* only the phone's own report shows it */
	WHY_DIFFERS = 50,   /* running and intended configuration differ, and the difference fits */
	WHY_INSPECTED = 70, /* seen in the running configuration on the path */
	WHY_MEASURED = 90,  /* frames, or the content of what the phone received, show it */
};

struct why_candidate {
	const char *id;
	int first, last;  /* the broken step must be one of these; 0 to 0: the phone is registered */
	const char *fact; /* a condition: every fact that fulfils it makes one cause */
	const char *must[WHY_MUST], *must_not[WHY_MUST_NOT]; /* conditions */
	const char *support[WHY_SUPPORT];		     /* conditions; what is found becomes evidence */
	int rank;
	bool either;	    /* of several objects one is the cause: the verdict is ambiguous */
	const char *object; /* a sentence; NULL: the object of the fact */
	const char *cause;  /* a sentence; NULL: the text of the fact */
	const char
	    *look; /* a command without "phonelab" that decides or shows more; a sentence, may be NULL */
};

/* A table ends with a candidate without an id. */
extern const struct why_candidate why_candidates_link[], why_candidates_dhcp[], why_candidates_network[],
    why_candidates_files[], why_candidates_register[], why_candidates_tls[], why_candidates_capture[];

/*
 * What the facts say about the step at which a phone stands (0: it is registered). A new object:
 *   verdict       "healthy" (only with step 0), "proven", "likely", "ambiguous", "undecided"
 *   id, cause, object, objects (all of them), look: of the best candidate, unless healthy or undecided
 *   inferred      true if only the phone's own report shows the cause (a rank below WHY_DIFFERS)
 *   evidence      the facts that the best candidate used
 *   hint          of an undecided case: what is known in general
 *   alternatives  [{id, cause, object}], if ambiguous
 *   also          [{id, cause, object}]: other causes that hold and are worth less
 *   ruled_out     [{id, cause, object, because}]: candidates whose fact is there, and which another fact contradicts
 * tables ends with NULL. Facts of the step receive the member `now`.
 */
json_t *why_decide(const struct why_candidate *const *tables, json_t *facts, int step, const char *phone);

#endif
