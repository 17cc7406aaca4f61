/*
 * An injection leaves nothing behind: for each kind of action of a fault, the supervisor gets SIGKILL in the
 * middle of the action and while the fault is active; also in the middle of a scenario and of the start of an
 * exercise. tests/support/remains.h lists the remains that are searched for.
 *
 * The middle is no matter of luck. The action stands between two copies of FIFOs, and the supervisor reads on
 * only when this test has opened the other end: it is killed once it has passed the first one, and it can
 * never pass the second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/fault/fault.h"
#include "tests/support/lab.h"
#include "tests/support/remains.h"

#define CONFIG "tftp/root/XMLDefault.cnf.xml"
#define LONG_S 20 /* for what takes a moment */

static struct lab lab;
static struct remains remains;
static char phonelab[512];

struct injection {
	const char *action, *proof;
};

#define FILE_ACTION(what, rest, look)                                                                        \
	{                                                                                                    \
		"{do: " what ", file: " CONFIG rest "}", look                                                \
	}

/* An action of each kind, and the check from the outside. A kind without a row does not compile; after the
 * last kind: no action. No check shows the effect of chmod and forget: theirs proves only that the lab
 * runs. */
static struct injection injection(enum fault_do what)
{
	switch (what) {
	case FAULT_DO_CONFIGURE:
		return (struct injection){"{do: configure, lines: ['interface {port}', shutdown], undo: "
					  "['interface {port}', no shutdown]}",
					  "{look: show, at: interfaces status, has: '^{port} .*disabled'}"};
	case FAULT_DO_WIRE:
		return (struct injection){"{do: wire, rule: '{\"direction\":\"in\",\"action\":{\"delay\":"
					  "{\"ms\":60000}}}'}",
					  "{look: rule, at: rules, has: '60000'}"};
	case FAULT_DO_STOP:
		return (struct injection){"{do: stop, service: dhcp}",
					  "{look: process, at: dhcp, has: stopped}"};
	case FAULT_DO_KILL:
		return (struct injection){"{do: kill, service: call-managers}",
					  "{look: process, at: cucm, has: stopped}"};
	case FAULT_DO_PAUSE:
		return (struct injection){"{do: pause, service: cucm}",
					  "{look: process, at: cucm, has: paused}"};
	case FAULT_DO_RESTART:
		return (struct injection){"{do: restart, service: cucm}",
					  "{look: process, at: cucm, has: running}"};
	case FAULT_DO_EDIT:
		return (struct injection)FILE_ACTION("edit", ", match: '<Default>', with: '<bad>'",
						     "{look: file, at: " CONFIG ", has: '<bad>'}");
	case FAULT_DO_REMOVE:
		return (struct injection)FILE_ACTION("remove", "",
						     "{look: size, at: " CONFIG ", has: absent}");
	case FAULT_DO_TRUNCATE:
		return (struct injection)FILE_ACTION("truncate", ", bytes: 7",
						     "{look: size, at: " CONFIG ", has: '^7$'}");
	case FAULT_DO_CORRUPT:
		return (struct injection){"{do: corrupt, file: 'phones/flash/{phone}/bank0/*.sbn', bytes: 4}",
					  "{look: damage, at: 'phones/flash/{phone}/bank0', has: damaged}"};
	case FAULT_DO_WRITE:
		return (struct injection)FILE_ACTION("write", ", text: nonsense",
						     "{look: file, at: " CONFIG ", has: '^nonsense$'}");
	case FAULT_DO_COPY:
		return (struct injection)FILE_ACTION("copy", ", from: dhcp/dnsmasq.conf",
						     "{look: file, at: " CONFIG ", has: dhcp-option}");
	case FAULT_DO_SIGN:
		return (struct injection){"{do: sign, file: dhcp/dnsmasq.conf}",
					  "{look: signature, at: dhcp/dnsmasq.conf.sgn, has: right}"};
	case FAULT_DO_CERTIFY:
		return (struct injection){"{do: certify, file: keys/signer.crt, validity: expired}",
					  "{look: certificate, at: keys/signer.crt, has: '^expired'}"};
	case FAULT_DO_ESTRANGE:
		return (struct injection){
		    "{do: estrange, file: tftp/root/ITLFile.tlv}",
		    "{look: file, at: tftp/root/ITLFile.tlv, has: ITLRECOVERY_cucm-old}"};
	case FAULT_DO_CHMOD:
		return (struct injection)FILE_ACTION("chmod", ", mode: '000'",
						     "{look: mode, at: " CONFIG ", has: '^000$'}");
	case FAULT_DO_REFUSE:
		return (struct injection){"{do: refuse, code: 503, retry_after: 30}",
					  "{look: order, at: cucm, has: '503'}"};
	case FAULT_DO_FORGET:
		return (struct injection){"{do: forget}", "{look: binding, at: cucm, has: '^unbound'}"};
	case FAULT_DO_SQL:
		return (struct injection){"{do: sql, text: \"DELETE FROM line WHERE device = '{phone}'\"}",
					  "{look: database, at: cucm, lacks: '\"number\"'}"};
	case FAULT_DO_SETTING:
		return (struct injection){"{do: setting, name: auto_registration, text: exhausted}",
					  "{look: setting, at: auto_registration, has: '^cucm=exhausted$'}"};
	case FAULT_DO_PLUG:
		return (struct injection){
		    "{do: plug, node: printer, address: '{spare_address}/{prefix}', "
		    "run: [sleep, '100000']}",
		    "{look: show, at: interfaces status, has: '^{free_port} .*connected'}"};
	case FAULT_DO_UNPLUG:
		return (struct injection){"{do: unplug}",
					  "{look: show, at: interfaces status, has: '^{port} .*notconnect'}"};
	}
	return (struct injection){0};
}

