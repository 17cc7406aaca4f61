/* Which cable is accused: from the results of a run, the facts about frames that vanish. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_internal.h"
#include "phonelab/why/probes_subject.h"

/* Two phones at ports 1 and 2, a router at port 45, a DHCP server at port 48 of one switch. */
struct run {
	json_t *plan, *result;
};

static void begin(struct run *run)
{
	run->plan = json_pack("{s:[{s:s},{s:s}],s:[],s:b}", "places", "name", "SEP1", "name", "SEP2", "taps",
			      "native", 1);
	run->result = json_pack("{s:[],s:[],s:i}", "checks", "traces", "dropped", 0);
}

static void end(struct run *run, json_t *facts)
{
	json_decref(run->plan);
	json_decref(run->result);
	json_decref(facts);
}

static void add_point(json_t *path, const char *kind, const char *name, const char *rest, bool out)
{
	json_t *point = json_pack("{s:s,s:b}", kind, name, "out", out);

	json_object_set_new(point, "label", json_sprintf("%s %s", name, rest));
	json_array_append_new(path, point);
}

/* A check of a place towards a port of the switch, and its two traces: sent frames, of which `out` pass the switch, and as
 * many answers, of which `back` pass it. */
static void add(struct run *run, int place, const char *kind, int size, const char *port, int sent, int out,
		int back)
{
	json_t *check = json_pack("{s:i,s:s,s:s,s:i}", "place", place, "kind", kind, "address", "10.0.0.1",
				  "size", size),
	       *path = json_array(), *traces = json_object_get(run->result, "traces"), *trace;
	int number = (int)json_array_size(json_object_get(run->result, "checks"));

	add_point(path, "switch", "sw1", place ? "Gi1/0/2" : "Gi1/0/1", false);
	add_point(path, "switch", "sw1", port, true);
	add_point(path, "node", "gw", "eth0", false);
	json_object_set_new(check, "path", path);
	json_array_append_new(json_object_get(run->result, "checks"), check);
	trace =
	    json_pack("{s:i,s:b,s:[i,i,i],s:[]}", "check", number, "back", 0, "seen", sent, out, out, "lost");
	if (out < sent)
		json_array_append_new(json_object_get(trace, "lost"),
				      json_pack("{s:i,s:i}", "after", 0, "frames", sent - out));
	json_array_append_new(traces, trace);
	trace =
	    json_pack("{s:i,s:b,s:[i,i,i],s:[]}", "check", number, "back", 1, "seen", out, out, back, "lost");
	if (back < out)
		json_array_append_new(json_object_get(trace, "lost"),
				      json_pack("{s:i,s:i}", "after", 1, "frames", out - back));
	json_array_append_new(traces, trace);
}

static json_t *evaluate(const struct run *run)
{
	json_t *facts = json_array();

	probes_trace_facts(run->plan, run->result, facts);
	return facts;
}

static void test_healthy(void **state)
{
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	add(&run, 0, "icmp", 64, "Gi1/0/45", 30, 30, 30);
	add(&run, 1, "icmp", 64, "Gi1/0/45", 30, 30, 30);
	facts = evaluate(&run);
	assert_int_equal(json_array_size(facts), 0);
	end(&run, facts);
}

/* Loss at the phone's cable: frames of the peer cross the router's unharmed. */
static void test_cable_of_phone(void **state)
{
	const json_t *fact;
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	add(&run, 0, "icmp", 64, "Gi1/0/45", 30, 21, 21);
	add(&run, 0, "arp", 0, "Gi1/0/45", 3, 2, 2);
	add(&run, 0, "dhcp", 0, "Gi1/0/48", 2, 2, 2);
	add(&run, 1, "icmp", 64, "Gi1/0/45", 30, 30, 30);
	add(&run, 1, "arp", 0, "Gi1/0/45", 3, 3, 3);
	facts = evaluate(&run);
	fact = fact_find(facts, "probe.frames_vanish", NULL);
	assert_string_equal(json_text(fact, "object"), "cable sw1 Gi1/0/1");
	assert_string_equal(fact_text(fact, "sure"), "yes");
	assert_string_equal(fact_text(fact, "direction"), "from the phone");
	assert_string_equal(fact_text(fact, "at_a"), "30");
	assert_string_equal(fact_text(fact, "at_b"), "21");
	assert_string_equal(fact_text(fact, "clean"), "DHCP");
	assert_false(fact_is(facts, "probe.frames_vanish", "cable sw1 Gi1/0/45"));
	end(&run, facts);
}

