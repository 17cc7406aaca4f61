#ifndef PHONELAB_CLIENT_VIEW_H
#define PHONELAB_CLIENT_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ladder.h"
#include "base/text.h"
#include "phonelab/topology/topology.h"

/* What a person sees of a running lab: the model behind `up`, `watch` and their plain lines. It is fed with the object of
 * `status --json` and with lines of events.jsonl; screen.h draws it. Times are CLOCK_MONOTONIC in microseconds. */

#define VIEW_DETAIL 120
#define VIEW_FAULTS 16

struct view_phone {
	char name[48], model[16], number[24];
	enum ladder_state state[LADDER_STEPS];
	char detail[LADDER_STEPS][VIEW_DETAIL];
	char with[64];	 /* registered: with which number and call manager */
	bool registered; /* by the report of the phone */
	bool unplugged;
	uint64_t power_us;   /* when step 1 began; 0: unknown */
	uint64_t since_us;   /* when the step at which it stands began; 0: unknown */
	uint64_t trouble_us; /* latest registration that was lost; 0: none */
};

struct view {
	char lab[40];
	char pace[8];	   /* "fast", "real", or "" if it is unknown */
	uint64_t began_us; /* of this view */
	struct view_phone *phones;
	size_t count, registered;
	char message[200]; /* the newest news about the lab as a whole */
	bool while_all;	   /* the message holds only while all phones are registered */
	char waits[200];   /* what the start waits for beside phones; "" nothing */
	struct {
		long number;
		char text[80];
	} faults[VIEW_FAULTS]; /* the active faults, the oldest first */
	size_t fault_count;    /* may be greater than VIEW_FAULTS */
	bool ended;	       /* the lab has ended */
	bool stale;	       /* events are missing: view_status is needed */
};

/* NULL if memory is short. */
struct view *view_new(const char *lab);

/* The same with the phones and the pace of a topology. */
struct view *view_of_topology(const struct topology *topology, const char *lab);

/* NULL is legal. */
void view_free(struct view *view);

/* Add a phone in which no step has begun. False if memory is short. number may be "". */
bool view_add_phone(struct view *view, const char *name, const char *model, const char *number);

/* Take over the state of every phone from a status object; unknown phones are added. */
void view_status(struct view *view, const json_t *status, uint64_t now_us);

/* Take over the active faults from the reply of the verb `fault-ls`; NULL: none is known. */
void view_fault_list(struct view *view, const json_t *reply);

/* Take one line of events.jsonl. Returns true if the view has changed. plain, if not NULL, receives a line for a person
 * (without a newline), or stays empty if the event is not worth one. */
bool view_event(struct view *view, const char *line, size_t length, struct text *plain);

/* Set the news about the lab as a whole. */
void view_say(struct view *view, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The step at which the phone stands: a failed one, else the first that is neither done nor skipped; 0: none. */
int view_step(const struct view_phone *phone);

/* Its class, in the order in which a person wants to see phones. */
enum view_class {
	VIEW_FAILED,	/* a step failed, and it is not registered */
	VIEW_LOST,	/* its registration was lost, and no step is active */
	VIEW_CLIMBING,	/* a step is active */
	VIEW_WAITING,	/* no step is active: without power, unplugged */
	VIEW_COMPLAINS, /* registered, although a step failed */
	VIEW_REGISTERED,
	VIEW_CLASSES
};
enum view_class view_class(const struct view_phone *phone);

#endif
