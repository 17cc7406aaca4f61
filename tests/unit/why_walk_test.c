/*
 * The path walk: healthy models have only the fact walk.ok; each deviation, one at a time, is exactly that fact about
 * exactly that object.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/model.h"
#include "phonelab/why/walk.h"
#include "tests/support/walk_model.h"

struct change {
	const char *path, *value;
};

struct deviation {
	const char *name;
	struct change changes[4];
	const char *fact, *object, *text; /* text: words of the clause, or NULL */
	int step;			  /* of the phone; 0: it is registered */
	bool two;			  /* in the lab with two switches */
};

#define PORT(n, member)	     "switches;sw1;ports;Gi1/0/" n ";" member
#define TRUNK_OF(sw, member) "switches;" sw ";ports;Te1/1/1;" member
#define TABLE(chain, expr)                                                                                   \
	"[{\"chain\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"c\",\"type\":\"filter\",\"hook\":"        \
	"\"" chain "\",\"policy\":\"accept\"}},{\"rule\":{\"family\":\"ip\",\"table\":\"t\",\"chain\":"      \
	"\"c\",\"expr\":[" expr "]}}]"
#define TCP(port)                                                                                            \
	"{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}},"       \
	"\"right\":" port "}}"
#define LIMIT "{\"limit\":{\"rate\":1}}"
#define NEIGHBOUR(address, mac, state)                                                                       \
	"{\"address\":\"" address "\",\"mac\":\"" mac "\",\"dev\":\"eth0\",\"state\":\"" state "\"}"

