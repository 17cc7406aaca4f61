#include "tests/support/switch_test.h"

static const struct bench_power *told(unsigned port)
{
	const struct bench_power *power = bench_last_power(&bench, port);

	assert_non_null(power);
	return power;
}

static unsigned used_mw(void)
{
	json_t *status = switch_core_status(bench.core, bench.now_us);
	unsigned used =
	    (unsigned)json_integer_value(json_object_get(json_object_get(status, "poe"), "used_mw"));

	json_decref(status);
	return used;
}

static const char *state_of(unsigned port)
{
	static char text[16];
	json_t *status = switch_core_status(bench.core, bench.now_us);

	snprintf(text, sizeof(text), "%s",
		 json_string_value(
		     json_object_get(json_array_get(json_object_get(status, "ports"), port), "poe_state")));
	json_decref(status);
	return text;
}

/* IEEE 802.3 table 33-7: what each class may take at the switch. */
static void test_class_maximum(void **state)
{
	static const unsigned mw[] = {15400, 4000, 7000, 15400, 30000};
	unsigned sum = 0;

	(void)state;
	bench_start(&bench);
	for (unsigned i = 0; i < 5; i++) {
		bench_plug(&bench, i, SWITCH_POWER_PD, i);
		assert_int_equal(told(i)->state, SWITCH_POWER_GRANTED);
		assert_int_equal(told(i)->mw, mw[i]);
		assert_true(bench.link[i]);
		sum += mw[i];
	}
	assert_int_equal(used_mw(), sum);
	assert_true(bench_event(
	    &bench, "syslog %ILPOWER-7-DETECT: Interface Gi1/0/1: Power Device detected: IEEE PD"));
	assert_true(bench_event(&bench, "syslog %ILPOWER-5-POWER_GRANTED: Interface Gi1/0/1: Power granted"));
	assert_true(bench_event(&bench, "poe.grant Gi1/0/2: class 1, 4.0 W"));
	assert_int_equal(bench.power[0].state, SWITCH_POWER_DETECTED);
}

static void test_other_devices_need_no_power(void **state)
{
	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_plug(&bench, 1, SWITCH_POWER_NONE, 0);
	assert_true(bench.link[0]);
	assert_true(bench.link[1]);
	assert_int_equal(bench.power_count, 0);
	assert_int_equal(used_mw(), 0);
}

static void test_no_power_at_uplinks_and_dumb_switches(void **state)
{
	(void)state;
	bench_start(&bench);
	bench_plug(&bench, BENCH_UPLINK, SWITCH_POWER_PD, 1);
	assert_int_equal(told(BENCH_UPLINK)->state, SWITCH_POWER_OFF);
	assert_string_equal(told(BENCH_UPLINK)->reason, "this port gives no power");
	assert_false(bench.link[BENCH_UPLINK]);
	bench_stop(&bench);
	bench_init(&bench);
	bench.config.poe_budget_mw = 0;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	assert_int_equal(told(0)->state, SWITCH_POWER_OFF);
	assert_false(bench.link[0]);
}

static void test_denied_then_retried(void **state)
{
	(void)state;
	bench.config.poe_budget_mw = 20000;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 3);
	bench_plug(&bench, 1, SWITCH_POWER_PD, 3);
	assert_int_equal(told(1)->state, SWITCH_POWER_DENIED);
	assert_string_equal(told(1)->reason, "class 3 needs 15400 mW, the budget has 4600 mW left");
	assert_string_equal(state_of(1), "denied");
	assert_false(bench.link[1]);
	assert_true(bench_event(
	    &bench, "syslog %ILPOWER-5-ILPOWER_POWER_DENY: Interface Gi1/0/2: inline power denied"));
	bench_clear(&bench);
	switch_core_unplug(bench.core, bench.now_us, 0);
	assert_true(bench_event(&bench, "syslog %ILPOWER-5-IEEE_DISCONNECT: Interface Gi1/0/1: PD removed"));
	assert_int_equal(told(1)->state, SWITCH_POWER_GRANTED);
	assert_true(bench.link[1]);
	assert_int_equal(used_mw(), 15400);
}

/* When power becomes free, priority decides, then the lower port number. */
static void test_retry_order(void **state)
{
	(void)state;
	bench.config.poe_budget_mw = 16000;
	bench.ports[3].poe_priority = SWITCH_POE_HIGH;
	bench.ports[0].poe_priority = SWITCH_POE_CRITICAL;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 3);
	for (unsigned i = 1; i < 4; i++)
		bench_plug(&bench, i, SWITCH_POWER_PD, 3);
	switch_core_unplug(bench.core, bench.now_us, 0);
	assert_string_equal(state_of(3), "on");
	assert_string_equal(state_of(1), "denied");
	switch_core_unplug(bench.core, bench.now_us, 3);
	assert_string_equal(state_of(1), "on");
	assert_string_equal(state_of(2), "denied");
}

