/*
 * An address that is in use already: somebody sits on the one that the DHCP server has for a phone. The
 * phone's ARP probe finds them, it declines, and takes another one; the real server's log and leases tell the
 * same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_address_is_in_use)};

	return cmocka_run_group_tests_name("dhcp", tests, begin, end);
}