static const struct deviation deviations[] = {
    /* the phone's own port */
    {"port shut",
     {{PORT("2", "shutdown"), "true"}, {PORT("2", "link"), "\"down\""}},
     "port.shut",
     "port sw1 Gi1/0/2",
     "shut down",
     1,
     false},
    {"port err-disabled",
     {{PORT("2", "err_disabled"), "\"psecure-violation\""}, {PORT("2", "link"), "\"down\""}},
     "port.err_disabled",
     "port sw1 Gi1/0/2",
     "psecure-violation",
     1,
     false},
    {"no link", {{PORT("2", "link"), "\"down\""}}, "port.no_link", "port sw1 Gi1/0/2", "no link", 1, false},
    {"PoE denied",
     {{PORT("2", "poe_state"), "\"denied\""}},
     "port.poe_denied",
     "port sw1 Gi1/0/2",
     "denied",
     1,
     false},
    {"secured for another MAC",
     {{PORT("2", "security"), "true"}, {PORT("2", "security_mac"), "\"0200.0000.9999\""}},
     "port.security_excludes",
     "port sw1 Gi1/0/2",
     "for 0200.0000.9999 only",
     4,
     false},
    {"violations",
     {{PORT("2", "violations"), "7"}},
     "port.mac_violation",
     "port sw1 Gi1/0/2",
     "7 violations",
     4,
     false},
    {"CDP off", {{PORT("2", "cdp"), "false"}}, "port.cdp_off", "port sw1 Gi1/0/2", "no CDP", 3, false},
    {"LLDP off", {{"switches/sw1/lldp", "false"}}, "port.lldp_off", "switch sw1", "no LLDP", 3, false},
    {"voice VLAN",
     {{PORT("2", "voice_vlan"), "10"}},
     "port.voice_vlan",
     "port sw1 Gi1/0/2",
     "VLAN 10;",
     3,
     false},
    {"no voice VLAN",
     {{PORT("2", "voice_vlan"), "null"}},
     "port.voice_vlan",
     "port sw1 Gi1/0/2",
     "no voice VLAN",
     3,
     false},
    /* switches */
    {"server's port shut",
     {{PORT("47", "shutdown"), "true"}},
     "walk.port_shut",
     "port sw1 Gi1/0/47",
     "of tftp",
     5,
     false},
    {"server's port err-disabled",
     {{PORT("43", "err_disabled"), "\"bpduguard\""}},
     "walk.port_err_disabled",
     "port sw1 Gi1/0/43",
     "bpduguard",
     10,
     false},
    {"router unplugged",
     {{PORT("46", "link"), "\"down\""}, {PORT("46", "device"), "null"}},
     "walk.no_link",
     "port sw1 Gi1/0/46",
     "nothing is plugged in",
     5,
     false},
    {"server in another VLAN",
     {{PORT("48", "access_vlan"), "10"}},
     "walk.access_vlan",
     "port sw1 Gi1/0/48",
     "in VLAN 10, not in VLAN 110",
     4,
     false},
    {"no VLAN 110", {{"switches/sw1/vlans/110", NULL}}, "walk.vlan_missing", "vlan sw1 110", NULL, 4, false},
    {"VLAN on the far switch",
     {{"switches/core/vlans/110", NULL}},
     "walk.vlan_missing",
     "vlan core 110",
     NULL,
     4,
     true},
    {"VLAN suspended",
     {{"switches/core/vlans/110/active", "false"}},
     "walk.vlan_not_active",
     "vlan core 110",
     NULL,
     0,
     true},
    {"trunk, near end",
     {{TRUNK_OF("access", "allowed"), "\"10,20-30\""}},
     "walk.trunk_lacks_vlan",
     "trunk access Te1/1/1",
     "VLAN 110 (allowed: 10,20-30)",
     4,
     true},
    {"trunk, far end",
     {{TRUNK_OF("core", "allowed"), "\"none\""}},
     "walk.trunk_lacks_vlan",
     "trunk core Te1/1/1",
     NULL,
     0,
     true},
    {"no trunk",
     {{TRUNK_OF("core", "mode"), "\"access\""}},
     "walk.not_trunk",
     "trunk core Te1/1/1",
     NULL,
     0,
     true},
    {"native VLAN",
     {{TRUNK_OF("core", "native_vlan"), "110"}},
     "walk.native_mismatch",
     "trunk core Te1/1/1",
     "10 at access",
     0,
     true},
    {"trunk shut",
     {{TRUNK_OF("core", "shutdown"), "true"},
      {TRUNK_OF("core", "link"), "\"down\""},
      {TRUNK_OF("access", "link"), "\"down\""}},
     "walk.port_shut",
     "trunk core Te1/1/1",
     NULL,
     0,
     true},
    {"server untrusted",
     {{PORT("48", "trusted"), "false"}},
     "walk.snooping_untrusted",
     "port sw1 Gi1/0/48",
     NULL,
     0,
     false},
    {"trunk untrusted",
     {{TRUNK_OF("access", "trusted"), "false"}},
     "walk.snooping_untrusted",
     "trunk access Te1/1/1",
     NULL,
     0,
     true},
    /* addresses and routes */
    {"address gone",
     {{"nodes/tftp/interfaces/0/addresses", "[]"}},
     "walk.address_missing",
     "address tftp",
     "(it has none)",
     5,
     false},
    {"another address",
     {{"nodes/tftp/interfaces/0/addresses/0/address", "\"10.20.0.33\""}},
     "walk.address_wrong",
     "address tftp",
     "10.20.0.33",
     5,
     false},
    {"gateway's address",
     {{"nodes/gw/interfaces/0/addresses", "[]"}},
     "walk.address_missing",
     "address gw",
     "10.110.0.1",
     0,
     false},
    {"mask",
     {{"nodes/tftp/interfaces/0/addresses/0/prefix", "16"}},
     "walk.mask_wrong",
     "address tftp",
     "/16",
     5,
     false},
    {"interface down",
     {{"nodes/cucm-pub/interfaces/0/up", "false"}},
     "walk.interface_down",
     "address cucm-pub",
     NULL,
     10,
     false},
    {"no way back",
     {{"nodes/cucm-pub/routes/1", NULL}},
     "walk.no_route_back",
     "route cucm-pub",
     "10.110.0.0/24",
     10,
     false},
    {"router without route",
     {{"nodes/gw/routes/1", NULL}},
     "walk.no_route",
     "route gw",
     "10.20.0.0/24",
     10,
     false},
    {"wrong gateway",
     {{"nodes/cucm-pub/routes/1/via", "\"10.20.0.99\""}},
     "walk.route_wrong",
     "route cucm-pub",
     "10.20.0.99",
     10,
     false},
    {"a server as gateway",
     {{"nodes/cucm-pub/routes/1/via", "\"10.20.0.3\""}},
     "walk.route_wrong",
     "route cucm-pub",
     "tftp, which is no router",
     10,
     false},
    {"blackhole",
     {{"nodes/tftp/routes/+",
       "{\"type\":\"blackhole\",\"to\":\"10.110.0.0/24\",\"metric\":0,\"table\":254}"}},
     "walk.blackhole",
     "route tftp",
     NULL,
     5,
     false},
    {"policy rule",
     {{"nodes/gw/rules/+", "{\"priority\":100,\"table\":0,\"action\":8,\"from\":\"10.110.0.0/24\"}"}},
     "walk.blackhole",
     "route gw",
     "policy rule",
     10,
     false},
    {"no forwarding",
     {{"nodes/gw/ip_forward", "0"},
      {"nodes/gw/interfaces/0/forwarding", "0"},
      {"nodes/gw/interfaces/1/forwarding", "0"}},
     "walk.not_forwarding",
     "filter gw",
     "ip_forward = 0",
     10,
     false},
    {"circle",
     {{"nodes/gw/routes/+", "{\"type\":\"unicast\",\"to\":\"10.20.0.11/"
			    "32\",\"metric\":0,\"table\":254,\"dev\":\"eth1\",\"via\":\"10.20.0.3\"}"},
      {"nodes/tftp/interfaces/0/forwarding", "1"},
      {"nodes/tftp/routes/+", "{\"type\":\"unicast\",\"to\":\"10.20.0.11/"
			      "32\",\"metric\":0,\"table\":254,\"dev\":\"eth0\",\"via\":\"10.20.0.1\"}"}},
     "walk.route_wrong",
     "route gw",
     "circle",
     10,
     false},
    {"two with one address",
     {{"nodes/tftp/interfaces/0/addresses/+", "{\"address\":\"10.20.0.11\",\"prefix\":24}"}},
     "walk.address_duplicate",
     "address tftp",
     NULL,
     10,
     false},
    {"static ARP",
     {{"nodes/gw/neighbours/+", NEIGHBOUR("10.20.0.11", "02:00:00:00:00:99", "PERMANENT")}},
     "walk.arp_conflict",
     "arp gw",
     "02:00:00:00:00:99",
     10,
     false},
    {"foreign device",
     {{"phones/" WALK_PHONE,
       "{\"neighbours\":[" NEIGHBOUR("10.110.0.1", "02:00:00:00:00:99", "REACHABLE") "]}"}},
     "walk.arp_conflict",
     "device 02:00:00:00:00:99",
     NULL,
     5,
     false},
    {"small MTU", {{"nodes/gw/interfaces/1/mtu", "1400"}}, "walk.mtu_small", "address gw", "1400", 10, false},
    {"queueing",
     {{"nodes/gw/qdiscs", "[{\"kind\":\"netem\",\"dev\":\"eth1\"}]"}},
     "walk.qdisc",
     "filter gw",
     "netem",
     10,
     false},
    /* rules */
    {"forward",
     {{"nodes/gw/filter", TABLE("forward", TCP("5060") ",{\"drop\":null}")}},
     "walk.filter",
     "filter gw",
     "tcp dport 5060 drop",
     10,
     false},
    {"input",
     {{"nodes/tftp/filter",
       TABLE("input", TCP("{\"set\":[80,6970]}") ",{\"counter\":{}},{\"reject\":null}")}},
     "walk.filter",
     "filter tftp",
     "reject",
     5,
     false},
    {"answers",
     {{"nodes/gw/filter",
       TABLE("forward", "{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\",\"field\":"
			"\"sport\"}},\"right\":5060}},{\"drop\":null}")}},
     "walk.filter",
     "filter gw",
     "back to",
     10,
     false},
    {"policy",
     {{"nodes/cucm-pub/filter", "[{\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"c\",\"type\":"
				"\"filter\",\"hook\":\"input\",\"policy\":\"drop\"}}]"}},
     "walk.filter",
     "filter cucm-pub",
     "policy drop",
     10,
     false},
    {"iptables",
     {{"nodes/gw/filter",
       TABLE("forward", TCP("5060") ",{\"xt\":{\"type\":\"target\",\"name\":\"REJECT\"}}")}},
     "walk.filter",
     "filter gw",
     "tcp dport 5060 reject",
     10,
     false},
    /* servers */
    {"no listener",
     {{"nodes/cucm-pub/listeners", "[]"}},
     "walk.no_listener",
     "socket cucm-pub tcp 5060",
     NULL,
     10,
     false},
    {"listens at UDP",
     {{"nodes/cucm-pub/listeners/0/protocol", "\"udp\""}},
     "walk.listener_elsewhere",
     "socket cucm-pub tcp 5060",
     "udp 10.20.0.11 5060",
     10,
     false},
    {"listens at another address",
     {{"nodes/tftp/listeners/1/address", "\"127.0.0.1\""}},
     "walk.listener_elsewhere",
     "socket tftp tcp 6970",
     "127.0.0.1",
     5,
     false},
    {"port of the file",
     {{"nodes/tftp/files/phones/" WALK_PHONE "/managers/0/port", "5070"}},
     "walk.listener_elsewhere",
     "socket cucm-pub tcp 5070",
     "10.20.0.11 5060",
     10,
     false},
    {"stopped",
     {{"nodes/tftp/programs/1/state", "\"stopped\""}, {"nodes/tftp/listeners/1", NULL}},
     "walk.process_stopped",
     "process tftp-http",
     NULL,
     5,
     false},
    {"paused",
     {{"nodes/dhcp/programs/0/state", "\"paused\""}},
     "walk.process_paused",
     "process dhcp",
     NULL,
     4,
     false},
    {"worker paused",
     {{"nodes/cucm-pub/programs/0/paused_workers", "[{\"pid\":12,\"role\":\"tcp receiver\"}]"}},
     "walk.worker_paused",
     "process cucm-pub",
     "1 of 3 (tcp receiver)",
     10,
     false},
    {"worker gone",
     {{"nodes/cucm-pub/programs/0/missing_workers", "[{\"pid\":12,\"role\":\"timer\"}]"}},
     "walk.worker_missing",
     "process cucm-pub",
     "1 of 4 (timer)",
     11,
     false},
    {"table gone",
     {{"nodes/cucm-pub/database/line", NULL},
      {"nodes/cucm-pub/database/errors", "[{\"table\":\"line\",\"error\":\"no such table: line\"}]"}},
     "walk.database_unreadable",
     "database cucm-pub line",
     "no such table",
     11,
     false},
    {"database gone",
     {{"nodes/cucm-pub/database",
       "{\"errors\":[{\"table\":\"\",\"error\":\"unable to open database file\"}]}"}},
     "walk.database_unreadable",
     "database cucm-pub",
     "unable to open",
     11,
     false},
    {"device gone",
     {{"nodes/cucm-pub/database/device/phones/" WALK_PHONE, "0"},
      {"nodes/cucm-pub/database/line/phones/" WALK_PHONE, "0"}},
     "walk.device_unknown",
     "database cucm-pub device",
     NULL,
     11,
     false},
    {"line gone",
     {{"nodes/cucm-pub/database/line/phones/" WALK_PHONE, "0"}},
     "walk.line_unknown",
     "database cucm-pub line",
     NULL,
     11,
     false},
    {"root gone",
     {{"nodes/tftp/files/error", "\"No such file or directory\""}},
     "walk.files_unreadable",
     "process tftp",
     NULL,
     7,
     false},
    {"pool used up",
     {{"nodes/dhcp/dhcp/pools/0/used", "50"}},
     "walk.pool_exhausted",
     "config dhcp dnsmasq.conf",
     "50 addresses",
     4,
     false},
    {"no pool",
     {{"nodes/dhcp/dhcp/pools/0/first", "\"10.20.0.50\""}},
     "walk.no_pool",
     "config dhcp dnsmasq.conf",
     NULL,
     4,
     false},
};
#define DEVIATIONS (sizeof(deviations) / sizeof(deviations[0]))

