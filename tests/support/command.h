#ifndef TESTS_SUPPORT_COMMAND_H
#define TESTS_SUPPORT_COMMAND_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Limits of time are there to end a test that hangs, never to judge how fast the machine is: callers state what is
 * generous on an idle machine, and every wait of tests/support lasts up to PATIENCE times as long.
 */
#define PATIENCE 6

/* What a command said and how it ended. Both texts are NUL-terminated; free with command_free. */
struct command_result {
	int status; /* exit status; 128 + signal; -1 when the time passed */
	char *out;
	size_t out_length;
	char *err;
	size_t err_len;
	double seconds;
};

/* Run argv (found by PATH) with no standard input, for up to PATIENCE * timeout_s seconds, after which its process
 * group is killed. Aborts the test process only when fork or memory fails. */
struct command_result command_run(int timeout_s, const char *const argv[]);

/* The same through `sh -c` of a printf-formatted line. */
struct command_result command_sh(int timeout_s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Start argv in a process group of its own with its output appended to the file log (NULL: /dev/null). */
pid_t command_start(const char *const argv[], const char *log);

/* Wait up to PATIENCE * timeout_s seconds for a started command; its status as above, or -1 (still running). */
int command_wait(pid_t pid, int timeout_s);

/* SIGKILL to the process group of a started command, and reap it. */
void command_kill(pid_t pid);

void command_free(struct command_result *result);

#endif