/* Loss at the router's cable: both phones lose. One lost ARP request of three does not accuse another cable. */
static void test_cable_of_router(void **state)
{
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	add(&run, 0, "icmp", 64, "Gi1/0/45", 30, 30, 22);
	add(&run, 0, "arp", 0, "Gi1/0/45", 3, 3, 2);
	add(&run, 0, "dhcp", 0, "Gi1/0/48", 2, 2, 2);
	add(&run, 1, "icmp", 64, "Gi1/0/45", 30, 30, 24);
	add(&run, 1, "arp", 0, "Gi1/0/45", 3, 3, 3);
	facts = evaluate(&run);
	assert_true(fact_is(facts, "probe.frames_vanish", "cable sw1 Gi1/0/45"));
	assert_string_equal(
	    fact_text(fact_find(facts, "probe.frames_vanish", "cable sw1 Gi1/0/45"), "direction"),
	    "to the phone");
	assert_false(fact_is(facts, "probe.frames_vanish", "cable sw1 Gi1/0/1"));
	end(&run, facts);
}

/* Without a peer, nothing tells one cable from the other: both are named, neither is certain. */
static void test_either(void **state)
{
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	add(&run, 0, "icmp", 64, "Gi1/0/45", 30, 20, 20);
	facts = evaluate(&run);
	assert_int_equal(json_array_size(facts), 2);
	assert_string_equal(fact_text(json_array_get(facts, 0), "sure"), "no");
	assert_string_equal(fact_text(json_array_get(facts, 1), "sure"), "no");
	end(&run, facts);
}

static void test_no_answer(void **state)
{
	const json_t *fact;
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	add(&run, 0, "dhcp", 0, "Gi1/0/48", 2, 2, 2);
	json_array_set_new(json_object_get(json_array_get(json_object_get(run.result, "traces"), 1), "seen"),
			   0, json_integer(0));
	facts = evaluate(&run);
	fact = fact_find(facts, "probe.no_answer_leaves", "socket gw udp 67");
	assert_string_equal(fact_text(fact, "arrived"), "2");
	end(&run, facts);
}

/* gw looks for the phone: its ARP requests enter the switch, and `passed` of them leave at the cable of the phone. */
static void add_resolve(struct run *run, int place, int sent, int passed)
{
	json_t *traces = json_object_get(run->result, "traces"), *trace;
	size_t n;

	add(run, place, "resolve", 0, "Gi1/0/45", 0, 0, 0);
	n = json_array_size(traces);
	json_array_remove(traces, n - 1);
	trace = json_pack("{s:i,s:b,s:[i,i,i],s:[{s:i,s:i}]}", "check",
			  (int)json_array_size(json_object_get(run->result, "checks")) - 1, "back", 1, "seen",
			  sent, sent, passed, "lost", "after", 1, "frames", sent - passed);
	json_array_append_new(traces, trace);
}

/* The ARP packets of a node do not pass the switch. Those of the phone pass; that gw sends none itself is no trouble. */
static void test_resolve(void **state)
{
	const json_t *fact;
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	add(&run, 0, "resolve", 0, "Gi1/0/45", 1, 1, 1);
	json_array_set_new(json_object_get(json_array_get(json_object_get(run.result, "traces"), 1), "seen"),
			   0, json_integer(0));
	add(&run, 0, "icmp", 64, "Gi1/0/48", 30, 30, 30);
	add_resolve(&run, 0, 2, 0);
	facts = evaluate(&run);
	fact = fact_find(facts, "probe.frames_vanish", "cable sw1 Gi1/0/45");
	assert_string_equal(json_text(fact, "text"),
			    "ARP packets of gw eth0: 2 frames at sw1 Gi1/0/45, 0 at sw1 Gi1/0/1");
	assert_string_equal(fact_text(fact, "classes"), "ARP");
	assert_string_equal(fact_text(fact, "direction"), "to the phone");
	assert_string_equal(fact_text(fact, "rank"), "1");
	assert_false(fact_is(facts, "probe.no_answer_leaves", NULL));
	end(&run, facts);
}

