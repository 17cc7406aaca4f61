/* Causes that lie with a server of the user, out of what the phone asked and what was answered. */
#include "phonelab/why/user.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/facts.h"
#include "phonelab/why/need.h"
#include "phonelab/why/rules.h"

/* --- sentences --- */

static void add(struct why_user *found, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct why_user *found, const char *format, ...)
{
	size_t used = strlen(found->cause);
	va_list args;

	va_start(args, format);
	vsnprintf(found->cause + used, sizeof(found->cause) - used, format, args);
	va_end(args);
}

/* Begin the cause with the name of the server. */
static bool blame(struct why_user *found, const json_t *server, const struct why_exchange *asked)
{
	char name[160];

	*found = (struct why_user){.server = server, .asked = asked};
	add(found, "%s: ", why_user_text(server, name));
	return true;
}

/* The port of a request, as in `listens`. */
static const char *port_of(const struct why_exchange *asked, char text[24])
{
	if (!asked)
		return NULL;
	snprintf(text, 24, "tcp %u", asked->port);
	if (asked->step == LADDER_DHCP)
		return "udp 67";
	if (*asked->file)
		return asked->http ? "tcp 6970" : "udp 69";
	return asked->port == 5060 ? "tcp 5060" : NULL;
}

/* "GET /X, 3 times: no answer", "GET /X was answered with 404 Not Found after 2 ms" */
static void add_exchange(struct why_user *found, const struct why_exchange *asked)
{
	add(found, "%s", asked->asked);
	if (asked->kind == WHY_ANSWER_NONE && asked->times > 1)
		add(found, ", %u times", asked->times);
	if (asked->kind == WHY_ANSWER_NONE || asked->kind == WHY_ANSWER_NO_WAY) {
		add(found, ": %s", asked->answered);
		if (asked->kind == WHY_ANSWER_NONE && asked->ms > 0 && *asked->file)
			add(found, " within %lld ms", asked->ms);
		return;
	}
	add(found, " answered %s", asked->answered);
	if (asked->ms >= 0)
		add(found, " (after %lld ms)", asked->ms);
}

/* What its program does, if that explains the answer or its absence. */
static void add_program(const struct why_case *it, struct why_user *found)
{
	char port[24], text[160];
	const struct why_exchange *asked = found->asked;
	bool answered = asked && (asked->kind == WHY_ANSWER_ERROR || asked->kind == WHY_ANSWER_UNUSABLE);

	why_user_program(it, found->server, port_of(asked, port), text);
	if (*text && !answered)
		add(found, "; its program %s", text);
}

static void add_need(struct why_user *found, int step)
{
	const struct why_need *need = why_need_of(step);

	if (need)
		add(found, "; the phone needs %s", need->answer);
	add(found, ".");
}

/* The whole sentence about one request. */
static bool about(const struct why_case *it, struct why_user *found, const json_t *server,
		  const struct why_exchange *asked)
{
	blame(found, server, asked);
	add_exchange(found, asked);
	add_program(it, found);
	add_need(found, asked->step);
	return true;
}

/* --- the lab --- */

/* Is it the address of a server or call manager of the lab, or of the user? */
static bool is_known(const struct why_case *it, const char *address)
{
	static const char *const lists[] = {"services", "user_servers", "cluster"};
	const json_t *entry;
	size_t i;

	for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++)
		json_array_foreach (json_object_get(it->status, lists[n]), i, entry)
			if (!strcmp(json_text(entry, "address"), address))
				return true;
	return false;
}

/* Its port is shut down: a rule about the switch names that. */
static bool port_is_shut(const struct why_case *it, const json_t *server)
{
	const json_t *port = why_port_of_node(it, json_text(server, "name"));

	return !strcmp(json_text(port, "admin"), "down");
}

/* The user's server that gave the configuration, and *config the request; NULL: another server. */
static const json_t *files_of(const struct why_case *it, const struct why_exchange **config)
{
	*config = why_exchange_config(it->exchanges);
	return *config ? why_user_at(it, (*config)->server) : NULL;
}

/* --- DHCP --- */

static const json_t *only_of_kind(const struct why_case *it, const char *kind)
{
	const json_t *list = json_object_get(it->status, "user_servers"), *server, *only = NULL;
	size_t i;

	if (*why_service_node(it, kind) && !why_user_named(it, why_service_node(it, kind)))
		return NULL; /* the lab has one too */
	json_array_foreach (list, i, server) {
		if (strcmp(json_text(server, "kind"), kind))
			continue;
		if (only)
			return NULL;
		only = server;
	}
	return only;
}