/* The facts of a lab; status and model are freed. */
static json_t *facts_of(json_t *status, json_t *model, int step)
{
	struct why_case it = {.status = status,
			      .name = WALK_PHONE,
			      .phone = json_array_get(json_object_get(status, "phones"), 1),
			      .step = step};
	json_t *facts = json_array();

	/* A phone that has not learned its voice VLAN sends without a tag. */
	if (step && step <= 3)
		json_object_set_new((json_t *)it.phone, "voice_vlan", json_null());
	why_walk_facts(&it, model, facts);
	json_decref(status);
	json_decref(model);
	return facts;
}

static void print_facts(const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		fprintf(stderr, "%s | %s | %s\n", json_text(fact, "fact"), json_text(fact, "object"),
			json_text(fact, "text"));
}

/* Facts of what is as it must be. */
static bool is_good(const json_t *fact)
{
	return !strcmp(json_text(fact, "fact"), "walk.ok") ||
	       !strcmp(json_text(fact, "fact"), "port.announces");
}

static size_t deviations_in(const json_t *facts)
{
	const json_t *fact;
	size_t i, n = 0;

	json_array_foreach (facts, i, fact)
		n += !is_good(fact);
	return n;
}

static void deviation(void **state)
{
	const struct deviation *it = *state;
	json_t *status = it->two ? walk_two_switches_status() : walk_office_status();
	json_t *model = it->two ? walk_two_switches_model() : walk_office_model(), *facts;
	const json_t *fact;

	for (size_t i = 0; i < 4 && it->changes[i].path; i++)
		walk_change(model, it->changes[i].path, it->changes[i].value);
	facts = facts_of(status, model, it->step);
	fact = fact_find(facts, it->fact, it->object);
	if (!fact || deviations_in(facts) != 1)
		print_facts(facts);
	assert_non_null(fact);
	assert_int_equal(deviations_in(facts), 1);
	assert_int_equal(json_int(fact, "step"), it->step);
	assert_true(*json_text(fact, "from") != 0);
	if (it->text && !strstr(json_text(fact, "text"), it->text))
		fail_msg("\"%s\" has no \"%s\"", json_text(fact, "text"), it->text);
	json_decref(facts);
}

