/* At the server: its processes, its sockets, and what its programs need. */
#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/why/walk_internal.h"

static const char *protocol_name(const struct walk_packet *packet)
{
	return packet->protocol == IPPROTO_TCP ? "tcp" : "udp";
}

static void set_node(json_t *fact, const char *node)
{
	fact_value(fact, "node", "%s", node);
}

/* --- processes --- */

static void add_workers(struct walk *walk, const char *node, const json_t *program, const char *list,
			const char *name, const char *what)
{
	const json_t *workers = json_object_get(program, list), *one;
	char object[WALK_OBJECT], from[WALK_OBJECT];
	long long all = json_int(program, "workers");
	struct text roles = {0};
	json_t *fact;
	size_t i;

	if (!strcmp(list, "missing_workers"))
		all += (long long)json_array_size(workers);
	if (!json_array_size(workers))
		return;
	json_array_foreach (workers, i, one)
		if (*json_text(one, "role"))
			text_add(&roles, "%s%s", roles.length ? ", " : "", json_text(one, "role"));
	snprintf(object, sizeof(object), "process %.60s", json_text(program, "name"));
	snprintf(from, sizeof(from), "%.60s: ps", node);
	fact = walk_fact(walk, name, object, from, "workers of %s that %s: %zu of %lld%s%.300s%s",
			 json_text(program, "name"), what, json_array_size(workers), all,
			 roles.length ? " (" : "", roles.length ? roles.bytes : "", roles.length ? ")" : "");
	set_node(fact, node);
	fact_value(fact, "count", "%zu", json_array_size(workers));
	fact_value(fact, "workers", "%lld", all);
	fact_value(fact, "roles", "%s", roles.length ? roles.bytes : "");
	text_free(&roles);
}

static enum walk_result check_program(struct walk *walk, const char *node, const json_t *program)
{
	const char *state = json_text(program, "state"), *name = json_text(program, "name");
	char object[WALK_OBJECT], from[WALK_OBJECT];
	bool stopped = !strcmp(state, "stopped"), paused = !strcmp(state, "paused");

	snprintf(object, sizeof(object), "process %.60s", name);
	snprintf(from, sizeof(from), "%.60s: ps", node);
	if (stopped || paused) {
		set_node(walk_fact(walk, stopped ? "walk.process_stopped" : "walk.process_paused", object,
				   from,
				   stopped ? "the program %s on %s does not run"
					   : "the process of %s on %s is stopped by a signal (state T)",
				   name, node),
			 node);
		return WALK_BROKEN;
	}
	add_workers(walk, node, program, "paused_workers", "walk.worker_paused",
		    "are stopped by a signal (state T)");
	add_workers(walk, node, program, "missing_workers", "walk.worker_missing", "are gone");
	if (json_object_get(program, "paused_workers") || json_object_get(program, "missing_workers"))
		return WALK_BROKEN;
	return !strcmp(state, "running") ? WALK_FINE : WALK_UNKNOWN;
}

enum walk_result walk_process(struct walk *walk, const char *node, const char *kind)
{
	const json_t *programs = json_object_get(walk_node(walk, node), "programs"), *program;
	enum walk_result result = WALK_UNKNOWN, one;
	bool found = false;
	size_t i;

	json_array_foreach (programs, i, program) {
		if (strcmp(json_text(program, "kind"), kind))
			continue;
		one = check_program(walk, node, program);
		result = found ? walk_worse(result, one) : one;
		found = true;
	}
	return result;
}

/* Does the node have a program of the kind that is known not to run? */
static bool is_down(const struct walk *walk, const char *node, const char *kind)
{
	const json_t *program;
	size_t i;

	json_array_foreach (json_object_get(walk_node(walk, node), "programs"), i, program)
		if (!strcmp(json_text(program, "kind"), kind) &&
		    !strcmp(json_text(program, "state"), "stopped"))
			return true;
	return false;
}

void walk_trust_services(struct walk *walk, const char *node)
{
	static const char *const kinds[] = {"tvs", "capf"};
	const json_t *program;
	char fact[40], object[WALK_OBJECT], from[WALK_OBJECT];
	size_t i;

	json_array_foreach (json_object_get(walk_node(walk, node), "programs"), i, program) {
		const char *state = json_text(program, "state"), *name = json_text(program, "name");
		bool paused = !strcmp(state, "paused");

		for (size_t k = 0; k < 2; k++) {
			if (strcmp(json_text(program, "kind"), kinds[k]) ||
			    (!paused && strcmp(state, "stopped")))
				continue;
			snprintf(fact, sizeof(fact), "trust.%s_%s", kinds[k], state);
			snprintf(object, sizeof(object), "process %.60s", name);
			snprintf(from, sizeof(from), "%.60s: ps", node);
			set_node(walk_fact(walk, fact, object, from,
					   paused ? "the process of %s on %s is stopped by a signal (state T)"
						  : "the program %s on %s does not run",
					   name, node),
				 node);
		}
	}
}

