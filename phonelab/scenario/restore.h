#ifndef PHONELAB_SCENARIO_RESTORE_H
#define PHONELAB_SCENARIO_RESTORE_H

#include <jansson.h>

#include "phonelab/client/client.h"
#include "phonelab/scenario/scenario.h"

/*
 * Restoring a running lab that a scenario has changed: faults, devices, switch configuration, programs and cables; then
 * waiting until the phones are registered again. Changes by a command in a node are not restored.
 */
struct restore {
	const struct lab *lab;
	const struct topology *topology;
	json_t *status;	   /* as the lab was */
	json_t *configs;   /* of each switch: its running-config */
	json_t *unplugged; /* the phones whose cables requests have unplugged */
	json_t *devices;   /* of each changed device: its record in the device table before */
	bool touched, faults;
};

/* Note the state of the lab. 0, or a negative errno with the reason: -EBUSY if a fault or an exercise is active. */
int restore_begin(struct restore *restore, const struct lab *lab, const struct topology *topology,
		  struct fail *fail);

/* A request to a control socket is about to change the lab, or only asks. */
void restore_note(struct restore *restore, const char *socket, const json_t *request);

/* The reply to such a request: it tells how a device was before. */
void restore_note_reply(struct restore *restore, const json_t *reply);

/* Restore the lab; without changes, nothing happens. 0, or a negative errno with the reason; everything is tried. */
int restore_end(struct restore *restore, struct fail *fail);

void restore_free(struct restore *restore);

#endif
