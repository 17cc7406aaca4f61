#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/why/probes_internal.h"

#define SWITCHES 64

static const json_t *find_switch(const json_t *status, const char *name)
{
	const json_t *sw;
	size_t i;

	json_array_foreach (json_object_get(status, "switches"), i, sw)
		if (!strcmp(json_text(sw, "name"), name))
			return sw;
	return NULL;
}

/* The port of a switch behind which the device is; vlan: preferred, if it is an access port. */
static const json_t *port_to(const json_t *sw, const char *device, long long vlan)
{
	const json_t *port, *other = NULL;
	size_t i;

	json_array_foreach (json_object_get(sw, "ports"), i, port) {
		if (strcmp(json_text(port, "device"), device) != 0)
			continue;
		if (!vlan || json_int(port, "vlan") == vlan)
			return port;
		other = other ? other : port;
	}
	return other;
}

const json_t *probes_port(const json_t *status, const char *device, long long vlan, const char **name)
{
	const json_t *sw, *port, *other = NULL;
	size_t i;

	json_array_foreach (json_object_get(status, "switches"), i, sw) {
		port = *device ? port_to(sw, device, vlan) : NULL;
		if (!port)
			continue;
		if (!other || json_int(port, "vlan") == vlan) {
			other = port;
			*name = json_text(sw, "name");
		}
		if (json_int(port, "vlan") == vlan)
			return port;
	}
	return other;
}

/* Is it the port's interface? "Gi1/0/1" is gi1-0-1. */
static bool is_interface_of(const char *port, const char *interface)
{
	while (*port && *interface &&
	       (tolower((unsigned char)*port) == *interface || (*port == '/' && *interface == '-'))) {
		port++;
		interface++;
	}
	return !*port && !*interface;
}

bool probes_port_label(const json_t *status, const char *sw, const char *interface, char text[80])
{
	const json_t *port;
	size_t i;

	json_array_foreach (json_object_get(find_switch(status, sw), "ports"), i, port)
		if (is_interface_of(json_text(port, "name"), interface) &&
		    !find_switch(status, json_text(port, "device"))) {
			snprintf(text, 80, "%.40s %.30s", sw, json_text(port, "name"));
			return true;
		}
	return false;
}

/* --- taps --- */

/* The tap of a node or switch; netns (taken over) if it has none yet. -1: none. */
static int tap_of(struct probes *probes, const char *name, int netns)
{
	json_t *taps = json_object_get(probes->plan, "taps"), *tap;
	size_t i;
	int number;

	json_array_foreach (taps, i, tap)
		if (!strcmp(json_text(tap, "name"), name)) {
			if (netns >= 0)
				close(netns);
			return (int)i;
		}
	number = netns >= 0 ? probes_add_netns(probes, netns) : -1;
	if (number < 0 || i >= PROBE_TAPS)
		return -1;
	json_array_append_new(taps, json_pack("{s:s,s:i}", "name", name, "netns", number));
	return (int)i;
}

static void add_point(json_t *path, int tap, const char *interface, bool out, const char *name,
		      const char *place, bool is_switch)
{
	json_t *point;

	if (tap < 0)
		return;
	point = json_pack("{s:i,s:s,s:b,s:s}", "tap", tap, "interface", interface, "out", out,
			  is_switch ? "switch" : "node", name);
	json_object_set_new(point, "label", json_sprintf("%s %s", name, place));
	json_array_append_new(path, point);
}

/* The interface of a switch port in its namespace: "gi1-0-2". */
static void add_port(struct probes *probes, json_t *path, const char *sw, const json_t *port, bool out)
{
	struct fail ignored = {0};
	json_t *reply = NULL;
	int fd = client_netns(probes->lab, sw, &reply, &ignored);
	const char *name = json_text(port, "name");

	if (fd < 0)
		return;
	add_point(path, tap_of(probes, sw, fd), json_text(json_object_get(reply, "interfaces"), name), out,
		  sw, name, true);
	json_decref(reply);
}

/* The far end of a switch port: the interface of the device. */
static void add_far_end(struct probes *probes, json_t *path, const char *sw, const json_t *port, bool out)
{
	const char *device = json_text(port, "device"), *interface;
	struct fail ignored = {0};
	char socket[80];
	json_t *reply;
	int fd = -1;

	snprintf(socket, sizeof(socket), "switches/%.40s.sock", sw);
	reply = client_call(probes->lab, socket,
			    json_pack("{s:s,s:s}", "do", "far-end", "port", json_text(port, "name")), 2000,
			    &fd, &ignored);
	interface = json_text_or(reply, "interface", "eth0");
	if (reply && fd >= 0)
		add_point(path, tap_of(probes, device, fd), interface, out, device, interface, false);
	json_decref(reply);
}

/* --- the path --- */

/* Find the way from a switch to another over trunks, breadth first: before[i] is the number of the switch from which number
 * i is reached. False: there is none. */
