/*
 * The retry (phonelab/why/retry.h): in a model or a run directory in which one thing is wrong, that thing is proven; with two
 * that are wrong, with something unknown, or with a probe that contradicts, nothing is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/why/content.h"
#include "phonelab/why/differ.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/model.h"
#include "phonelab/why/retry.h"
#include "phonelab/why/walk.h"
#include "tests/support/walk_model.h"
#include "tests/support/why_folder.h"

/* --- the walk --- */

struct change {
	const char *path, *value;
};

struct repair {
	const char *name;
	struct change changes[6];
	int step;
	bool two;	    /* in the lab with two switches */
	const char *proven; /* the objects of retry.ok, "A;B"; "": none */
};

#define PORT(n, member)	     "switches;sw1;ports;Gi1/0/" n ";" member
#define TRUNK_OF(sw, member) "switches;" sw ";ports;Te1/1/1;" member
#define FILTER(expr)                                                                                         \
	"[{\"chain\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"c\",\"type\":\"filter\",\"hook\":"        \
	"\"forward\",\"policy\":\"accept\"}}," expr "]"
#define RULE(port)                                                                                           \
	"{\"rule\":{\"family\":\"ip\",\"table\":\"t\",\"chain\":\"c\",\"expr\":[{\"match\":{\"op\":\"==\","  \
	"\"left\":{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}},\"right\":" port                  \
	"}},{\"drop\":null}]}}"
#define FAILED(address)                                                                                      \
	"{\"neighbours\":[{\"address\":\"" address "\",\"mac\":\"\",\"dev\":\"eth0\",\"state\":\"FAILED\"}]" \
	"}"

