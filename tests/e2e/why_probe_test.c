/*
 * The probes of `why` in a lab: each trouble of the network gives the fact that names it, a healthy lab gives none, and
 * nothing of the lab changes. The kernel and the real servers are the witnesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/lab.h"

#define PHONE "SEP001122AABB01"

static struct lab lab;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "why-probe");
	return lab_up(&lab, "topologies/office.yaml", false, 60, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* --- facts --- */

/* The facts of `why PHONE --facts` whose names begin with "probe.". A new list. */
static json_t *probe(const char *options)
{
	struct command_result result = lab_command(&lab, "why %s --facts %s", PHONE, options);
	json_t *facts = json_array();

	for (char *line = strtok(result.out, "\n"); line; line = strtok(NULL, "\n")) {
		json_t *fact = json_loads(line, 0, NULL);

		assert_non_null(fact);
		if (!strncmp(member(fact, "fact"), "probe.", 6))
			json_array_append(facts, fact);
		json_decref(fact);
	}
	command_free(&result);
	return facts;
}

/* The fact of that name and object (NULL: any) from phone or peer; NULL: there is none. */
static json_t *find(json_t *facts, const char *name, const char *object, const char *who)
{
	json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strcmp(member(fact, "fact"), name) &&
		    (!object || !strcmp(member(fact, "object"), object)) &&
		    (!who || !strcmp(member(json_object_get(fact, "values"), "who"), who)))
			return fact;
	return NULL;
}

static void must(json_t *facts, const char *name, const char *object, const char *who)
{
	if (find(facts, name, object, who))
		return;
	json_dumpf(facts, stderr, JSON_INDENT(1));
	fail_msg("no fact %s %s of the %s", name, object ? object : "", who ? who : "");
}

static void must_not(json_t *facts, const char *name, const char *object, const char *who)
{
	if (!find(facts, name, object, who))
		return;
	json_dumpf(facts, stderr, JSON_INDENT(1));
	fail_msg("a fact %s %s of the %s", name, object ? object : "", who ? who : "");
}

/* A rule on the cables of sw1, while the facts are measured. */
static json_t *probe_under(const char *rule)
{
	struct command_result result = lab_exec(&lab, "sw1", "switch-sim impair add '%s'", rule);
	json_t *facts;

	assert_int_equal(result.status, 0);
	command_free(&result);
	facts = probe("");
	result = lab_exec(&lab, "sw1", "switch-sim impair clear all");
	assert_int_equal(result.status, 0);
	command_free(&result);
	return facts;
}

static void run(const char *node, const char *line)
{
	struct command_result result = lab_exec(&lab, node, "%s", line);

	if (result.status)
		fail_msg("%s: %s%s", line, result.out, result.err);
	command_free(&result);
}

static void command(const char *line)
{
	struct command_result result = lab_command(&lab, "%s", line);

	if (result.status)
		fail_msg("%s: %s%s", line, result.out, result.err);
	command_free(&result);
}

/* --- a healthy lab --- */

/* What must not change: leases, and bindings without their times. */
static char *state_of_lab(void)
{
	static const char bindings[] = "kamcmd -s unixs:/run/phonelab/cucm/cucm-pub/ctl ul.dump | grep -v "
				       "'Expires\\|Keepalive\\|Last-Mod'";
	struct command_result table = lab_exec(&lab, "cucm-pub", "%s", bindings);
	char *leases = lab_read(&lab, "dhcp/leases"), *text = NULL;

	assert_int_equal(table.status, 0);
	assert_true(table.out_length > 100);
	assert_non_null(leases);
	assert_true(asprintf(&text, "%s%s", leases, table.out) > 0);
	free(leases);
	command_free(&table);
	return text;
}