/* An answer tells more than a request that waits for one, unless the phone has asked in vain since. */
static const struct why_exchange *dhcp_asked(const struct why_exchanges *list)
{
	const struct why_exchange *waiting = NULL, *answered = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct why_exchange *exchange = &list->item[i];

		if (exchange->step != LADDER_DHCP)
			continue;
		if (exchange->kind == WHY_ANSWER_NONE)
			waiting = exchange;
		else if (exchange->kind != WHY_ANSWER_GOOD)
			answered = exchange;
	}
	return answered && !(waiting && waiting->times > 2) ? answered : waiting;
}

static long long vlan_of(const struct why_case *it)
{
	const json_t *vlan = json_object_get(it->phone, "voice_vlan");

	return json_is_integer(vlan) ? json_integer_value(vlan) : json_int(why_port(it, NULL), "vlan");
}

static bool is_in_vlan(const struct why_case *it, const json_t *server)
{
	return vlan_of(it) == json_int(server, "vlan");
}

static bool without_file_server(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *lease = why_exchange_lease(it->exchanges);
	const json_t *server = lease ? why_user_at(it, lease->server) : NULL;

	if (!server)
		return false;
	blame(found, server, lease);
	add_exchange(found, lease);
	add(found, ": %s", json_text(it->rung, "detail"));
	add_need(found, LADDER_DHCP);
	return true;
}

static bool of_dhcp(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = dhcp_asked(it->exchanges);
	const json_t *server =
	    asked && *asked->server ? why_user_at(it, asked->server) : only_of_kind(it, "dhcp");

	if (!asked)
		return without_file_server(it, found);
	if (!server || port_is_shut(it, server))
		return false;
	if (asked->kind != WHY_ANSWER_NONE || *asked->server)
		return about(it, found, server, asked);
	if (why_rule_of_path(it, is_in_vlan(it, server)))
		return false;
	/* A relay may forward what another VLAN asks. */
	if (is_in_vlan(it, server) || *why_service_node(it, "router"))
		return about(it, found, server, asked);
	blame(found, server, asked);
	add_exchange(found, asked);
	add(found, "; the server is in VLAN %lld, and the phone asks in VLAN %lld.", json_int(server, "vlan"),
	    vlan_of(it));
	return true;
}

/* --- a lease that leads nowhere --- */

static bool same_subnet(uint32_t a, uint32_t b, unsigned prefix)
{
	uint32_t mask = prefix && prefix <= 32 ? UINT32_MAX << (32 - prefix) : 0;

	return (a & mask) == (b & mask);
}

/* What is wrong with the lease for a phone that asks target in vain; false: nothing that is known. */
static bool lease_fault(const struct why_case *it, const json_t *server, const struct why_exchange *lease,
			const char *target, char text[300])
{
	uint32_t own, other, router = 0, subnet;
	char vlan[24], address[20];
	const char *expected;
	bool routed = !ipv4_parse(&router, lease->gateway);

	if (ipv4_parse(&own, lease->address))
		return false;
	snprintf(vlan, sizeof(vlan), "%lld", vlan_of(it));
	expected = json_text(json_object_get(server, "subnets"), vlan);
	snprintf(address, sizeof(address), "%.*s", (int)strcspn(expected, "/"), expected);
	if (*expected && !ipv4_parse(&subnet, address) &&
	    !same_subnet(own, subnet, (unsigned)atoi(expected + strlen(address) + 1))) {
		snprintf(text, 300, "%s is outside of the subnet %s of VLAN %s", lease->address, expected,
			 vlan);
		return true;
	}
	if (routed && !same_subnet(own, router, lease->prefix)) {
		snprintf(text, 300, "the router %s is outside of the subnet %s/%u", lease->gateway,
			 lease->address, lease->prefix);
		return true;
	}
	if (!ipv4_parse(&other, target) && !same_subnet(own, other, lease->prefix) && !routed) {
		snprintf(text, 300, "it names no router, and %s is in another subnet", target);
		return true;
	}
	if (routed && !same_subnet(own, other, lease->prefix) && why_service_node(it, "router")[0] &&
	    why_address_is_foreign(it, "router", lease->gateway)) {
		snprintf(text, 300, "the router %s is no router of the lab", lease->gateway);
		return true;
	}
	return false;
}

