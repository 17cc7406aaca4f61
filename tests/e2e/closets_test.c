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
#include <time.h>
#include <unistd.h>

#include "tests/support/lab.h"

#define PHONES 8 /* in closet1 */

static struct lab lab; /* its folder and name */
static char bin[512], file[600];
static const char *const sides[] = {"core", "closet1"};
static int phones = 2 * PHONES; /* of the whole lab */

static void netns_name(int side, char text[80])
{
	snprintf(text, 80, "%s-%s", lab.name, sides[side]);
}

static int make_network(void)
{
	struct command_result made =
	    command_sh(10,
		       "set -e; a=%s-core b=%s-closet1; ip netns add $a; ip netns add $b\n"
		       "ip -n $a link add eth0 mtu 1450 type veth peer name eth0 mtu 1450 netns $b\n"
		       "for n in $a $b; do ip -n $n link set lo up; ip -n $n link set eth0 up; done\n"
		       "ip -n $a addr add 10.77.0.1/24 dev eth0; ip -n $b addr add 10.77.0.2/24 dev eth0",
		       lab.name, lab.name);
	int status = made.status;

	command_free(&made);
	return status;
}

static void remove_network(void)
{
	struct command_result removed =
	    command_sh(10, "ip netns del %s-core; ip netns del %s-closet1", lab.name, lab.name);

	command_free(&removed);
}

/* topologies/campus.yaml with the address of core. */
static int write_files(void)
{
	struct command_result made = command_sh(
	    10,
	    "sed 's/^  - {name: closet1, /  - {name: core, address: 10.77.0.1}\\n&/' topologies/campus.yaml "
	    ">%s && grep -c 'name: core,' %s && echo 'secret of this test' >%s/secret",
	    file, file, lab.dir);
	int status = made.status;

	command_free(&made);
	return status;
}

/* `phonelab ARGS` in the namespace of that side. */
static struct command_result in_side(int side, int timeout_s, const char *args)
{
	char netns[80];

	netns_name(side, netns);
	return command_sh(timeout_s, "export PHONELAB_TRUNK_SECRET_FILE=%s/secret; ip netns exec %s %s %s",
			  lab.dir, netns, bin, args);
}

static struct command_result up(int side, int timeout_s)
{
	char args[1000];

	snprintf(args, sizeof(args), "up -d --closet %s --name %s-%s --phones %d --timeout %d %s",
		 sides[side], lab.name, sides[side], phones, timeout_s, file);
	return in_side(side, timeout_s + 30, args);
}

static void down(int side)
{
	struct command_result result;
	char args[200];

	snprintf(args, sizeof(args), "down %s-%s", lab.name, sides[side]);
	result = in_side(side, 30, args);
	command_free(&result);
}

/* A line of a shell in a node of core. */
static struct command_result in_core(const char *node, const char *line)
{
	char args[600];

	snprintf(args, sizeof(args), "--lab %s-core exec %s -- sh -c \"%s\"", lab.name, node, line);
	return in_side(0, 20, args);
}

static int number_of(struct command_result result)
{
	int n = atoi(result.out);

	command_free(&result);
	return n;
}

/* Contacts in the location table that were written since then (seconds since 1970). An old one stays there until it expires. */
static int registered_since(long since)
{
	struct command_result table =
	    in_core("cucm-pub", "kamcmd -s unixs:/run/phonelab/cucm/cucm-pub/ctl ul.dump");
	static const char key[] = "Last-Modified:";
	int n = 0;

	for (const char *at = table.out; (at = strstr(at, key)); at += sizeof(key) - 1)
		n += strtol(at + sizeof(key) - 1 + strspn(at + sizeof(key) - 1, ": "), NULL, 10) >= since;
	command_free(&table);
	return n;
}

static int registered_within(int seconds, int wanted, long since)
{
	int n = registered_since(since);

	for (int waited = 0; n != wanted && waited < seconds * PATIENCE * 5; waited++) {
		poll(NULL, 0, 200);
		n = registered_since(since);
	}
	return n;
}

/* A second in which no phone that is gone now has registered. */
static long next_second(void)
{
	long second = time(NULL) + 1;

	while (time(NULL) < second)
		poll(NULL, 0, 50);
	return second;
}

static void end_site(void);

static int begin(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	lab_begin(&lab, "closets");
	lab_bin("phonelab", bin);
	snprintf(file, sizeof(file), "%s/campus.yaml", lab.dir);
	return make_network() || write_files();
}

