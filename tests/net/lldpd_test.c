/*
 * Debian's lldpd reads the LLDP of registered phones, as a switch of another maker would. The frames are those of the
 * phone core in a memory lab; they reach lldpd over a veth pair.
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

#include "cable/link.h"
#include "cable/netns.h"
#include "cable/plug.h"
#include "cable/raw.h"
#include "tests/support/phone_test.h"
#include "tests/support/sandbox.h"

#define SOCKET "/tmp/lldpd.sock"

static struct bench {
	struct sandbox_child lldpd;
	struct rtnl *rtnl;
	struct raw *near;
	char model[40];	   /* that lldpd is to show */
	char known[16384]; /* what lldpd shows: lines of KEY=VALUE */
} bench;

static struct fail why;

#define ok(call)                                                                                             \
	do {                                                                                                 \
		if ((call) < 0)                                                                              \
			fail_msg("%s: %s", #call, why.text);                                                 \
	} while (0)

/* Boot a phone of the model, on voice VLAN 110 by LLDP, with the power that the wire allocates. */
static struct memory_lab *boot(const char *model)
{
	struct lab_config config = {.phones = 1, .seed = 11, .model = model};
	struct memory_lab *lab = memory_lab_new(&config);

	lab->wire.cdp = false;
	lab->wire.lldp = true;
	lab->wire.lldp_tagged = true;
	lab->wire.lldp_vlan = LAB_VOICE_VLAN;
	lab->wire.lldp_allocated = 63;
	memory_lab_power_on(lab);
	must_register(lab, 120);
	memory_lab_run_for(lab, 60 * SECOND);
	return lab;
}

/* lldpd may still be starting, so the frame is sent again, as phones do. */
static bool lldpd_knows(void *arg)
{
	static const char *const argv[] = {"lldpcli", "-u",	   SOCKET,    "-f", "keyvalue",
					   "show",    "neighbors", "details", NULL};
	const struct memory_lab *lab = arg;

	ok(raw_send(bench.near, lab->wire.lldp_last, lab->wire.lldp_last_length));
	return !sandbox_command(-1, 10000, bench.known, sizeof(bench.known), argv) &&
	       strstr(bench.known, bench.model);
}

/* The line lldp.far.KEY=VALUE. */
static void shows(const char *key, const char *value)
{
	char line[200];

	snprintf(line, sizeof(line), "lldp.far.%s=%s\n", key, value);
	if (!strstr(bench.known, line))
		fail_msg("lldpd does not show %.*s: %s", (int)strlen(line) - 1, line, bench.known);
}

static void lldpd_reads_phones(void **state)
{
	static const struct {
		const char *model, *class, *type, *requested;
		bool bridge;
	} models[] = {
	    {"7841", "class 1", "1", "3600", true},
	    {"7832", "class 2", "1", "5100", false},
	    {"8865", "class 4", "2", "14800", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct memory_lab *lab = boot(models[i].model);
		char text[100];

		snprintf(bench.model, sizeof(bench.model), "inventory.model=CP-%s\n", models[i].model);
		if (!sandbox_until(20000, lldpd_knows, lab))
			fail_msg("lldpd does not show %s: %s", bench.model, bench.known);
		shows("chassis.ip", "10.110.1.50");
		shows("chassis.name", "SEP0A0000000001");
		snprintf(text, sizeof(text), "Cisco IP Phone %s, V1, " LAB_LOAD ".loads", models[i].model);
		shows("chassis.descr", text);
		shows("chassis.mgmt-ip", "10.110.1.50");
		shows("chassis.Tel.enabled", "on");
		/* The bridge is that to the PC port. */
		if (models[i].bridge)
			shows("chassis.Bridge.enabled", "on");
		else
			assert_null(strstr(bench.known, "Bridge"));
		shows("port.local", "0A0000000001:P1");
		shows("port.descr", "SW PORT");
		shows("port.ttl", "180");
		shows("port.auto-negotiation.enabled", "yes");
		shows("port.power.device-type", "PD");
		shows("port.power.class", models[i].class);
		shows("port.power.power-type", models[i].type);
		shows("port.power.requested", models[i].requested);
		shows("port.power.allocated", "6300");
		shows("lldp-med.device-type", "Communication Device Endpoint (Class III)");
		shows("lldp-med.policy.apptype", "Voice");
		shows("lldp-med.policy.vlan.vid", "110");
		shows("lldp-med.policy.pcp", "5");
		shows("lldp-med.policy.dscp", "46");
		shows("lldp-med.policy.apptype", "Voice Signaling");
		shows("lldp-med.poe.device-type", "PD");
		shows("lldp-med.poe.power", models[i].requested);
		shows("lldp-med.inventory.hardware", "1");
		shows("lldp-med.inventory.software", LAB_LOAD ".loads");
		shows("lldp-med.inventory.firmware", "sboot78xx.14-2-1-0001-125");
		shows("lldp-med.inventory.serial", "FCH15110001");
		shows("lldp-med.inventory.manufacturer", "Cisco Systems, Inc.");
		memory_lab_free(lab);
	}
}

static int begin(void **state)
{
	struct cable_plug plug = {.name = "near", .peer_name = "far", .peer_ns = -1, .up = true};
	struct raw_options listen = {.interface = "near"};
	int index;

	(void)state;
	ok(rtnl_open(&bench.rtnl, -1, &why));
	ok(netns_self(&plug.peer_ns, &why));
	ok(cable_plug_link(bench.rtnl, -1, &plug, &index, &why));
	ok(raw_open(&bench.near, -1, &listen, &why));
	mkdir("/run/lldpd", 0755);
	assert_true(sandbox_spawn(
	    &bench.lldpd, -1,
	    (const char *const[]){"lldpd", "-d", "-r", "-M", "4", "-I", "far", "-u", SOCKET, NULL}));
	return 0;
}

static int end(void **state)
{
	(void)state;
	sandbox_end(&bench.lldpd);
	raw_close(bench.near);
	rtnl_close(bench.rtnl);
	return 0;
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
	    cmocka_unit_test(lldpd_reads_phones),
	};

	if (!sandbox_has_lldpd())
		return 0;
	return cmocka_run_group_tests(list, begin, end);
}

int main(void)
{
	return sandbox_run(tests, 90);
}