/* --- sockets --- */

static bool listens_at(const json_t *one, const struct walk_packet *packet)
{
	const char *address = json_text(one, "address");
	char text[IPV4_TEXT];

	return !strcmp(json_text(one, "protocol"), protocol_name(packet)) &&
	       json_int(one, "port") == packet->port &&
	       (!strcmp(address, "0.0.0.0") || !strcmp(address, ipv4_format(packet->to, text)));
}

/* What the programs of the kind listen at: "udp 10.20.0.11 5060, .."; also others at that port. */
static void add_elsewhere(const struct walk *walk, const char *node, const char *kind,
			  const struct walk_packet *packet, struct text *text)
{
	const json_t *inspect = walk_node(walk, node), *one, *program;
	size_t i, j;

	json_array_foreach (json_object_get(inspect, "listeners"), i, one) {
		bool near = json_int(one, "port") == packet->port;

		json_array_foreach (json_object_get(inspect, "programs"), j, program)
			near = near ||
			       (!strcmp(json_text(program, "kind"), kind) && json_object_get(one, "pid") &&
				json_int(one, "pid") == json_int(program, "pid"));
		if (near && text->length < 300)
			text_add(text, "%s%s %s %lld", text->length ? ", " : "", json_text(one, "protocol"),
				 json_text(one, "address"), json_int(one, "port"));
	}
}

enum walk_result walk_listener(struct walk *walk, const char *node, const char *kind,
			       const struct walk_packet *packet)
{
	const json_t *listeners = json_object_get(walk_node(walk, node), "listeners"), *one;
	char object[WALK_OBJECT], from[WALK_OBJECT], address[IPV4_TEXT];
	struct text elsewhere = {0};
	json_t *fact;
	size_t i;

	if (!listeners)
		return WALK_UNKNOWN;
	json_array_foreach (listeners, i, one)
		if (listens_at(one, packet))
			return WALK_FINE;
	/* That the program does not run says it all. */
	if (is_down(walk, node, kind))
		return WALK_BROKEN;
	snprintf(object, sizeof(object), "socket %.60s %s %d", node, protocol_name(packet), packet->port);
	snprintf(from, sizeof(from), "%.60s: ss -ln", node);
	ipv4_format(packet->to, address);
	add_elsewhere(walk, node, kind, packet, &elsewhere);
	fact = walk_fact(walk, elsewhere.length ? "walk.listener_elsewhere" : "walk.no_listener", object,
			 from, "nothing listens at %s %s %d on %s%s%s", protocol_name(packet), address,
			 packet->port, node, elsewhere.length ? "; it listens at " : "",
			 elsewhere.length ? elsewhere.bytes : "");
	set_node(fact, node);
	fact_value(fact, "address", "%s", address);
	fact_value(fact, "protocol", "%s", protocol_name(packet));
	fact_value(fact, "port", "%d", packet->port);
	fact_value(fact, "elsewhere", "%s", elsewhere.length ? elsewhere.bytes : "");
	text_free(&elsewhere);
	return WALK_BROKEN;
}

/* --- what programs need --- */

/* Is the address of a pool in the subnet of one of the node's interfaces? */
static bool in_subnet(const json_t *node, const char *pool)
{
	const json_t *interface, *one;
	uint32_t address, own;
	size_t i, j;

	json_array_foreach (json_object_get(node, "interfaces"), i, interface)
		json_array_foreach (json_object_get(interface, "addresses"), j, one) {
			long long prefix = json_int(one, "prefix");

			if (prefix > 0 && prefix <= 32 && !ipv4_parse(&address, pool) &&
			    !ipv4_parse(&own, json_text(one, "address")) &&
			    !((address ^ own) >> (32 - prefix)))
				return true;
		}
	return false;
}

enum walk_result walk_leases(struct walk *walk, const char *node)
{
	const json_t *inspect = walk_node(walk, node), *dhcp = json_object_get(inspect, "dhcp"), *pool;
	char object[WALK_OBJECT], from[WALK_OBJECT];
	long long size = 0, used = 0, line = 0, count = 0;
	json_t *fact;
	size_t i;