static void healthy_is(json_t *status, json_t *model, int step, const char *const ok[])
{
	json_t *facts = facts_of(status, model, step);
	size_t n = 0;

	if (deviations_in(facts))
		print_facts(facts);
	assert_int_equal(deviations_in(facts), 0);
	for (; ok[n]; n++)
		assert_true(fact_is(facts, "walk.ok", ok[n]));
	assert_int_equal(json_array_size(facts), n + fact_is(facts, "port.announces", NULL));
	json_decref(facts);
}

static void healthy(void **state)
{
	static const char *const all[] = {"socket dhcp udp 67", "socket tftp tcp 6970", "socket tftp udp 69",
					  "socket cucm-pub tcp 5060", NULL};
	static const char *const dhcp[] = {"socket dhcp udp 67", NULL}, *const none[] = {NULL};

	(void)state;
	healthy_is(walk_office_status(), walk_office_model(), 0, all);
	healthy_is(walk_two_switches_status(), walk_two_switches_model(), 0, all);
	healthy_is(walk_office_status(), walk_office_model(), 4, dhcp);
	healthy_is(walk_office_status(), walk_office_model(), 7, (const char *const[]){all[1], all[2], NULL});
	healthy_is(walk_office_status(), walk_office_model(), 10, (const char *const[]){all[3], NULL});
	healthy_is(walk_office_status(), walk_office_model(), 2, none);
}

