#ifndef PHONELAB_LINT_WORLD_H
#define PHONELAB_LINT_WORLD_H

#include "phone-sim/core/phone.h"
#include "phonelab/lint/source.h"
#include "wire/cursor.h"

/* The flash of a phone. All is borrowed. */
struct lint_installed {
	const char *active_load, *inactive_load; /* "": none */
	const uint8_t *itl, *ctl;		 /* NULL: not installed */
	size_t itl_length, ctl_length;
	/* Certificates in DER and their keys in PKCS#8; data NULL: none. */
	struct wire_slice lsc, lsc_key, mic, mic_key;
};

/* A network for one phone core in memory, with a clock of its own: power, an address, the files of a source, names that
 * resolve, and call managers that accept the registration of a device with a line. Nothing is sent. */
struct lint_world {
	struct lint_source *source;
	const char *load;			/* of the active bank */
	const struct lint_installed *installed; /* what else is in flash; NULL: nothing */
	void (*observe)(void *arg,
			const struct phone_action *action); /* every action, before it is carried out */
	void *arg;
};

/* Boot the phone until it is ready, or until a step fails without which it does not continue. The phone must be new. 0, or
 * -ENOMEM, or -ELOOP: no end is in sight (a defect of the phone). */
int lint_world_boot(const struct lint_world *world, struct phone *phone, struct phone_actions *actions);

/* May a name server know this name (RFC 1123 2.1)? An address is no name. */
bool lint_is_host_name(const char *name);

#endif
