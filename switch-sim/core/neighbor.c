#include "switch-sim/core/neighbor.h"

#include <stdio.h>

#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"

void neighbor_odd(struct switch_core *core, const struct port *port, int step, const char *event,
		  const struct wire_odd *message, struct wire_odd *sender)
{
	char text[WIRE_ODD_TEXT], type[24], length[16], offset[16];
	const struct wire_oddity *oddity;
	unsigned at = 0;

	while ((oddity = wire_odd_next(message, sender, &at))) {
		wire_odd_type(oddity, type, sizeof(type));
		snprintf(length, sizeof(length), "%u", oddity->length);
		snprintf(offset, sizeof(offset), "%u", oddity->offset);
		core_event(core, port, step, event,
			   json_pack("{s:s,s:s,s:s}", "type", type, "length", length, "offset", offset),
			   "%s: %s", port->name, wire_odd_text(oddity, text));
	}
}

void neighbor_bad(struct switch_core *core, const struct port *port, int step, const char *event,
		  uint64_t *counter, const struct wire_error *error)
{
	core_drop(core, port, counter, error->what);
	core_event(core, port, step, event, NULL, "%s: message dropped: %s at offset %zu", port->name,
		   error->what, error->offset);
}