/* An unknown part is no deviation, and there is no walk.ok. */
static void unknown_is_nothing(void **state)
{
	static const char *const parts[] = {"nodes", "plan", "switches", "phones"};
	static const char *const of_node[] = {"routes",	  "filter",	"listeners",
					      "programs", "interfaces", "database"};

	json_t *facts;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		json_t *model = walk_office_model();

		walk_change(model, parts[i], NULL);
		facts = facts_of(walk_office_status(), model, 0);
		if (deviations_in(facts))
			print_facts(facts);
		assert_int_equal(deviations_in(facts), 0);
		json_decref(facts);
	}
	for (size_t i = 0; i < sizeof(of_node) / sizeof(of_node[0]); i++) {
		json_t *model = walk_office_model();
		char path[64];

		snprintf(path, sizeof(path), "nodes/cucm-pub/%s", of_node[i]);
		walk_change(model, path, NULL);
		facts = facts_of(walk_office_status(), model, 10);
		if (json_array_size(facts))
			print_facts(facts);
		assert_int_equal(json_array_size(facts), 0);
		json_decref(facts);
	}
	facts = facts_of(walk_office_status(), json_object(), 0);
	assert_int_equal(json_array_size(facts), 0);
	json_decref(facts);
}

/* A rule that may or may not match is no fact; a server that may be filtered is not fine. */
static void unclear_rule(void **state)
{
	json_t *model = walk_office_model(), *facts;

	(void)state;
	walk_change(model, "nodes/gw/filter", TABLE("forward", TCP("5060") "," LIMIT ",{\"drop\":null}"));
	facts = facts_of(walk_office_status(), model, 10);
	assert_int_equal(json_array_size(facts), 0);
	json_decref(facts);
	model = walk_office_model();
	walk_change(model, "nodes/gw/filter", TABLE("forward", TCP("5061") ",{\"drop\":null}"));
	facts = facts_of(walk_office_status(), model, 10);
	assert_true(fact_is(facts, "walk.ok", NULL));
	json_decref(facts);
}

