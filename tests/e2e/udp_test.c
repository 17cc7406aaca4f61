/*
 * A phone whose configuration says UDP registers by UDP, beside one that uses TCP; service control reaches it
 * there. The cluster has no trust list, so phones accept a plain file that a person has edited.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/witness.h"

#define ONE "SEP001122AABB01"
#define TWO "SEP001122AABB02"

static const char topology[] = "vlans:\n"
			       "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n"
			       "  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n"
			       "  - {name: dhcp, kind: dhcp}\n"
			       "  - {name: tftp, kind: tftp}\n"
			       "cluster:\n"
			       "  itl: none\n"
			       "  nodes: [{name: cucm}]\n"
			       "phones:\n"
			       "  - {model: 7841, count: 2}\n";

static struct lab lab;
static char node[64]; /* the call manager */

static int begin(void **state)
{
	char path[512];

	(void)state;
	lab_begin(&lab, "udp");
	return lab_up(&lab, lab_write(&lab, "udp.yaml", topology, path), false, 60, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static int registrations(const char *device)
{
	char file[80];
	snprintf(file, sizeof(file), "log/%s.log", node);
	char *text = lab_read(&lab, file);
	int n = text ? LINES_WITH(text, "EndPointRegistered", device) : 0;

	free(text);
	return n;
}

static void registered_again(int times)
{
	for (int waited = 0; registrations(ONE) < times && waited < 600; waited++)
		poll(NULL, 0, 50);
	assert_int_equal(registrations(ONE), times);
}

static void a_phone_by_udp(void **state)
{
	json_t *status = lab_status(&lab), *phone;
	struct command_result changed, told, sockets;
	char one[32], two[32], address[80], *dump, *events;

	(void)state;
	assert_non_null(status);
	phone = json_array_get(json_object_get(status, "phones"), 0);
	snprintf(one, sizeof(one), "%s", member(phone, "name"));
	snprintf(two, sizeof(two), "%s",
		 member(json_array_get(json_object_get(status, "phones"), 1), "name"));
	snprintf(address, sizeof(address), "@%s:", member(phone, "ipv4"));
	snprintf(node, sizeof(node), "%s",
		 member(json_array_get(json_object_get(status, "cluster"), 0), "name"));
	json_decref(status);
	assert_string_equal(one, ONE);
	assert_string_equal(two, TWO);

	changed = lab_exec(&lab, "dhcp",
			   "cd /run/phonelab/tftp/root && sed -i "
			   "'s/<transportLayerProtocol>1</<transportLayerProtocol>2</' %s.cnf.xml && "
			   "grep -c 'transportLayerProtocol>2<' %s.cnf.xml",
			   ONE, ONE);
	assert_string_equal(changed.out, "1\n");
	command_free(&changed);
	told = lab_command(&lab, "restart " ONE);
	assert_int_equal(told.status, 0);
	command_free(&told);
	registered_again(2);

	/* Kamailio has it by UDP, the other by TCP; the phone has no TCP connection to it. */
	dump = witness_kamcmd(&lab, node, "ul.dump");
	assert_int_equal(witness_bindings(dump, ONE), 1);
	assert_int_equal(LINES_WITH(dump, "Address:", address, "transport=udp"), 1);
	assert_int_equal(LINES_WITH(dump, "Address:", "transport=tcp"), 1);
	free(dump);
	sockets = lab_exec(&lab, ONE, "ss -Htn state established dport = :5060");
	assert_string_equal(sockets.out, "");
	command_free(&sockets);

	/* Reset by a NOTIFY that comes by UDP, and registered by UDP again. */
	told = lab_command(&lab, "reset " ONE);
	assert_non_null(strstr(told.out, ONE ": reset, by "));
	command_free(&told);
	registered_again(3);
	assert_int_equal(registrations(TWO), 1);
	events = lab_read(&lab, "events.jsonl");
	assert_int_equal(LINES_WITH(events, ONE, "phone.service-control"), 2);
	assert_int_equal(LINES_WITH(events, ONE, "\"step.done\"", "\"transport\":\"UDP\""), 2);
	assert_int_equal(LINES_WITH(events, ONE, "sip.bad"), 0);
	free(events);
}

/* The topology says so: all the way from dark by UDP, by the file that is rendered and signed. */
static void a_topology_by_udp(void **state)
{
	static const char yaml[] =
	    "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
	    "switches:\n  - {name: sw1, voice_vlan: 110}\n"
	    "servers:\n"
	    "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: 10.110.0.2, "
	    "pool: 10.110.0.50-10.110.0.99}\n"
	    "  - {name: tftp, kind: tftp, port: Gi1/0/47, vlan: 110, address: 10.110.0.3}\n"
	    "cluster:\n  nodes:\n"
	    "    - {name: cucm-pub, port: Gi1/0/46, vlan: 110, address: 10.110.0.11}\n"
	    "phones:\n"
	    "  - {model: 7841, count: 2, lines: from 2001, transport: udp}\n";
	char path[512], *dump;

	(void)state;
	lab_begin(&lab, "all-udp");
	assert_int_equal(lab_up(&lab, lab_write(&lab, "udp.yaml", yaml, path), false, 60, NULL, 0), 0);
	dump = witness_kamcmd(&lab, "cucm-pub", "ul.dump");
	assert_int_equal(LINES_WITH(dump, "Address:", "transport=udp"), 2);
	assert_int_equal(LINES_WITH(dump, "Address:", "transport=tcp"), 0);
	free(dump);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_phone_by_udp, begin, end),
	    cmocka_unit_test_teardown(a_topology_by_udp, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
