#include "phonelab/why/walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/walk_internal.h"

#define HTTP_PORT 6970
#define TFTP_PORT 69
#define DNS_PORT  53
#define DHCP_PORT 67
#define SIP_PORT  5060

json_t *walk_fact(struct walk *walk, const char *name, const char *object, const char *from,
		  const char *format, ...)
{
	char text[1000];
	va_list args;

	if (fact_is(walk->facts, name, object))
		return NULL;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fact_add(walk->facts, name, object, walk->it->step, from, "%s", text);
}

/* --- the phone as a node --- */

static json_t *route(const char *to, const char *via)
{
	return json_pack("{s:s,s:s,s:i,s:i,s:s,s:s*}", "type", "unicast", "to", to, "metric", 0, "table", 254,
			 "dev", "eth0", "via", via);
}

/* What the phone reports of its lease, as a node would look; its neighbours if its namespace was read. */
static json_t *phone_node(const struct walk *walk)
{
	const json_t *phone = walk->it->phone;
	const char *address = json_text(phone, "ipv4"), *gateway = json_text(phone, "gateway");
	json_t *routes = json_array(),
	       *seen = json_object_get(json_object_get(walk->model, "phones"), walk->it->name);
	int prefix = (int)json_int(phone, "prefix");
	char subnet[40];
	uint32_t ip;

	if (ipv4_parse(&ip, address) || prefix <= 0 || prefix > 32) {
		json_decref(routes);
		return json_object();
	}
	ipv4_format(ip & (0xffffffffu << (32 - prefix)), subnet);
	snprintf(subnet + strlen(subnet), sizeof(subnet) - strlen(subnet), "/%d", prefix);
	json_array_append_new(routes, route(subnet, NULL));
	if (*gateway && strcmp(gateway, "0.0.0.0") != 0)
		json_array_append_new(routes, route("0.0.0.0/0", gateway));
	return json_pack("{s:[{s:s,s:b,s:s,s:[{s:s,s:i}]}],s:o,s:O*}", "interfaces", "name", "eth0", "up", 1,
			 "mac", json_text(phone, "mac"), "addresses", "address", address, "prefix", prefix,
			 "routes", routes, "neighbours", json_object_get(seen, "neighbours"));
}

/* --- targets --- */

struct target {
	const char *kind; /* of the program */
	int protocol, port;
};

static void set_ok(struct walk *walk, const char *node, const struct target *target, const char *address)
{
	char object[WALK_OBJECT];
	const char *protocol = target->protocol == IPPROTO_TCP ? "tcp" : "udp";
	json_t *fact;

	snprintf(object, sizeof(object), "socket %.60s %s %d", node, protocol, target->port);
	fact = walk_fact(walk, "walk.ok", object, "the model of the lab",
			 "the way from %s to %s of %s, %s %d, and back is as it must be", walk->it->name,
			 address, node, protocol, target->port);
	fact_value(fact, "node", "%s", node);
	fact_value(fact, "address", "%s", address);
	fact_value(fact, "protocol", "%s", protocol);
	fact_value(fact, "port", "%d", target->port);
}

/* To an address, what is there, and back. */
static void walk_to(struct walk *walk, const char *address, const struct target *target)
{
	struct walk_packet out = {.protocol = target->protocol, .port = target->port}, back;
	const char *server = NULL;
	enum walk_result result;

	if (ipv4_parse(&out.from, json_text(walk->it->phone, "ipv4")) || ipv4_parse(&out.to, address))
		return;
	result = walk_route(walk, walk->it->name, &out, &server);
	/* It is also looked at if the way to it is broken. */
	if (!server)
		server = walk_owner(walk, out.to, NULL);
	if (!server)
		return;
	result = walk_worse(result, walk_process(walk, server, target->kind));
	result = walk_worse(result, walk_listener(walk, server, target->kind, &out));
	back = (struct walk_packet){out.to, out.from, out.protocol, out.port, true};
	result = walk_worse(result, walk_route(walk, server, &back, NULL));
	if (!strcmp(target->kind, "call-manager"))
		result = walk_worse(result, walk_database(walk, server));
	if (!strcmp(target->kind, "http") || !strcmp(target->kind, "tftp"))
		result = walk_worse(result, walk_files(walk, server));
	if (result == WALK_FINE)
		set_ok(walk, server, target, address);
}