/* An external call manager: port, VLAN and ARP count, its inside is unknown. */
static void external(void **state)
{
	json_t *model = walk_office_model(), *facts;

	(void)state;
	walk_change(model, "nodes/cucm-pub",
		    "{\"kind\":\"call-manager\",\"errors\":[\"the user plugs it in\"]}");
	walk_change(model, PORT("43", "access_vlan"), "10");
	facts = facts_of(walk_office_status(), model, 10);
	assert_true(fact_is(facts, "walk.access_vlan", "port sw1 Gi1/0/43"));
	assert_int_equal(json_array_size(facts), 1);
	json_decref(facts);
}

/* An address that no node has: the object is what gave it to the phone. */
static void nowhere(void **state)
{
	json_t *status = walk_office_status(), *facts;

	(void)state;
	walk_change(status, "phones/1/tftp/0", "\"10.20.0.99\"");
	facts = facts_of(status, walk_office_model(), 5);
	assert_true(fact_is(facts, "walk.nowhere", "lease 10.110.0.52"));
	assert_int_equal(json_array_size(facts), 1);
	json_decref(facts);
	status = walk_office_status();
	walk_change(status, "phones/1/call_managers/0/address", "\"10.20.0.99\"");
	facts = facts_of(status, walk_office_model(), 10);
	assert_true(fact_is(facts, "walk.nowhere", "file " WALK_PHONE ".cnf.xml"));
	json_decref(facts);
	/* Outside of all subnets of the lab there may be anything. */
	status = walk_office_status();
	walk_change(status, "phones/1/tftp/0", "\"192.0.2.1\"");
	facts = facts_of(status, walk_office_model(), 5);
	assert_false(fact_is(facts, "walk.nowhere", NULL));
	json_decref(facts);
}

int main(void)
{
	struct CMUnitTest tests[DEVIATIONS + 5] = {
	    cmocka_unit_test(healthy),	    cmocka_unit_test(unknown_is_nothing),
	    cmocka_unit_test(unclear_rule), cmocka_unit_test(external),
	    cmocka_unit_test(nowhere),
	};

	for (size_t i = 0; i < DEVIATIONS; i++)
		tests[5 + i] = (struct CMUnitTest){.name = deviations[i].name,
						   .test_func = deviation,
						   .initial_state = (void *)&deviations[i]};
	return _cmocka_run_group_tests("why-walk", tests, DEVIATIONS + 5, NULL, NULL);
}