/* The phone reaches no server at `asked`: is that what the user's DHCP server has answered? */
static bool of_lease(const struct why_case *it, struct why_user *found, const struct why_exchange *asked)
{
	const struct why_exchange *lease = why_exchange_lease(it->exchanges);
	const json_t *server = lease ? why_user_at(it, lease->server) : NULL;
	char fault[300];

	if (!server || (asked->kind != WHY_ANSWER_NONE && asked->kind != WHY_ANSWER_NO_WAY))
		return false;
	if (!lease_fault(it, server, lease, asked->server, fault)) {
		if (!*asked->file || is_known(it, asked->server))
			return false;
		snprintf(fault, sizeof(fault), "no server of the lab has the address %s", asked->server);
	}
	blame(found, server, lease);
	add_exchange(found, lease);
	add(found, ": %s; the phone then asked %s: %s: %s.", fault, asked->server, asked->asked,
	    asked->answered);
	return true;
}

/* --- files --- */

/* The request that decides about a step: of the phone's own file if that has failed, an answer before silence, HTTP before
 * TFTP. */
static const struct why_exchange *file_asked(const struct why_case *it, int step)
{
	const struct why_exchange *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < it->exchanges->n; i++) {
		const struct why_exchange *exchange = &it->exchanges->item[i];
		int rank = 1;

		if (exchange->step != step || !*exchange->file || exchange->kind == WHY_ANSWER_GOOD)
			continue;
		/* That these are missing is normal. */
		if (exchange->missing && (step == LADDER_CTL || step == LADDER_ITL))
			continue;
		rank += exchange->http ? 1 : 0;
		rank += exchange->kind == WHY_ANSWER_ERROR ? 2 : 0;
		rank += strstr(exchange->file, it->name) ? 4 : 0;
		rank += exchange->kind == WHY_ANSWER_UNUSABLE ? 8 : 0;
		if (rank >= best_rank) {
			best = exchange;
			best_rank = rank;
		}
	}
	return best;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && !strcmp(text + length - size, end);
}

static bool of_files(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = file_asked(it, it->step), *lease;
	const json_t *server = asked ? why_user_at(it, asked->server) : NULL;

	if (!asked)
		return false;
	if (of_lease(it, found, asked))
		return true;
	if (!server || port_is_shut(it, server))
		return false;
	lease = why_exchange_lease(it->exchanges);
	if (!strcmp(json_text(server, "kind"), "dhcp") && lease) {
		blame(found, server, lease);
		add_exchange(found, lease);
		add(found, ", so that the phone asked the DHCP server for its files: %s: %s.", asked->asked,
		    asked->answered);
		return true;
	}
	about(it, found, server, asked);
	if (ends_with(asked->file, ".sgn"))
		add(found, " A trust list that the phone has installed demands signed files.");
	if (status_read_stored(it->phone))
		add(found, " It goes on with its stored configuration.");
	return true;
}

/* --- what a file of the user says --- */

/* The directory numbers that the topology gives the phone, "" if it gives none. */
static void numbers(const json_t *phone, char text[120])
{
	const json_t *line;
	size_t i, used = 0;

	text[0] = 0;
	json_array_foreach (json_object_get(phone, "lines"), i, line)
		if (used < 100)
			used += (size_t)snprintf(text + used, 120 - used, "%s%.40s", i ? ", " : "",
						 json_string_value(line));
}

static bool has_number(const json_t *phone, const char *number)
{
	const json_t *line;
	size_t i;

	json_array_foreach (json_object_get(phone, "lines"), i, line)
		if (!strcmp(json_string_value(line), number))
			return true;
	return false;
}

/* The phone's file has a number that the topology gives it not. */
static bool add_number(const struct why_case *it, struct why_user *found, const char *number)
{
	const json_t *other;
	char own[120];
	size_t i;

	numbers(it->phone, own);
	if (!*own || !*number || has_number(it->phone, number))
		return false;
	add(found, "%s has the number %s; the topology gives this phone %s", found->asked->file, number, own);
	json_array_foreach (json_object_get(it->status, "phones"), i, other)
		if (has_number(other, number))
			add(found, ", and %s to %s", number, json_text(other, "name"));
	add(found, ".");
	return true;
}