static void test_shedding(void **state)
{
	(void)state;
	bench.config.poe_budget_mw = 16000;
	bench.ports[5].poe_priority = SWITCH_POE_CRITICAL;
	bench.ports[1].poe_priority = SWITCH_POE_HIGH;
	bench_start(&bench);
	for (unsigned i = 0; i < 4; i++)
		bench_plug(&bench, i, SWITCH_POWER_PD, 1);
	assert_int_equal(used_mw(), 16000);
	bench_clear(&bench);
	/* 7 W for a critical port: two of low priority go, the highest numbers first; the high one stays. */
	bench_plug(&bench, 5, SWITCH_POWER_PD, 2);
	assert_string_equal(state_of(5), "on");
	assert_string_equal(state_of(3), "denied");
	assert_string_equal(state_of(2), "denied");
	assert_string_equal(state_of(1), "on");
	assert_string_equal(state_of(0), "on");
	assert_string_equal(told(3)->reason, "power is needed by a port of higher priority");
	assert_false(bench.link[3]);
	/* One of equal priority sheds nobody. */
	bench_plug(&bench, 6, SWITCH_POWER_PD, 1);
	assert_string_equal(state_of(6), "denied");
	assert_string_equal(state_of(0), "on");
}

/* Nobody is cut off in vain. */
static void test_no_shedding_that_does_not_help(void **state)
{
	(void)state;
	bench.config.poe_budget_mw = 16000;
	bench.ports[5].poe_priority = SWITCH_POE_CRITICAL;
	bench.ports[0].poe_priority = SWITCH_POE_CRITICAL;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 2);
	bench_plug(&bench, 1, SWITCH_POWER_PD, 1);
	bench_plug(&bench, 5, SWITCH_POWER_PD, 3);
	assert_string_equal(state_of(5), "denied");
	assert_string_equal(state_of(1), "on");
}

static void test_each_member_has_its_budget(void **state)
{
	struct switch_port_config ports[8];
	char *text;

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		switch_port_config_init(&ports[i], false);
	memcpy(bench.ports, ports, sizeof(ports));
	bench.config.members = 2;
	bench.config.access = 4;
	bench.config.uplinks = 0;
	bench.config.poe_budget_mw = 16000;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 3);
	bench_plug(&bench, 1, SWITCH_POWER_PD, 3);
	bench_plug(&bench, 4, SWITCH_POWER_PD, 3);
	assert_string_equal(state_of(1), "denied");
	assert_string_equal(state_of(4), "on");
	text = bench_show(&bench, "power inline");
	assert_non_null(strstr(text, "1                16.0       15.4         0.6\n"
				     "2                16.0       15.4         0.6\n"));
	free(text);
}

static void test_limit_of_the_port(void **state)
{
	(void)state;
	bench.ports[0].poe_max_mw = 7000;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 4);
	assert_int_equal(told(0)->state, SWITCH_POWER_DENIED);
	assert_string_equal(told(0)->reason, "class 4 needs 30000 mW, the port gives at most 7000 mW");
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "power inline auto max 30000");
	assert_string_equal(state_of(0), "on");
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "power inline auto max 7000");
	assert_string_equal(state_of(0), "denied");
}

static void test_static_reserves(void **state)
{
	(void)state;
	bench.config.poe_budget_mw = 40000;
	bench.ports[9].poe_admin = SWITCH_POE_STATIC;
	bench_start(&bench);
	assert_int_equal(used_mw(), 30000);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 3);
	assert_string_equal(state_of(0), "denied");
	bench_plug(&bench, 9, SWITCH_POWER_PD, 4);
	assert_string_equal(state_of(9), "on");
	assert_int_equal(used_mw(), 30000);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/10", "power inline never");
	assert_string_equal(state_of(9), "off");
	assert_string_equal(state_of(0), "on");
}

static void test_never_and_shutdown(void **state)
{
	(void)state;
	bench.ports[0].poe_admin = SWITCH_POE_NEVER;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	assert_int_equal(told(0)->state, SWITCH_POWER_OFF);
	assert_false(bench.link[0]);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "power inline auto");
	assert_int_equal(told(0)->state, SWITCH_POWER_GRANTED);
	assert_true(bench.link[0]);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "shutdown");
	assert_int_equal(told(0)->state, SWITCH_POWER_OFF);
	assert_string_equal(told(0)->reason, "the port is shut down");
	assert_false(bench.link[0]);
	assert_int_equal(used_mw(), 0);
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "no shutdown");
	assert_int_equal(told(0)->state, SWITCH_POWER_GRANTED);
	assert_true(bench.link[0]);
}

