#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/probes_internal.h"

#define ECHOES	    30
#define OTHERS_MOST 6 /* further servers that are asked for echoes */
#define HTTP_PORT   6970
#define SIP_PORT    5060
#define SIPS_PORT   5061

/* The checks of one place. */
struct place {
	struct probes *probes;
	int number;
	const json_t *phone, *more; /* more: of the phone whose servers are asked */
	const char *address;	    /* of the place */
};

static bool asks_files(int step)
{
	return !step || (step >= LADDER_CTL && step <= LADDER_DIAL_RULES) || step >= LADDER_LOCALE;
}

static bool asks_managers(int step)
{
	return !step || step == LADDER_CM_CONNECT || step == LADDER_REGISTER;
}

/* The tag of the frames of a check. */
static long long tag_of(const struct place *place, const json_t *check)
{
	const json_t *vlan = json_object_get(check, "vlan");

	return vlan ? json_integer_value(vlan) : json_int(place->phone, "voice_vlan");
}

/* The path of a check; checks of the same address and VLAN have the same. A new list. */
static json_t *path_of(const struct place *place, const json_t *check)
{
	const struct probes_way way = {.gateway = json_text(place->more, "gateway"),
				       .address = json_text(check, "address"),
				       .tag = tag_of(place, check)};
	const json_t *other;
	size_t i;

	json_array_foreach (json_object_get(place->probes->plan, "checks"), i, other)
		if (json_int(other, "place") == place->number && tag_of(place, other) == way.tag &&
		    !strcmp(json_text(other, "address"), way.address))
			return json_incref(json_object_get(other, "path"));
	return probes_path(place->probes, place->phone, &way);
}

/* Append a check; members (taken over) are those of its kind. */
static void add(const struct place *place, const char *kind, const char *address, json_t *members)
{
	json_t *checks = json_object_get(place->probes->plan, "checks"), *check;

	check = json_pack("{s:i,s:s,s:s}", "place", place->number, "kind", kind, "address", address);
	json_object_update(check, members);
	json_decref(members);
	if (json_array_size(checks) >= PROBE_CHECKS) {
		json_decref(check);
		return;
	}
	json_object_set_new(check, "path", path_of(place, check));
	json_array_append_new(checks, check);
}

static bool same_subnet(const json_t *more, const char *a, const char *b)
{
	unsigned prefix = (unsigned)json_int(more, "prefix");
	uint32_t x, y, mask = prefix && prefix < 32 ? ~(UINT32_MAX >> prefix) : 0;

	return mask && !ipv4_parse(&x, a) && !ipv4_parse(&y, b) && (x & mask) == (y & mask);
}

/* For each address: an ARP request, if it is in the subnet, and echo requests of two sizes. Where frames are counted on their
 * way, also the ARP packets of the nodes there. */
static void add_address(const struct place *place, const char *address)
{
	static const int sizes[] = {64, 1472};
	const json_t *check;
	size_t i;

	json_array_foreach (json_object_get(place->probes->plan, "checks"), i, check)
		if (json_int(check, "place") == place->number && !strcmp(json_text(check, "kind"), "icmp") &&
		    !strcmp(json_text(check, "address"), address))
			return;
	if (same_subnet(place->more, place->address, address))
		add(place, "arp", address, json_pack("{s:s}", "sender", place->address));
	for (i = 0; i < 2; i++)
		add(place, "icmp", address, json_pack("{s:i,s:i}", "size", sizes[i], "count", ECHOES));
	if (place->probes->lab->pid)
		add(place, "resolve", address, json_object());
}

/* The file that the phone asked for last at its step, else its configuration. */
static const char *file_of(const struct why_case *it, char text[100])
{
	const char *found = "";

	for (size_t i = 0; it->exchanges && i < it->exchanges->n; i++)
		if (it->exchanges->item[i].step == it->step && *it->exchanges->item[i].file)
			found = it->exchanges->item[i].file;
	if (*found && strlen(found) < 100)
		snprintf(text, 100, "%s", found);
	else
		snprintf(text, 100, "%.20s.cnf.xml", it->name);
	return text;
}

static void add_files(const struct place *place)
{
	const json_t *server;
	char file[100];
	size_t i;

	file_of(place->probes->it, file);
	json_array_foreach (json_object_get(place->more, "tftp"), i, server) {
		const char *address = json_string_value(server);

		if (!address || i >= 2)
			break;
		add_address(place, address);
		add(place, "http", address,
		    json_pack("{s:i,s:s,s:s}", "port", HTTP_PORT, "method", "HEAD", "file", file));
		add(place, "http", address,
		    json_pack("{s:i,s:s,s:s}", "port", HTTP_PORT, "method", "GET", "file", file));
		add(place, "tftp", address, json_pack("{s:s}", "file", file));
	}
}

static void add_name(const struct place *place, const char *name)
{
	const char *dns = json_string_value(json_array_get(json_object_get(place->more, "dns"), 0));
	const char *domain = json_text(place->more, "domain");
	uint32_t ignored;
	json_t *full;

	if (!*name || !dns || !ipv4_parse(&ignored, name))
		return;
	full = strchr(name, '.') || !*domain ? json_string(name) : json_sprintf("%s.%s", name, domain);
	add(place, "dns", dns, json_pack("{s:o}", "name", full));
}

