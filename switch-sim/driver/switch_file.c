#include "switch-sim/driver/switch_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/driver/switch_file_keys.h"
#include "switch-sim/driver/switch_file_uplinks.h"
#include "wire/vxlan.h"

#define PANEL_BUDGET_MW 1000000000 /* an injector at every port: no common budget */
#define PANEL_PORT_MW	90000

/* Read a port object on top of what port is; null means no voice VLAN, and all VLANs allowed. */
static int read_port(const json_t *json, const char *where, const struct config_key *table,
		     struct switch_port_config *port, char **name, struct fail *fail)
{
	struct file_port in = {
	    .mode = port->mode,
	    .access_vlan = port->access_vlan,
	    .voice_vlan = port->voice_vlan,
	    .native_vlan = port->native_vlan,
	    .trusted = port->trusted,
	    .cdp = port->cdp,
	    .lldp = port->lldp_transmit,
	    .shutdown = port->shutdown,
	    .reserved = port->reserved,
	    .poe = {(int)port->poe_admin, port->poe_max_mw, (int)port->poe_priority - SWITCH_POE_CRITICAL},
	};
	int err = json_config_object(json, where, table, &in, fail);

	if (err)
		return err;
	port->mode = in.mode ? SWITCH_TRUNK : SWITCH_ACCESS;
	port->access_vlan = (uint16_t)in.access_vlan;
	port->voice_vlan = json_is_null(json_object_get(json, "voice_vlan")) ? 0 : (uint16_t)in.voice_vlan;
	port->native_vlan = (uint16_t)in.native_vlan;
	if (in.has_allowed || json_is_null(json_object_get(json, "allowed_vlans")))
		memset(port->allowed, in.has_allowed ? 0 : 0xff, sizeof(port->allowed));
	for (size_t i = 0; i < in.allowed.count; i++) {
		int64_t vlan = ((int64_t *)in.allowed.items)[i];

		port->allowed[vlan >> 3] |= (uint8_t)(1u << (vlan & 7));
	}
	port->trusted = in.trusted;
	port->cdp = in.cdp;
	port->lldp_transmit = port->lldp_receive = in.lldp;
	port->shutdown = in.shutdown;
	port->reserved = in.reserved;
	port->poe_admin = (enum switch_poe_admin)in.poe.admin;
	port->poe_max_mw = (unsigned)in.poe.max_mw;
	port->poe_priority = (enum switch_poe_priority)(in.poe.priority + SWITCH_POE_CRITICAL);
	if (in.description)
		snprintf(port->description, sizeof(port->description), "%s", in.description);
	if (name) {
		*name = in.port;
		in.port = NULL;
	}
	json_config_free(table, &in);
	return 0;
}

static int read_listed_port(struct switch_file *file, const json_t *json, const char *path, size_t i,
			    bool *seen, struct fail *fail)
{
	const char *text = json_string_value(json_object_get(json, "port"));
	struct switch_port_config checked;
	char where[512], *name = NULL;
	int err, port;

	snprintf(where, sizeof(where), "%.400s: ports[%zu]", path, i);
	switch_port_config_init(&checked, false);
	err = read_port(json, where, file_port_keys, &checked, &name, fail);
	free(name);
	if (err)
		return err;
	port = switch_config_find_port(&file->config, text, fail);
	if (port < 0)
		return fail_prefix(fail, port, "%s.port", where);
	if (seen[port])
		return fail_set(fail, -EINVAL, "%s.port: found %s a second time, expected each port once",
				where, text);
	seen[port] = true;
	name = NULL;
	err = read_port(json, where, file_port_keys, &file->ports[port], &name, fail);
	free(name);
	return err;
}

static int read_ports(struct switch_file *file, const struct file_switch *in, const char *path,
		      struct fail *fail)
{
	unsigned count = switch_config_ports(&file->config);
	struct switch_port_config normal;
	char where[512];
	bool *seen;
	int err = 0;

	if (count > SWITCH_PORTS_MAX)
		return fail_set(fail, -EINVAL,
				"%s: members, ports_per_member: found %u ports, expected at most %d", path,
				count, SWITCH_PORTS_MAX);
	file->ports = calloc(count, sizeof(*file->ports));
	seen = calloc(count, sizeof(*seen));
	if (!file->ports || !seen) {
		free(seen);
		return fail_set(fail, -ENOMEM, "%s: no memory for %u ports", path, count);
	}
	snprintf(where, sizeof(where), "%.400s: port_default", path);
	switch_port_config_init(&normal, false);
	if (in->port_default)
		err = read_port(in->port_default, where, file_default_keys, &normal, NULL, fail);
	for (unsigned i = 0; i < count && !err; i++) {
		file->ports[i] = normal;
		if (switch_config_is_uplink(&file->config, i))
			switch_port_config_init(&file->ports[i], true);
	}
	for (size_t i = 0; i < in->ports.count && !err; i++)
		err = read_listed_port(file, ((json_t **)in->ports.items)[i], path, i, seen, fail);
	free(seen);
	file->config.ports = file->ports;
	return err;
}