	if (!dhcp)
		return WALK_UNKNOWN;
	snprintf(object, sizeof(object), "config %.50s dnsmasq.conf", node);
	snprintf(from, sizeof(from), "%.60s: leases", node);
	if (json_object_get(dhcp, "leases_error")) {
		snprintf(object, sizeof(object), "process %.60s", node);
		set_node(walk_fact(walk, "walk.leases_unreadable", object, from,
				   "the leases of %s cannot be read: %s", node,
				   json_text(dhcp, "leases_error")),
			 node);
		return WALK_BROKEN;
	}
	json_array_foreach (json_object_get(dhcp, "pools"), i, pool) {
		if (!in_subnet(inspect, json_text(pool, "first")))
			continue;
		size += json_int(pool, "size");
		used += json_int(pool, "used");
		line = json_int(pool, "line");
		count++;
	}
	if (!count && !json_object_get(dhcp, "config_error")) {
		set_node(
		    walk_fact(walk, "walk.no_pool", object, from, "%s has no pool of its own subnet", node),
		    node);
		return WALK_BROKEN;
	}
	if (!count || used < size || json_object_get(json_object_get(dhcp, "phones"), walk->it->name))
		return WALK_FINE;
	fact = walk_fact(walk, "walk.pool_exhausted", object, from,
			 "all %lld addresses of the pool of %s are leased", size, node);
	set_node(fact, node);
	fact_value(fact, "size", "%lld", size);
	fact_value(fact, "line", "%lld", line);
	return WALK_BROKEN;
}

static void unreadable(struct walk *walk, const char *node, const char *error, const char *table,
		       const char *from)
{
	char object[WALK_OBJECT];
	json_t *fact;

	snprintf(object, sizeof(object), "database %.50s%s%.30s", node, *table ? " " : "", table);
	fact = walk_fact(walk, "walk.database_unreadable", object, from,
			 "the database of %s cannot be read%s%s: %s", node, *table ? ", table " : "", table,
			 error);
	set_node(fact, node);
	fact_value(fact, "table", "%s", table);
	fact_value(fact, "error", "%s", error);
}

static enum walk_result check_rows(struct walk *walk, const char *node, const json_t *database,
				   const char *table, const char *name, const char *from)
{
	const json_t *phones = json_object_get(json_object_get(database, table), "phones");
	const json_t *rows = json_object_get(phones, walk->it->name);
	char object[WALK_OBJECT];

	if (!json_is_integer(rows) || json_integer_value(rows))
		return WALK_FINE;
	snprintf(object, sizeof(object), "database %.50s %s", node, table);
	set_node(walk_fact(walk, name, object, from, "the table %s of %s has no row of %s", table, node,
			   walk->it->name),
		 node);
	return WALK_BROKEN;
}

enum walk_result walk_database(struct walk *walk, const char *node)
{
	const json_t *database = json_object_get(walk_node(walk, node), "database"), *error;
	enum walk_result result = WALK_FINE;
	char from[WALK_OBJECT];
	size_t i;

	if (!database)
		return WALK_UNKNOWN;
	snprintf(from, sizeof(from), "%.60s: cucm.sqlite", node);
	/* Not one table: then it is the file. */
	if (!json_object_get(database, "device") && !json_object_get(database, "line")) {
		error = json_array_get(json_object_get(database, "errors"), 0);
		if (error)
			unreadable(walk, node, json_text(error, "error"), "", from);
		return error ? WALK_BROKEN : WALK_UNKNOWN;
	}
	json_array_foreach (json_object_get(database, "errors"), i, error) {
		unreadable(walk, node, json_text(error, "error"), json_text(error, "table"), from);
		result = WALK_BROKEN;
	}
	if (check_rows(walk, node, database, "device", "walk.device_unknown", from) == WALK_BROKEN)
		return WALK_BROKEN;
	return walk_worse(result, check_rows(walk, node, database, "line", "walk.line_unknown", from));
}

enum walk_result walk_files(struct walk *walk, const char *node)
{
	const json_t *files = json_object_get(walk_node(walk, node), "files");
	char object[WALK_OBJECT], from[WALK_OBJECT];
	json_t *fact;

	if (!files)
		return WALK_UNKNOWN;
	if (!json_object_get(files, "error"))
		return WALK_FINE;
	snprintf(object, sizeof(object), "process %.60s", node);
	snprintf(from, sizeof(from), "%.60s: ls", node);
	fact =
	    walk_fact(walk, "walk.files_unreadable", object, from, "the folder %s of %s cannot be read: %s",
		      json_text(files, "root"), node, json_text(files, "error"));
	set_node(fact, node);
	fact_value(fact, "root", "%s", json_text(files, "root"));
	fact_value(fact, "error", "%s", json_text(files, "error"));
	return WALK_BROKEN;
}
