#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/control.h"
#include "tests/support/switch_lab.h"

/* Rules on the cables of a real switch-sim, as Debian's dnsmasq, udhcpc and ping see them. */

#define SCRIPT "/tmp/show-options"

static struct fail why;

static bool have(const char *path)
{
	if (access(path, X_OK) == 0)
		return true;
	print_message("%s is not installed\n", path);
	return false;
}

static json_t *ask(const struct switch_lab *lab, json_t *request)
{
	char path[64];
	json_t *reply;

	snprintf(path, sizeof(path), "/tmp/%s.sock", lab->name);
	assert_non_null(request);
	reply = control_call(path, request, LAB_PATIENCE, NULL, &why);
	json_decref(request);
	return reply;
}

static json_int_t add(const struct switch_lab *lab, const char *rule)
{
	json_t *reply =
	    ask(lab, json_pack("{s:s,s:o}", "do", "impair add", "rule", json_loads(rule, 0, NULL)));
	json_int_t id;

	if (!reply)
		fail_msg("%s", why.text);
	id = json_integer_value(json_object_get(reply, "id"));
	json_decref(reply);
	return id;
}

static json_int_t counter(const struct switch_lab *lab, json_int_t id, const char *key)
{
	json_t *reply = ask(lab, json_pack("{s:s}", "do", "impair ls")), *rule;
	json_int_t value = -1;
	size_t i;

	json_array_foreach (json_object_get(reply, "rules"), i, rule)
		if (json_integer_value(json_object_get(rule, "id")) == id)
			value = json_integer_value(json_object_get(rule, key));
	json_decref(reply);
	return value;
}

static json_int_t clear(const struct switch_lab *lab, json_t *id)
{
	json_t *reply = ask(lab, json_pack("{s:s,s:o}", "do", "impair clear", "id", id));
	json_int_t cleared = reply ? json_integer_value(json_object_get(reply, "cleared")) : -1;

	json_decref(reply);
	return cleared;
}

static void start_dnsmasq(struct sandbox_child *server, const struct switch_lab *lab)
{
	switch_lab_cable(server, lab, "Gi1/0/48", "10.10.0.2/24",
			 (const char *const[]){"dnsmasq", "-k", "-p0", "--conf-file=/dev/null", "--user=root",
					       "--group=", "--dhcp-range=10.10.0.50,10.10.0.60,1h",
					       "--dhcp-option-force=150,10.10.0.2",
					       "--dhcp-leasefile=/tmp/leases", "--no-ping",
					       "--dhcp-authoritative", "--log-facility=-", NULL});
	assert_true(sandbox_wait_text(server, LAB_PATIENCE, "DHCP, IP range"));
}

/* udhcpc at the port: its exit status, and what it and its script printed. */
static int run_udhcpc(const struct switch_lab *lab, const char *port, char *text, size_t size)
{
	struct sandbox_child client;
	int status;

	switch_lab_cable(&client, lab, port, NULL,
			 (const char *const[]){"udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "5", "-T", "1",
					       "-O", "150", "-s", SCRIPT, NULL});
	status = sandbox_wait(&client, LAB_PATIENCE * 2, text, size);
	sandbox_end(&client);
	return status;
}

static void write_script(void)
{
	FILE *file = fopen(SCRIPT, "w");

	assert_non_null(file);
	fprintf(file,
		"#!/bin/sh\n[ \"$1\" = bound ] && echo \"bound: $ip option 150: ${opt150:-none}\"\nexit 0\n");
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(SCRIPT, 0755), 0);
}

static unsigned occurrences(const char *text, const char *needle)
{
	unsigned count = 0;

	for (const char *at = strstr(text, needle); at; at = strstr(at + 1, needle))
		count++;
	return count;
}

/* The option is in what dnsmasq sends, and not in what arrives, until the rule is cleared. */
static void test_strip_option_150(void **state)
{
	struct sandbox_child server;
	struct switch_lab lab;
	char text[8192];
	json_int_t id;

	(void)state;
	if (!have("/usr/sbin/dnsmasq") || !have("/usr/sbin/udhcpc"))
		skip();
	write_script();
	switch_lab_start(&lab, "sw1", "");
	start_dnsmasq(&server, &lab);
	assert_int_equal(run_udhcpc(&lab, "Gi1/0/2", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "option 150: 0a0a0002"));
	id = add(&lab, "{\"ports\":[\"Gi1/0/2\"],\"direction\":\"out\",\"filter\":\"udp src port 67\","
		       "\"action\":{\"strip_dhcp_option\":{\"code\":150}}}");
	assert_int_equal(run_udhcpc(&lab, "Gi1/0/2", text, sizeof(text)), 0);
	if (!strstr(text, "option 150: none"))
		fail_msg("%s", text);
	assert_true(counter(&lab, id, "touched") >= 2); /* OFFER and ACK */
	/* Another port is not concerned. */
	assert_int_equal(run_udhcpc(&lab, "Gi1/0/3", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "option 150: 0a0a0002"));
	assert_int_equal(clear(&lab, json_integer(id)), 1);
	assert_int_equal(run_udhcpc(&lab, "Gi1/0/2", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "option 150: 0a0a0002"));
	sandbox_end(&server);
	assert_int_equal(switch_lab_end(&lab), 0);
}

