#include "tests/support/switch_test.h"

#include "wire/ether.h"

/* A port whose cable is an interface of the machine: carrier, no PoE, and detection of loops. */

static int setup(void **state)
{
	(void)state;
	bench_init(&bench);
	bench_start(&bench);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

static void plug_nic(unsigned port, uint64_t loop_id)
{
	const struct switch_device device = {.node = "enp3s0", .nic = true, .loop_id = loop_id};

	assert_int_equal(switch_core_plug(bench.core, bench.now_us, port, &device), 0);
}

static void carrier(unsigned port, bool up)
{
	switch_core_carrier(bench.core, bench.now_us, port, up);
}

static void shows(const char *command, const char *needle)
{
	char *text = bench_show(&bench, command);

	if (!strstr(text, needle))
		fail_msg("show %s:\n%s\nexpected: %s", command, text, needle);
	free(text);
}

static json_t *port_of_status(unsigned port)
{
	json_t *status = switch_core_status(bench.core, bench.now_us);
	json_t *found = json_incref(json_array_get(json_object_get(status, "ports"), port));

	json_decref(status);
	return found;
}

static bool is_keepalive(const struct bench_sent *sent)
{
	return sent->length == 60 && sent->frame[0] == 0xcf && wire_get16(sent->frame + 12) == ETHER_LOOPBACK;
}

/* The last keepalive that left by the port, and how many did. */
static unsigned keepalives(unsigned port, const struct bench_sent **last)
{
	unsigned count = 0;

	for (unsigned i = 0; i < bench.sent_count; i++)
		for (unsigned j = 0; j < bench.sent[i].count; j++)
			if (bench.sent[i].port[j] == port && is_keepalive(&bench.sent[i])) {
				count++;
				if (last)
					*last = &bench.sent[i];
			}
	return count;
}

static void test_carrier(void **state)
{
	(void)state;
	plug_nic(3, 1);
	assert_false(bench.link[3]);
	shows("interfaces Gi1/0/4 status", "notconnect");
	carrier(3, true);
	assert_true(bench.link[3]);
	shows("interfaces Gi1/0/4 status", "connected");
	assert_true(bench_count_cdp(&bench, 3) > 0 && bench_count_lldp(&bench, 3) > 0);
	assert_int_equal(bench_last_cdp(&bench, 3).voip_reply.vlan, 110);
	carrier(3, false);
	assert_false(bench.link[3]);
	switch_core_unplug(bench.core, bench.now_us, 3);
	/* An ordinary cable has a carrier again. */
	bench_plug(&bench, 3, SWITCH_POWER_AC, 0);
	assert_true(bench.link[3]);
}

static void test_no_power(void **state)
{
	const struct lldp_message phone = bench_phone_lldp();
	json_t *port;

	(void)state;
	plug_nic(3, 1);
	carrier(3, true);
	shows("power inline Gi1/0/4", "Gi1/0/4   auto   n/a        n/a     n/a                 n/a   n/a\n");
	port = port_of_status(3);
	assert_string_equal(json_string_value(json_object_get(port, "poe_state")), "n/a");
	assert_string_equal(json_string_value(json_object_get(port, "nic")), "enp3s0");
	assert_true(json_is_null(json_object_get(port, "poe_class")));
	json_decref(port);
	/* LLDP offers no power there; at another port it does. */
	bench_plug(&bench, 4, SWITCH_POWER_AC, 0);
	bench_lldp(&bench, 3, &phone, 9);
	bench_lldp(&bench, 4, &phone, 10);
	assert_int_equal(bench_last_lldp(&bench, 3).policies, 1);
	assert_false(bench_last_lldp(&bench, 3).has & LLDP_HAS_MED_POWER);
	assert_true(bench_last_lldp(&bench, 4).has & LLDP_HAS_MED_POWER);
	/* A static port takes nothing from the budget. */
	BENCH_CONFIGURE(&bench, "interface Gi1/0/4", "power inline static");
	shows("power inline", "370.0        0.0       370.0");
	switch_core_unplug(bench.core, bench.now_us, 3);
	shows("power inline", "370.0       30.0       340.0");
	port = port_of_status(3);
	assert_true(json_is_null(json_object_get(port, "nic")));
	assert_string_equal(json_string_value(json_object_get(port, "poe_state")), "off");
	json_decref(port);
}

/* A keepalive when the link comes up and every ten seconds; none at other ports, none while the link is down. */
static void test_keepalives(void **state)
{
	(void)state;
	bench_plug(&bench, 4, SWITCH_POWER_AC, 0);
	plug_nic(3, 1);
	bench_advance(&bench, 60 * BENCH_SECOND);
	assert_int_equal(keepalives(3, NULL), 0);
	carrier(3, true);
	assert_int_equal(keepalives(3, NULL), 1);
	bench_advance(&bench, 60 * BENCH_SECOND);
	assert_int_equal(keepalives(3, NULL), 7);
	carrier(3, false);
	bench_advance(&bench, 60 * BENCH_SECOND);
	assert_int_equal(keepalives(3, NULL), 7);
	assert_int_equal(keepalives(4, NULL), 0);
}

/* A frame that left by one port comes in at another, or at the same. */
static void send_back(unsigned from, unsigned to)
{
	const struct bench_sent *sent = NULL;

	assert_true(keepalives(from, &sent) > 0);
	bench_bytes(&bench, to, sent->frame, sent->length);
}

static void test_loop(void **state)
{
	json_t *port;

	(void)state;
	plug_nic(3, 1);
	carrier(3, true);
	send_back(3, 3);
	assert_false(bench.link[3]);
	shows("interfaces Gi1/0/4 status", "err-disabled");
	shows("interfaces status err-disabled", "loopback");
	shows("logging", "%ETHCNTR-3-LOOP_BACK_DETECTED: Loop-back detected on GigabitEthernet1/0/4.");
	shows("logging",
	      "%PM-4-ERR_DISABLE: loopback error detected on Gi1/0/4, putting Gi1/0/4 in err-disable state");
	assert_true(bench_event(&bench, "port.loop"));
	assert_true(bench_event(&bench, "port.err-disable"));
	port = port_of_status(3);
	assert_string_equal(json_string_value(json_object_get(port, "err_disabled")), "loopback");
	json_decref(port);
	/* It stays so when the cable is moved, until a person has looked at it. */
	carrier(3, false);
	carrier(3, true);
	assert_false(bench.link[3]);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/4", "shutdown", "no shutdown");
	assert_true(bench.link[3]);
	assert_int_equal(keepalives(3, NULL), 2);
	send_back(3, 3);
	assert_false(bench.link[3]);
}

/* Between two ports: the one at which it comes in is cut, the other stays. */
static void test_loop_between_ports(void **state)
{
	(void)state;
	plug_nic(3, 1);
	plug_nic(5, 2);
	carrier(3, true);
	carrier(5, true);
	send_back(5, 3);
	assert_false(bench.link[3]);
	assert_true(bench.link[5]);
	/* Back through another switch of the lab: that trunk stays, and the port that leads out is cut. */
	bench_plug(&bench, BENCH_UPLINK, SWITCH_POWER_NONE, 0);
	send_back(5, BENCH_UPLINK);
	assert_true(bench.link[BENCH_UPLINK]);
	assert_false(bench.link[5]);
}

/* A switch of the same addresses in another lab is no loop; its frames go on like any others. */
static void test_another_lab(void **state)
{
	const struct bench_sent *sent = NULL;
	uint8_t frame[60];

	(void)state;
	bench_plug(&bench, 4, SWITCH_POWER_AC, 0);
	plug_nic(3, 0x0102030405060708);
	carrier(3, true);
	assert_int_equal(keepalives(3, &sent), 1);
	memcpy(frame, sent->frame, sizeof(frame));
	assert_memory_equal(frame + 14, "\0\0\1\0\0\0\1\2\3\4\5\6\7\x8",
			    14); /* skip, function: reply, receipt, id */
	frame[27] ^= 1;
	bench_clear(&bench);
	bench_bytes(&bench, 3, frame, sizeof(frame));
	assert_true(bench.link[3]);
	assert_int_equal(keepalives(4, NULL), 1);
	/* Too short to be one. */
	frame[27] ^= 1;
	bench_bytes(&bench, 3, frame, 27);
	assert_true(bench.link[3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_carrier), TEST(test_no_power),	       TEST(test_keepalives),
	    TEST(test_loop),	TEST(test_loop_between_ports), TEST(test_another_lab)};

	return cmocka_run_group_tests_name("a port with an interface of the machine", tests, NULL, NULL);
}