static const struct repair repairs[] = {
    {"phone's port shut",
     {{PORT("2", "shutdown"), "true"}, {PORT("2", "link"), "\"down\""}},
     1,
     false,
     "port sw1 Gi1/0/2"},
    {"no voice VLAN", {{PORT("2", "voice_vlan"), "null"}}, 4, false, "port sw1 Gi1/0/2"},
    {"wrong voice VLAN", {{PORT("2", "voice_vlan"), "10"}}, 4, false, "port sw1 Gi1/0/2"},
    {"server's port shut",
     {{PORT("47", "shutdown"), "true"}, {PORT("47", "link"), "\"down\""}},
     5,
     false,
     "port sw1 Gi1/0/47"},
    {"server's VLAN", {{PORT("48", "access_vlan"), "10"}}, 4, false, "port sw1 Gi1/0/48"},
    {"router unplugged",
     {{PORT("46", "link"), "\"down\""}, {PORT("46", "device"), "null"}},
     5,
     false,
     "port sw1 Gi1/0/46"},
    {"no VLAN", {{"switches/core/vlans/110", NULL}}, 4, true, "vlan core 110"},
    {"VLAN suspended", {{"switches/core/vlans/110/active", "false"}}, 4, true, "vlan core 110"},
    {"one end of a trunk",
     {{TRUNK_OF("access", "allowed"), "\"10,20-30\""}},
     4,
     true,
     "trunk access Te1/1/1"},
    {"both ends of a trunk",
     {{TRUNK_OF("access", "allowed"), "\"10\""}, {TRUNK_OF("core", "allowed"), "\"none\""}},
     4,
     true,
     "trunk access Te1/1/1;trunk core Te1/1/1"},
    {"access port between switches",
     {{TRUNK_OF("core", "mode"), "\"access\""}},
     4,
     true,
     "trunk core Te1/1/1"},
    {"native VLAN", {{TRUNK_OF("core", "native_vlan"), "110"}}, 4, true, "trunk core Te1/1/1"},
    {"untrusted", {{PORT("48", "trusted"), "false"}}, 4, false, "port sw1 Gi1/0/48"},
    {"trunk shut",
     {{TRUNK_OF("core", "shutdown"), "true"},
      {TRUNK_OF("core", "link"), "\"down\""},
      {TRUNK_OF("access", "link"), "\"down\""}},
     5,
     true,
     "trunk core Te1/1/1"},
    {"route", {{"nodes/cucm-pub/routes/1", NULL}}, 10, false, "route cucm-pub"},
    {"route of a router", {{"nodes/gw/routes/1", NULL}}, 10, false, "route gw"},
    {"wrong gateway", {{"nodes/cucm-pub/routes/1/via", "\"10.20.0.99\""}}, 10, false, "route cucm-pub"},
    {"a server as gateway", {{"nodes/cucm-pub/routes/1/via", "\"10.20.0.3\""}}, 10, false, "route cucm-pub"},
    {"blackhole",
     {{"nodes/tftp/routes/+",
       "{\"type\":\"blackhole\",\"to\":\"10.110.0.0/24\",\"metric\":0,\"table\":254}"}},
     5,
     false,
     "route tftp"},
    {"address gone", {{"nodes/tftp/interfaces/0/addresses", "[]"}}, 5, false, "address tftp"},
    {"another address",
     {{"nodes/tftp/interfaces/0/addresses/0/address", "\"10.20.0.33\""}},
     5,
     false,
     "address tftp"},
    {"mask", {{"nodes/tftp/interfaces/0/addresses/0/prefix", "16"}}, 5, false, "address tftp"},
    {"interface down",
     {{"nodes/cucm-pub/interfaces/0/up", "false"}, {"nodes/cucm-pub/routes", "[]"}},
     10,
     false,
     "address cucm-pub"},
    {"two with one address",
     {{"nodes/tftp/interfaces/0/addresses/+", "{\"address\":\"10.20.0.11\",\"prefix\":24}"}},
     10,
     false,
     "address tftp"},
    {"no forwarding",
     {{"nodes/gw/ip_forward", "0"},
      {"nodes/gw/interfaces/0/forwarding", "0"},
      {"nodes/gw/interfaces/1/forwarding", "0"}},
     10,
     false,
     "filter gw"},
    {"a rule", {{"nodes/gw/filter", FILTER(RULE("5060"))}}, 10, false, "filter gw"},
    {"two rules, one behind the other",
     {{"nodes/gw/filter", FILTER(RULE("5060") "," RULE("5060"))}},
     10,
     false,
     "filter gw"},
    {"static ARP",
     {{"nodes/gw/neighbours/+", "{\"address\":\"10.20.0.11\",\"mac\":\"02:00:00:00:00:99\",\"dev\":\"eth1\","
				"\"state\":\"PERMANENT\"}"}},
     10,
     false,
     "arp gw"},
    {"stopped",
     {{"nodes/cucm-pub/programs/0/state", "\"stopped\""}, {"nodes/cucm-pub/listeners", "[]"}},
     10,
     false,
     "process cucm-pub"},
    {"both file services stopped",
     {{"nodes/tftp/programs/0/state", "\"stopped\""},
      {"nodes/tftp/programs/1/state", "\"stopped\""},
      {"nodes/tftp/listeners", "[]"}},
     5,
     false,
     "process tftp-http;process tftp"},
    {"paused", {{"nodes/dhcp/programs/0/state", "\"paused\""}}, 4, false, "process dhcp"},
    {"no listener", {{"nodes/cucm-pub/listeners", "[]"}}, 10, false, "socket cucm-pub tcp 5060"},
    {"ARP has failed in consequence",
     {{"nodes/tftp/interfaces/0/addresses", "[]"}, {"phones/" WALK_PHONE, FAILED("10.110.0.1")}},
     5,
     false,
     "address tftp"},
    /* not proven */
    {"nothing is wrong", {{NULL, NULL}}, 5, false, ""},
    {"a route and a socket",
     {{"nodes/cucm-pub/routes/1", NULL}, {"nodes/cucm-pub/listeners", "[]"}},
     10,
     false,
     ""},
    {"the VLAN is missing at a switch and at a trunk",
     {{"switches/core/vlans/110", NULL}, {TRUNK_OF("access", "allowed"), "\"10\""}},
     4,
     true,
     ""},
    {"a shut port and an unreadable database",
     {{PORT("43", "shutdown"), "true"},
      {"nodes/cucm-pub/database", "{\"errors\":[{\"table\":\"\",\"error\":\"no file\"}]}"}},
     10,
     false,
     ""},
    {"the rules are unknown",
     {{"nodes/cucm-pub/routes/1", NULL}, {"nodes/cucm-pub/filter", NULL}},
     10,
     false,
     ""},
    {"the plan is unknown", {{"plan", NULL}, {"nodes/cucm-pub/routes/1", NULL}}, 10, false, ""},
    {"err-disabled",
     {{PORT("43", "err_disabled"), "\"bpduguard\""}, {PORT("43", "link"), "\"down\""}},
     10,
     false,
     ""},
    {"a cable without link", {{PORT("47", "link"), "\"down\""}}, 5, false, ""},
    {"another device answers ARP",
     {{"phones/" WALK_PHONE, "{\"neighbours\":[{\"address\":\"10.110.0.1\",\"mac\":\"02:00:00:00:00:99\","
			     "\"dev\":\"eth0\",\"state\":\"REACHABLE\"}]}"}},
     5,
     false,
     ""},
    {"CDP off, and no voice VLAN",
     {{PORT("2", "cdp"), "false"}, {PORT("2", "voice_vlan"), "null"}},
     4,
     false,
     "port sw1 Gi1/0/2"},
    {"CDP and LLDP off, and no voice VLAN",
     {{PORT("2", "cdp"), "false"}, {PORT("2", "lldp_transmit"), "false"}, {PORT("2", "voice_vlan"), "null"}},
     4,
     false,
     ""},
};
#define REPAIRS (sizeof(repairs) / sizeof(repairs[0]))