/* --- the needs of the steps --- */

/* One DHCP server: is it in the phone's VLAN, and do its answers reach the phone? */
static void walk_to_dhcp(struct walk *walk, const json_t *plan)
{
	static const struct target target = {"dhcp", IPPROTO_UDP, DHCP_PORT};
	const json_t *plug = json_array_get(json_object_get(plan, "plugs"), 0);
	const char *node = json_text(plan, "name"), *address = json_text(plug, "address");
	struct model_place place =
	    model_node_port(walk->model, node, json_text(plug, "interface"), address, NULL);
	struct walk_packet packet = {.protocol = IPPROTO_UDP, .port = DHCP_PORT};
	struct walk_packet offer = {.protocol = IPPROTO_UDP, .port = DHCP_PORT, .back = true};
	enum walk_result result;

	if (ipv4_parse(&packet.to, address))
		return;
	offer.from = packet.to;
	offer.to = 0xffffffff;
	result = walk_node_port(walk, node, place, walk->vlan, (int)json_int(plug, "vlan"));
	result = walk_worse(result, walk_switches(walk, walk->port, place, walk->vlan, true));
	result = walk_worse(result, walk_process(walk, node, target.kind));
	result = walk_worse(result, walk_listener(walk, node, target.kind, &packet));
	result =
	    walk_worse(result, walk_filter(walk, node, "input", &packet, json_text(plug, "interface"), ""));
	result =
	    walk_worse(result, walk_filter(walk, node, "output", &offer, "", json_text(plug, "interface")));
	result = walk_worse(result, walk_leases(walk, node));
	if (walk_lost_address(walk, node, plug))
		result = WALK_BROKEN;
	if (result == WALK_FINE)
		set_ok(walk, node, &target, address);
}

static void walk_dhcp(struct walk *walk)
{
	const json_t *node, *plug;
	char object[WALK_OBJECT];
	bool known = false, served = false;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(walk->model, "plan"), "nodes"), i, node) {
		if (strcmp(json_text(node, "kind"), "dhcp"))
			continue;
		plug = json_array_get(json_object_get(node, "plugs"), 0);
		known = true;
		if (json_int(plug, "vlan") != walk->vlan)
			continue;
		served = true;
		walk_to_dhcp(walk, node);
	}
	if (!known || served || walk->vlan <= 0 || !walk->port.sw)
		return;
	walk_port_object(walk, walk->port, object);
	fact_value(walk_fact(walk, "walk.no_server_in_vlan", object, "the model of the lab",
			     "no DHCP server is in VLAN %d, in which %s sends", walk->vlan, walk->it->name),
		   "vlan", "%d", walk->vlan);
}

static void walk_dns(struct walk *walk)
{
	static const struct target dns = {"dhcp", IPPROTO_UDP, DNS_PORT};
	const json_t *server;
	size_t i;

	json_array_foreach (json_object_get(walk->it->phone, "dns"), i, server)
		if (json_is_string(server))
			walk_to(walk, json_string_value(server), &dns);
}

static void walk_file_servers(struct walk *walk)
{
	static const struct target http = {"http", IPPROTO_TCP, HTTP_PORT},
				   tftp = {"tftp", IPPROTO_UDP, TFTP_PORT};
	const json_t *server;
	size_t i;

	json_array_foreach (json_object_get(walk->it->phone, "tftp"), i, server) {
		if (!json_is_string(server))
			continue;
		walk_to(walk, json_string_value(server), &http);
		walk_to(walk, json_string_value(server), &tftp);
	}
}

