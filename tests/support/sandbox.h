#ifndef TESTS_SUPPORT_SANDBOX_H
#define TESTS_SUPPORT_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Run a whole test program in fresh namespaces, so that it leaves nothing whatever happens: a child in new
 * mount, PID and network namespaces (and a user namespace when not root), with an own tmpfs on /run and /tmp.
 * Use in main():
 *
 *     int main(void) { return sandbox_run(tests_of_this_file, 60); }
 *
 * sandbox_run forks, runs tests() in the sandbox as uid 0, bounds it to PATIENCE * seconds (SIGKILL and a message after
 * that), and gives its exit status. When the machine cannot make namespaces it says why as one skipped test
 * (TAP) and gives 0.
 */
int sandbox_run(int (*tests)(void), unsigned seconds);

/* A child process with everything it printed. */
struct sandbox_child {
	pid_t pid;
	int out; /* the read end of its standard output and error, or -1 */
};

/* Start argv (NULL-terminated, found by PATH), in the network namespace ns (-1: ours), dying with us. Gives
 * back false, and says why, when it cannot. */
bool sandbox_spawn(struct sandbox_child *child, int ns, const char *const argv[]);

/* Wait until it ends, up to PATIENCE * milliseconds; its exit status, 128 + signal, or -1 when it still runs. Reads
 * along what it prints into text (may be NULL; always terminated, cut at size). */
int sandbox_wait(struct sandbox_child *child, int milliseconds, char *text, size_t size);

/* Read what it prints until needle was printed, up to PATIENCE * milliseconds. */
bool sandbox_wait_text(struct sandbox_child *child, int milliseconds, const char *needle);

/* Send a signal. */
void sandbox_signal(struct sandbox_child *child, int signal);

/* End it (SIGKILL), reap it, close the descriptor; legal on one that ended. */
void sandbox_end(struct sandbox_child *child);

/* Start, wait, end: the exit status as sandbox_wait. */
int sandbox_command(int ns, int milliseconds, char *text, size_t size, const char *const argv[]);

/* Call done(arg) every few milliseconds until it says true; false after PATIENCE * milliseconds. For conditions that the
 * kernel has no event for. */
bool sandbox_until(int milliseconds, bool (*done)(void *arg), void *arg);

/* Is the program in /usr/sbin, for this user? If not, the reason is printed: skip the test. */
bool sandbox_has(const char *program);

/* The same of lldpd and lldpcli. lldpd changes to a user of its own, so it also needs more than one uid. */
bool sandbox_has_lldpd(void);

/* Take a capability (CAP_NET_RAW ..) out of the effective set of this thread, or put it back. */
void sandbox_capability(int capability, bool effective);

/* How many descriptors this process has open, after those that are being closed. */
unsigned sandbox_open_files(void);

/* The path of a program of this build (build/bin/NAME of the build that the test belongs to), in a static
 * buffer. */
const char *sandbox_program(const char *name);

#endif