static int read_vlans(struct switch_file *file, const struct file_switch *in, const char *path,
		      struct fail *fail)
{
	const struct file_vlan *vlans = in->vlans.items;
	bool seen[SWITCH_VLAN_MAX + 1] = {false};

	file->vlans = calloc(in->vlans.count ? in->vlans.count : 1, sizeof(*file->vlans));
	if (!file->vlans)
		return fail_set(fail, -ENOMEM, "%s: no memory", path);
	for (size_t i = 0; i < in->vlans.count; i++) {
		if (seen[vlans[i].id])
			return fail_set(fail, -EINVAL,
					"%s: vlans[%zu].id: found %d a second time, expected each VLAN once",
					path, i, (int)vlans[i].id);
		seen[vlans[i].id] = true;
		file->vlans[i].id = (uint16_t)vlans[i].id;
		if (vlans[i].name)
			snprintf(file->vlans[i].name, sizeof(file->vlans[i].name), "%s", vlans[i].name);
	}
	file->config.vlans = file->vlans;
	file->config.vlan_count = (unsigned)in->vlans.count;
	return 0;
}

static void take_over(struct switch_file *file, struct file_switch *in)
{
	struct switch_config *config = &file->config;

	snprintf(config->name, sizeof(config->name), "%s", in->name);
	snprintf(config->platform, sizeof(config->platform), "%s",
		 in->platform ? in->platform : "cisco C9200L-48P-4X");
	snprintf(config->version, sizeof(config->version), "%s",
		 in->version ? in->version : "phonelab switch-sim, behaving as a Catalyst access switch");
	config->mac = in->mac;
	config->has_address = in->has_address;
	config->address = ntohl(in->address.s_addr);
	config->members = (unsigned)in->members;
	config->access = (unsigned)in->ports_per_member;
	config->uplinks = (unsigned)in->uplinks_per_member;
	config->poe_budget_mw = (unsigned)in->poe.budget_mw;
	config->dhcp_snooping = in->dhcp_snooping;
	config->arp_suppression = in->arp_suppression;
	config->real_pace = in->pace == 1;
	config->seed = (uint64_t)in->seed;
	file->udp_port = (uint16_t)in->udp_port;
	file->panel = in->panel;
	file->control = in->control;
	file->events = in->events;
	in->panel = in->control = in->events = NULL;
}

int switch_file_read(struct switch_file *file, const char *path, struct fail *fail)
{
	struct file_switch in = {.members = 1, .udp_port = VXLAN_PORT};
	int err = json_config_read(path, file_switch_keys, &in, fail);

	if (err)
		return err;
	*file = (struct switch_file){0};
	take_over(file, &in);
	if (mac_is_group(&file->config.mac))
		err = fail_set(fail, -EINVAL,
			       "%s: mac: found a group address, expected the address of one device", path);
	if (!err)
		err = read_vlans(file, &in, path, fail);
	if (!err)
		err = read_ports(file, &in, path, fail);
	if (!err)
		err = switch_file_uplinks(file, &in, path, fail);
	json_config_free(file_switch_keys, &in);
	if (err)
		switch_file_free(file);
	return err;
}

void switch_file_free(struct switch_file *file)
{
	for (unsigned i = 0; file->uplinks && i < file->uplink_count; i++) {
		free(file->uplinks[i].panel);
		free(file->uplinks[i].remote_port);
		free(file->uplinks[i].to);
	}
	free(file->uplinks);
	free(file->vlans);
	free(file->ports);
	free(file->panel);
	free(file->control);
	free(file->events);
	*file = (struct switch_file){0};
}

void switch_file_panel_only(struct switch_file *file)
{
	unsigned count = switch_config_ports(&file->config);

	file->panel_only = true;
	file->config.poe_budget_mw = PANEL_BUDGET_MW;
	for (unsigned i = 0; i < count; i++) {
		struct switch_port_config *port = &file->ports[i];

		port->cdp = port->lldp_transmit = port->lldp_receive = port->shutdown = false;
		port->poe_max_mw = PANEL_PORT_MW;
	}
}
