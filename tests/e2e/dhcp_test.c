/*
 * What can happen to a lease, with the real server's log and leases as witnesses. An address that is in use
 * already: the phone's ARP probe finds who sits on it, the phone declines and takes another. A lease that is
 * renewed at T1, by unicast. And one that the server refuses to renew, since its pool is another now: NAK, a
 * new address, registered with that.
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

static struct lab lab;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "dhcp");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void the_address_is_in_use(void **state)
{
	char wanted[32], line[64];
	json_t *status;

	(void)state;
	/* The server finds addresses by a hash of the MAC: it will have this one for the phone again. */
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	status = lab_status(&lab);
	assert_non_null(status);
	snprintf(wanted, sizeof(wanted), "%.31s", member(status_phone(status, ONE), "ipv4"));
	json_decref(status);
	lab_down(&lab);
	assert_int_equal(
	    lab_up(&lab, "topologies/minimal.yaml", false, 60, (const char *const[]){"--dark", NULL}, 0), 0);
	/* The cable runs its command once the link is up; so the phones start when the squatter is there. */
	struct command_result got = lab_exec(
	    &lab, "sw1",
	    "cable --netns --panel /run/phonelab/switches/sw1.panel --node squatter --port Gi1/0/40 --vlan "
	    "110 "
	    "--address %s/24 -- sh -c 'phone-sim --config /run/phonelab/phones/rack.json & rack=$!; "
	    "timeout 20 sh -c \"until phone-sim status --registered >/dev/null 2>&1; do :; done\"; said=$?; "
	    "phone-sim messages " ONE
	    "; cat /run/phonelab/dhcp/leases; phone-sim stop; wait $rack; exit $said'",
	    wanted);
	if (got.status)
		fail_msg("the rack beside the squatter: status %d: %s%s", got.status, got.out, got.err);
	if (LINES_WITH(got.out, "Duplicate IP") < 1)
		fail_msg("the phone shows no \"Duplicate IP\":\n%s", got.out);
	/* Both have a lease, and nobody has the address. */
	assert_int_equal(LINES_WITH(got.out, " 00:11:22:aa:bb:0"), 2);
	snprintf(line, sizeof(line), " %s ", wanted);
	assert_int_equal(LINES_WITH(got.out, " 00:11:22:aa:bb:0", line), 0);
	command_free(&got);
	char *log = lab_read(&lab, "log/dhcp.log");
	assert_non_null(log);
	assert_int_equal(LINES_WITH(log, "DHCPDECLINE", wanted, "00:11:22:aa:bb:01"), 1);
	free(log);
}

/* How many lines of the DHCP server's log hold these words of the first phone. */
static int logged(const char *what, const char *address)
{
	char *log = lab_read(&lab, "log/dhcp.log");
	int lines = log ? LINES_WITH(log, what, address, "00:11:22:aa:bb:01") : 0;

	free(log);
	return lines;
}

static void logged_within(int seconds, int times, const char *what, const char *address)
{
	for (int waited = 0; logged(what, address) < times; waited++) {
		if (waited == seconds * 20)
			fail_msg("%d lines with '%s' of %s, wanted %d", logged(what, address), what, address,
				 times);
		poll(NULL, 0, 50);
	}
}

/* The configuration of the server is changed, and the server started again with the leases that it had. */
static void reconfigure(const char *script)
{
	struct command_result done =
	    lab_exec(&lab, "dhcp", "sed -i '%s' /run/phonelab/dhcp/dnsmasq.conf", script);

	assert_int_equal(done.status, 0);
	command_free(&done);
	done = lab_command(&lab, "service dhcp restart");
	assert_int_equal(done.status, 0);
	command_free(&done);
}

static bool has_moved(json_t *status, void *old)
{
	json_t *phone = status_phone(status, ONE);

	return !strcmp(member(phone, "state"), "registered") && strcmp(member(phone, "ipv4"), old) != 0;
}

static void renewed_and_then_refused(void **state)
{
	char old[32], contact[64];

	(void)state;
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	json_t *status = lab_status(&lab);
	assert_non_null(status);
	snprintf(old, sizeof(old), "%.31s", member(status_phone(status, ONE), "ipv4"));
	json_decref(status);
	/* T1 after six seconds instead of half an hour: what the server says is what counts. */
	reconfigure("$a dhcp-option-force=option:T1,6\\ndhcp-option-force=option:T2,40");
	struct command_result reset = lab_command(&lab, "reset " ONE);
	assert_int_equal(reset.status, 0);
	command_free(&reset);
	logged_within(30, 4, "DHCPACK", old); /* two boots, and two renewals */
	assert_int_equal(logged("DHCPDISCOVER", ""), 2);
	status = lab_status(&lab);
	assert_string_equal(member(status_phone(status, ONE), "state"), "registered");
	json_decref(status);
	/* The pool is moved: the next renewal is refused. */
	assert_int_equal(logged("DHCPNAK", old), 0);
	reconfigure(
	    "s/^dhcp-range=set:vlan110,[0-9.]*,[0-9.]*/dhcp-range=set:vlan110,10.110.0.10,10.110.0.20/");
	logged_within(30, 1, "DHCPNAK", old);
	status = lab_status_when(&lab, 30, has_moved, old);
	assert_non_null(status);
	snprintf(contact, sizeof(contact), "@%.31s:", member(status_phone(status, ONE), "ipv4"));
	assert_memory_equal(contact, "@10.110.0.1", 11);
	json_decref(status);
	char *dump = witness_kamcmd(&lab, "cucm", "ul.dump");
	assert_non_null(strstr(dump, contact));
	assert_int_equal(witness_bindings(dump, ONE), 1);
	free(dump);
	struct command_result messages = lab_command(&lab, "messages " ONE);
	assert_int_equal(LINES_WITH(messages.out, "IP address released"), 1);
	command_free(&messages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_address_is_in_use, begin, end),
	    cmocka_unit_test_setup_teardown(renewed_and_then_refused, begin, end),
	};

	return cmocka_run_group_tests_name("dhcp", tests, NULL, NULL);
}