static bool of_number(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *config;
	const json_t *files = files_of(it, &config);
	const char *number = json_text(it->phone, "directory_number");

	if (!files)
		return false;
	blame(found, files, config);
	if (it->expected && *number && strcmp(it->expected, number)) {
		add(found, "%s has the number %s; the scenario expects %s.", config->file, number,
		    it->expected);
		return true;
	}
	/* Otherwise the topology has derived numbers of its own. */
	if (strcmp(json_text(it->status, "devices"), "external"))
		return false;
	return add_number(it, found, number);
}

/* Only the default file could be had: the phone has no line. */
static bool of_default(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = file_asked(it, LADDER_CONFIG);
	const json_t *server = asked ? why_user_at(it, asked->server) : NULL;

	if (!server || !why_not_provisioned(it))
		return false;
	blame(found, server, asked);
	add_exchange(found, asked);
	add(found, "; the phone continued with XMLDefault.cnf.xml, which gives no line");
	add_need(found, LADDER_CONFIG);
	return true;
}

/* --- call managers --- */

/* The names and addresses of the cluster. */
static void add_cluster(const struct why_case *it, struct why_user *found)
{
	const json_t *node;
	size_t i;

	json_array_foreach (json_object_get(it->status, "cluster"), i, node)
		add(found, "%s%s %s", i ? ", " : "", json_text(node, "name"), json_text(node, "address"));
}

/* The file of the user names a call manager, or a port, that the lab does not have. */
static bool names_another(const struct why_case *it, struct why_user *found, const struct why_exchange *asked)
{
	const struct why_exchange *config;
	const json_t *files = files_of(it, &config);

	if (!files)
		return false;
	if (!*asked->server) {
		blame(found, files, config);
		add(found, "%s names the call manager %s: %s.", config->file, asked->name, asked->answered);
		return true;
	}
	if (!is_known(it, asked->server)) {
		blame(found, files, config);
		add(found, "%s names the call manager %s, port %u: %s. The topology has ", config->file,
		    asked->server, asked->port, asked->answered);
		add_cluster(it, found);
		add(found, ".");
		return true;
	}
	if (asked->port == 5060 || why_user_at(it, asked->server))
		return false;
	blame(found, files, config);
	add(found,
	    "%s names port %u of the call manager %s: %s. The call managers of the lab listen at 5060.",
	    config->file, asked->port, asked->server, asked->answered);
	return true;
}

static bool of_connection(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = why_exchange_last(it->exchanges, LADDER_CM_CONNECT, false);
	const json_t *server = asked ? why_user_at(it, asked->server) : NULL;

	if (!asked)
		return false;
	if (names_another(it, found, asked))
		return true;
	if (*asked->server && of_lease(it, found, asked))
		return true;
	return server && !port_is_shut(it, server) && about(it, found, server, asked);
}

/* What the configuration of the user contributed to a rejected REGISTER. */
static void add_origin(const struct why_case *it, struct why_user *found, const struct why_exchange *asked)
{
	const struct why_exchange *config;
	const json_t *files = files_of(it, &config);
	char name[160], own[120];

	if (!config || !*asked->user)
		return;
	numbers(it->phone, own);
	add(found, " The number %s is in %s of %s", asked->user, config->file,
	    files ? why_user_text(files, name) : config->server);
	if (*own && !has_number(it->phone, asked->user))
		add(found, "; the topology gives this phone %s", own);
	add(found, ".");
}

/* The name of a call manager, its address if it has none. */
static const char *manager_at(const struct why_case *it, const char *address)
{
	const json_t *node;
	size_t i;

	json_array_foreach (json_object_get(it->status, "cluster"), i, node)
		if (!strcmp(json_text(node, "address"), address))
			return json_text(node, "name");
	return address;
}

/* A call manager of the lab has rejected what the file of the user says. */
static bool rejected_by_lab(const struct why_case *it, struct why_user *found,
			    const struct why_exchange *asked)
{
	const struct why_exchange *config;
	const json_t *files = files_of(it, &config);

	if (!files || asked->status < 400 || asked->status >= 500)
		return false;
	blame(found, files, config);
	if (!add_number(it, found, asked->user))
		return false;
	add(found, " %s answered %s with %s.", manager_at(it, asked->server), asked->asked, asked->answered);
	return true;
}