struct walk_case {
	json_t *status, *model;
	struct why_case it;
};

static struct walk_case walk_case(const struct repair *repair)
{
	struct walk_case made = {.status = repair->two ? walk_two_switches_status() : walk_office_status(),
				 .model = repair->two ? walk_two_switches_model() : walk_office_model()};
	/* The plan has the gateways, as inspect_plan gives them. */
	const json_t *vlan;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(made.model, "plan"), "vlans"), i, vlan)
		json_object_set_new((json_t *)vlan, "gateway",
				    json_string(repair->two		      ? ""
						: json_int(vlan, "id") == 110 ? "10.110.0.1"
									      : "10.20.0.1"));
	for (i = 0; i < 6 && repair->changes[i].path; i++)
		walk_change(made.model, repair->changes[i].path, repair->changes[i].value);
	made.it = (struct why_case){.status = made.status,
				    .name = WALK_PHONE,
				    .phone = json_array_get(json_object_get(made.status, "phones"), 1),
				    .step = repair->step};
	if (strstr(repair->name, "voice VLAN") && repair->step <= 4)
		json_object_set_new((json_t *)made.it.phone, "voice_vlan", json_integer(0));
	return made;
}

static void expect_objects(const json_t *facts, const char *wanted)
{
	char found[400] = "";
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), "retry.ok"))
			snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s",
				 *found ? ";" : "", json_text(fact, "object"));
	if (strcmp(found, wanted) != 0)
		why_lab_print(facts);
	assert_string_equal(found, wanted);
}

static void walk_repair(void **state)
{
	const struct repair *repair = *state;
	struct walk_case made = walk_case(repair);
	json_t *facts = json_array(), *before = json_deep_copy(made.model);

	why_walk_facts(&made.it, made.model, facts);
	why_retry_facts(&made.it, made.model, facts);
	expect_objects(facts, repair->proven);
	/* The model itself is unchanged. */
	assert_true(json_equal(before, made.model));
	json_decref(before);
	json_decref(facts);
	json_decref(made.model);
	json_decref(made.status);
}

static const struct repair lost_vlan = {"VLAN", {{"switches/core/vlans/110", NULL}}, 4, true, ""};
static const struct repair shut_trunk = {"trunk", {{TRUNK_OF("access", "allowed"), "\"10\""}}, 4, true, ""};