static void test_budget_cut(void **state)
{
	(void)state;
	bench.ports[0].poe_priority = SWITCH_POE_CRITICAL;
	bench_start(&bench);
	for (unsigned i = 0; i < 4; i++)
		bench_plug(&bench, i, SWITCH_POWER_PD, 3);
	BENCH_CONFIGURE(&bench, "power inline budget 31000");
	assert_string_equal(state_of(0), "on");
	assert_string_equal(state_of(1), "on");
	assert_string_equal(state_of(2), "denied");
	assert_string_equal(state_of(3), "denied");
	BENCH_CONFIGURE(&bench, "power inline budget 370000");
	assert_string_equal(state_of(3), "on");
}

static void test_cdp_lowers(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(told(0)->state, SWITCH_POWER_ADJUSTED);
	assert_int_equal(told(0)->mw, 3600);
	assert_int_equal(used_mw(), 3600);
	assert_string_equal(told(0)->reason, "CDP");
}

static void test_cdp_first_level_that_fits(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench.config.poe_budget_mw = 12000;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	phone.power_requested =
	    (struct cdp_power){.request_id = 1, .count = 3, .level = {25000, 12500, 11000}};
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(used_mw(), 11000);
	/* None fits: it keeps what it has. */
	phone.power_requested = (struct cdp_power){.request_id = 2, .count = 1, .level = {25000}};
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(used_mw(), 11000);
	assert_string_equal(state_of(0), "on");
}

static void test_cdp_frees_budget_for_others(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench.config.poe_budget_mw = 20000;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 3);
	bench_plug(&bench, 1, SWITCH_POWER_PD, 3);
	assert_string_equal(state_of(1), "denied");
	bench_cdp(&bench, 0, &phone, 1);
	assert_string_equal(state_of(1), "on");
}

static void test_consumption_without_request(void **state)
{
	struct cdp_message phone = bench_phone_cdp();

	(void)state;
	bench.config.poe_budget_mw = 10000;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	phone.has &= ~CDP_HAS(CDP_POWER_REQUESTED);
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(used_mw(), 3600);
	phone.power_consumption = 12000;
	bench_cdp(&bench, 0, &phone, 1);
	assert_string_equal(state_of(0), "denied");
	assert_false(bench.link[0]);
}

static void test_lldp_lowers(void **state)
{
	struct lldp_message phone = bench_phone_lldp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 3);
	phone.med_power.value = 49; /* 4.9 W at the phone: 7.0 / 6.49 of it at the switch */
	bench_lldp(&bench, 0, &phone, 1);
	assert_int_equal(told(0)->state, SWITCH_POWER_ADJUSTED);
	assert_int_equal(told(0)->mw, 5285);
	assert_string_equal(told(0)->reason, "LLDP");
	/* 802.3at says it more precisely than MED, and is answered. */
	phone.has |= LLDP_HAS_POWER;
	phone.power = (struct lldp_power){
	    .support = 0, .pair = 1, .class_code = 4, .has_at = true, .type = 3, .requested = 60};
	bench_lldp(&bench, 0, &phone, 1);
	assert_int_equal(told(0)->mw, 6471);
	assert_int_equal(bench_last_lldp(&bench, 0).power.requested, 60);
	assert_int_equal(bench_last_lldp(&bench, 0).power.allocated, 60);
}

/* The protocol that first carries power keeps the negotiation until the cable is unplugged. */
static void test_first_protocol_wins(void **state)
{
	struct cdp_message cdp = bench_phone_cdp();
	struct lldp_message lldp = bench_phone_lldp();

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 3);
	bench_cdp(&bench, 0, &cdp, 1);
	lldp.med_power.value = 60;
	bench_lldp(&bench, 0, &lldp, 1);
	assert_int_equal(used_mw(), 3600);
	switch_core_unplug(bench.core, bench.now_us, 0);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 3);
	bench_lldp(&bench, 0, &lldp, 1);
	bench_cdp(&bench, 0, &cdp, 1);
	assert_int_equal(used_mw(), 6471);
}

/* The management id of power available: it moves, skipping 0, with a new request id, with a new level, and
 * when the link goes down; the request id is echoed, 0 while there was none. */