/* An address that answers is resolved, whatever happens to one ARP packet. */
static void test_resolve_answered(void **state)
{
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	add(&run, 0, "icmp", 64, "Gi1/0/45", 30, 30, 30);
	json_object_set_new(json_array_get(json_object_get(run.result, "checks"), 0), "received",
			    json_integer(30));
	add_resolve(&run, 0, 2, 0);
	facts = evaluate(&run);
	assert_int_equal(json_array_size(facts), 0);
	end(&run, facts);
}

/* Where other frames wait, late ARP packets are still on their way; if other frames vanish there too, it is a loss. */
static void test_resolve_waits(void **state)
{
	for (int lost = 0; lost < 2; lost++) {
		struct run run;
		json_t *facts, *trace;

		(void)state;
		begin(&run);
		add(&run, 0, "icmp", 64, "Gi1/0/45", 30, 30, lost ? 20 : 30);
		trace = json_array_get(json_object_get(run.result, "traces"), 1);
		json_object_set_new(trace, "late", json_pack("[{s:i,s:i}]", "after", 1, "ms", 400));
		add_resolve(&run, 0, 2, 0);
		facts = evaluate(&run);
		assert_true(fact_is(facts, "probe.frames_wait", NULL));
		assert_int_equal(fact_is(facts, "probe.frames_vanish", NULL), lost);
		end(&run, facts);
	}
}

/* In a lab of containers, there are no traces. */
static void test_containers(void **state)
{
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	json_object_set_new(run.plan, "native", json_false());
	facts = evaluate(&run);
	assert_true(fact_is(facts, "probe.no_localisation", NULL));
	end(&run, facts);
}

static void add_echo(json_t *facts, const char *name, const char *who, const char *address, const char *size)
{
	json_t *fact = fact_add(facts, name, "address gw", 0, "probe", "12 of 30 frames were lost");

	fact_value(fact, "who", "%s", who);
	fact_value(fact, "name", "%s", who);
	fact_value(fact, "kind", "icmp");
	fact_value(fact, "address", "%s", address);
	fact_value(fact, "size", "%s", size);
}

/* There the peer at the same switch tells: it gets every answer, the phone misses some of each address. */
static void test_own_cable(void **state)
{
	json_t *status = json_pack("{s:[{s:s,s:[{s:s,s:s},{s:s,s:s}]}]}", "switches", "name", "sw1", "ports",
				   "name", "Gi1/0/5", "device", "phone", "name", "Gi1/0/6", "device", "peer");
	json_t *facts = json_array();
	const json_t *fact;

	(void)state;
	add_echo(facts, "probe.loss", "phone", "10.110.0.1", "64");
	add_echo(facts, "probe.loss", "phone", "10.20.0.3", "64");
	add_echo(facts, "probe.icmp.ok", "peer", "10.110.0.1", "64");
	add_echo(facts, "probe.icmp.ok", "peer", "10.20.0.3", "64");
	probes_own_cable(status, "phone", "peer", facts);
	assert_false(fact_is(facts, "probe.frames_vanish", NULL)); /* frames were counted on their way */
	fact_add(facts, "probe.no_localisation", "", 0, "probe", "no taps");
	probes_own_cable(status, "phone", "peer", facts);
	fact = fact_find(facts, "probe.frames_vanish", "cable sw1 Gi1/0/5");
	assert_non_null(fact);
	assert_string_equal(fact_text(fact, "size"), "64");
	json_array_remove(facts, json_array_size(facts) - 1);
	/* The peer misses answers too: another cable. */
	add_echo(facts, "probe.loss", "peer", "10.20.0.3", "64");
	probes_own_cable(status, "phone", "peer", facts);
	assert_false(fact_is(facts, "probe.frames_vanish", NULL));
	json_decref(facts);
	json_decref(status);
}

