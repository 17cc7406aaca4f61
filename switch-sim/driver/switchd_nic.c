#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cable/nic.h"
#include "switch-sim/driver/switchd.h"
#include "wire/ether.h"
#include "wire/offload.h"

/* Ports whose cable is an interface of the machine (cable/nic.h). The descriptors come with the verb `nic attach`. */

#define FRAMES_A_TURN 64 /* each may stand for 45 segments */

struct switchd_nic {
	struct switchd *d;
	unsigned port;
	struct nic *nic;
	struct event *readable, *link;
	uint64_t lost; /* frames that could not be made whole, or are larger than a port takes */
};

static void deliver(struct switchd_nic *it, uint8_t *frame, size_t length)
{
	if (length > ETHER_FRAME_MAX)
		it->lost++;
	else
		switch_core_frame(it->d->core, it->d->now_us, it->port, frame, length);
}

/* The ordinary frames of a frame with an unfinished checksum, or of many segments. */
static void deliver_parts(struct switchd_nic *it, const struct nic_frame *frame)
{
	const struct offload offload = {.checksum = frame->needs_checksum,
					.type = frame->gso_type,
					.size = frame->gso_size,
					.checksum_start = frame->checksum_start,
					.checksum_offset = frame->checksum_offset};
	uint8_t out[SWITCH_HEADROOM + ETHER_FRAME_MAX];
	struct offload_frames frames;
	ssize_t length;

	if (offload_begin(&frames, &offload, frame->data, frame->length, NULL)) {
		it->lost++;
		return;
	}
	while ((length = offload_next(&frames, out + SWITCH_HEADROOM, ETHER_FRAME_MAX)) > 0)
		switch_core_frame(it->d->core, it->d->now_us, it->port, out + SWITCH_HEADROOM,
				  (size_t)length);
	it->lost += length < 0;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct switchd_nic *it = arg;
	struct nic_frame frame;
	int err = 0;

	(void)fd, (void)what;
	switchd_enter(it->d);
	for (int i = 0; i < FRAMES_A_TURN && (!err || err == -EMSGSIZE); i++) {
		err = nic_receive(it->nic, &frame);
		if (err == -EMSGSIZE)
			it->lost++;
		else if (!err && (frame.needs_checksum || frame.gso_type))
			deliver_parts(it, &frame);
		else if (!err)
			deliver(it, frame.data, frame.length);
	}
	switchd_leave(it->d);
}

static void on_link(evutil_socket_t fd, short what, void *arg)
{
	struct switchd_nic *it = arg;

	(void)fd, (void)what;
	switchd_enter(it->d);
	switch_core_carrier(it->d->core, it->d->now_us, it->port, nic_read_link(it->nic));
	switchd_leave(it->d);
}

void switchd_nic_send(struct switchd_nic *it, const void *frame, size_t length)
{
	nic_send(it->nic, frame, length);
}

static void nic_end(struct switchd_nic *it)
{
	if (!it)
		return;
	if (it->readable)
		event_free(it->readable);
	if (it->link)
		event_free(it->link);
	nic_free(it->nic);
	free(it);
}

void switchd_nic_detach(struct switchd *d, unsigned port)
{
	struct switchd_nic *it = d->ports[port].nic;

	if (!it)
		return;
	switch_core_unplug(d->core, d->now_us, port);
	d->ports[port].nic = NULL;
	d->nics--;
	nic_end(it);
}

static int start(struct switchd_nic *it, const char *name, struct fail *fail)
{
	struct switch_device device = {.power = SWITCH_POWER_NONE, .nic = true};
	bool up;

	if (getrandom(&device.loop_id, sizeof(device.loop_id), 0) != sizeof(device.loop_id))
		return fail_set(fail, -errno, "getrandom: %s", strerror(errno));
	it->readable = event_new(it->d->base, nic_fd(it->nic), EV_READ | EV_PERSIST, on_readable, it);
	it->link = event_new(it->d->base, nic_link_fd(it->nic), EV_READ | EV_PERSIST, on_link, it);
	if (!it->readable || !it->link || event_add(it->readable, NULL) || event_add(it->link, NULL))
		return fail_set(fail, -ENOMEM, "no memory for the interface %s", name);
	snprintf(device.node, sizeof(device.node), "%s", name);
	up = nic_read_link(it->nic);
	it->d->ports[it->port].nic = it;
	it->d->nics++;
	switchd_enter(it->d);
	switch_core_plug(it->d->core, it->d->now_us, it->port, &device);
	switch_core_carrier(it->d->core, it->d->now_us, it->port, up);
	return 0;
}

static int attach(struct switchd *d, unsigned port, const char *name, int descriptor[NIC_DESCRIPTORS],
		  struct fail *fail)
{
	struct switchd_nic *it = calloc(1, sizeof(*it));
	int err;

	if (!it)
		return fail_set(fail, -ENOMEM, "no memory for the interface %s", name);
	it->d = d;
	it->port = port;
	err = nic_new(&it->nic, descriptor, fail);
	if (err)
		nic_close_descriptors(descriptor);
	else
		err = start(it, name, fail);
	if (err)
		nic_end(it);
	return err;
}

/* The port of a request that may be plugged, or a negative errno. */
static int free_port(const struct switchd *d, const char *name, struct fail *fail)
{
	const char *code;
	int port = switch_core_find_free(d->core, name, &code, fail);

	if (port >= 0 && d->ports[port].uplink)
		return fail_set(fail, -EBUSY, "%s: port %s is the uplink to another switch",
				d->file->config.name, name);
	return port;
}

json_t *switchd_verb_nic_attach(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const char *name = json_string_value(json_object_get(request, "nic"));
	const char *port_name = json_string_value(json_object_get(request, "port"));
	int descriptor[NIC_DESCRIPTORS], port;
	struct switchd *d = arg;

	(void)fd;
	for (unsigned i = 0; i < NIC_DESCRIPTORS; i++)
		descriptor[i] = control_take_descriptor(d->control, i);
	port = name && port_name && *port_name
		   ? free_port(d, port_name, fail)
		   : fail_set(fail, -EINVAL, "port, nic: expected the name of a port and of an interface");
	if (port < 0) {
		nic_close_descriptors(descriptor);
		return NULL;
	}
	if (attach(d, (unsigned)port, name, descriptor, fail))
		return NULL;
	switchd_leave(d);
	return json_pack("{s:s}", "port", switch_core_port_name(d->core, (unsigned)port));
}

json_t *switchd_verb_nic_detach(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const char *name = json_string_value(json_object_get(request, "port"));
	struct switchd *d = arg;
	int port;

	(void)fd;
	port = switch_config_find_port(&d->file->config, name ? name : "", fail);
	if (port < 0)
		return NULL;
	if (!d->ports[port].nic) {
		fail_set(fail, -ENOENT, "%s: no interface of the machine is attached to port %s",
			 d->file->config.name, switch_core_port_name(d->core, (unsigned)port));
		return NULL;
	}
	switchd_enter(d);
	switchd_nic_detach(d, (unsigned)port);
	switchd_leave(d);
	return json_pack("{s:s}", "port", switch_core_port_name(d->core, (unsigned)port));
}
