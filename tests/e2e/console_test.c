/*
 * One lab of closets for its user: two labs, a keeper for each and a console between them, over TLS on the loopback interface. The
 * judge of the certificates is openssl, that of captures is tshark; that a command has reached the closet is seen in the closet's
 * own lab.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/lab.h"

#define CORE_PHONE   "SEP001122AABB01"
#define CLOSET_PHONE "SEP001122AABB02"
#define TRIES	     600 /* every 100 ms: to end a test that hangs */

enum { CORE, CLOSET1, CLOSETS };
static const char *const names[CLOSETS] = {"core", "closet1"};

/* Both labs have the addresses of the site. The lab of the closet has servers of its own, which the console does not ask. */
#define PART                                                                                                 \
	"vlans:\n"                                                                                           \
	"  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"                                                \
	"switches:\n%s"                                                                                      \
	"%s"                                                                                                 \
	"servers:\n"                                                                                         \
	"  - {name: dhcp, kind: dhcp}\n"                                                                     \
	"  - {name: tftp, kind: tftp}\n"                                                                     \
	"cluster:\n"                                                                                         \
	"  nodes: [{name: cucm}]\n"                                                                          \
	"phones:\n%s"
static const char dist[] = "  - {name: dist, voice_vlan: 110}\n";
static const char floor1[] = "  - {name: floor1, voice_vlan: 110}\n";
static const char phone1[] = "  - {model: 7841, mac: \"00:11:22:aa:bb:01\", line: 2001, switch: dist}\n";
static const char phone2[] = "  - {model: 7841, mac: \"00:11:22:aa:bb:02\", line: 2002, switch: floor1}\n";

static struct {
	struct lab lab[CLOSETS], site; /* site: the name of the console's lab */
	pid_t keeper[CLOSETS], console;
	int port[CLOSETS];
	char bin[512], dir[256], log[CLOSETS + 1][300];
} it;

/* --- certificates --- */

/* A CA in a folder, and a certificate with its key for each name in NAME.pem. */
static void make_certificates(const char *folder, const char *words)
{
	struct command_result made = command_sh(
	    60,
	    "set -e; mkdir -p '%s/%s'; cd '%s/%s'; new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';"
	    "openssl req -x509 $new -keyout ca.key -out ca.pem -subj /CN=ca -days 30;"
	    "for n in %s; do openssl req $new -keyout $n.key -out $n.csr -subj /CN=$n;"
	    "echo subjectAltName=DNS:$n >$n.ext;"
	    "openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $n.crt -days 30 "
	    "-extfile $n.ext;"
	    "cat $n.crt $n.key >$n.pem; done",
	    it.dir, folder, it.dir, folder, words);

	if (made.status)
		fail_msg("openssl: %s%s", made.out, made.err);
	command_free(&made);
}

static const char *file(const char *name, char path[400])
{
	snprintf(path, 400, "%s/%s", it.dir, name);
	return path;
}

/* --- processes --- */

static int free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void start_keeper(int i, const char *certificate)
{
	char listen[40], ca[400], own[400];
	const char *argv[] = {it.bin,
			      "keeper",
			      it.lab[i].name,
			      "--listen-tls",
			      listen,
			      "--ca",
			      file("pki/ca.pem", ca),
			      "--certificate",
			      file(certificate, own),
			      NULL};

	snprintf(listen, sizeof(listen), "127.0.0.1:%d", it.port[i]);
	it.keeper[i] = command_start(argv, it.log[i]);
}

static void stop_keeper(int i)
{
	command_kill(it.keeper[i]);
	it.keeper[i] = 0;
}

static void start_console(void)
{
	char topology[400], ca[400], own[400], place[CLOSETS][60];
	const char *argv[] = {it.bin,
			      "console",
			      "--topology",
			      file("site.yaml", topology),
			      "--name",
			      it.site.name,
			      "--ca",
			      file("pki/ca.pem", ca),
			      "--certificate",
			      file("pki/console.pem", own),
			      "--closet",
			      place[0],
			      "--closet",
			      place[1],
			      NULL};

	for (int i = 0; i < CLOSETS; i++)
		snprintf(place[i], sizeof(place[i]), "%s=127.0.0.1:%d", names[i], it.port[i]);
	it.console = command_start(argv, it.log[CLOSETS]);
}