static void test_management_id(void **state)
{
	struct cdp_message phone = bench_phone_cdp(), answer;
	uint16_t id;

	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	answer = bench_last_cdp(&bench, 0);
	assert_true(answer.has & CDP_HAS(CDP_POWER_AVAILABLE));
	assert_int_equal(answer.power_available.request_id, 0);
	assert_int_equal(answer.power_available.level[0], 4000);
	assert_true(answer.power_available.level[1] == CDP_POWER_NO_PREFERENCE);
	id = answer.power_available.management_id;
	assert_int_not_equal(id, 0);
	bench_cdp(&bench, 0, &phone, 1);
	answer = bench_last_cdp(&bench, 0);
	assert_int_equal(answer.power_available.request_id, 4660);
	assert_int_equal(answer.power_available.management_id, id + 1);
	assert_int_equal(answer.power_available.level[0], 3600);
	/* The same again: nothing new, also in the periodic message. */
	bench_cdp(&bench, 0, &phone, 1);
	bench_advance(&bench, 65 * BENCH_SECOND);
	assert_int_equal(bench_last_cdp(&bench, 0).power_available.management_id, id + 1);
	/* A new request id with the same level. */
	phone.power_requested.request_id = 4661;
	bench_cdp(&bench, 0, &phone, 1);
	assert_int_equal(bench_last_cdp(&bench, 0).power_available.management_id, id + 2);
	/* Link down and up: a new id, and no request to echo. */
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "shutdown", "no shutdown");
	answer = bench_last_cdp(&bench, 0);
	assert_int_equal(answer.power_available.request_id, 0);
	assert_true(answer.power_available.management_id > id + 2);
	/* Round the corner: 0 is left out. */
	for (unsigned i = 0; i < 70000; i++) {
		bench_clear(&bench);
		phone.power_requested.request_id = (uint16_t)(1 + i % 60000);
		bench_cdp(&bench, 0, &phone, 1);
		if (bench.sent_count)
			assert_int_not_equal(bench_last_cdp(&bench, 0).power_available.management_id, 0);
	}
}

static void test_no_power_tlv_for_others(void **state)
{
	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	assert_false(bench_last_cdp(&bench, 0).has & CDP_HAS(CDP_POWER_AVAILABLE));
}

static void test_overdraw(void **state)
{
	(void)state;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	switch_core_draw(bench.core, bench.now_us, 0, 4000);
	assert_string_equal(state_of(0), "on");
	switch_core_draw(bench.core, bench.now_us, 0, 4001);
	assert_string_equal(state_of(0), "faulty");
	assert_int_equal(told(0)->state, SWITCH_POWER_OFF);
	assert_false(bench.link[0]);
	assert_int_equal(used_mw(), 0);
	assert_true(bench_event(&bench,
				"syslog %ILPOWER-3-CONTROLLER_PORT_ERR: Controller port error, Interface "
				"Gi1/0/1: Power Controller reports power Imax error detected"));
	/* It stays off until someone shuts the port and opens it, or pulls the cable. */
	bench_advance(&bench, 600 * BENCH_SECOND);
	assert_string_equal(state_of(0), "faulty");
	BENCH_CONFIGURE(&bench, "interface Gi1/0/1", "shutdown", "no shutdown");
	assert_string_equal(state_of(0), "on");
}

static void test_real_pace(void **state)
{
	(void)state;
	bench.config.real_pace = true;
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_PD, 1);
	assert_int_equal(told(0)->state, SWITCH_POWER_DETECTED);
	assert_false(bench.link[0]);
	bench_advance(&bench, BENCH_SECOND - 1);
	assert_int_equal(told(0)->state, SWITCH_POWER_DETECTED);
	bench_advance(&bench, 1);
	assert_int_equal(told(0)->state, SWITCH_POWER_GRANTED);
	assert_true(bench.link[0]);
	/* Out again before the second is over. */
	bench_plug(&bench, 1, SWITCH_POWER_PD, 1);
	switch_core_unplug(bench.core, bench.now_us, 1);
	bench_clear(&bench);
	bench_advance(&bench, 2 * BENCH_SECOND);
	assert_null(bench_last_power(&bench, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_class_maximum),
	    BENCH_TEST(test_other_devices_need_no_power),
	    BENCH_TEST(test_no_power_at_uplinks_and_dumb_switches),
	    BENCH_TEST(test_denied_then_retried),
	    BENCH_TEST(test_retry_order),
	    BENCH_TEST(test_shedding),
	    BENCH_TEST(test_no_shedding_that_does_not_help),
	    BENCH_TEST(test_each_member_has_its_budget),
	    BENCH_TEST(test_limit_of_the_port),
	    BENCH_TEST(test_static_reserves),
	    BENCH_TEST(test_never_and_shutdown),
	    BENCH_TEST(test_budget_cut),
	    BENCH_TEST(test_cdp_lowers),
	    BENCH_TEST(test_cdp_first_level_that_fits),
	    BENCH_TEST(test_cdp_frees_budget_for_others),
	    BENCH_TEST(test_consumption_without_request),
	    BENCH_TEST(test_lldp_lowers),
	    BENCH_TEST(test_first_protocol_wins),
	    BENCH_TEST(test_management_id),
	    BENCH_TEST(test_no_power_tlv_for_others),
	    BENCH_TEST(test_overdraw),
	    BENCH_TEST(test_real_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