/* One late echo is no loss, also if few were sent because the first answer was late. */
static void test_late_echo(void **state)
{
	static const struct {
		int sent, received;
		const char *fact;
	} cases[] = {{30, 30, "probe.icmp.ok"},	   {30, 29, "probe.icmp.ok"},  {30, 28, "probe.loss"},
		     {20, 19, "probe.icmp.ok"},	   {20, 18, "probe.loss"},     {2, 1, "probe.icmp.ok"},
		     {30, 0, "probe.icmp.silent"}, {1, 0, "probe.icmp.silent"}};
	struct why_case it = {.name = "SEP1"};
	struct run run;

	(void)state;
	begin(&run);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct probes probes = {.it = &it, .plan = run.plan};
		json_t *facts = json_array(),
		       *checks = json_pack("[{s:i,s:s,s:s,s:i}]", "place", 0, "kind", "icmp", "address",
					   "10.0.0.1", "size", 1472),
		       *check = json_pack("{s:i,s:s,s:s,s:i,s:i,s:i}", "place", 0, "kind", "icmp", "address",
					  "10.0.0.1", "size", 64, "sent", cases[i].sent, "received",
					  cases[i].received);
		struct probes_subject subject = {.probes = &probes,
						 .check = check,
						 .facts = facts,
						 .phone = "SEP1",
						 .address = "10.0.0.1"};

		probes_icmp_facts(&subject, checks);
		assert_string_equal(json_text(json_array_get(facts, 0), "fact"), cases[i].fact);
		json_decref(check);
		json_decref(checks);
		json_decref(facts);
	}
	end(&run, NULL);
}

static void test_dropped(void **state)
{
	struct run run;
	json_t *facts;

	(void)state;
	begin(&run);
	add(&run, 0, "icmp", 64, "Gi1/0/45", 30, 20, 20);
	json_object_set_new(run.result, "dropped", json_integer(1));
	facts = evaluate(&run);
	assert_int_equal(json_array_size(facts), 1);
	assert_true(fact_is(facts, "probe.no_localisation", NULL));
	end(&run, facts);
}

/* The check of a call manager in the plan, "" if there is none. */
static const char *check_of_port(unsigned port, const char *how)
{
	static const char *const kinds[] = {"sip", "tcp"};
	struct why_exchanges exchanges = {
	    .n = 1, .item = {{.step = LADDER_CM_CONNECT, .server = "10.0.0.11", .port = port}}};
	json_t *status = json_object();
	const struct why_case it = {
	    .name = "SEP1", .status = status, .step = LADDER_CM_CONNECT, .exchanges = &exchanges};
	const struct lab lab = {0};
	struct probes probes = {.it = &it, .lab = &lab, .plan = json_pack("{s:[],s:[]}", "checks", "taps")};
	json_t *phone = json_pack("{s:s,s:s}", "name", "SEP1", "ipv4", "10.0.0.5"),
	       *more = json_pack("{s:s,s:[{s:s,s:s}]}", "gateway", "10.0.0.1", "call_managers", "name",
				 "cucm-pub", "address", "10.0.0.11");
	const json_t *check;
	const char *kind = "";
	size_t i;

	snprintf(exchanges.item[0].how, sizeof(exchanges.item[0].how), "%s", how);
	probes_add_checks(&probes, 0, phone, more);
	json_array_foreach (json_object_get(probes.plan, "checks"), i, check)
		for (size_t k = 0; k < 2; k++)
			if (!strcmp(json_text(check, "kind"), kinds[k]) && json_int(check, "port") == port)
				kind = kinds[k];
	json_decref(probes.plan);
	json_decref(phone);
	json_decref(more);
	json_decref(status);
	return kind;
}

/* A server of TLS does not answer plain SIP. */
static void test_no_sip_to_tls(void **state)
{
	(void)state;
	assert_string_equal(check_of_port(5060, "refused"), "sip");
	assert_string_equal(check_of_port(5061, "refused"), "tcp");
	assert_string_equal(check_of_port(5071, "tls"), "tcp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_healthy),	     cmocka_unit_test(test_cable_of_phone),
	    cmocka_unit_test(test_cable_of_router),  cmocka_unit_test(test_either),
	    cmocka_unit_test(test_no_answer),	     cmocka_unit_test(test_own_cable),
	    cmocka_unit_test(test_dropped),	     cmocka_unit_test(test_resolve),
	    cmocka_unit_test(test_resolve_waits),    cmocka_unit_test(test_late_echo),
	    cmocka_unit_test(test_resolve_answered), cmocka_unit_test(test_containers),
	    cmocka_unit_test(test_no_sip_to_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