/* The transport of the phone's SIP, by what is known of its attempt: "socket cucm-pub udp 5060". */
static const char *transport_of(const struct probes *probes)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (probes->known, i, fact) {
		long long step = json_int(fact, "step");

		if ((step == LADDER_CM_CONNECT || step == LADDER_REGISTER) &&
		    !strncmp(json_text(fact, "object"), "socket ", 7) &&
		    strstr(json_text(fact, "object"), " udp "))
			return "udp";
	}
	return "tcp";
}

/* Does the phone use TLS at the port: it is that of SIP over TLS, or a handshake there has failed? */
static bool is_tls(const struct why_case *it, const char *address, int port)
{
	for (size_t i = 0; it->exchanges && i < it->exchanges->n; i++)
		if (!strcmp(it->exchanges->item[i].how, "tls") && (int)it->exchanges->item[i].port == port &&
		    !strcmp(it->exchanges->item[i].server, address))
			return true;
	return port == SIPS_PORT;
}

static void add_manager(const struct place *place, const char *name, const char *address, int port)
{
	const char *user = json_text(place->phone, "directory_number");

	add_name(place, name);
	if (!*address)
		return;
	add_address(place, address);
	/* A server of TLS does not answer plain SIP: only the connection is measured. */
	if (is_tls(place->probes->it, address, port)) {
		add(place, "tcp", address, json_pack("{s:i}", "port", port));
		return;
	}
	add(place, "sip", address,
	    json_pack("{s:i,s:s,s:s}", "port", port, "transport", transport_of(place->probes), "user",
		      *user ? user : "phonelab"));
}

/* The port of a call manager of which the phone said something, else the usual one. */
static int port_of(const struct why_case *it, const char *address)
{
	for (size_t i = it->exchanges ? it->exchanges->n : 0; i-- > 0;)
		if (it->exchanges->item[i].port && !strcmp(it->exchanges->item[i].server, address))
			return (int)it->exchanges->item[i].port;
	return SIP_PORT;
}

/* Those of the phone's configuration; if it has none, those of the lab. */
static void add_managers(const struct place *place)
{
	const struct why_case *it = place->probes->it;
	const json_t *list = json_object_get(place->more, "call_managers"), *manager;
	size_t i;

	if (!json_array_size(list))
		list = json_object_get(it->status, "cluster");
	json_array_foreach (list, i, manager) {
		if (i >= 3)
			break;
		add_manager(place, json_text(manager, "name"), json_text(manager, "address"),
			    port_of(it, json_text(manager, "address")));
	}
}

/* The VLANs in which a phone may ask for an address. A phone that has one asks in its own. */
static void add_dhcp(const struct place *place)
{
	const struct probes *probes = place->probes;
	const json_t *service;
	const char *server = "";
	long long vlan = json_int(place->phone, "voice_vlan"), peer = json_int(probes->peer, "voice_vlan");
	size_t i;

	json_array_foreach (json_object_get(probes->it->status, "services"), i, service)
		if (!*server && !strcmp(json_text(service, "kind"), "dhcp"))
			server = json_text(service, "address");
	add(place, "dhcp", server, json_pack("{s:I}", "vlan", (json_int_t)vlan));
	if (*place->address)
		return;
	if (peer && peer != vlan)
		add(place, "dhcp", server, json_pack("{s:I}", "vlan", (json_int_t)peer));
	if (vlan)
		add(place, "dhcp", server, json_pack("{s:i}", "vlan", 0));
}

/* Frames to the other servers of the lab tell which of two cables loses them. */
static void add_others(const struct place *place)
{
	const json_t *service;
	size_t i, n = 0;

	json_array_foreach (json_object_get(place->probes->it->status, "services"), i, service)
		if (strcmp(json_text(service, "kind"), "router") != 0 && *json_text(service, "address") &&
		    n++ < OTHERS_MOST)
			add_address(place, json_text(service, "address"));
}

void probes_add_checks(struct probes *probes, int number, const json_t *phone, const json_t *more)
{
	struct place place = {.probes = probes,
			      .number = number,
			      .phone = phone,
			      .more = more,
			      .address = json_text(phone, "ipv4")};
	const char *gateway = json_text(more, "gateway");
	int step = probes->it->step;

	add_dhcp(&place);
	if (*place.address) {
		add(&place, "arp", place.address, json_pack("{s:s}", "sender", "0.0.0.0"));
		if (*gateway)
			add_address(&place, gateway);
		if (asks_files(step))
			add_files(&place);
		if (asks_managers(step))
			add_managers(&place);
		add_others(&place);
	} else if (probes->peer_more) {
		/* The subnet is known from the peer: does its gateway answer here? */
		add(&place, "arp", json_text(probes->peer_more, "gateway"),
		    json_pack("{s:s}", "sender", "0.0.0.0"));
	}
}
