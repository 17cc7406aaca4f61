/* What switch-sim keeps: docs/confinement.md. */
#include <linux/capability.h>

#include "base/confine.h"
#include "switch-sim/driver/switchd.h"

int switchd_confine(const struct switchd *d, struct fail *fail)
{
	/* links; frames. What needs SYS_ADMIN is done by the helper. */
	struct confine confine = {.program = d->file->config.name,
				  .capabilities =
				      CONFINE_CAPABILITY(CAP_NET_ADMIN) | CONFINE_CAPABILITY(CAP_NET_RAW),
				  .calls = CONFINE_CALLS_LINKS};

	confine_add_folder_of(&confine, d->file->panel, CONFINE_REMOVE);
	confine_add_folder_of(&confine, d->file->control, CONFINE_REMOVE);
	return confine_apply(&confine, fail);
}
