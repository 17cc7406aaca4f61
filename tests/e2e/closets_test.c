/*
 * Two closets without an engine, each started by `phonelab up --closet` in a network namespace of its own. Their only link is a veth
 * with an MTU of 1450, so that frames of phones travel in fragments. The judges are Kamailio's table, the lease file and the log
 * of the TFTP service, all in core, and the kernel's counters of fragments.
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
#include <unistd.h>

#include "tests/support/closets.h"

#define PHONES 8 /* in closet1 */

static struct closets it;

static int number_of(struct command_result result)
{
	int n = atoi(result.out);

	command_free(&result);
	return n;
}

static void end_site(void);

static int begin(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	return closets_begin(&it, "closets", CLOSETS_1 + 1, 2 * PHONES);
}

static int end(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	end_site();
	closets_end(&it);
	return 0;
}

static void need_root(void)
{
	if (geteuid()) {
		print_message("# skip: needs root, for network namespaces of the machine\n");
		skip();
	}
}

static void assert_up(struct command_result result)
{
	if (result.status)
		print_error("%s%s", result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

/* Phones that have received the answer with that status for a file, by the logs of the TFTP service. */
static void assert_fetched(const char *file, const char *status, const char *word)
{
	int n = number_of(command_sh(
	    10,
	    "sed -nE -e 's#^([0-9.]+) .*\"GET /%s HTTP/1.1\" %s .*#\\1#p' "
	    "-e '/ %s /s#.*dnsmasq-tftp.*/tftp/root/%s .* ([0-9.]+)$#\\1#p' %s/files | sort -u | wc -l",
	    file, status, word, file, it.lab.dir));

	if (n != PHONES)
		fail_msg("%s: %d phones", file, n);
}

/* Each step of the office path, by witnesses in core and at the switch; and the phones themselves have done all 14. */
static void assert_all_steps(void)
{
	struct command_result files = closets_exec(
	    &it, CLOSETS_CORE, "tftp", "cat /run/phonelab/log/tftp-http.access /run/phonelab/log/tftp.log");
	struct command_result result;
	char path[512], args[200];

	lab_write(&it.lab, "files", files.out, path);
	command_free(&files);
	snprintf(args, sizeof(args), "--lab %s-closet1 show floor1 power inline", it.lab.name);
	result = closets_run(&it, CLOSETS_1, 20, args);
	assert_int_equal(LINES_WITH(result.out, " on ", "IP Phone"), PHONES);
	command_free(&result);
	snprintf(args, sizeof(args), "--lab %s-core show dist mac address-table", it.lab.name);
	result = closets_run(&it, CLOSETS_CORE, 20, args);
	assert_int_equal(LINES_WITH(result.out, "110 ", "0011.22", "Te1/1/1"), PHONES);
	command_free(&result);
	assert_int_equal(number_of(closets_exec(&it, CLOSETS_CORE, "dhcp",
						"cat /run/phonelab/dhcp/*leases* | grep -c 00:11:22:aa:bb")),
			 PHONES);
	assert_fetched("CTL.*", "404", "not found");
	assert_fetched("ITLSEP.*", "200", "sent");
	assert_fetched("SEP.*\\.cnf\\.xml.*", "200", "sent");
	assert_fetched("DR.*", "200", "sent");
	assert_fetched("French_France/.*", "200", "sent");
	assert_fetched("SK.*", "200", "sent");
	assert_fetched("Ringlist.*", "200", "sent");
	result = closets_exec(&it, CLOSETS_1, "floor1", "cat /run/phonelab/events.jsonl");
	for (int step = 1; step <= 14; step++) {
		snprintf(args, sizeof(args), "\"step\":%d,\"event\":\"step.done\"", step);
		if (LINES_WITH(result.out, args) < PHONES)
			fail_msg("step %d: %d phones", step, LINES_WITH(result.out, args));
	}
	command_free(&result);
}

static void the_path_of_a_phone(void **state)
{
	struct command_result result;
	char args[200];

	(void)state;
	need_root();
	assert_up(closets_up(&it, 0, 60));
	assert_up(closets_up(&it, 1, 60));
	assert_int_equal(closets_registered_within(&it, 20, PHONES, 0), PHONES);
	assert_all_steps();
	/* Large frames travelled in fragments, and the switch said so once. */
	result = command_sh(5, "ip netns exec %s-closet1 nstat -asz | awk '/IpReasmOKs/ { print $2 }'",
			    it.lab.name);
	assert_true(atoi(result.out) > 0);
	command_free(&result);
	snprintf(args, sizeof(args), "--lab %s-closet1 exec floor1 -- cat /run/phonelab/log/floor1.log",
		 it.lab.name);
	result = closets_run(&it, 1, 20, args);
	assert_int_equal(LINES_WITH(result.out, "the MTU of the route to the peer is 1450"), 1);
	command_free(&result);
}

/* Secure phones write it, and they are in core, which has no phones here. */
static void a_key_log_is_where_secure_phones_are(void **state)
{
	static const char *const texts[] = {
	    "the phones write the key log, and core has no phones",
	    "the phones of closet closet1 write no key log; secure phones are in core"};

	(void)state;
	need_root();
	for (int side = 0; side < it.sides; side++) {
		struct command_result result;
		char args[400], text[200];

		snprintf(args, sizeof(args), "--lab %s-%s capture %s --key-log -c 1 -w %s/secret.pcapng",
			 it.lab.name, closets_names[side], closets_switches[side], it.lab.dir);
		result = closets_run(&it, side, 20, args);
		snprintf(text, sizeof(text), "phonelab: capture: --key-log: %s\n", texts[side]);
		assert_string_equal(result.err, text);
		assert_int_equal(result.status, 2);
		command_free(&result);
	}
}

/* `render --closets` writes what the parts of the lab have in their run directories. */
static void rendered_files_are_those_of_the_parts(void **state)
{
	static const char *const files[CLOSETS_MOST] = {"switches/dist.json", "switches/floor1.json"};
	struct command_result result;
	char args[1400], path[600];

	(void)state;
	need_root();
	snprintf(args, sizeof(args), "render --closets %s/parts --phones %d --name %s %s", it.lab.dir,
		 it.phones, it.lab.name, it.file);
	assert_up(closets_run(&it, CLOSETS_CORE, 30, args));
	for (int side = 0; side < it.sides; side++) {
		snprintf(args, sizeof(args), "cat /run/phonelab/%s", files[side]);
		result = closets_exec(&it, side, closets_switches[side], args);
		assert_non_null(strstr(result.out, "\"vni\""));
		lab_write(&it.lab, "running.json", result.out, path);
		command_free(&result);
		assert_up(command_sh(10, "cmp %s %s/parts/%s/%s", path, it.lab.dir, closets_names[side],
				     files[side]));
	}
	/* The servers are in core only, and each closet has its own phones. */
	assert_up(command_sh(
	    10,
	    "cd %s/parts && test -d core/tftp && test ! -e closet1/tftp/root && "
	    "for n in 1 2; do [ $(jq '.phones | length' closet$n/phones/rack.json) = %d ] || exit 1; done",
	    it.lab.dir, PHONES));
}

/* Each side may be restarted: core has then another device table, and closet1 finds it by itself. */
static void restarts_in_both_orders(void **state)
{
	long since;

	(void)state;
	need_root();
	closets_down(&it, 1);
	since = closets_next_second();
	assert_int_equal(closets_registered_since(&it, since), 0);
	assert_up(closets_up(&it, 1, 60));
	assert_int_equal(closets_registered_within(&it, 20, PHONES, since), PHONES);
	closets_down(&it, 0);
	since = closets_next_second();
	assert_up(closets_up(&it, 0, 60));
	assert_int_equal(closets_registered_within(&it, 150, PHONES, since), PHONES);
}

static void what_is_rejected(void **state)
{
	static const struct {
		const char *args, *text;
	} cases[] = {
	    {"up --closet closet3", "unknown closet \"closet3\"; expected one of core, closet1, closet2"},
	    {"up --closet closet2", "found a secret of 0 octets for the keepalives of trunks"},
	    {"up", "which a whole lab on one machine does not have"},
	};

	(void)state;
	need_root();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct command_result result;

		if (!strcmp(cases[i].args, "up"))
			result =
			    command_sh(60,
				       "sed 's/{to: dist,/{to: dist, over: udp,/' %s >%s/udp.yaml; %s up -d "
				       "--name %s-x %s/udp.yaml",
				       it.file, it.lab.dir, it.bin, it.lab.name, it.lab.dir);
		else
			result = command_sh(60, "%s %s -d --name %s-x --timeout 5 %s", it.bin, cases[i].args,
					    it.lab.name, it.file);
		assert_int_not_equal(result.status, 0);
		if (!strstr(result.err, cases[i].text))
			print_error("%s: %s", cases[i].args, result.err);
		assert_non_null(strstr(result.err, cases[i].text));
		command_free(&result);
	}
}

/* --- the console --- */

static pid_t keepers[2], console;

/* The site without closet2, a CA with three certificates, and an exercise of this topology. */
static void write_site(void)
{
	struct command_result made = command_sh(
	    60,
	    "set -e; cd %s; sed '/- name: floor2/,/to: dist/d; /closet2/d; /switch: floor2/d' campus.yaml "
	    ">two.yaml\n"
	    "new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
	    "openssl req -x509 $new -keyout ca.key -out ca.pem -subj /CN=ca -days 30\n"
	    "for n in core closet1 console; do openssl req $new -keyout $n.key -out $n.csr -subj /CN=$n\n"
	    "  openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $n.crt -days 30\n"
	    "  cat $n.crt $n.key >$n.pem; done\n"
	    "cat >mine.yaml <<END\n"
	    "exercises:\n"
	    "  - id: moved-port\n"
	    "    title: After the move\n"
	    "    level: 2\n"
	    "    topology: %s/two.yaml\n"
	    "    story: One phone has had no number since the move.\n"
	    "    tools: [status, show, configure]\n"
	    "    variants:\n"
	    "      - faults:\n"
	    "          - fault: no-voice-vlan\n"
	    "            phone: \"4001\"\n"
	    "            component: [\"{port}\"]\n"
	    "            cause: [voice vlan]\n"
	    "    explanation: The port did not announce the voice VLAN.\n"
	    "END",
	    it.lab.dir, it.lab.dir);

	if (made.status)
		fail_msg("%s%s", made.out, made.err);
	command_free(&made);
}

static void start_site(void)
{
	char args[600];

	for (int side = 0; side < 2; side++) {
		snprintf(args, sizeof(args),
			 "keeper %s-%s --listen-tls 10.77.0.%d:7420 --ca ca.pem --certificate %s.pem",
			 it.lab.name, closets_names[side], side + 1, closets_names[side]);
		keepers[side] = closets_start(&it, side, closets_names[side], args);
	}
	snprintf(
	    args, sizeof(args),
	    "console --topology two.yaml --phones 4 --name %s-site --ca ca.pem --certificate console.pem "
	    "--closet core=10.77.0.1 --closet closet1=10.77.0.2",
	    it.lab.name);
	console = closets_start(&it, 0, "console", args);
}

static void end_site(void)
{
	if (console)
		command_kill(console);
	for (int side = 0; side < 2; side++)
		if (keepers[side])
			command_kill(keepers[side]);
}

/* A command at the console has this exit status, and prints that text. */
static bool is_said(int want, const char *text, const char *args, bool fails)
{
	struct command_result result;
	char line[900];
	bool good;

	snprintf(line, sizeof(line), "--lab %s-site %s", it.lab.name, args);
	result = closets_run(&it, 0, 200, line);
	good = result.status == want && (strstr(result.out, text) || strstr(result.err, text));
	if (!good && fails)
		fail_msg("%s: status %d: %s%s", args, result.status, result.out, result.err);
	command_free(&result);
	return good;
}

static void site_says(int want, const char *text, const char *args)
{
	is_said(want, text, args, true);
}

static void the_console_joins_both(void **state)
{
	char whole[600];
	pid_t closet1;
	int n = 0;

	(void)state;
	need_root();
	closets_down(&it, 1);
	closets_down(&it, 0);
	write_site();
	snprintf(whole, sizeof(whole), "%s", it.file);
	snprintf(it.file, sizeof(it.file), "%s/two.yaml", it.lab.dir);
	it.phones = 4;
	closet1 = closets_up_start(&it, 1, 60); /* before core */
	assert_up(closets_up(&it, 0, 60));
	assert_int_equal(command_wait(closet1, 60), 0);
	snprintf(it.file, sizeof(it.file), "%s", whole);
	assert_int_equal(closets_registered_within(&it, 20, 4, 0), 4);
	start_site();
	while (!is_said(0, "SEP001122AABB04  registered", "status", n++ == 600))
		poll(NULL, 0, 100);
}

/* What needs the machine of the closet, or a socket that the console cannot pass on. */
static void what_the_console_refuses(void **state)
{
	(void)state;
	need_root();
	site_says(2, "floor1 is in closet closet1: run this command on the machine of that closet",
		  "attach-nic floor1:Gi1/0/30 eth0");
	site_says(2, "dhcp is in closet core: run this command on the machine of that closet",
		  "attach dhcp -- true");
	site_says(0, "applied", "fault add register-403 --phone 4001");
	site_says(4, "cannot be read through the console", "fault proof register-403 --phone 4001");
	site_says(0, "cleared", "fault clear all");
	site_says(0, "applied", "fault add no-voice-vlan --phone 4001");
	site_says(0, "active", "fault proof no-voice-vlan --phone 4001");
	site_says(0, "cleared", "fault clear all");
}

/* The fault is in the closet of the phone, and the console holds the exercise. */
static void an_exercise_at_the_console(void **state)
{
	char args[300];
	int n = 0;

	(void)state;
	need_root();
	site_says(2, "does not have the topology office", "exercise start no-address");
	snprintf(args, sizeof(args), "exercise start %s/mine.yaml --seed 1", it.lab.dir);
	/* The lab is healthy again after the last fault. */
	while (!is_said(0, "After the move", args, n++ == 600))
		poll(NULL, 0, 100);
	site_says(2, "refuses why", "why 4001");
	site_says(4, "this lab is an exercise", "fault ls --active");
	site_says(1, "not passed", "exercise check --component Gi1/0/1 --cause 'voice vlan' --timeout 1");
	site_says(0, "", "configure floor1 'interface Gi1/0/1' 'switchport voice vlan 110'");
	site_says(0, "passed: 95 of 100",
		  "exercise check --component Gi1/0/1 --cause 'voice vlan' --timeout 60");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_path_of_a_phone),
	    cmocka_unit_test(a_key_log_is_where_secure_phones_are),
	    cmocka_unit_test(rendered_files_are_those_of_the_parts),
	    cmocka_unit_test(restarts_in_both_orders),
	    cmocka_unit_test(what_is_rejected),
	    cmocka_unit_test(the_console_joins_both),
	    cmocka_unit_test(what_the_console_refuses),
	    cmocka_unit_test(an_exercise_at_the_console),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
