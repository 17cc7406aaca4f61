#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* The standard error of a function that runs in a child, because enabled tokens stay enabled. */
static const char *output_of(void (*run)(void))
{
	static char output[4096];
	size_t used = 0;
	int pipes[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		run();
		fflush(NULL);
		_exit(0);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], output + used, sizeof(output) - 1 - used)) > 0)
		used += (size_t)n;
	output[used] = 0;
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return output;
}

static void every_token(void)
{
	for (int token = 0; token < LOG_TOKENS; token++)
		log_debug((enum log_token)token, "message %d", token);
}

static void by_default(void)
{
	unsetenv("PHONELAB_DEBUG");
	log_begin("program");
	every_token();
	event_base_free(event_base_new());
}

static void test_no_output_by_default(void **state)
{
	(void)state;
	assert_string_equal(output_of(by_default), "");
}

static void two_tokens(void)
{
	struct fail fail;

	log_begin("program");
	if (log_enable("port,cdp", &fail) || !log_enabled(LOG_PORT) || log_enabled(LOG_SIP))
		abort();
	every_token();
}

static void test_enabled_tokens(void **state)
{
	unsigned long seconds, micros;
	char rest[256];

	(void)state;
	assert_int_equal(sscanf(output_of(two_tokens), "%lu.%6lu %255[^\377]", &seconds, &micros, rest), 3);
	assert_non_null(strstr(rest, "cdp: message 1\n"));
	assert_non_null(strstr(rest, " port: message 7\n"));
	assert_int_equal(strchr(strchr(rest, '\n') + 1, '\n')[1], 0); /* two lines */
}

static void all_tokens(void)
{
	struct fail fail;

	if (log_enable("all", &fail))
		abort();
	every_token();
}

static void test_all(void **state)
{
	const char *output = output_of(all_tokens);
	char expected[64];

	(void)state;
	for (int token = 0; token < LOG_TOKENS; token++) {
		assert_non_null(log_token_name((enum log_token)token));
		snprintf(expected, sizeof(expected), " %s: message %d\n",
			 log_token_name((enum log_token)token), token);
		assert_non_null(strstr(output, expected));
	}
}

static void test_unknown_tokens(void **state)
{
	struct fail fail = {0};
	char words[600];

	(void)state;
	assert_int_equal(log_enable("sip,prot", &fail), -EINVAL);
	assert_string_equal(fail.text, "unknown debug token \"prot\"; did you mean \"port\"?");
	assert_false(log_enabled(LOG_SIP)); /* a wrong list enables nothing */
	assert_int_equal(log_enable("everything", &fail), -EINVAL);
	assert_string_equal(
	    fail.text,
	    "unknown debug token \"everything\"; the tokens are all, step, cdp, lldp, dhcp, fetch, "
	    "member, sip, port, panel, forward, fault, netlink, event, control, process");
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = 0;
	assert_int_equal(log_enable(words, &fail), -EINVAL);
	assert_non_null(strstr(fail.text, "longer than"));
	assert_int_equal(log_enable("", &fail), 0);
}

static void from_environment(void)
{
	setenv("PHONELAB_DEBUG", "control,fault", 1);
	log_begin("program");
	every_token();
}

static void wrong_environment(void)
{
	setenv("PHONELAB_DEBUG", "contrl", 1);
	log_begin("program");
	every_token();
}

static void test_environment(void **state)
{
	const char *output = output_of(from_environment);

	(void)state;
	assert_non_null(strstr(output, " control: message"));
	assert_non_null(strstr(output, " fault: message"));
	assert_null(strstr(output, " port: message"));
	assert_string_equal(
	    output_of(wrong_environment),
	    "program: PHONELAB_DEBUG: unknown debug token \"contrl\"; did you mean \"control\"?\n");
}

static void hostile(void)
{
	struct fail fail;

	log_enable("sip", &fail);
	log_debug(LOG_SIP, "%s", "a\x1b[2J\xc2\x9b\n0.0 port: forged");
}

/* A message that quotes a peer is one line and cannot act on the terminal. */
static void test_hostile_text(void **state)
{
	(void)state;
	assert_non_null(strstr(output_of(hostile), " sip: a\\x1b[2J\\u{9b} 0.0 port: forged\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_output_by_default),
	    cmocka_unit_test(test_enabled_tokens),
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_unknown_tokens),
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(test_hostile_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