/* What was measured elsewhere contradicts; what was measured at the object does not. */
static void probes(void **state)
{
	static const struct {
		const struct repair *wrong;
		const char *fact, *a, *b, *sure, *own_vlan, *proven;
	} cases[] = {
	    {&shut_trunk, "probe.frames_vanish", "access Gi1/0/2", "access Te1/1/1", "yes", "",
	     "trunk access Te1/1/1"},
	    {&shut_trunk, "probe.frames_vanish", "core Te1/1/1", "core Gi1/0/48", "yes", "", ""},
	    {&shut_trunk, "probe.frames_vanish", "core Te1/1/1", "core Gi1/0/48", "no", "",
	     "trunk access Te1/1/1"},
	    {&shut_trunk, "probe.loss", "", "", "", "", ""},
	    {&shut_trunk, "probe.large_lost", "", "", "", "", ""},
	    {&shut_trunk, "probe.arp.conflict", "", "", "", "", ""},
	    {&shut_trunk, "probe.dhcp.ok", "", "", "", "yes", ""},
	    {&shut_trunk, "probe.dhcp.ok", "", "", "", "no", "trunk access Te1/1/1"},
	    {&lost_vlan, "probe.frames_vanish", "core Te1/1/1", "core Gi1/0/48", "yes", "", "vlan core 110"},
	    {&lost_vlan, "probe.frames_vanish", "access Gi1/0/2", "access Te1/1/1", "yes", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct walk_case made = walk_case(cases[i].wrong);
		json_t *facts = json_array(), *fact;

		why_walk_facts(&made.it, made.model, facts);
		fact = fact_add(facts, cases[i].fact, "cable core Gi1/0/48", 0, "probe", "measured");
		fact_value(fact, "who", "phone");
		fact_value(fact, "a", "%s", cases[i].a);
		fact_value(fact, "b", "%s", cases[i].b);
		fact_value(fact, "sure", "%s", cases[i].sure);
		fact_value(fact, "own_vlan", "%s", cases[i].own_vlan);
		why_retry_facts(&made.it, made.model, facts);
		expect_objects(facts, cases[i].proven);
		json_decref(facts);
		json_decref(made.model);
		json_decref(made.status);
	}
}

/* --- files and rows --- */

#define CONFIG WHY_PHONE ".cnf.xml"
#define SIGNED CONFIG ".sgn"
#define ITL    "ITL" WHY_PHONE ".tlv"

static const char *rejected_by; /* the node that answered REGISTER with 404; NULL: none */

/* Without a walk: the way is not the matter. */
static void produce(const struct why_case *it, json_t *facts)
{
	json_t *fact;

	if (rejected_by) {
		fact = fact_add(facts, "register.status", "", 11, "events.jsonl:1", "404");
		fact_value(fact, "code", "404");
		fact_value(fact, "node", "%s", rejected_by);
	}
	why_content_facts(it, facts);
	why_differ_facts(it, facts);
	why_retry_facts(it, NULL, facts);
}

static void expect_files(int step, const char *wanted)
{
	json_t *facts = why_folder_facts(WHY_PHONE, step, produce);

	expect_objects(facts, wanted);
	json_decref(facts);
	why_folder_restore();
}

static void keep_config(void)
{
	why_folder_keep(WHY_ROOT CONFIG);
	why_folder_keep(WHY_ROOT SIGNED);
}

static void files(void **state)
{
	(void)state;
	expect_files(7, "");
	keep_config();
	why_folder_put(WHY_ROOT CONFIG, "<device", 7);
	why_folder_sign(CONFIG, NULL, 0);
	expect_files(7, "file " CONFIG);
	keep_config();
	why_folder_sign(CONFIG, NULL, 1);
	expect_files(7, "file " CONFIG);
	keep_config();
	assert_int_equal(chmod(why_folder_path(WHY_ROOT SIGNED), 0600), 0);
	expect_files(7, "file " CONFIG);
	why_folder_keep(WHY_ROOT ITL);
	why_folder_put(WHY_ROOT ITL, "damaged", 7);
	expect_files(6, "file " ITL);
}

/* Something else is wrong too: repairing one of them is not enough. */
static void two_files(void **state)
{
	(void)state;
	why_folder_keep(WHY_ROOT ITL);
	keep_config();
	why_folder_put(WHY_ROOT ITL, "damaged", 7);
	why_folder_put(WHY_ROOT CONFIG, "<device", 7);
	why_folder_sign(CONFIG, NULL, 0);
	expect_files(7, "");
}

/* A call manager that the way to it is not known of proves nothing. */
static void unknown_way(void **state)
{
	(void)state;
	keep_config();
	why_folder_edit(WHY_ROOT CONFIG, "<sipPort>5060", "<sipPort>5061");
	why_folder_sign(CONFIG, NULL, 0);
	expect_files(10, "");
}

#define DATABASE(node) "cucm/" node "/cucm.sqlite"

static void rows(void **state)
{
	(void)state;
	rejected_by = "cucm-pub";
	why_folder_keep(DATABASE("cucm-pub"));
	why_folder_sql("cucm-pub", "DELETE FROM device WHERE name='" WHY_PHONE "'");
	expect_files(11, "database cucm-pub device");
	/* The node that rejected the phone has its rows. */
	why_folder_keep(DATABASE("cucm-sub"));
	why_folder_sql("cucm-sub", "DELETE FROM device WHERE name='" WHY_PHONE "'");
	expect_files(11, "");
	rejected_by = NULL;
	why_folder_keep(DATABASE("cucm-pub"));
	why_folder_sql("cucm-pub", "DELETE FROM device WHERE name='" WHY_PHONE "'");
	expect_files(11, "");
}

static int begin(void **state)
{
	(void)state;
	why_folder_begin();
	return 0;
}

static int end(void **state)
{
	(void)state;
	why_folder_end();
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[REPAIRS + 5] = {
	    cmocka_unit_test(probes),	   cmocka_unit_test(files), cmocka_unit_test(two_files),
	    cmocka_unit_test(unknown_way), cmocka_unit_test(rows),
	};

	for (size_t i = 0; i < REPAIRS; i++)
		tests[5 + i] = (struct CMUnitTest){
		    .name = repairs[i].name, .test_func = walk_repair, .initial_state = (void *)&repairs[i]};
	return _cmocka_run_group_tests("why-retry", tests, REPAIRS + 5, begin, end);
}