/* The phone's configuration file on a TFTP server of the lab: its call managers and transport. NULL: unknown. */
static const json_t *phone_file(const struct walk *walk)
{
	const char *node;
	json_t *inspect;
	const json_t *file = NULL;

	json_object_foreach (json_object_get(walk->model, "nodes"), node, inspect)
		if (!file)
			file = json_object_get(json_object_get(json_object_get(inspect, "files"), "phones"),
					       walk->it->name);
	return file;
}

/* The port of a call manager in that file; else that at which the phone has asked. */
static int sip_port(const struct walk *walk, const json_t *file, const char *name, const char *address)
{
	const struct why_exchanges *exchanges = walk->it->exchanges;
	const json_t *manager;
	size_t i;

	json_array_foreach (json_object_get(file, "managers"), i, manager)
		if (!strcmp(json_text(manager, "name"), name) && json_int(manager, "port") > 0)
			return (int)json_int(manager, "port");
	for (i = exchanges ? exchanges->n : 0; i > 0; i--)
		if (exchanges->item[i - 1].step >= LADDER_CM_CONNECT && exchanges->item[i - 1].port &&
		    !strcmp(exchanges->item[i - 1].server, address))
			return (int)exchanges->item[i - 1].port;
	return SIP_PORT;
}

static void walk_managers(struct walk *walk)
{
	const json_t *file = phone_file(walk);
	/* "1" TCP, "2" UDP, "4" TCP first. */
	bool udp = !strcmp(json_text(file, "transport"), "2");
	struct target target = {"call-manager", udp ? IPPROTO_UDP : IPPROTO_TCP, SIP_PORT};
	const json_t *manager;
	uint32_t ip;
	size_t i;

	json_array_foreach (json_object_get(walk->it->phone, "call_managers"), i, manager) {
		const char *name = json_text(manager, "name"),
			   *address = json_text_or(manager, "address", name);

		if (ipv4_parse(&ip, name))
			walk_dns(walk);
		target.port = sip_port(walk, file, name, address);
		walk_to(walk, address, &target);
	}
}

/* The services that phones of a secure cluster ask about certificates. */
static void walk_trust(struct walk *walk)
{
	const char *node;
	json_t *inspect;

	json_object_foreach (json_object_get(walk->model, "nodes"), node, inspect)
		walk_trust_services(walk, node);
}

void why_walk_facts(const struct why_case *it, const json_t *model, json_t *facts)
{
	struct walk walk = {.it = it, .model = model, .facts = facts};
	bool all = !it->step, manager = it->step == LADDER_CM_CONNECT || it->step == LADDER_REGISTER;
	char lease[WALK_OBJECT], file[WALK_OBJECT];
	size_t count;

	if (!model || !it->phone)
		return;
	walk.phone = phone_node(&walk);
	walk.port = model_place_of(model, it->name, &count);
	walk.vlan = (int)json_int(it->phone, "voice_vlan");
	if (walk.vlan <= 0 && walk.port.sw)
		walk.vlan = walk_untagged(model_port(model, walk.port.sw, walk.port.port));
	snprintf(lease, sizeof(lease), "lease %.40s", json_text(it->phone, "ipv4"));
	snprintf(file, sizeof(file), "file %.40s.cnf.xml", it->name);
	walk_own_port(&walk);
	walk.wants = lease;
	if (all || it->step == LADDER_DHCP)
		walk_dhcp(&walk);
	if (it->step == LADDER_DHCP && strstr(json_text(it->rung, "detail"), "DNS"))
		walk_dns(&walk); /* it has its lease, and asks for the name of its file server */
	if (all || (it->step > LADDER_DHCP && !manager))
		walk_file_servers(&walk);
	walk.wants = file;
	if (all || manager)
		walk_managers(&walk);
	if (all || manager || it->step == LADDER_CONFIG)
		walk_trust(&walk);
	json_decref(walk.phone);
}