static void write_topology(const char *name, const char *switches, const char *closets, const char *phones)
{
	char text[2048], path[400];
	FILE *out;

	snprintf(text, sizeof(text), PART, switches, closets, phones);
	out = fopen(file(name, path), "we");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

/* --- questions --- */

/* The console's status, also when a closet is not reached. NULL: it does not reply. */
static json_t *site_status(void)
{
	struct command_result status =
	    command_run(30, (const char *[]){it.bin, "status", it.site.name, "--json", NULL});
	json_t *object = json_loads(status.out, 0, NULL);

	command_free(&status);
	return object;
}

static json_t *entry(json_t *status, const char *list, const char *name)
{
	json_t *one;
	size_t i;

	json_array_foreach (json_object_get(status, list), i, one)
		if (!strcmp(member(one, "name"), name))
			return one;
	fail_msg("%s is not in %s", name, list);
	return NULL;
}

/* Wait until the console reaches the closet, or does not reach it for a reason with that text. */
static void wait_until(int i, bool reached, const char *reason)
{
	char last[400] = "no status";

	for (int n = 0; n < TRIES; n++) {
		json_t *status = site_status(), *closet = status ? entry(status, "closets", names[i]) : NULL;
		bool right = closet && json_is_true(json_object_get(closet, "reached")) == reached &&
			     (!reason || strstr(member(closet, "reason"), reason));

		if (closet)
			snprintf(last, sizeof(last), "reached %d, reason %s",
				 json_is_true(json_object_get(closet, "reached")), member(closet, "reason"));
		json_decref(status);
		if (right)
			return;
		poll(NULL, 0, 100);
	}
	fail_msg("%s: %s, not %s with \"%s\"", names[i], last, reached ? "reached" : "unreached",
		 reason ? reason : "");
}

/* A command for that lab has this exit status, and prints (either way) that text. */
static void says(const struct lab *lab, int want, const char *text, const char *words)
{
	struct command_result result = command_sh(120, "'%s' --lab %s %s", it.bin, lab->name, words);

	if (result.status != want)
		fail_msg("%s: status %d, not %d: %s%s", words, result.status, want, result.out, result.err);
	if (text && !strstr(result.out, text) && !strstr(result.err, text))
		fail_msg("%s prints nothing of \"%s\": %s%s", words, text, result.out, result.err);
	command_free(&result);
}

static bool log_has(int i, const char *text)
{
	struct command_result found = command_run(30, (const char *[]){"grep", "-qF", text, it.log[i], NULL});
	bool yes = !found.status;

	command_free(&found);
	return yes;
}

/* --- the whole --- */

static int begin(void **state)
{
	struct command_result made;
	char path[400];

	(void)state;
	lab_begin(&it.site, "console-site");
	lab_bin("phonelab", it.bin);
	snprintf(it.dir, sizeof(it.dir), "%s", it.site.dir);
	setenv("LARGE", file("large", path), 1);
	setenv("SITE", it.dir, 1);
	make_certificates("pki", "core closet1 console");
	make_certificates("other", "closet1 console");
	made = command_sh(20, "head -c 1000000 /dev/zero >'%s'", path);
	command_free(&made);
	write_topology("core.yaml", dist, "", phone1);
	write_topology("closet1.yaml", floor1, "", phone2);
	write_topology("site.yaml",
		       "  - {name: dist, voice_vlan: 110}\n"
		       "  - {name: floor1, voice_vlan: 110, uplinks: [{to: dist}]}\n",
		       "closets:\n  - {name: closet1, switches: [floor1]}\n",
		       "  - {model: 7841, mac: \"00:11:22:aa:bb:01\", line: 2001, switch: dist}\n"
		       "  - {model: 7841, mac: \"00:11:22:aa:bb:02\", line: 2002, switch: floor1}\n");
	for (int i = 0; i < CLOSETS; i++) {
		char name[40];

		snprintf(name, sizeof(name), "console-%s", names[i]);
		lab_begin(&it.lab[i], name);
		it.port[i] = free_port();
		snprintf(it.log[i], sizeof(it.log[i]), "%s/keeper-%s.log", it.dir, names[i]);
		snprintf(name, sizeof(name), "%s.yaml", names[i]);
		if (lab_up(&it.lab[i], file(name, path), false, 60, NULL, 0))
			return -1;
		snprintf(name, sizeof(name), "pki/%s.pem", names[i]);
		start_keeper(i, name);
	}
	snprintf(it.log[CLOSETS], sizeof(it.log[0]), "%s/console.log", it.dir);
	start_console();
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (it.console)
		command_kill(it.console);
	for (int i = 0; i < CLOSETS; i++) {
		if (it.keeper[i])
			stop_keeper(i);
		lab_end(&it.lab[i]);
	}
	lab_end(&it.site);
	return 0;
}

/* --- tests --- */

static void test_status_is_of_one_lab(void **state)
{
	json_t *status;

	(void)state;
	wait_until(CORE, true, NULL);
	wait_until(CLOSET1, true, NULL);
	status = site_status();
	assert_string_equal(member(status, "lab"), it.site.name);
	assert_int_equal(json_array_size(json_object_get(status, "phones")), 2);
	assert_string_equal(member(status_phone(status, CORE_PHONE), "state"), "registered");
	/* It is registered in its own lab. The table of core does not have it, and that counts. */
	assert_string_equal(member(status_phone(status, CLOSET_PHONE), "state"), "claims-registered");
	assert_string_equal(member(status_phone(status, CLOSET_PHONE), "closet"), "closet1");
	assert_string_equal(member(entry(status, "switches", "floor1"), "closet"), "closet1");
	json_decref(status);
	says(&it.site, 0, "floor1: PoE 3.6 of", "status");
}

static void test_commands_reach_the_closet(void **state)
{
	char text[200];

	(void)state;
	says(&it.site, 0, "Gi1/0/1", "show floor1 power inline");
	says(&it.site, 0, "dist", "show dist running-config");
	says(&it.site, 0, "ITL installed", "messages 2002");
	says(&it.site, 0, "running", "service dhcp status");
	snprintf(text, sizeof(text), "cucm: lab %s has no certificates", it.lab[CORE].name);
	says(&it.site, 2, text, "cucm renew tvs"); /* the call managers and their keys are in core */
	says(&it.site, 0, "10.110.0.", "exec 2002 -- ip -4 -br addr show eth0.110");
	says(&it.site, 0, "eth0", "exec dhcp -- ip -br link");
	says(&it.site, 7, NULL, "exec 2002 -- sh -c 'exit 7'");
	/* Many words, words that are not UTF-8, and too many. */
	says(&it.site, 0, "1500 1500", "exec 2002 -- sh -c 'echo $# ${1500}' - $(seq 1500)");
	says(&it.site, 0, "c3 ff 0a", "exec 2002 -- printf '%s\\n' \"$(printf '\\303\\377')\" | od -An -tx1");
	says(&it.site, 2, "too long for a closet", "exec 2002 -- echo $(seq 20000)");
	says(&it.site, 2, "unknown phone", "messages 2077");
	/* Standard input, output and error, with more octets than a window. */
	says(&it.site, 0, "1000000",
	     "exec floor1 -- sh -c 'head -c 1000000 /dev/zero; echo err >&2' 2>/dev/null | wc -c");
	says(&it.site, 0, "err",
	     "exec floor1 -- sh -c 'head -c 100 /dev/zero; echo err >&2' 2>&1 >/dev/null");
	says(&it.site, 0, "done 1000000", "exec 2002 -- sh -c 'echo done $(wc -c)' <\"$LARGE\"");
	says(&it.site, 0, "1000000", "exec 2002 -- cat <\"$LARGE\" | wc -c"); /* output while input comes */
}

/* Longer than any time limit for a line of the protocol that is reasonable: neither a program nor a reader has to hurry. */
#define PAUSE_S "35"

static void test_programs_and_readers_may_pause(void **state)
{
	struct command_result result;

	(void)state;
	result = command_sh(
	    300,
	    "'%s' --lab %s exec floor1 -- head -c 2000000 /dev/zero | (sleep " PAUSE_S "; wc -c) & "
	    "'%s' --lab %s exec 2002 -- sh -c 'sleep " PAUSE_S "; echo taken $(wc -c)' <\"$LARGE\"; wait",
	    it.bin, it.site.name, it.bin, it.site.name);
	if (!strstr(result.out, "2000000") || !strstr(result.out, "taken 1000000"))
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	command_free(&result);
}

/* A program of the closet, known by its argument: it has a PID namespace of its own. */
static bool runs(const char *seconds)
{
	struct command_result found = command_sh(30, "pgrep -fx 'sleep %s'", seconds);
	bool yes = !found.status;

	command_free(&found);
	return yes;
}

static void wait_until_it_runs(const char *seconds, bool wanted)
{
	for (int n = 0; n < TRIES; n++) {
		if (runs(seconds) == wanted)
			return;
		poll(NULL, 0, 100);
	}
	fail_msg("the program of the closet %s", wanted ? "has not started" : "still runs");
}

/* Run a program in the closet that reads none of its endless input, and wait until the input fills what it can. */
static pid_t start_deaf_program(char seconds[40])
{
	static int number;
	char line[900], log[400];
	const char *argv[] = {"sh", "-c", line, NULL};
	pid_t client;

	snprintf(seconds, 40, "1000.%d%d", (int)getpid(), ++number);
	snprintf(line, sizeof(line), "exec '%s' --lab %s exec 2002 -- sleep %s </dev/zero", it.bin,
		 it.site.name, seconds);
	client = command_start(argv, file("deaf.log", log));
	wait_until_it_runs(seconds, true);
	poll(NULL, 0, 1000);
	assert_true(runs(seconds));
	return client;
}

static void test_a_signal_does_not_wait_behind_input(void **state)
{
	char seconds[40];
	pid_t client = start_deaf_program(seconds);

	(void)state;
	assert_int_equal(kill(client, SIGINT), 0);
	assert_int_equal(command_wait(client, 20), 130); /* by SIGINT */
	wait_until_it_runs(seconds, false);
}

static void test_a_program_ends_with_the_console(void **state)
{
	char seconds[40];
	pid_t client = start_deaf_program(seconds);

	(void)state;
	command_kill(it.console);
	wait_until_it_runs(seconds, false);
	assert_int_equal(command_wait(client, 20), 4);
	start_console();
	wait_until(CORE, true, NULL);
	wait_until(CLOSET1, true, NULL);
}

static void test_a_fault_is_held_by_its_closet(void **state)
{
	(void)state;
	says(&it.site, 0, "applied", "fault add no-voice-vlan --phone 2002");
	says(&it.site, 0, CLOSET_PHONE, "fault ls --active");
	says(&it.lab[CLOSET1], 0, CLOSET_PHONE, "fault ls --active");
	says(&it.lab[CORE], 0, "no fault is active", "fault ls --active");
	says(&it.lab[CLOSET1], 0, "no switchport voice vlan",
	     "show floor1 running-config | sed -n '/Gi.*1.0.1$/,/!/p' | "
	     "grep -q 'voice vlan' || echo no switchport voice vlan");
	says(&it.site, 0, "cleared", "fault clear no-voice-vlan");
	says(&it.lab[CLOSET1], 0, "no fault is active", "fault ls --active");
	/* The servers are in core. */
	says(&it.site, 0, "applied", "fault add dhcp-no-option-150");
	says(&it.lab[CORE], 0, "dhcp-no-option-150", "fault ls --active");
	says(&it.lab[CLOSET1], 0, "no fault is active", "fault ls --active");
	says(&it.site, 0, "cleared", "fault clear");
	says(&it.lab[CORE], 0, "no fault is active", "fault ls --active");
	says(&it.site, 2, "no active fault", "fault clear 99");
	says(&it.site, 2, "unknown phone", "fault add no-voice-vlan --phone 2077");
	says(&it.site, 2, "unknown fault", "fault add no-such-fault --phone 2002");
}

static void test_why_knows_the_phone_of_the_closet(void **state)
{
	(void)state;
	says(&it.site, 0, "healthy", "why 2001");
	says(&it.site, 0, NULL, "unplug 2002");
	says(&it.site, 1, "step 1, power", "why 2002");
	says(&it.lab[CLOSET1], 1, "step 1, power", "why 2002");
	says(&it.site, 0, NULL, "plug 2002");
	for (int n = 0; n < TRIES; n++) {
		json_t *status = lab_status(&it.lab[CLOSET1]);
		bool registered = !strcmp(member(status_phone(status, CLOSET_PHONE), "state"), "registered");

		json_decref(status);
		if (registered)
			return;
		poll(NULL, 0, 100);
	}
	fail_msg("the phone is not registered again");
}

/* The phone sends while it boots; the capture ends after five frames. tshark reads them. */
static void test_a_capture_comes_back(void **state)
{
	char path[400], words[2000];

	(void)state;
	snprintf(words, sizeof(words),
		 "capture floor1:Gi1/0/1 -c 5 -w %s & '%s' --lab %s reset 2002; wait $!; echo frames: "
		 "$(tshark -r %s | wc -l).",
		 file("frames.pcapng", path), it.bin, it.lab[CLOSET1].name, path);
	says(&it.site, 0, "frames: 5.", words);
}

/* The events of a lab so far are in a file. */
static void keep_events(const struct lab *lab, const char *name)
{
	struct command_result kept =
	    command_sh(60, "'%s' --lab %s events --json >'%s/%s'", it.bin, lab->name, it.dir, name);

	assert_int_equal(kept.status, 0);
	command_free(&kept);
}

/* Does the console have the events of the closet so far, in their order? */
static bool has_events(int i)
{
	struct command_result same;
	bool yes;

	keep_events(&it.lab[i], "own.events");
	keep_events(&it.site, "site.events");
	same = command_sh(60,
			  "cd '%s'; n=$(wc -l <own.events); [ $n -gt 40 ] || exit 2;"
			  "sed -n 's/^{\"closet\":\"%s\",/{/p' site.events | head -n $n | cmp - own.events",
			  it.dir, names[i]);
	yes = !same.status;
	if (same.status == 2)
		fail_msg("%s has no events to compare", names[i]);
	command_free(&same);
	return yes;
}

/* Every event has its closet, and those of a closet are in its order. */
static void test_events_keep_the_order_of_their_closet(void **state)
{
	(void)state;
	for (int i = 0; i < CLOSETS; i++) {
		int n = 0;

		while (!has_events(i) && n++ < TRIES)
			poll(NULL, 0, 100);
		if (n > TRIES)
			fail_msg("%s/site.events has not the events of %s", it.dir, names[i]);
	}
	keep_events(&it.site, "site.events");
	says(&it.site, 0, "all have one",
	     "events --json >/dev/null; cd \"$SITE\"; [ -s site.events ] && "
	     "! grep -vE '^\\{\"closet\":\"(core|closet1)\",' site.events && echo all have one");
}

/* How many events of the closet, in these two files, the console does not have; or has twice. */
static int wrong_events(const char *of_the_closet)
{
	struct command_result count;
	int wrong;

	keep_events(&it.site, "site.events");
	count = command_sh(
	    60,
	    "cd '%s'; sed -n 's/^{\"closet\":\"closet1\",/{/p' site.events | sort >all; cat %s | sort >own;"
	    "comm -13 all own >wrong; uniq -d all >>wrong; wc -l <wrong",
	    it.dir, of_the_closet);
	wrong = atoi(count.out);
	command_free(&count);
	return wrong;
}

/* A lab that is started again has another file of events, which may be longer than the first one. */
static void test_no_event_is_lost_or_doubled_after_a_restart(void **state)
{
	char path[400];
	int wrong = -1;

	(void)state;
	keep_events(&it.lab[CLOSET1], "first");
	lab_down(&it.lab[CLOSET1]);
	assert_int_equal(lab_up(&it.lab[CLOSET1], file("closet1.yaml", path), false, 60, NULL, 0), 0);
	wait_until(CLOSET1, true, NULL);
	for (int n = 0; n < TRIES && wrong; n++) {
		poll(NULL, 0, 100);
		keep_events(&it.lab[CLOSET1], "second");
		wrong = wrong_events("first second");
	}
	if (wrong)
		fail_msg("%d events are lost or doubled; see %s/wrong", wrong, it.dir);
	says(&it.site, 0, "all have one",
	     "events --json >/dev/null; cd \"$SITE\"; [ -s all ] && ! grep -v '^{\"t\":' all && echo all "
	     "have one");
}

static void test_collect_has_all_closets(void **state)
{
	static const char *const parts[] = {CLOSET_PHONE, CORE_PHONE, "log/floor1.log", "log/dist.log",
					    "log/dhcp.log"};
	char path[400], words[500];
	struct command_result list;

	(void)state;
	snprintf(words, sizeof(words), "collect -o %s", file("all.tgz", path));
	says(&it.site, 0, NULL, words);
	list = command_run(60, (const char *[]){"tar", "tzf", path, NULL});
	assert_int_equal(list.status, 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strstr(list.out, parts[i]))
			fail_msg("the bundle has no %s: %s", parts[i], list.out);
	assert_null(strstr(list.out, ".key\n"));
	command_free(&list);
}

/* A file of the run directory of the console; `what` is a test of the shell for $f. */
static void site_file(const char *name, const char *what)
{
	struct command_result test =
	    command_sh(30, "f='/proc/%d/root/run/phonelab/%s'; %s || { ls -l \"$f\" >&2; false; }",
		       (int)it.console, name, what);

	if (test.status)
		fail_msg("%s: not so: %s: %s", name, what, test.err);
	command_free(&test);
}

/* A line of a shell in the run directory of a closet. */
static void in_closet(int i, const char *node, const char *line)
{
	struct command_result done = lab_exec(&it.lab[i], node, "cd /run/phonelab && %s", line);

	if (done.status)
		fail_msg("%s: %s%s", line, done.out, done.err);
	command_free(&done);
}

/* Whatever reads files copies them first, here `collect`. */
static void copy_files(int status, const char *printed)
{
	char path[400], words[500];

	snprintf(words, sizeof(words), "collect -o %s", file("copy.tgz", path));
	says(&it.site, status, printed, words);
}

static void test_files_of_the_console_are_those_of_the_closets(void **state)
{
	(void)state;
	in_closet(CORE, "dhcp",
		  "echo one >tftp/root/x && echo one >tftp/root/x.new && chmod 640 tftp/root/x && "
		  "ln -s x tftp/root/link && ln -s /etc/passwd tftp/root/away && mkdir tftp/root/folder && "
		  "echo first >log/dhcp.old.log && head -c 70000000 /dev/zero >tftp/root/huge");
	in_closet(CLOSET1, "floor1", "echo one >log/floor1.x");
	/* A command that was killed has left this. */
	site_file("closets/copy.part", "echo half >\"$f\"");
	copy_files(0, "core: files that were not copied: 2");
	site_file("tftp/root/x", "[ \"$(cat \"$f\")$(stat -c %a \"$f\")\" = one640 ]");
	site_file("tftp/root/x.new", "[ -f \"$f\" ]");
	site_file("tftp/root/link", "[ \"$(readlink \"$f\")\" = x ]");
	site_file("tftp/root/away", "[ ! -L \"$f\" ]");
	site_file("tftp/root/folder", "[ -d \"$f\" ]");
	site_file("tftp/root/huge", "[ ! -e \"$f\" ]");
	site_file("log/floor1.x", "[ -f \"$f\" ]");
	site_file("closets/copy.part", "[ ! -e \"$f\" ]");
	/* A log that was begun again and is longer, a changed mode, a link in place of a file, and what is removed. */
	in_closet(
	    CORE, "dhcp",
	    "rm tftp/root/x.new tftp/root/huge tftp/root/away tftp/root/link && rmdir tftp/root/folder && "
	    "chmod 0 tftp/root/x && ln -s x tftp/root/x.new && echo second one >log/dhcp.old.log");
	in_closet(CLOSET1, "floor1", "rm log/floor1.x");
	copy_files(0, NULL);
	site_file("tftp/root/x", "[ \"$(stat -c %a \"$f\")\" = 0 ]");
	site_file("tftp/root/x.new", "[ \"$(readlink \"$f\")\" = x ]");
	site_file("tftp/root/link", "[ ! -e \"$f\" ]");
	site_file("tftp/root/folder", "[ ! -e \"$f\" ]");
	site_file("log/dhcp.old.log", "[ \"$(cat \"$f\")\" = 'second one' ]");
	site_file("log/floor1.x", "[ ! -e \"$f\" ]");
	/* The console's own files stay. */
	site_file("events.jsonl", "[ -s \"$f\" ]");
	site_file("closets.json", "[ -s \"$f\" ]");
	in_closet(CORE, "dhcp", "rm -f tftp/root/x tftp/root/x.new log/dhcp.old.log");
	says(&it.site, 0, "healthy", "why 2001");
}

static void test_private_keys_stay_in_their_closet(void **state)
{
	(void)state;
	in_closet(CORE, "dhcp",
		  "[ -s keys/signer.key ] && mkdir -p keys/phones phones/flash/x && echo k "
		  ">keys/phones/x.mic.pem && "
		  "echo k >keys/tls.log && echo k >phones/flash/x/lsc-key");
	copy_files(0, NULL);
	site_file("keys/signer.crt", "[ -s \"$f\" ]");
	site_file(
	    "",
	    "[ -z \"$(find \"$f\" -name '*.key' -o -name '*.pem' -o -name 'lsc-key*' -o -name tls.log)\" ]");
	site_file("", "! grep -rlE 'PRIVATE KEY' --include='*' -D skip \"$f\"");
	in_closet(CORE, "dhcp", "rm -r keys/phones/x.mic.pem keys/tls.log phones/flash/x");
}

static void test_a_stopped_keeper_is_silent_and_comes_back(void **state)
{
	json_t *status;

	(void)state;
	kill(it.keeper[CLOSET1], SIGSTOP);
	wait_until(CLOSET1, false, "its lab does not answer");
	status = site_status();
	assert_true(json_is_true(json_object_get(status_phone(status, CLOSET_PHONE), "old")));
	assert_true(json_is_true(json_object_get(entry(status, "switches", "floor1"), "old")));
	assert_null(json_object_get(status_phone(status, CORE_PHONE), "old"));
	assert_true(member_int(json_object_get(entry(status, "switches", "floor1"), "poe"), "used_mw") > 0);
	json_decref(status);
	says(&it.site, 4, "floor1: PoE 3.6 of", "status");
	says(&it.site, 4, "closet1: not reached for", "status");
	says(&it.site, 2, "closet1: not reached for", "show floor1 version");
	says(&it.site, 4, "closet1: not reached for", "exec 2002 -- true");
	says(&it.site, 2, "closet1: not reached for", "fault add no-voice-vlan --phone 2002");
	says(&it.site, 0, "the faults of closet1 are not listed", "fault ls --active");
	says(&it.site, 0, "dist", "show dist running-config");
	says(&it.site, 0, "healthy", "why 2001");
	kill(it.keeper[CLOSET1], SIGCONT);
	wait_until(CLOSET1, true, NULL);
	says(&it.site, 0, "Gi1/0/1", "show floor1 power inline");
}

static void test_only_the_right_certificate_is_a_closet(void **state)
{
	(void)state;
	stop_keeper(CLOSET1);
	wait_until(CLOSET1, false, "refused");
	start_keeper(CLOSET1, "pki/core.pem"); /* that of another closet */
	wait_until(CLOSET1, false, "the certificate does not name \"closet1\"");
	stop_keeper(CLOSET1);
	start_keeper(CLOSET1, "other/closet1.pem"); /* that of another CA */
	wait_until(CLOSET1, false, "the certificate is not accepted");
	stop_keeper(CLOSET1);
	start_keeper(CLOSET1, "pki/closet1.pem");
	wait_until(CLOSET1, true, NULL);
}

/* What openssl reports of a connection with these arguments. */
static void openssl_sees(const char *text, const char *arguments)
{
	struct command_result client =
	    command_sh(60, "cd '%s'; (sleep 1; echo x) | openssl s_client -connect 127.0.0.1:%d %s 2>&1",
		       it.dir, it.port[CLOSET1], arguments);

	if (!strstr(client.out, text))
		fail_msg("%s: nothing of \"%s\": %s", arguments, text, client.out);
	command_free(&client);
}

static void test_strangers_are_refused(void **state)
{
	struct command_result raw;

	(void)state;
	openssl_sees(
	    "Verify return code: 0 (ok)",
	    "-CAfile pki/ca.pem -verify_hostname closet1 -cert pki/console.pem -key pki/console.pem");
	openssl_sees("alert", "-CAfile pki/ca.pem");
	openssl_sees("alert", "-CAfile pki/ca.pem -cert other/console.pem -key other/console.pem");
	openssl_sees("alert", "-CAfile pki/ca.pem -cert pki/core.pem -key pki/core.pem"); /* no console */
	openssl_sees("alert", "-tls1_1");
	raw = command_sh(60, "curl -s -m 20 http://127.0.0.1:%d/", it.port[CLOSET1]);
	assert_int_not_equal(raw.status, 0);
	command_free(&raw);
	assert_true(log_has(CLOSET1, "a connection was not accepted"));
	wait_until(CLOSET1, true, NULL);
}

/* More silent strangers than a keeper serves: the console gets through. */
static void test_silent_strangers_do_not_keep_the_console_out(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fds[20];

	(void)state;
	address.sin_port = htons((uint16_t)it.port[CLOSET1]);
	for (int i = 0; i < 20; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
	}
	command_kill(it.console);
	start_console();
	wait_until(CLOSET1, true, NULL);
	for (int i = 0; i < 20; i++)
		close(fds[i]);
}

/* What the health check of a container runs, in the run directory of the console. */
static int health(void)
{
	struct command_result check =
	    command_sh(60, "nsenter -t %d %s -m '%s' node keeper:1 --check --alive", (int)it.console,
		       geteuid() ? "-U --preserve-credentials" : "", it.bin);
	int status = check.status;

	command_free(&check);
	return status;
}

/* A console that does not answer has its sockets still, and a closet that does not answer is no fault of the console. */
static void test_the_health_check_asks_the_console(void **state)
{
	(void)state;
	assert_int_equal(health(), 0);
	kill(it.keeper[CLOSET1], SIGSTOP);
	assert_int_equal(health(), 0);
	kill(it.keeper[CLOSET1], SIGCONT);
	kill(it.console, SIGSTOP);
	assert_int_equal(health(), 1);
	kill(it.console, SIGCONT);
	assert_int_equal(health(), 0);
	wait_until(CLOSET1, true, NULL);
}

/* The console passes on only the requests that core answers for all closets. */
static void test_other_requests_are_not_passed_on(void **state)
{
	struct command_result result;

	(void)state;
	result = command_sh(60,
			    "printf '{\"do\":\"release\"}\n' | nsenter -t %d %s -m timeout 10 python3 -c '"
			    "import socket, sys\n"
			    "s = socket.socket(socket.AF_UNIX)\n"
			    "s.connect(\"/run/phonelab/lab.sock\")\n"
			    "s.sendall(sys.stdin.buffer.read())\n"
			    "print(s.recv(65536).decode())'",
			    (int)it.console, geteuid() ? "-U --preserve-credentials" : "");
	if (!strstr(result.out, "unknown request \\\"release\\\""))
		fail_msg("%s%s", result.out, result.err);
	command_free(&result);
}

static void test_wrong_usage(void **state)
{
	char words[900];

	(void)state;
	says(&it.site, 2, "expected a phone, or --topology", "console");
	snprintf(words, sizeof(words), "console --topology %s/core.yaml", it.dir);
	says(&it.site, 2, "the topology has no closets", words);
	snprintf(words, sizeof(words), "console --topology %s/site.yaml --closet closet7=h", it.dir);
	says(&it.site, 2, "closets of the topology: closet1, core", words);
	snprintf(words, sizeof(words), "console --topology %s/site.yaml --closet closet1", it.dir);
	says(&it.site, 2, "expected NAME=HOST[:PORT]", words);
	snprintf(words, sizeof(words), "console --topology %s/site.yaml --ca %s/none.pem", it.dir, it.dir);
	says(&it.site, 2, "none.pem: No such file", words);
	snprintf(words, sizeof(words),
		 "console --topology %s/site.yaml --ca %s/site.yaml --certificate %s/pki/ca.pem", it.dir,
		 it.dir, it.dir);
	says(&it.site, 2, "site.yaml: no certificate of a CA", words);
	snprintf(words, sizeof(words),
		 "keeper --listen-tls 127.0.0.1:%d --ca %s/pki/ca.pem --certificate %s/pki/ca.pem",
		 it.port[CORE], it.dir, it.dir);
	says(&it.lab[CORE], 2, "ca.pem: no key of this certificate", words);
	snprintf(words, sizeof(words),
		 "keeper --listen-tls 127.0.0.1:%d --ca %s/pki/ca.pem --certificate %s/pki/core.pem",
		 it.port[CORE], it.dir, it.dir);
	says(&it.lab[CORE], 2, "in use", words);
	snprintf(words, sizeof(words),
		 "keeper --listen-tls nowhere:1 --ca %s/pki/ca.pem --certificate %s/pki/core.pem", it.dir,
		 it.dir);
	says(&it.lab[CORE], 2, "IPv4 or IPv6 address", words);
}

static void test_down_ends_the_console_and_nothing_else(void **state)
{
	(void)state;
	says(&it.site, 0, NULL, "down");
	assert_int_equal(command_wait(it.console, 20), 0);
	it.console = 0;
	says(&it.lab[CLOSET1], 0, "registered", "status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_status_is_of_one_lab),
	    cmocka_unit_test(test_commands_reach_the_closet),
	    cmocka_unit_test(test_programs_and_readers_may_pause),
	    cmocka_unit_test(test_a_signal_does_not_wait_behind_input),
	    cmocka_unit_test(test_a_program_ends_with_the_console),
	    cmocka_unit_test(test_a_fault_is_held_by_its_closet),
	    cmocka_unit_test(test_why_knows_the_phone_of_the_closet),
	    cmocka_unit_test(test_a_capture_comes_back),
	    cmocka_unit_test(test_events_keep_the_order_of_their_closet),
	    cmocka_unit_test(test_no_event_is_lost_or_doubled_after_a_restart),
	    cmocka_unit_test(test_collect_has_all_closets),
	    cmocka_unit_test(test_files_of_the_console_are_those_of_the_closets),
	    cmocka_unit_test(test_private_keys_stay_in_their_closet),
	    cmocka_unit_test(test_a_stopped_keeper_is_silent_and_comes_back),
	    cmocka_unit_test(test_only_the_right_certificate_is_a_closet),
	    cmocka_unit_test(test_strangers_are_refused),
	    cmocka_unit_test(test_silent_strangers_do_not_keep_the_console_out),
	    cmocka_unit_test(test_the_health_check_asks_the_console),
	    cmocka_unit_test(test_other_requests_are_not_passed_on),
	    cmocka_unit_test(test_wrong_usage),
	    cmocka_unit_test(test_down_ends_the_console_and_nothing_else),
	};

	return cmocka_run_group_tests_name("console", tests, begin, end);
}
