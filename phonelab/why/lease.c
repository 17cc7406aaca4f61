#include "phonelab/why/lease.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/facts.h"
#include "wire/ipv4.h"

struct lease {
	const struct why_case *it;
	json_t *facts;
	char object[100], from[80];
	uint32_t own, mask;
	const char *gateway; /* "" none */
};

static json_t *add(const struct lease *lease, const char *name, const char *text)
{
	return fact_add(lease->facts, name, lease->object, LADDER_DHCP, lease->from, "%s: %s",
			lease->it->name, text);
}

/* The configuration of the DHCP server that gave the lease. */
static void set_object(struct lease *lease, const char *server)
{
	const json_t *service;
	size_t i;

	snprintf(lease->object, sizeof(lease->object), "device %.60s", server);
	json_array_foreach (json_object_get(lease->it->status, "services"), i, service)
		if (!strcmp(json_text(service, "kind"), "dhcp") &&
		    !strcmp(json_text(service, "address"), server))
			snprintf(lease->object, sizeof(lease->object), "config %.60s dnsmasq.conf",
				 json_text(service, "node"));
}

static bool is_far(const struct lease *lease, const char *address)
{
	uint32_t server;

	return lease->mask && !ipv4_parse(&server, address) &&
	       (server & lease->mask) != (lease->own & lease->mask);
}

static void check_servers(const struct lease *lease)
{
	const json_t *list = json_object_get(lease->it->phone, "tftp"), *entry;
	size_t n = json_array_size(list), i;
	char text[160];

	json_array_foreach (list, i, entry) {
		const char *address = json_string_value(entry);
		json_t *fact;

		if (!address || !why_address_is_foreign(lease->it, "tftp", address))
			continue;
		snprintf(text, sizeof(text), "file server %zu of %zu is %.40s, which is none of the lab's",
			 i + 1, n, address);
		fact = add(lease, "lease.tftp_unknown", text);
		fact_value(fact, "address", "%s", address);
		fact_value(fact, "which", "%s", n == 1 ? "only" : i ? "second" : "first");
	}
}

/* The mask against that of the subnet in the plan: a mask that is too short makes far servers seem near. */
static void check_subnet(const struct lease *lease, const json_t *model)
{
	const json_t *vlan;
	uint32_t subnet;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(model, "plan"), "vlans"), i, vlan) {
		long long planned = json_int(vlan, "prefix"), found = json_int(lease->it->phone, "prefix");
		uint32_t mask = planned > 0 && planned <= 32 ? UINT32_MAX << (32 - planned) : 0;
		char text[160];
		json_t *fact;

		if (!mask || ipv4_parse(&subnet, json_text(vlan, "subnet")) ||
		    (lease->own & mask) != (subnet & mask) || found >= planned)
			continue;
		snprintf(text, sizeof(text), "it has the mask /%lld; its subnet %.40s has /%lld", found,
			 json_text(vlan, "subnet"), planned);
		fact = add(lease, "lease.mask", text);
		fact_value(fact, "prefix", "%lld", found);
		fact_value(fact, "subnet", "%s/%lld", json_text(vlan, "subnet"), planned);
		return;
	}
}

static void check_gateway(const struct lease *lease, const char *server)
{
	uint32_t gateway;
	char text[160];
	json_t *fact = NULL;

	if (!*lease->gateway) {
		if (!is_far(lease, server))
			return;
		snprintf(text, sizeof(text), "it has no gateway, and %.40s is in another subnet", server);
		fact = add(lease, "lease.no_gateway", text);
		fact_value(fact, "server", "%s", server);
	} else if (lease->mask && !ipv4_parse(&gateway, lease->gateway) &&
		   (gateway & lease->mask) != (lease->own & lease->mask)) {
		snprintf(text, sizeof(text), "its gateway %.40s is outside of its subnet, %.40s/%lld",
			 lease->gateway, json_text(lease->it->phone, "ipv4"),
			 json_int(lease->it->phone, "prefix"));
		fact = add(lease, "lease.mask", text);
		fact_value(fact, "prefix", "%lld", json_int(lease->it->phone, "prefix"));
	} else if (why_address_is_foreign(lease->it, "router", lease->gateway)) {
		snprintf(text, sizeof(text), "its gateway is %.40s, which is none of the lab's routers",
			 lease->gateway);
		fact = add(lease, "lease.gateway_unknown", text);
	}
	if (fact)
		fact_value(fact, "gateway", "%s", lease->gateway);
}

static void check_order(const struct why_case *it, json_t *facts)
{
	const char *first = json_text(json_array_get(json_object_get(it->status, "cluster"), 0), "name");
	const char *with = json_text(it->phone, "registered_with");
	json_t *fact;

	if (!*with || !*first || !strcmp(with, first))
		return;
	fact = fact_add(facts, "register.not_first", "", LADDER_REGISTER, "status",
			"%s is registered with %s, not with %s", it->name, with, first);
	fact_value(fact, "node", "%s", with);
	fact_value(fact, "first", "%s", first);
}

void why_lease_facts(const struct why_case *it, const json_t *model, json_t *facts)
{
	const char *address = json_text(it->phone, "ipv4"), *server = json_text(it->phone, "dhcp_server");
	long long prefix = json_int(it->phone, "prefix");
	struct lease lease = {.it = it, .facts = facts, .gateway = json_text(it->phone, "gateway")};
	char text[160];

	if (why_not_provisioned(it))
		fact_add(facts, "step.not_provisioned", "", LADDER_CONFIG, "status", "%s: %s", it->name,
			 json_text(why_rung(it, LADDER_CONFIG), "detail"));
	check_order(it, facts);
	if (!*address || !*server || ipv4_parse(&lease.own, address))
		return;
	lease.mask = prefix > 0 && prefix <= 32 ? UINT32_MAX << (32 - prefix) : 0;
	if (!strcmp(lease.gateway, "0.0.0.0"))
		lease.gateway = "";
	snprintf(lease.from, sizeof(lease.from), "lease of %.40s", it->name);
	set_object(&lease, server);
	if (why_address_is_foreign(it, "dhcp", server)) {
		snprintf(text, sizeof(text),
			 "its address came from %.40s, which is no DHCP server of the lab", server);
		fact_value(add(&lease, "lease.rogue", text), "server", "%s", server);
	}
	check_servers(&lease);
	check_subnet(&lease, model);
	server = json_string_value(json_array_get(json_object_get(it->phone, "tftp"), 0));
	check_gateway(&lease, server ? server : "");
}