/* dnsmasq says that it offered twice; the client had to ask twice. */
static void test_drop_the_second_offer(void **state)
{
	struct sandbox_child server;
	struct switch_lab lab;
	char text[8192];
	json_int_t id;

	(void)state;
	if (!have("/usr/sbin/dnsmasq") || !have("/usr/sbin/udhcpc"))
		skip();
	write_script();
	switch_lab_start(&lab, "sw1", "");
	start_dnsmasq(&server, &lab);
	/* The message type is the first option of dnsmasq's messages. */
	id = add(
	    &lab,
	    "{\"ports\":[\"Gi1/0/48\"],\"direction\":\"in\",\"filter\":\"udp src port 67 and udp[250] = 2\","
	    "\"take\":{\"nth\":2},\"action\":{\"drop\":{}}}");
	assert_int_equal(run_udhcpc(&lab, "Gi1/0/2", text, sizeof(text)), 0);
	assert_int_equal(occurrences(text, "discover"), 1);
	assert_int_equal(run_udhcpc(&lab, "Gi1/0/3", text, sizeof(text)), 0);
	if (occurrences(text, "discover") != 2)
		fail_msg("%s", text);
	assert_int_equal(counter(&lab, id, "matched"), 3);
	assert_int_equal(counter(&lab, id, "touched"), 1);
	sandbox_signal(&server, 15);
	assert_true(sandbox_wait(&server, LAB_PATIENCE, text, sizeof(text)) >= 0);
	assert_int_equal(occurrences(text, "DHCPOFFER(eth0)"), 3);
	sandbox_end(&server);
	assert_int_equal(switch_lab_end(&lab), 0);
}

static int ping(const struct switch_lab *lab, char text[4096])
{
	struct sandbox_child child;
	int status;

	switch_lab_cable(
	    &child, lab, "Gi1/0/2", "10.10.0.2/24",
	    (const char *const[]){"busybox", "ping", "-c", "3", "-i", "0.1", "-W", "1", "10.10.0.1", NULL});
	status = sandbox_wait(&child, LAB_PATIENCE * 2, text, 4096);
	sandbox_end(&child);
	return status;
}

/* A delay is seen by ping; bits that are corrupted do not pass the kernel's checksums, unless they are
 * mended. */
static void test_delay_and_corruption(void **state)
{
	struct sandbox_child held;
	struct switch_lab lab;
	const char *figures;
	char text[4096];

	(void)state;
	switch_lab_start(&lab, "sw1", "");
	switch_lab_cable(&held, &lab, "Gi1/0/1", "10.10.0.1/24", (const char *const[]){"sleep", "60", NULL});
	assert_true(sandbox_wait_text(&held, LAB_PATIENCE, "link up"));
	add(&lab, "{\"ports\":[\"Gi1/0/"
		  "1\"],\"direction\":\"in\",\"filter\":\"icmp\",\"action\":{\"delay\":{\"ms\":120}}}");
	assert_int_equal(ping(&lab, text), 0);
	figures = strstr(text, "min/avg/max = ");
	assert_non_null(figures);
	assert_true(atof(figures + strlen("min/avg/max = ")) >= 120);
	assert_int_equal(clear(&lab, json_string("all")), 1);
	add(&lab, "{\"ports\":[\"Gi1/0/"
		  "1\"],\"direction\":\"out\",\"filter\":\"icmp\",\"action\":{\"corrupt\":{\"bits\":1}}}");
	assert_int_not_equal(ping(&lab, text), 0);
	assert_non_null(strstr(text, "3 packets transmitted, 0 packets received, 100% packet loss"));
	assert_int_equal(clear(&lab, json_string("all")), 1);
	assert_int_equal(clear(&lab, json_string("all")), 0);
	assert_int_equal(clear(&lab, json_string("some")), -1);
	assert_string_equal(strrchr(why.text, ':') ? strstr(why.text, "id: expected") : "",
			    "id: expected the number of a rule, or \"all\"");
	assert_int_equal(ping(&lab, text), 0);
	sandbox_end(&held);
	assert_int_equal(switch_lab_end(&lab), 0);
}

/* The program's own way in, as a person uses it. */
static void test_command_line(void **state)
{
	struct switch_lab lab;
	char text[4096];

	(void)state;
	switch_lab_start(&lab, "sw1", "");
	assert_int_equal(
	    sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
			    (const char *const[]){sandbox_program("switch-sim"), "--control", "/tmp/sw1.sock",
						  "impair", "add",
						  "{\"direction\":\"in\",\"action\":{\"drop\":{}}}", NULL}),
	    0);
	assert_non_null(strstr(text, "\"id\": 1"));
	assert_int_equal(sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
					 (const char *const[]){sandbox_program("switch-sim"), "--control",
							       "/tmp/sw1.sock", "impair", "ls", NULL}),
			 0);
	assert_non_null(strstr(text, "\"touched\": 0"));
	assert_int_equal(
	    sandbox_command(-1, LAB_PATIENCE, text, sizeof(text),
			    (const char *const[]){sandbox_program("switch-sim"), "--control", "/tmp/sw1.sock",
						  "impair", "clear", "7", NULL}),
	    1);
	assert_non_null(strstr(text, "unknown rule 7; list the rules with: impair ls"));
	assert_int_equal(switch_lab_end(&lab), 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, switch_lab_clean)

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {TEST(test_strip_option_150), TEST(test_drop_the_second_offer),
					   TEST(test_delay_and_corruption), TEST(test_command_line)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return sandbox_run(all_tests, 120);
}
