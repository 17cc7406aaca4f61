#include <errno.h>

#include "base/json_text.h"
#include "switch-sim/driver/switchd.h"

/* Which ports have a recording. */

static int find(const struct switchd *d, const struct mac *device)
{
	for (unsigned i = 0; i < switch_core_ports(d->core); i++)
		if (d->ports[i].recording && mac_equal(&d->ports[i].recorded, device))
			return (int)i;
	return -1;
}

void switchd_record(struct switchd *d, unsigned port, const char *name, const struct mac *mac)
{
	struct recording *recording = NULL;
	struct mac device;
	int old;

	if (!mac_parse_device(&device, name)) {
		old = find(d, &device);
		if (old == (int)port)
			return;
		recording = old < 0 ? recording_new(mac) : d->ports[old].recording;
		if (old >= 0)
			d->ports[old].recording = NULL;
		d->ports[port].recorded = device;
	}
	recording_free(d->ports[port].recording);
	d->ports[port].recording = recording;
}

json_t *switchd_verb_frames(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const char *name = json_text(request, "device");
	long long after = json_int(request, "after");
	struct switchd *d = arg;
	struct mac device;
	int port = mac_parse_device(&device, name) ? -1 : find(d, &device);
	json_t *reply;

	(void)fd;
	if (port < 0) {
		fail_set(fail, -ENOENT, "device: no phone \"%.64s\" was plugged into %s", name,
			 d->file->config.name);
		return NULL;
	}
	reply = recording_frames(d->ports[port].recording, after > 0 ? (uint64_t)after : 0);
	if (!reply)
		fail_set(fail, -ENOMEM, "no memory for the frames");
	return reply;
}
