/* What phone-sim keeps: docs/confinement.md. */
#include <linux/capability.h>

#include "base/confine.h"
#include "base/file.h"
#include "phone-sim/driver/rack_internal.h"

int rack_confine(const struct rack *rack, const struct rack_phone *phones, size_t count, struct fail *fail)
{
	const struct rack_options *options = &rack->options;
	struct confine confine = {
	    .program = "phone-sim",
	    /* links and addresses; frames; the ports of DHCP and of the web page; the links of
				   * all namespaces by one socket */
	    .capabilities = CONFINE_CAPABILITY(CAP_NET_ADMIN) | CONFINE_CAPABILITY(CAP_NET_RAW) |
			    CONFINE_CAPABILITY(CAP_NET_BIND_SERVICE) | CONFINE_CAPABILITY(CAP_NET_BROADCAST),
	    .calls = CONFINE_CALLS_LINKS};
	int err;

	/* A rule needs the folder. If it cannot be created for another reason, the first phone reports that. */
	err = file_make_directory(options->flash, fail);
	if (fail_is_shortage(err))
		return err;
	confine_add(&confine, options->flash, CONFINE_WRITE);
	confine_add_folder_of(&confine, options->control, CONFINE_REMOVE);
	/* The certificates are read when a phone is created, also by the verb "add". */
	for (size_t i = 0; i < count; i++) {
		confine_add_folder_of(&confine, phones[i].mic, CONFINE_READ);
		confine_add_folder_of(&confine, phones[i].lsc, CONFINE_READ);
	}
	return confine_apply(&confine, fail);
}