static bool of_register(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = why_exchange_last(it->exchanges, LADDER_REGISTER, false), *config;
	const json_t *server = asked ? why_user_at(it, asked->server) : NULL, *files = files_of(it, &config);

	if (!asked && files && !strcmp(json_text(it->rung, "state"), "failed")) {
		blame(found, files, config);
		add(found, "%s: %s.", config->file, json_text(it->rung, "detail"));
		return true;
	}
	if (!asked)
		return false;
	if (!server)
		return rejected_by_lab(it, found, asked);
	about(it, found, server, asked);
	if (asked->status == 403 || asked->status == 404)
		add_origin(it, found, asked);
	if (asked->status == 401 || asked->status == 407)
		add(found,
		    " The user name and the password are <authName> and <authPassword> of the last line in "
		    "the phone's configuration.");
	return true;
}

/* --- the witness --- */

static void add_listed(struct why_user *found, const json_t *registered)
{
	size_t n = json_array_size(registered);

	add(found, "its `registered` command lists ");
	for (size_t i = 0; i < n && i < 6; i++)
		add(found, "%s%.40s", i ? ", " : "", json_string_value(json_array_get(registered, i)));
	add(found, "%s%s", n ? "" : "nothing", n > 6 ? ", .." : "");
}

/* The phone reports a registration, and the user's command does not. */
static bool of_witness(const struct why_case *it, struct why_user *found)
{
	const char *manager = json_text(it->phone, "registered_with");
	const json_t *server = why_user_named(it, manager);
	const json_t *node = status_read_named(it->status, "cluster", manager);
	const struct why_exchange *asked = why_exchange_last(it->exchanges, LADDER_REGISTER, true);
	const char *number = json_text(it->phone, "directory_number");

	if (!server || strcmp(json_text(it->phone, "state"), "claims-registered"))
		return false;
	blame(found, server, asked);
	if (*json_text(node, "error")) {
		add(found, "nobody knows whether the phone is registered: %s. ", json_text(node, "error"));
	} else {
		add_listed(found, json_object_get(node, "registered"));
		add(found, ", neither %s nor %s. ", number, it->name);
	}
	if (asked)
		add(found, "The phone reports: %s answered %s.", asked->asked, asked->answered);
	else
		add(found, "The phone reports that it is registered as %s.", number);
	return true;
}

static bool of_partly(const struct why_case *it, struct why_user *found)
{
	const json_t *server = why_user_named(it, json_text(it->phone, "registered_with"));

	if (!server || !status_read_partly(it->phone))
		return false;
	blame(found, server, why_exchange_last(it->exchanges, LADDER_REGISTER, true));
	add(found,
	    "it has bound only the primary line: the phone asks for all lines in the body of one REGISTER, "
	    "and needs a remotecc response with <code>200</code> for the others.");
	return true;
}

/* The phone is registered, but the first call manager of the topology, the user's, has not taken it. */
static bool of_failover(const struct why_case *it, struct why_user *found)
{
	const json_t *first = json_array_get(json_object_get(it->status, "cluster"), 0);
	const json_t *server = why_user_named(it, json_text(first, "name"));
	const struct why_exchange *asked = NULL;

	if (!server || !strcmp(json_text(it->phone, "registered_with"), json_text(first, "name")))
		return false;
	for (size_t i = 0; i < it->exchanges->n; i++)
		if (it->exchanges->item[i].kind != WHY_ANSWER_GOOD &&
		    !strcmp(it->exchanges->item[i].server, json_text(server, "address")))
			asked = &it->exchanges->item[i];
	if (!asked)
		return false;
	about(it, found, server, asked);
	add(found, " The phone has gone to %s.", json_text(it->phone, "registered_with"));
	return true;
}

/* --- all --- */

bool why_user_cause(const struct why_case *it, struct why_user *found)
{
	*found = (struct why_user){0};
	if (!json_array_size(json_object_get(it->status, "user_servers")) || !it->exchanges)
		return false;
	switch (it->step) {
	case 0: return of_failover(it, found) || of_number(it, found);
	case LADDER_POWER:
	case LADDER_BOOT:
	case LADDER_VOICE_VLAN: return false;
	case LADDER_DHCP: return of_dhcp(it, found);
	case LADDER_CM_CONNECT: return of_default(it, found) || of_connection(it, found);
	case LADDER_REGISTER:
		return of_witness(it, found) || of_partly(it, found) || of_default(it, found) ||
		       of_register(it, found);
	default: return of_files(it, found);
	}
}