static int end(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	end_site();
	down(1);
	down(0);
	remove_network();
	lab_end(&lab);
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

static void the_path_of_a_phone(void **state)
{
	struct command_result result;
	char args[200];

	(void)state;
	need_root();
	assert_up(up(0, 60));
	assert_up(up(1, 60));
	assert_int_equal(registered_within(20, PHONES, 0), PHONES);
	/* Each phone has a lease and has fetched its files. */
	assert_int_equal(
	    number_of(in_core("dhcp", "cat /run/phonelab/dhcp/*leases* | grep -c 00:11:22:aa:bb")), PHONES);
	assert_int_equal(number_of(in_core("tftp", "grep -o 'GET /SEP001122AABB0..cnf.xml' "
						   "/run/phonelab/log/tftp-http.access | sort -u | wc -l")),
			 PHONES);
	/* Large frames travelled in fragments, and the switch said so once. */
	result =
	    command_sh(5, "ip netns exec %s-closet1 nstat -asz | awk '/IpReasmOKs/ { print $2 }'", lab.name);
	assert_true(atoi(result.out) > 0);
	command_free(&result);
	snprintf(args, sizeof(args), "--lab %s-closet1 exec floor1 -- cat /run/phonelab/log/floor1.log",
		 lab.name);
	result = in_side(1, 20, args);
	assert_int_equal(LINES_WITH(result.out, "the MTU of the route to the peer is 1450"), 1);
	command_free(&result);
}

/* Each side may be restarted: core has then another device table, and closet1 finds it by itself. */
static void restarts_in_both_orders(void **state)
{
	long since;

	(void)state;
	need_root();
	down(1);
	since = next_second();
	assert_int_equal(registered_since(since), 0);
	assert_up(up(1, 60));
	assert_int_equal(registered_within(20, PHONES, since), PHONES);
	down(0);
	since = next_second();
	assert_up(up(0, 60));
	assert_int_equal(registered_within(150, PHONES, since), PHONES);
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
				       file, lab.dir, bin, lab.name, lab.dir);
		else
			result = command_sh(60, "%s %s -d --name %s-x --timeout 5 %s", bin, cases[i].args,
					    lab.name, file);
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
	    lab.dir, lab.dir);

	if (made.status)
		fail_msg("%s%s", made.out, made.err);
	command_free(&made);
}

/* A program of phonelab that goes on, in the namespace of that side. */
static pid_t start(int side, const char *log, const char *args)
{
	char netns[80], line[2000], path[400];
	const char *argv[] = {"sh", "-c", line, NULL};

	netns_name(side, netns);
	snprintf(line, sizeof(line), "cd %s && exec ip netns exec %s %s %s", lab.dir, netns, bin, args);
	snprintf(path, sizeof(path), "%s/%s", lab.dir, log);
	return command_start(argv, path);
}

static void start_site(void)
{
	char args[600];

	for (int side = 0; side < 2; side++) {
		snprintf(args, sizeof(args),
			 "keeper %s-%s --listen-tls 10.77.0.%d:7420 --ca ca.pem --certificate %s.pem",
			 lab.name, sides[side], side + 1, sides[side]);
		keepers[side] = start(side, sides[side], args);
	}
	snprintf(
	    args, sizeof(args),
	    "console --topology two.yaml --phones 4 --name %s-site --ca ca.pem --certificate console.pem "
	    "--closet core=10.77.0.1 --closet closet1=10.77.0.2",
	    lab.name);
	console = start(0, "console", args);
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

	snprintf(line, sizeof(line), "--lab %s-site %s", lab.name, args);
	result = in_side(0, 200, line);
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
	int n = 0;

	(void)state;
	need_root();
	down(1);
	down(0);
	write_site();
	snprintf(whole, sizeof(whole), "%s", file);
	snprintf(file, sizeof(file), "%s/two.yaml", lab.dir);
	phones = 4;
	assert_up(up(0, 60));
	assert_up(up(1, 60));
	snprintf(file, sizeof(file), "%s", whole);
	assert_int_equal(registered_within(20, 4, 0), 4);
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
	snprintf(args, sizeof(args), "exercise start %s/mine.yaml --seed 1", lab.dir);
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
	    cmocka_unit_test(the_path_of_a_phone),	cmocka_unit_test(restarts_in_both_orders),
	    cmocka_unit_test(what_is_rejected),		cmocka_unit_test(the_console_joins_both),
	    cmocka_unit_test(what_the_console_refuses), cmocka_unit_test(an_exercise_at_the_console),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
