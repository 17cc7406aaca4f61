#ifndef SWITCH_SIM_CORE_MIRROR_H
#define SWITCH_SIM_CORE_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct switch_core;
struct port;

/* A mirror session (SPAN) copies what passes its sources to its destination. */
#define MIRRORS 4

struct mirror {
	bool *in, *out; /* of each port; NULL: none */
	int to;		/* -1: none */
	bool replicate; /* tags and link-local protocols too */
};

/* A frame came in or leaves at the source port of a session: copies to the destinations. */
void mirror_frame(struct switch_core *core, const struct port *port, bool in, const uint8_t *frame,
		  size_t length);

/* A session changed: update the ports. */
void mirror_changed(struct switch_core *core);
void mirror_free(struct switch_core *core);

#endif