static const char topology[] = "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
			       "cluster:\n  nodes: [{name: cucm}]\n"
			       "phones:\n  - {model: 7841}\n";

/* --- a lab with a fault --- */

static void lab_with_one_phone(void)
{
	char path[512];

	lab_begin(&lab, "killed");
	lab_write(&lab, "one.yaml", topology, path);
	remains_begin(&remains, lab.name);
	assert_int_equal(lab_up(&lab, path, false, 60, NULL, 0), 0);
}

/* The file of one fault; gated: between two FIFOs. */
static void write_fault(enum fault_do what, bool gated, char path[512])
{
	const struct injection it = injection(what);
	char text[2000];

	snprintf(text, sizeof(text),
		 "faults:\n  - id: killed\n    title: One of its kind\n    layer: files\n    step: 7\n"
		 "    scope: phone\n    inject:\n%s      - %s\n%s    proof:\n      - %s\n"
		 "    symptom: {step: 7, state: failed, registered: no, why: x}\n    cause: x\n    find: x\n "
		 "   repair: x\n",
		 gated ? "      - {do: copy, file: behind-1, from: gate-1}\n" : "", it.action,
		 gated ? "      - {do: copy, file: behind-2, from: gate-2}\n" : "", it.proof);
	lab_write(&lab, "fault.yaml", text, path);
}

static void inside(pid_t supervisor, const char *name, char path[256])
{
	snprintf(path, 256, "/proc/%d/root/run/phonelab/%s", (int)supervisor, name);
}

static pid_t the_supervisor(void)
{
	pid_t pid = remains_supervisor(lab.name);

	assert_true(pid > 1);
	return pid;
}

