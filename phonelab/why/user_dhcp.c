/* Causes that lie with the user's DHCP server: what it answered, and a lease that leads nowhere. */
#include "phonelab/why/user_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/facts.h"

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
	user_blame(found, server, lease);
	user_add_exchange(found, lease);
	user_add(found, ": %s", json_text(it->rung, "detail"));
	user_add_need(found, LADDER_DHCP);
	return true;
}

bool user_of_dhcp(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = dhcp_asked(it->exchanges);
	const json_t *server =
	    asked && *asked->server ? why_user_at(it, asked->server) : only_of_kind(it, "dhcp");

	if (!asked)
		return without_file_server(it, found);
	if (!server || user_port_is_shut(it, server))
		return false;
	if (asked->kind != WHY_ANSWER_NONE || *asked->server)
		return user_about(it, found, server, asked);
	/* A relay may forward what another VLAN asks. */
	if (is_in_vlan(it, server) || *why_service_node(it, "router"))
		return user_about(it, found, server, asked);
	user_blame(found, server, asked);
	user_add_exchange(found, asked);
	user_add(found, "; the server is in VLAN %lld, and the phone asks in VLAN %lld.",
		 json_int(server, "vlan"), vlan_of(it));
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

bool user_of_lease(const struct why_case *it, struct why_user *found, const struct why_exchange *asked)
{
	const struct why_exchange *lease = why_exchange_lease(it->exchanges);
	const json_t *server = lease ? why_user_at(it, lease->server) : NULL;
	char fault[300];

	if (!server || (asked->kind != WHY_ANSWER_NONE && asked->kind != WHY_ANSWER_NO_WAY))
		return false;
	if (!lease_fault(it, server, lease, asked->server, fault)) {
		if (!*asked->file || user_address_is_known(it, asked->server))
			return false;
		snprintf(fault, sizeof(fault), "no server of the lab has the address %s", asked->server);
	}
	user_blame(found, server, lease);
	user_add_exchange(found, lease);
	user_add(found, ": %s; the phone then asked %s: %s: %s.", fault, asked->server, asked->asked,
		 asked->answered);
	return true;
}