static void test_healthy(void **state)
{
	char *before = state_of_lab(), *after, *events;
	json_t *facts = probe(""), *fact;
	size_t i;

	(void)state;
	json_array_foreach (facts, i, fact) {
		const char *name = member(fact, "fact"), *last = strrchr(name, '.');

		if (strcmp(last, ".ok") != 0)
			fail_msg("%s: %s", name, member(fact, "text"));
	}
	must(facts, "probe.arp.ok", "address gw", "phone");
	must(facts, "probe.address.ok", NULL, "phone");
	must(facts, "probe.dhcp.ok", "socket dhcp udp 67", "phone");
	must(facts, "probe.http.ok", "socket tftp tcp 6970", "peer");
	must(facts, "probe.tftp.ok", "socket tftp udp 69", "phone");
	must(facts, "probe.sip.ok", "socket cucm-pub tcp 5060", "phone");
	must(facts, "probe.register.ok", "socket cucm-sub tcp 5060", "peer");
	json_decref(facts);

	after = state_of_lab();
	assert_string_equal(before, after);
	free(before);
	free(after);
	events = lab_read(&lab, "events.jsonl");
	assert_int_equal(LINES_WITH(events, "\"probe.begin\"", PHONE), 1);
	assert_int_equal(LINES_WITH(events, "\"probe.end\"", PHONE, "\"kind\":\"dhcp\"", "\"mark\""), 1);
	free(events);
}

static void test_passive(void **state)
{
	char *before = lab_read(&lab, "events.jsonl"), *after;
	json_t *facts = probe("--passive");

	(void)state;
	assert_int_equal(json_array_size(facts), 0);
	after = lab_read(&lab, "events.jsonl");
	assert_int_equal(LINES_WITH(before, "\"probe.begin\""), LINES_WITH(after, "\"probe.begin\""));
	free(before);
	free(after);
	json_decref(facts);
}

/* --- cables --- */

static void test_loss(void **state)
{
	json_t *facts = probe_under("{\"ports\":[\"Gi1/0/1\"],\"direction\":\"in\",\"filter\":\"icmp\","
				    "\"take\":{\"probability\":0.3},\"action\":{\"drop\":{}}}");

	(void)state;
	must(facts, "probe.loss", "address gw", "phone");
	must(facts, "probe.frames_vanish", "cable sw1 Gi1/0/1", "phone");
	must(facts, "probe.only_phone", "address gw", NULL);
	must_not(facts, "probe.loss", NULL, "peer");
	must_not(facts, "probe.frames_vanish", "cable sw1 Gi1/0/45", NULL);
	json_decref(facts);
}

static void test_large_frames(void **state)
{
	json_t *facts =
	    probe_under("{\"ports\":[\"Gi1/0/1\"],\"direction\":\"out\",\"filter\":\"greater 1000\","
			"\"action\":{\"drop\":{}}}");

	(void)state;
	must(facts, "probe.large_lost", "address gw", "phone");
	must(facts, "probe.http.silent", "socket tftp tcp 6970", "phone");
	must(facts, "probe.frames_vanish", "cable sw1 Gi1/0/1", "phone");
	must_not(facts, "probe.large_lost", NULL, "peer");
	must_not(facts, "probe.loss", NULL, NULL);
	json_decref(facts);
}

/* From the server to the phones, TCP 6970 only: it concerns everybody. */
static void test_one_way(void **state)
{
	json_t *facts = probe_under("{\"ports\":[\"Gi1/0/47\"],\"direction\":\"in\","
				    "\"filter\":\"tcp src port 6970\",\"action\":{\"drop\":{}}}"),
	       *fact;

	(void)state;
	must(facts, "probe.tcp.silent", "socket tftp tcp 6970", "phone");
	must(facts, "probe.tcp.silent", "socket tftp tcp 6970", "peer");
	must(facts, "probe.also_peer", "socket tftp tcp 6970", NULL);
	must(facts, "probe.tftp.ok", "socket tftp udp 69", "phone");
	must(facts, "probe.frames_vanish", "cable sw1 Gi1/0/47", "phone");
	fact = json_object_get(find(facts, "probe.frames_vanish", "cable sw1 Gi1/0/47", "phone"), "values");
	assert_string_equal(member(fact, "direction"), "to the phone");
	assert_string_equal(member(fact, "classes"), "TCP 6970");
	assert_string_equal(member(fact, "at_b"), "0");
	json_decref(facts);
}

/* A counter of the kernel of a node for ICMP. */
static long long icmp_counter(const char *node, const char *name)
{
	struct command_result result =
	    lab_exec(&lab, node,
		     "awk '/^Icmp:/ {for (i = 2; i <= NF; i++) if ($i == \"%s\") c = i; else if (i == c) "
		     "print $i}' /proc/net/snmp",
		     name);
	long long n = atoll(result.out);

	assert_int_equal(result.status, 0);
	assert_true(result.out_length > 1);
	command_free(&result);
	return n;
}