/* Until the supervisor stands before the gate; then it is open. */
static void pass(const char *gate)
{
	uint64_t until = clock_now_us() + PATIENCE * LONG_S * 1000000ull;
	int fd;

	while ((fd = open(gate, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 && errno == ENXIO &&
	       clock_now_us() < until)
		poll(NULL, 0, 1);
	if (fd < 0)
		fail_msg("%s: the supervisor has not come to it: %s", gate, strerror(errno));
	close(fd);
}

static void in_the_middle(void **state)
{
	enum fault_do what = (enum fault_do)(uintptr_t)*state;
	char path[512], gate[2][256], log[600];
	pid_t supervisor, add;

	lab_with_one_phone();
	supervisor = the_supervisor();
	for (int i = 0; i < 2; i++) {
		inside(supervisor, i ? "gate-2" : "gate-1", gate[i]);
		assert_return_code(mkfifo(gate[i], 0600), errno);
	}
	write_fault(what, true, path);
	snprintf(log, sizeof(log), "%s/add.log", lab.dir);
	add = command_start((const char *[]){phonelab, "--lab", lab.name, "fault", "add", path, NULL}, log);
	pass(gate[0]);
	remains_note(&remains);
	assert_return_code(kill(supervisor, SIGKILL), errno);
	/* The command received no reply. */
	assert_true(command_wait(add, LONG_S) > 0);
	remains_none(&remains, "in the middle");
}

static void in_place(void **state)
{
	enum fault_do what = (enum fault_do)(uintptr_t)*state;
	struct command_result result;
	pid_t outer = 0;
	char path[512];

	lab_with_one_phone();
	write_fault(what, false, path);
	for (int i = 0; i < 2; i++) {
		result = lab_command(&lab, "fault %s %s", i ? "proof" : "add", path);
		if (result.status)
			fail_msg("status %d: %s", result.status, result.err);
		command_free(&result);
	}
	outer = remains_outer(the_supervisor());
	assert_true(outer > 1);
	remains_note(&remains);
	/* The one that a person would find as `phonelab up`. */
	assert_return_code(kill(outer, SIGKILL), errno);
	remains_none(&remains, "in place");
}

/* --- scenarios and exercises --- */

static pid_t wait_for_supervisor(void)
{
	uint64_t until = clock_now_us() + PATIENCE * LONG_S * 1000000ull;
	pid_t pid;

	while (!(pid = remains_supervisor(lab.name))) {
		if (clock_now_us() > until)
			fail_msg("%s: there is no such lab", lab.name);
		poll(NULL, 0, 2);
	}
	return pid;
}

/* Until a shell command succeeds. */
static void wait_for(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void wait_for(const char *format, ...)
{
	char command[600];
	struct command_result result;
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	result = command_sh(LONG_S, "until %s; do sleep 0.02; done", command);
	if (result.status)
		fail_msg("has not come true: %s", command);
	command_free(&result);
}

static const char scenario[] =
    "topology: one.yaml\nlasts: 50s\ntimeline:\n"
    "  - when: {registered: yes}\n"
    "    do: [{add_fault: {id: duplicate-address}}, {add_fault: {id: register-403}}]\n"
    "expect:\n  - never: {event: nothing}\n";

/* `phonelab test` is killed while its lab starts, and while faults are active. */
static void a_scenario(void **state)
{
	bool running = *state;
	char path[512];
	pid_t test;

	lab_begin(&lab, "test");
	lab_write(&lab, "one.yaml", topology, path);
	lab_write(&lab, "long.yaml", scenario, path);
	remains_begin(&remains, lab.name);
	test = command_start((const char *[]){phonelab, "test", path, NULL}, NULL);
	/* The names of its labs: see phonelab/scenario/schedule.c. */
	snprintf(lab.name, sizeof(lab.name), "test-%d-1", (int)test);
	wait_for_supervisor();
	if (running)
		wait_for("'%s' --lab %s fault ls --active 2>/dev/null | grep -q register-403", phonelab,
			 lab.name);
	remains_note(&remains);
	assert_return_code(kill(test, SIGKILL), errno);
	assert_int_equal(command_wait(test, 5), 128 + SIGKILL);
	remains_none(&remains, running ? "with faults in place" : "while its lab started");
}

/* The supervisor is killed while `exercise start` brings its lab up, and when it waits for the symptom. */
static void an_exercise(void **state)
{
	bool injected = *state;
	pid_t start, supervisor;
	int status;

	lab_begin(&lab, "exercise");
	remains_begin(&remains, lab.name);
	start = command_start((const char *[]){phonelab, "exercise", "start", "two-tickets", "--seed", "1",
					       "--name", lab.name, NULL},
			      NULL);
	supervisor = wait_for_supervisor();
	/* All phones are reset after the faults are applied; no reply contains the faults. */
	if (injected)
		wait_for("grep -qs -- '--reset-->' /proc/%d/root/run/phonelab/events.jsonl", (int)supervisor);
	remains_note(&remains);
	assert_return_code(kill(supervisor, SIGKILL), errno);
	/* It has ended; well, if it had seen the symptom by then. */
	status = command_wait(start, LONG_S);
	assert_true(injected ? status >= 0 : status > 0);
	remains_none(&remains, injected ? "with a fault in place" : "while its lab started");
}

static int end(void **state)
{
	(void)state;
	lab.running = remains_supervisor(lab.name) > 0;
	lab_end(&lab);
	return 0;
}

int main(void)
{
	static char names[64][64];
	struct CMUnitTest tests[68];
	size_t n = 0;

	lab_bin("phonelab", phonelab);
	remains_init();
	for (int what = 0; injection((enum fault_do)what).action; what++) {
		for (int placed = 0; placed < 2 && n < 64; placed++) {
			snprintf(names[n], sizeof(names[n]), "%s %s", fault_do_names[what],
				 placed ? "in place" : "in the middle");
			tests[n] = (struct CMUnitTest){.name = names[n],
						       .test_func = placed ? in_place : in_the_middle,
						       .teardown_func = end,
						       .initial_state = (void *)(uintptr_t)what};
			n++;
		}
	}
	for (uintptr_t late = 0; late < 2; late++) {
		tests[n++] = (struct CMUnitTest){late ? "a scenario, with faults" : "a scenario, starting",
						 a_scenario, NULL, end, (void *)late};
		tests[n++] = (struct CMUnitTest){late ? "an exercise, with a fault" : "an exercise, starting",
						 an_exercise, NULL, end, (void *)late};
	}
	return _cmocka_run_group_tests("nothing of an injection is left", tests, n, NULL, NULL);
}
