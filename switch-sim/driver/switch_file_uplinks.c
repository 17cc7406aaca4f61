#include "switch-sim/driver/switch_file_uplinks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/vxlan.h"

static int key_lacks(const char *where, const char *key, const char *over, struct fail *fail)
{
	return fail_set(fail, -EINVAL, "%s.%s: missing key, required by an uplink over %s", where, key, over);
}

static int key_extra(const char *where, const char *key, const char *over, struct fail *fail)
{
	return fail_set(fail, -EINVAL, "%s.%s: unexpected key of an uplink over %s", where, key, over);
}

static int read_cable(struct switch_uplink *uplink, struct file_uplink *in, const char *where,
		      struct fail *fail)
{
	if (!in->panel || !in->remote_port)
		return key_lacks(where, in->panel ? "remote_port" : "panel", "cable", fail);
	if (in->to || in->peer || in->vni || in->has_keepalive)
		return key_extra(where,
				 in->to	    ? "to"
				 : in->peer ? "peer"
				 : in->vni  ? "vni"
					    : "keepalive",
				 "cable", fail);
	uplink->panel = in->panel;
	uplink->remote_port = in->remote_port;
	in->panel = in->remote_port = NULL;
	return 0;
}

static int read_udp(const struct switch_file *file, struct switch_uplink *uplink, struct file_uplink *in,
		    const char *where, struct fail *fail)
{
	int err;

	if (in->panel || in->remote_port)
		return key_extra(where, in->panel ? "panel" : "remote_port", "udp", fail);
	if (!in->vni)
		return key_lacks(where, "vni", "udp", fail);
	uplink->udp = true;
	uplink->vni = (uint32_t)in->vni;
	uplink->keepalive = !in->has_keepalive || in->keepalive;
	uplink->has_peer = in->peer;
	if (!in->peer && !uplink->keepalive)
		return fail_set(
		    fail, -EINVAL,
		    "%s.peer: missing key, required because only a keepalive tells the address of the peer",
		    where);
	for (const struct switch_uplink *other = file->uplinks; other < uplink; other++)
		if (other->udp && other->vni == uplink->vni)
			return fail_set(
			    fail, -EINVAL,
			    "%s.vni: found %u a second time, expected a VNI of its own for each uplink",
			    where, uplink->vni);
	err = in->peer ? peer_parse(&uplink->peer, in->peer, VXLAN_PORT, fail) : 0;
	if (err)
		return fail_prefix(fail, err, "%s.peer", where);
	uplink->to = in->to;
	in->to = NULL;
	return 0;
}

int switch_file_uplinks(struct switch_file *file, struct file_switch *in, const char *path, struct fail *fail)
{
	struct file_uplink *uplinks = in->uplinks.items;
	char where[512];
	int err = 0;

	file->uplinks = calloc(in->uplinks.count ? in->uplinks.count : 1, sizeof(*file->uplinks));
	if (!file->uplinks)
		return fail_set(fail, -ENOMEM, "%s: no memory", path);
	for (size_t i = 0; i < in->uplinks.count && !err; i++) {
		struct switch_uplink *uplink = &file->uplinks[i];
		int port = switch_config_find_port(&file->config, uplinks[i].port, fail);

		snprintf(where, sizeof(where), "%.400s: uplinks[%zu]", path, i);
		if (port < 0)
			return fail_prefix(fail, port, "%s.port", where);
		for (size_t j = 0; j < i; j++)
			if (file->uplinks[j].port == (unsigned)port)
				return fail_set(fail, -EINVAL,
						"%s.port: found %s a second time, expected each port once",
						where, uplinks[i].port);
		uplink->port = (unsigned)port;
		file->uplink_count++;
		err = uplinks[i].over ? read_udp(file, uplink, &uplinks[i], where, fail)
				      : read_cable(uplink, &uplinks[i], where, fail);
	}
	return err;
}