/* Probe while nothing passes that some servers send, and the nodes have no ARP entry. */
static json_t *probe_unresolved(const char *ports, const char *const *nodes)
{
	char rule[200];
	json_t *facts;

	snprintf(rule, sizeof(rule),
		 "switch-sim impair add '{\"ports\":[%s],\"direction\":\"in\",\"action\":{\"drop\":{}}}'",
		 ports);
	run("sw1", rule);
	for (size_t i = 0; nodes[i]; i++)
		run(nodes[i], "ip neigh flush all");
	facts = probe("");
	run("sw1", "switch-sim impair clear all");
	/* Replies that still wait for an address would take their room from the next test. */
	for (size_t i = 0; nodes[i]; i++)
		run(nodes[i], "ip neigh flush all");
	return facts;
}

/* The ARP requests of the server name its cable; so do its replies, if the gateway looks for the server. */
static void test_unresolved(void **state)
{
	static const char *const nodes[][2] = {{"tftp", NULL}, {"gw", NULL}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		json_t *facts = probe_unresolved("\"Gi1/0/47\"", nodes[i]), *fact;

		must(facts, "probe.frames_vanish", "cable sw1 Gi1/0/47", "phone");
		fact = json_object_get(find(facts, "probe.frames_vanish", "cable sw1 Gi1/0/47", "phone"),
				       "values");
		assert_string_equal(member(fact, "direction"), "to the phone");
		assert_string_equal(member(fact, "classes"), "ARP");
		assert_string_equal(member(fact, "rank"), "1");
		json_decref(facts);
	}
}

/* The replies that wait in the servers for their gateway do not keep the kernel from answering elsewhere. */
static void test_waiting_replies(void **state)
{
	static const char *const servers[] = {"tftp", "cucm-pub", "cucm-sub", NULL};
	json_t *facts = probe(""); /* gw learns its neighbours */
	long long errors = icmp_counter("gw", "OutErrors"), echos = icmp_counter("tftp", "InEchos");

	(void)state;
	json_decref(facts);
	facts = probe_unresolved("\"Gi1/0/43\",\"Gi1/0/44\",\"Gi1/0/47\"", servers);
	assert_int_equal(icmp_counter("gw", "OutErrors"), errors);
	assert_in_range(icmp_counter("tftp", "InEchos") - echos, 4, 40); /* of two phones */
	must(facts, "probe.icmp.silent", "address tftp", "phone");
	must(facts, "probe.icmp.silent", "address cucm-pub", "peer");
	must(facts, "probe.icmp.ok", "address gw", "phone");
	must(facts, "probe.icmp.ok", "address gw", "peer");
	must_not(facts, "probe.loss", NULL, NULL);
	json_decref(facts);
}

static void test_offers(void **state)
{
	json_t *facts = probe_under("{\"ports\":[\"Gi1/0/1\"],\"direction\":\"out\","
				    "\"filter\":\"udp dst port 68\",\"action\":{\"drop\":{}}}");

	(void)state;
	must(facts, "probe.dhcp.silent", "socket dhcp udp 67", "phone");
	must(facts, "probe.dhcp.ok", "socket dhcp udp 67", "peer");
	must(facts, "probe.frames_vanish", "cable sw1 Gi1/0/1", "phone");
	must(facts, "probe.icmp.ok", "address gw", "phone");
	json_decref(facts);
}

static void test_delay(void **state)
{
	json_t *facts = probe_under("{\"ports\":[\"Gi1/0/45\"],\"direction\":\"out\","
				    "\"action\":{\"delay\":{\"ms\":400}}}");

	(void)state;
	must(facts, "probe.delay", "address gw", "phone");
	must(facts, "probe.delay", "address gw", "peer");
	must(facts, "probe.frames_wait", "cable sw1 Gi1/0/45", "phone");
	must_not(facts, "probe.frames_vanish", NULL, NULL);
	json_decref(facts);
}

/* --- servers and devices --- */

static void test_late_offers(void **state)
{
	json_t *facts;

	(void)state;
	run("dhcp", "echo dhcp-reply-delay=8 >> /run/phonelab/dhcp/dnsmasq.conf");
	command("service dhcp restart");
	facts = probe("");
	must(facts, "probe.dhcp.silent", "socket dhcp udp 67", "phone");
	must(facts, "probe.dhcp.silent", "socket dhcp udp 67", "peer");
	must(facts, "probe.no_answer_leaves", "socket dhcp udp 67", "phone");
	must_not(facts, "probe.frames_vanish", NULL, NULL);
	json_decref(facts);
	run("dhcp", "sed -i /dhcp-reply-delay/d /run/phonelab/dhcp/dnsmasq.conf");
	command("service dhcp restart");
}

