/*
 * Faults and the commands of repair in a lab of containers: the contract of one fault for each kind of
 * injection, several at once, with a time, from inside and from the host, a file of the user's own; and what
 * becomes of a fault when its container, or the keeper, is restarted or killed. One lab, A, carries all tests
 * in their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/compose.h"
#include "tests/support/fault_contract.h"

#define PHONES 8
#define ONE    "SEP001122AABB01"
#define TWO    "SEP001122AABB02"

/* `phonelab --lab A LINE` on the host, words split at spaces: its status must be want, and what it prints
 * hold the text. */
static void host(int want, const char *holds, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void host(int want, const char *holds, const char *format, ...)
{
	struct lab lab = {0};
	struct command_result result;
	char line[400];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	snprintf(lab.name, sizeof(lab.name), "%s", now.a);
	result = lab_command(&lab, "%s", line);
	if (result.status != want || (!strstr(result.out, holds) && !strstr(result.err, holds)))
		fail_msg("phonelab %s: status %d, not %d, or no \"%s\":\n%s%s", line, result.status, want,
			 holds, result.out, result.err);
	command_free(&result);
}

/* What `docker compose run --rm phonelab LINE` prints must hold the text. */
static void inside(const char *holds, const char *line)
{
	char *text = compose(now.a, "run --rm -T phonelab %s", line);

	if (!strstr(text, holds))
		fail_msg("phonelab %s: no \"%s\":\n%s", line, holds, text);
	free(text);
}

/* Until `phonelab --lab A LINE` has that status. */
static void when(int want, const char *line, int within_s)
{
	time_t limit = time(NULL) + PATIENCE * within_s;
	struct lab lab = {0};
	int status = -1;

	snprintf(lab.name, sizeof(lab.name), "%s", now.a);
	while (status != want && time(NULL) <= limit) {
		struct command_result result = lab_command(&lab, "%s", line);

		status = result.status;
		command_free(&result);
		usleep(50000);
	}
	if (status != want)
		fail_msg("phonelab %s: status %d, not %d, within %d s", line, status, want, within_s);
}

static void up(void **state)
{
	(void)state;
	compose_need();
	free(compose(now.a, "up -d"));
	compose_healthy(now.a);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

/* One fault for each thing that a fault can do, with the file of the catalogue where it is. */
static const char *const kinds[] = {
    "port-shutdown",	     /* configure */
    "option-150-stripped",   /* wire */
    "dhcp-stopped",	     /* stop */
    "call-managers-crashed", /* kill */
    "tftp-service-hangs",    /* pause */
    "dhcp-no-option-150",    /* edit, restart */
    "config-missing",	     /* remove */
    "itl-truncated",	     /* truncate */
    "itl-forged",	     /* corrupt */
    "ctl-garbage",	     /* write */
    "load-list-damaged",     /* copy, sign */
    "register-503",	     /* refuse */
    "device-deleted",	     /* sql */
    "duplicate-address",     /* plug */
    "cable-unplugged",	     /* unplug */
};

static size_t hits; /* of why */

static void contract_is_kept(void **state)
{
	struct fault_set *set = fault_catalogue();
	const struct fault *fault = fault_find(set, *state);
	struct fault_outcome outcome = {0};
	struct lab lab = {.running = true};

	compose_need();
	assert_non_null(fault);
	snprintf(lab.name, sizeof(lab.name), "%s", now.a);
	fault_contract(&lab, fault, &outcome);
	print_message("%s: %.1f s\n", fault->id, outcome.seconds);
	if (*outcome.wrong)
		fail_msg("%s: %s", fault->id, outcome.wrong);
	assert_true(outcome.done);
	hits += outcome.hit;
	if (!outcome.hit)
		print_message("%s: why names another cause: %s\n", fault->id, outcome.cause);
	fault_set_free(set);
}

/* As in a native lab: nine of ten, for a phone may have helped itself before it is asked why. */
static void causes_are_named(void **state)
{
	(void)state;
	compose_need();
	assert_true(hits * 10 >= sizeof(kinds) / sizeof(kinds[0]) * 9);
}

static void from_inside_as_from_the_host(void **state)
{
	(void)state;
	compose_need();
	inside("applied", "fault add port-shutdown --phone " TWO);
	host(0, "port-shutdown", "fault ls --active");
	host(0, "active", "fault proof port-shutdown --phone " TWO);
	inside("cleared", "fault clear port-shutdown");
	host(0, "cleared", "fault healed port-shutdown --phone " TWO);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

/* Two of them in the same file and on the same program: each is taken back by itself. */
static void several_at_once(void **state)
{
	(void)state;
	compose_need();
	host(0, "applied", "fault add dhcp-no-option-150");
	host(0, "applied", "fault add dhcp-gateway-wrong");
	host(0, "applied", "fault add offers-lost --phone " TWO);
	host(0, "cleared", "fault clear dhcp-no-option-150");
	host(0, "cleared", "fault healed dhcp-no-option-150");
	host(0, "active", "fault proof dhcp-gateway-wrong");
	host(0, "active", "fault proof offers-lost --phone " TWO);
	host(0, "cleared", "fault clear");
	host(0, "cleared", "fault healed dhcp-gateway-wrong");
	host(0, "cleared", "fault healed offers-lost --phone " TWO);
	host(0, "no fault is active", "fault ls --active");
}

static void one_with_a_time_goes_by_itself(void **state)
{
	(void)state;
	compose_need();
	host(0, "applied", "fault add offers-lost --for 9000s --phone " TWO);
	host(0, "active", "fault proof offers-lost --phone " TWO);
	host(0, "cleared", "fault clear");
	host(0, "applied", "fault add offers-lost --for 1s --phone " TWO);
	when(0, "fault healed offers-lost --phone " TWO, 10);
	host(0, "no fault is active", "fault ls --active");
}

/* What a fault of the user's own cannot be without. */
#define REST                                                                                                 \
	"    symptom: {step: 7, state: failed, registered: no, why: x}\n"                                    \
	"    cause: x\n"                                                                                     \
	"    find: x\n"                                                                                      \
	"    repair: x\n"

static const char unreadable[] =
    "faults:\n"
    "  - id: unreadable\n"
    "    title: A file that nobody may read, and a binding that is gone\n"
    "    layer: files\n"
    "    step: 7\n"
    "    scope: phone\n"
    "    inject:\n"
    "      - {do: chmod, file: \"tftp/root/{phone}.cnf.xml\", mode: \"0200\"}\n"
    "      - {do: forget}\n"
    "    proof:\n"
    "      - {look: file, at: \"tftp/root/{phone}.cnf.xml\", lacks: device}\n" REST;
static const char box[] =
    "faults:\n"
    "  - id: toaster\n"
    "    title: Another box\n"
    "    layer: network\n"
    "    step: 7\n"
    "    scope: all\n"
    "    inject:\n"
    "      - {do: plug, node: toaster, run: [sleep, \"1000\"]}\n"
    "    proof:\n"
    "      - {look: show, at: interfaces status, has: \"^{free_port} .*connected\"}\n" REST;

static void write_file(const char *text, char path[60])
{
	int fd;

	snprintf(path, 60, "/tmp/phonelab-fault-XXXXXX.yaml");
	fd = mkstemps(path, 5);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* One on the host, which no container sees; and by standard input. */
static void a_file_of_the_user(void **state)
{
	char path[60], *text;

	(void)state;
	compose_need();
	write_file(unreadable, path);
	host(0, "applied", "fault add %s --phone " TWO, path);
	host(0, "active", "fault proof %s#unreadable --phone " TWO, path);
	host(0, "cleared", "fault clear unreadable");
	host(0, "cleared", "fault healed %s --phone " TWO, path);
	text = compose(now.a, "run --rm -T phonelab fault add /dev/stdin --phone " ONE " <%s", path);
	assert_non_null(strstr(text, "applied"));
	free(text);
	host(0, "cleared", "fault clear");
	host(2, "has no fault \"nothing\"", "fault add %s#nothing", path);
	unlink(path);
	/* A binding that was dropped comes back with the next refresh; a reset does not wait for it. */
	inside(ONE, "reset " ONE);
	inside(TWO, "reset " TWO);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

/* A second box is refused with the reason, and is no trouble once the first is gone. */
static void one_box_at_a_time(void **state)
{
	char path[60];

	(void)state;
	compose_need();
	write_file(box, path);
	host(0, "applied", "fault add duplicate-address --phone " TWO);
	host(2, "printer is plugged in already", "fault add %s", path);
	host(0, "cleared", "fault clear");
	host(0, "applied", "fault add %s", path);
	when(0, "fault clear toaster", 0);
	host(0, "no fault is active", "fault ls --active");
	unlink(path);
}

/* A program that was stopped does not end its container, which is no longer healthy; then it is. */
static void commands_of_repair(void **state)
{
	char *text;

	(void)state;
	compose_need();
	host(0, "dhcp: stopped", "service dhcp stop");
	text = compose_sh(-1, COMPOSE " exec -T dhcp as-phonelab phonelab node --check", now.a, now.command);
	assert_null(strstr(text, "healthy"));
	free(text);
	text = compose_sh(0,
			  "docker ps -q --filter label=com.docker.compose.project=%s --filter "
			  "label=org.phonelab.node=dhcp:1",
			  now.a);
	assert_true(*text);
	free(text);
	inside("dhcp: running", "service dhcp start");
	host(0, "tftp-http: running", "service tftp-http restart");
	host(2, "unknown program \"nobody\"", "service nobody stop");
	inside("", "configure sw1 'interface Gi1/0/2' shutdown");
	host(0, "Gi1/0/2", "show sw1 interfaces status");
	inside("", "configure sw1 'interface Gi1/0/2' 'no shutdown'");
	host(0, "", "unplug " TWO);
	host(0, "active", "fault proof cable-unplugged --phone " TWO);
	inside("", "plug " TWO);
	compose_healthy(now.a);
	json_decref(compose_registered(now.a, PHONES, "cucm-pub", 60));
}

/* --- containers that end with faults in place --- */

/* What is in files stays there, and is read again. */
static void a_fault_outlives_a_restart_of_its_server(void **state)
{
	(void)state;
	compose_need();
	host(0, "applied", "fault add dhcp-no-option-150");
	free(compose(now.a, "restart -t 5 dhcp"));
	compose_healthy(now.a);
	host(0, "active", "fault proof dhcp-no-option-150");
	host(0, "cleared", "fault clear");
	host(0, "cleared", "fault healed dhcp-no-option-150");
}

/* A paused program is continued, so that it receives the signal to end. It runs when its server has
 * booted. */
static void a_paused_program_ends_in_time(void **state)
{
	char *killed;

	(void)state;
	compose_need();
	host(0, "applied", "fault add dhcp-hangs");
	free(compose(now.a, "stop -t 120 dhcp"));
	/* A container that does not end in time is killed and has the status 137. */
	killed = compose_sh(0,
			    "docker ps -aq --filter label=com.docker.compose.project=%s --filter "
			    "label=com.docker.compose.service=dhcp --filter exited=137",
			    now.a);
	assert_string_equal(killed, "");
	free(killed);
	free(compose(now.a, "start dhcp"));
	compose_healthy(now.a);
	host(0, "dhcp: running", "service dhcp status");
	host(0, "cleared", "fault clear");
	host(0, "dhcp: running", "service dhcp status");
}

static void a_keeper_that_ends_takes_its_faults_back(void **state)
{
	(void)state;
	compose_need();
	host(0, "applied", "fault add dhcp-no-option-150");
	host(0, "applied", "fault add offers-lost --phone " TWO);
	free(compose(now.a, "restart -t 10 keeper"));
	compose_healthy(now.a);
	host(0, "no fault is active\n", "fault ls --active");
	host(0, "cleared", "fault healed dhcp-no-option-150");
	host(0, "cleared", "fault healed offers-lost --phone " TWO);
}

/* The lab goes on without the keeper; a command that needs it reports that; the next keeper reports that faults may
 * be left. */
static void a_keeper_that_was_killed(void **state)
{
	(void)state;
	compose_need();
	host(0, "applied", "fault add offers-lost --phone " TWO);
	compose_run("docker kill $(docker ps -q --filter label=com.docker.compose.project=%s --filter "
		    "label=org.phonelab.node=keeper:1)",
		    now.a);
	host(0, ONE, "status %s", now.a);
	host(2, " up -d keeper", "fault add dhcp-stopped");
	free(compose(now.a, "start keeper"));
	compose_healthy(now.a);
	host(0, "was killed while faults were active", "fault ls --active");
	host(0, "active", "fault proof offers-lost --phone " TWO);
}

int main(void)
{
	static struct CMUnitTest tests[32] = {cmocka_unit_test(up)};
	size_t n = 1;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		tests[n++] = (struct CMUnitTest){
		    .name = kinds[i], .test_func = contract_is_kept, .initial_state = (void *)kinds[i]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(causes_are_named);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(from_inside_as_from_the_host);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(several_at_once);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(one_with_a_time_goes_by_itself);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_file_of_the_user);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(one_box_at_a_time);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(commands_of_repair);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_fault_outlives_a_restart_of_its_server);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_paused_program_ends_in_time);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_keeper_that_ends_takes_its_faults_back);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_keeper_that_was_killed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(compose_nothing_is_left);
	return _cmocka_run_group_tests("compose: faults", tests, n, compose_begin, compose_end);
}