static bool find_way(const json_t *switches, size_t from, size_t to, size_t before[SWITCHES])
{
	size_t queue[SWITCHES], head = 0, tail = 0, n = json_array_size(switches);
	bool known[SWITCHES] = {false};

	if (n > SWITCHES)
		return false;
	queue[tail++] = from;
	known[from] = true;
	while (head < tail && queue[head] != to) {
		size_t at = queue[head++];

		for (size_t next = 0; next < n; next++) {
			const char *name = json_text(json_array_get(switches, next), "name");

			if (known[next] || !port_to(json_array_get(switches, at), name, 0))
				continue;
			known[next] = true;
			before[next] = at;
			queue[tail++] = next;
		}
	}
	return known[to];
}

static size_t number_of(const json_t *switches, const char *name)
{
	const json_t *sw;
	size_t i;

	json_array_foreach (switches, i, sw)
		if (!strcmp(json_text(sw, "name"), name))
			break;
	return i;
}

/* Append the trunks from a switch to another. False: there is no way. */
static bool add_trunks(struct probes *probes, json_t *path, const char *from, const char *to)
{
	const json_t *switches = json_object_get(probes->it->status, "switches");
	size_t before[SWITCHES], way[SWITCHES], n = 0;
	size_t first = number_of(switches, from), last = number_of(switches, to);

	if (first >= json_array_size(switches) || last >= json_array_size(switches) ||
	    !find_way(switches, first, last, before))
		return false;
	for (size_t at = last; at != first && n < SWITCHES; at = before[at])
		way[n++] = at;
	for (size_t at = first; n > 0; at = way[n]) {
		const json_t *here = json_array_get(switches, at), *next = json_array_get(switches, way[--n]);
		const char *here_name = json_text(here, "name"), *next_name = json_text(next, "name");

		add_port(probes, path, here_name, port_to(here, next_name, 0), true);
		if (port_to(next, here_name, 0))
			add_port(probes, path, next_name, port_to(next, here_name, 0), false);
	}
	return true;
}

/* Append the way of a frame from a device to another, in one VLAN. */
static bool add_segment(struct probes *probes, json_t *path, const char *from, long long from_vlan,
			const char *to, long long vlan)
{
	const json_t *status = probes->it->status;
	const char *first = "", *last = "";
	const json_t *here = probes_port(status, from, from_vlan, &first);
	const json_t *there = probes_port(status, to, vlan, &last);

	if (!here || !there)
		return false;
	add_far_end(probes, path, first, here, true);
	add_port(probes, path, first, here, false);
	if (!add_trunks(probes, path, first, last))
		return false;
	add_port(probes, path, last, there, true);
	add_far_end(probes, path, last, there, false);
	return true;
}

const char *probes_node_at(const json_t *status, const char *address)
{
	static const char *const lists[] = {"services", "cluster", "user_servers", "external"};
	const json_t *item;
	size_t i;

	for (size_t l = 0; *address && l < sizeof(lists) / sizeof(lists[0]); l++)
		json_array_foreach (json_object_get(status, lists[l]), i, item)
			if (!strcmp(json_text(item, "address"), address))
				return json_text_or(item, "node", json_text(item, "name"));
	return "";
}

/* Does the port carry frames with that tag (0: none) in the VLAN? On a trunk, its allowed VLANs are not known here. */
static bool carries(const json_t *port, long long tag, long long vlan)
{
	if (strcmp(json_text(port, "mode"), "access") != 0)
		return true;
	return tag ? json_int(port, "voice_vlan") == tag && tag == vlan : json_int(port, "vlan") == vlan;
}

json_t *probes_path(struct probes *probes, const json_t *phone, const struct probes_way *way)
{
	const json_t *status = probes->it->status, *here, *there, *next;
	const char *node = probes_node_at(status, way->address),
		   *router = probes_node_at(status, way->gateway);
	const char *sw, *name = json_text(phone, "name");
	json_t *path = json_array();
	long long vlan;
	bool known;

	here = probes_port(status, name, 0, &sw);
	vlan = way->tag ? way->tag : json_int(here, "vlan");
	there = probes_port(status, node, vlan, &sw);
	if (!probes->lab->pid || !here || !there)
		return path; /* only in a native lab can frames be counted on their way */
	next = carries(there, 0, vlan) || !*router || !strcmp(node, router)
		   ? there
		   : probes_port(status, router, vlan, &sw);
	if (!next || !carries(here, way->tag, vlan) || !carries(next, 0, vlan))
		return path; /* they are not in one VLAN: no frame is expected to pass */
	known = add_segment(probes, path, name, 0, next == there ? node : router, vlan);
	if (known && next != there)
		known =
		    add_segment(probes, path, router, json_int(there, "vlan"), node, json_int(there, "vlan"));
	if (!known || json_array_size(path) > PROBE_PATH)
		json_array_clear(path);
	return path;
}