static void test_refused(void **state)
{
	json_t *facts;

	(void)state;
	command("service tftp-http stop");
	facts = probe("");
	command("service tftp-http start");
	must(facts, "probe.tcp.refused", "socket tftp tcp 6970", "phone");
	must(facts, "probe.also_peer", "socket tftp tcp 6970", NULL);
	must(facts, "probe.tftp.ok", "socket tftp udp 69", "phone");
	must_not(facts, "probe.frames_vanish", NULL, NULL);
	json_decref(facts);
}

static const char taken[] =
    "faults:\n"
    "  - id: gateway-taken\n"
    "    step: 5\n"
    "    title: Another device has the address of the gateway\n"
    "    layer: network\n"
    "    scope: phone\n"
    "    inject:\n"
    "      - {do: configure, lines: [\"interface {free_port}\", switchport mode access, \"switchport access "
    "vlan {dhcp_vlan}\"], undo: [\"interface {free_port}\", \"switchport access vlan {access_vlan}\"]}\n"
    "      - {do: plug, node: intruder, address: \"{gateway}/{prefix}\", run: [sleep, \"100000\"]}\n"
    "    proof:\n"
    "      - {look: show, at: interfaces status, has: \"^{free_port} .*connected\"}\n"
    "    symptom: {step: 5, state: failed, registered: no, why: gateway}\n"
    "    cause: A device has the address of the gateway.\n"
    "    find: Two devices answer ARP.\n"
    "    repair: Remove the device.\n";

static bool intruder_is_up(json_t *status, void *arg)
{
	json_t *sw = json_array_get(json_object_get(status, "switches"), 0), *port;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(sw, "ports"), i, port)
		if (!strcmp(member(port, "device"), "intruder"))
			return !strcmp(member(port, "link"), "up");
	return false;
}

static void test_gateway_taken(void **state)
{
	char path[512], line[600];
	json_t *facts, *fact, *status;

	(void)state;
	snprintf(line, sizeof(line), "fault add %s --phone 2001", lab_write(&lab, "taken.yaml", taken, path));
	command(line);
	status = lab_status_when(&lab, 20, intruder_is_up, NULL);
	assert_non_null(status);
	json_decref(status);
	facts = probe("");
	command("fault clear");
	must(facts, "probe.arp.conflict", NULL, "phone");
	must(facts, "probe.arp.conflict", NULL, "peer");
	fact = find(facts, "probe.arp.conflict", NULL, "phone");
	assert_int_equal(strncmp(member(fact, "object"), "device ", 7), 0);
	assert_string_equal(member(json_object_get(fact, "values"), "node"), "gw");
	assert_string_equal(member(json_object_get(fact, "values"), "port"), "sw1 Gi1/0/42");
	must_not(facts, "probe.frames_vanish", NULL, NULL);
	json_decref(facts);
}

/* A phone answers for the gateway in the voice VLAN, if the kernel has no 8021q by a lane. */
static void test_gateway_taken_by_a_phone(void **state)
{
	json_t *facts, *fact;

	(void)state;
	command("exec 2003 -- ip address add 10.110.0.1/32 dev eth0.110");
	facts = probe("");
	command("exec 2003 -- ip address del 10.110.0.1/32 dev eth0.110");
	must(facts, "probe.arp.conflict", NULL, "phone");
	fact = json_object_get(find(facts, "probe.arp.conflict", NULL, "phone"), "values");
	assert_string_equal(member(fact, "mac"), "00:11:22:aa:bb:03");
	assert_string_equal(member(fact, "port"), "sw1 Gi1/0/3");
	json_decref(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_healthy),
	    cmocka_unit_test(test_passive),
	    cmocka_unit_test(test_loss),
	    cmocka_unit_test(test_large_frames),
	    cmocka_unit_test(test_one_way),
	    cmocka_unit_test(test_unresolved),
	    cmocka_unit_test(test_waiting_replies),
	    cmocka_unit_test(test_offers),
	    cmocka_unit_test(test_delay),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_late_offers),
	    cmocka_unit_test(test_gateway_taken),
	    cmocka_unit_test(test_gateway_taken_by_a_phone),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
