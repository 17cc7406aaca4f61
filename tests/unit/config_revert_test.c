/*
 * The lines that lead a switch back to an earlier configuration: after a switch in memory has run them, its running-config
 * is as before.
 */
#include "tests/support/switch_test.h"

#include "phonelab/scenario/config_revert.h"

static void run_list(const json_t *lines)
{
	const char *texts[300];
	const json_t *line;
	unsigned errors;
	char *text;
	size_t i;

	assert_true(json_array_size(lines) < 300);
	json_array_foreach (lines, i, line)
		texts[i] = json_string_value(line);
	text =
	    switch_core_configure(bench.core, bench.now_us, texts, (unsigned)json_array_size(lines), &errors);
	if (errors)
		fail_msg("the switch rejects a line:\n%s", text);
	free(text);
}

/* Configure first, then change, then revert the change. */
static void expect_reverted(const char *const *first, const char *const *change)
{
	char *before, *changed, *after;
	json_t *lines;

	bench_start(&bench);
	bench_configure(&bench, first);
	before = bench_show(&bench, "running-config");
	bench_configure(&bench, change);
	changed = bench_show(&bench, "running-config");
	assert_string_not_equal(before, changed);
	lines = config_revert(changed, before);
	run_list(lines);
	json_decref(lines);
	after = bench_show(&bench, "running-config");
	assert_string_equal(after, before);
	lines = config_revert(after, before);
	assert_int_equal(json_array_size(lines), 0);
	json_decref(lines);
	free(before);
	free(changed);
	free(after);
}

#define NOTHING ((const char *const[]){"interface Gi1/0/1", NULL})

static void a_port_that_was_changed(void **state)
{
	(void)state;
	expect_reverted(NOTHING,
			(const char *const[]){"interface Gi1/0/1", "description the desk at the door",
					      "switchport access vlan 20", "switchport voice vlan 110",
					      "power inline auto max 15400", "power inline priority critical",
					      "no cdp enable", "no lldp transmit", "no lldp receive",
					      "ip dhcp snooping trust", "switchport port-security maximum 3",
					      "switchport port-security violation restrict",
					      "switchport port-security", "shutdown", NULL});
}

static void a_port_whose_settings_were_removed(void **state)
{
	(void)state;
	expect_reverted(
	    (const char *const[]){"vlan 20", "name users", "interface Gi1/0/1", "description before",
				  "switchport access vlan 20", "switchport voice vlan 110",
				  "power inline never", "no cdp enable", "shutdown", "interface Gi1/0/2",
				  "switchport mode trunk", "switchport trunk native vlan 10",
				  "switchport trunk allowed vlan 10,20,110", NULL},
	    (const char *const[]){"interface Gi1/0/1", "no description", "no switchport access vlan",
				  "no switchport voice vlan", "no power inline", "cdp enable", "no shutdown",
				  "interface Gi1/0/2", "no switchport trunk native vlan",
				  "switchport trunk allowed vlan remove 20", "switchport mode access", NULL});
}

static void settings_of_the_switch(void **state)
{
	(void)state;
	expect_reverted((const char *const[]){"vlan 77", "name old",
					      "monitor session 1 source interface Gi1/0/1",
					      "monitor session 1 destination interface Gi1/0/9", NULL},
			(const char *const[]){"no cdp run", "no lldp run", "no vlan 77", "vlan 78",
					      "name new", "monitor session 1 source interface Gi1/0/2 rx",
					      "monitor session 2 source interface Gi1/0/3",
					      "monitor session 2 destination interface Gi1/0/8", NULL});
}

static void values_that_were_replaced(void **state)
{
	(void)state;
	expect_reverted(
	    (const char *const[]){"interface Gi1/0/3", "description one", "switchport voice vlan 110",
				  "power inline static max 7000", NULL},
	    (const char *const[]){"interface Gi1/0/3", "description two", "switchport voice vlan 20",
				  "power inline static max 9000", "power inline priority high", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(a_port_that_was_changed),
	    BENCH_TEST(a_port_whose_settings_were_removed),
	    BENCH_TEST(settings_of_the_switch),
	    BENCH_TEST(values_that_were_replaced),
	};

	return cmocka_run_group_tests_name("config_revert", tests, NULL, NULL);
}
