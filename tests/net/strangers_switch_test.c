#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/switch_lab.h"

/* Programs that know nothing of us at ports of the switch: Debian's lldpd, dnsmasq and udhcpc. */

#define LLDPD_SOCKET "/tmp/lldpd.sock"

struct wanted {
	const char *needles[6];
	char text[65536];
};

static bool lldpd_knows(void *arg)
{
	struct wanted *wanted = arg;
	int status = sandbox_command(-1, LAB_PATIENCE, wanted->text, sizeof(wanted->text),
				     (const char *const[]){"lldpcli", "-u", LLDPD_SOCKET, "-f", "json",
							   "show", "neighbors", "details", NULL});

	for (unsigned i = 0; wanted->needles[i]; i++)
		if (status || !strstr(wanted->text, wanted->needles[i]))
			return false;
	return true;
}

static void test_lldpd(void **state)
{
	static struct wanted wanted = {
	    .needles = {"\"LLDP\"", "\"CDPv2\"", "\"sw1\"", "GigabitEthernet1/0/1", "Voice", NULL}};
	struct sandbox_child lldpd;
	struct switch_lab lab;

	(void)state;
	if (!sandbox_has_lldpd())
		skip();
	mkdir("/run/lldpd", 0755);
	assert_int_equal(sethostname("stranger", strlen("stranger")), 0); /* of the sandbox */
	switch_lab_start(&lab, "sw1", "");
	/* Both protocols even unasked, both shown (-H 0: lldpd else prefers one), MED class 1. */
	switch_lab_cable(&lldpd, &lab, "Gi1/0/1", "10.10.0.9/24",
			 (const char *const[]){"lldpd", "-d", "-cc", "-l", "-H", "0", "-M", "1", "-I", "eth0",
					       "-u", LLDPD_SOCKET, NULL});
	assert_true(sandbox_wait_text(&lldpd, LAB_PATIENCE, "link up"));
	/* lldpd speaks every 30 s, and is answered when it does: a first frame that it missed comes again. */
	if (!sandbox_until(45000, lldpd_knows, &wanted)) {
		fputs(wanted.text, stderr);
		fail_msg("lldpd does not know all that it should");
	}
	/* And it is seen by us, by both protocols. */
	switch_lab_show_until(&lab, "lldp neighbors", "stranger            Gi1/0/1", false);
	switch_lab_show_until(&lab, "cdp neighbors", "stranger         Gig 1/0/1", false);
	switch_lab_show_until(&lab, "lldp neighbors detail", "Device type: Endpoint Class I\n", false);
	switch_lab_show_until(&lab, "cdp neighbors detail", "Platform: Linux", false);
	sandbox_end(&lldpd);
	assert_int_equal(switch_lab_end(&lab), 0);
}

static void test_udhcpc(void **state)
{
	struct sandbox_child server, client;
	struct switch_lab lab;
	char text[8192] = "";
	FILE *leases;

	(void)state;
	if (!sandbox_has("dnsmasq") || !sandbox_has("udhcpc"))
		skip();
	switch_lab_start(&lab, "sw1",
			 "\"dhcp_snooping\":true,\"ports\":[{\"port\":\"Gi1/0/48\",\"trusted\":true}]");
	switch_lab_cable(&server, &lab, "Gi1/0/48", "10.10.0.2/24",
			 (const char *const[]){"dnsmasq", "-k", "-p0", "--conf-file=/dev/null", "--user=root",
					       "--group=", "--dhcp-range=10.10.0.50,10.10.0.60,1h",
					       "--dhcp-leasefile=/tmp/leases", "--no-ping",
					       "--dhcp-authoritative", "--log-facility=-", NULL});
	assert_true(sandbox_wait_text(&server, LAB_PATIENCE, "DHCP, IP range"));
	switch_lab_cable(&client, &lab, "Gi1/0/2", NULL,
			 (const char *const[]){"udhcpc", "-i", "eth0", "-f", "-n", "-t", "10", "-T", "1",
					       "-s", "/bin/true", NULL});
	assert_true(sandbox_wait_text(&client, LAB_PATIENCE * 2, "lease of 10.10.0."));
	switch_lab_show_until(&lab, "ip dhcp snooping binding", "dhcp-snooping  10    GigabitEthernet1/0/2",
			      false);
	leases = fopen("/tmp/leases", "r");
	assert_non_null(leases);
	assert_non_null(fgets(text, sizeof(text), leases));
	fclose(leases);
	assert_non_null(strstr(text, " 10.10.0."));
	sandbox_end(&client);
	sandbox_end(&server);
	assert_int_equal(switch_lab_end(&lab), 0);
}

/* A server on a port that is not trusted: nobody gets a lease from it, and the switch says why. */
static void test_rogue_dnsmasq(void **state)
{
	struct sandbox_child server, client;
	struct switch_lab lab;
	char text[8192];

	(void)state;
	if (!sandbox_has("dnsmasq") || !sandbox_has("udhcpc"))
		skip();
	/* Nothing is plugged into the trusted port: a client's broadcast goes nowhere. */
	switch_lab_start(&lab, "sw1",
			 "\"dhcp_snooping\":true,\"ports\":[{\"port\":\"Gi1/0/48\",\"trusted\":true}]");
	switch_lab_cable(&server, &lab, "Gi1/0/47", "10.10.0.2/24",
			 (const char *const[]){"dnsmasq", "-k", "-p0", "--conf-file=/dev/null", "--user=root",
					       "--group=", "--dhcp-range=10.10.0.50,10.10.0.60,1h",
					       "--dhcp-leasefile=/tmp/leases", "--no-ping",
					       "--dhcp-authoritative", "--log-facility=-", NULL});
	assert_true(sandbox_wait_text(&server, LAB_PATIENCE, "DHCP, IP range"));
	switch_lab_cable(&client, &lab, "Gi1/0/2", NULL,
			 (const char *const[]){"udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "2", "-T", "1",
					       "-s", "/bin/true", NULL});
	assert_int_equal(sandbox_wait(&client, LAB_PATIENCE * 2, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "no lease"));
	sandbox_end(&client);
	sandbox_end(&server);
	assert_int_equal(switch_lab_end(&lab), 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, switch_lab_clean)

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {TEST(test_lldpd), TEST(test_udhcpc), TEST(test_rogue_dnsmasq)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return sandbox_run(all_tests, 120);
}
