/* dnsmasq and lighttpd check their configuration files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cucm/config.h"
#include "cucm/cucm.h"
#include "tests/support/cucm_bench.h"
#include "tests/support/sandbox.h"

static int bench_begin(void **state)
{
	struct cucm_bench *bench;

	cucm_bench_begin(state, 2, true);
	bench = *state;
	bench->sample->plan.load_count = 0;
	return 0;
}

/* Render, and have the program of that command check its own file. */
static void accepted(struct cucm_bench *bench, const char *name, const char *flag, const char *says)
{
	struct cucm_command *commands;
	size_t count;
	bool found = false;
	char text[4096];

	cucm_bench_render(bench);
	assert_int_equal(cucm_command_lines(&bench->sample->plan, &commands, &count, &bench->fail), 0);
	for (size_t i = 0; i < count; i++) {
		const char *file = NULL;

		if (strcmp(commands[i].name, name))
			continue;
		for (char **arg = commands[i].argv; *arg; arg++)
			file = *arg;
		const char *argv[] = {commands[i].argv[0], flag,
				      commands[i].program == CUCM_PROGRAM_HTTP ? "-f" : "-C", file, NULL};

		found = true;
		if (sandbox_command(-1, 10000, text, sizeof(text), argv) || !strstr(text, says))
			fail_msg("%s: %s", name, text);
	}
	assert_true(found);
	cucm_commands_free(commands, count);
}

static void test_all_servers(void **state)
{
	accepted(*state, "dhcp", "--test", "syntax check OK");
	accepted(*state, "tftp", "--test", "syntax check OK");
	accepted(*state, "tftp-http", "-tt", "");
}

static bool has_line(const struct text *text, const char *line)
{
	size_t length = strlen(line);

	for (const char *at = text->bytes; (at = strstr(at, line)); at++)
		if ((at == text->bytes || at[-1] == '\n') && at[length] == '\n')
			return true;
	return false;
}

static void test_options(void **state)
{
	struct cucm_bench *bench = *state;
	struct cucm_dhcp_option extra[] = {{"option:mtu,1400", false}, {"43,01:04:00:00:00:02", true}};
	struct text text = {0};

	bench->sample->pool[0].options = extra;
	bench->sample->pool[0].option_count = 2;
	config_dhcp(&bench->sample->plan, &bench->sample->dhcp[0], &text);
	assert_false(text.failed);
	assert_true(has_line(&text, "dhcp-range=set:voice,10.110.0.50,10.110.0.250,255.255.255.0,3600"));
	assert_true(has_line(&text, "dhcp-option=tag:voice,150,10.20.0.3,10.20.0.4"));
	assert_true(has_line(&text, "dhcp-option=tag:voice,66,\"tftp.lab\""));
	assert_true(has_line(&text, "dhcp-option=tag:voice,option:router,10.110.0.1"));
	assert_true(has_line(&text, "dhcp-boot=tag:voice,,,10.110.0.2"));
	assert_true(has_line(&text, "dhcp-option=tag:voice,option:mtu,1400"));
	assert_true(has_line(&text, "dhcp-option-force=tag:voice,43,01:04:00:00:00:02"));
	assert_true(has_line(&text, "host-record=cucm-pub.lab,cucm-pub,10.20.0.11"));
	assert_true(has_line(&text, "no-ping"));
	assert_true(has_line(&text, "dhcp-lease-max=1201"));
	text_free(&text);
	accepted(bench, "dhcp", "--test", "syntax check OK");
}

/* Phones of another cluster: a tag for each, and option 150 for the tag. */
static void test_groups(void **state)
{
	static const struct mac macs[] = {{{0, 0x11, 0x22, 0xaa, 0xbb, 1}}, {{0, 0x11, 0x22, 0xaa, 0xbb, 9}}};
	static const uint32_t servers[] = {0x0a140004, 0x0a140005};
	const struct cucm_dhcp_group group = {"cluster-new", macs, 2, servers, 2};
	struct cucm_bench *bench = *state;
	struct text text = {0};

	bench->sample->dhcp[0].groups = &group;
	bench->sample->dhcp[0].group_count = 1;
	config_dhcp(&bench->sample->plan, &bench->sample->dhcp[0], &text);
	assert_true(has_line(&text, "dhcp-mac=set:cluster-new,00:11:22:aa:bb:01"));
	assert_true(has_line(&text, "dhcp-mac=set:cluster-new,00:11:22:aa:bb:09"));
	assert_true(has_line(&text, "dhcp-option=tag:cluster-new,150,10.20.0.4,10.20.0.5"));
	text_free(&text);
	accepted(bench, "dhcp", "--test", "syntax check OK");
}

/* An option without a value is not sent: dnsmasq does not send its default. */
static void test_options_left_out(void **state)
{
	struct cucm_bench *bench = *state;
	struct cucm_dhcp_pool *pool = &bench->sample->pool[0];
	struct text text = {0};

	pool->gateway = 0;
	pool->dns_count = 0;
	pool->tftp_server_count = 0;
	pool->tftp_name = NULL;
	pool->first = pool->last + 1;
	bench->sample->dhcp[0].no_dns = true;
	config_dhcp(&bench->sample->plan, &bench->sample->dhcp[0], &text);
	assert_true(has_line(&text, "dhcp-option=tag:voice,option:router"));
	assert_true(has_line(&text, "dhcp-option=tag:voice,option:dns-server"));
	assert_true(has_line(&text, "port=0"));
	assert_null(strstr(text.bytes, "dhcp-range"));
	assert_null(strstr(text.bytes, ",150"));
	assert_null(strstr(text.bytes, ",66,"));
	text_free(&text);
	accepted(bench, "dhcp", "--test", "syntax check OK");
}

static void test_tftp_is_sized(void **state)
{
	struct cucm_bench *bench = *state;
	struct text text = {0};

	bench->sample->plan.phones = 1000;
	config_tftp(&bench->sample->plan, &bench->sample->tftp[0], &text);
	assert_true(has_line(&text, "tftp-max=2000"));
	assert_null(strstr(text.bytes, "tftp-lowercase\n"));
	text_free(&text);
	accepted(bench, "tftp", "--test", "syntax check OK");
}

/* Names of leases cost the cube of their number: dnsmasq learns them in labs of up to 256 phones only. */
static void test_names_of_many(void **state)
{
	struct cucm_bench *bench = *state;

	for (size_t phones = 256; phones <= 257; phones++) {
		struct text text = {0};

		bench->sample->plan.phones = phones;
		config_dhcp(&bench->sample->plan, &bench->sample->dhcp[0], &text);
		assert_int_equal(has_line(&text, "dhcp-ignore-names"), phones > 256);
		text_free(&text);
	}
	accepted(bench, "dhcp", "--test", "syntax check OK");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, cucm_bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(test_all_servers), TEST(test_options),	      TEST(test_options_left_out),
	    TEST(test_groups),	    TEST(test_tftp_is_sized), TEST(test_names_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, cucm_bench_over);
}
