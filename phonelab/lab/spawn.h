#ifndef PHONELAB_LAB_SPAWN_H
#define PHONELAB_LAB_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"

/* The one way to start a process. The new process has standard input from /dev/null, an empty signal mask and no
 * signal handlers of its parent, and receives SIGKILL when its parent dies. A zeroed struct means: no output, the
 * process group, session and network namespace of the parent. */
struct spawn_options {
	const char *name; /* in messages; NULL: argv[0] */
	const char *log;  /* a file, to which standard output and standard error are appended */
	int output; /* without log: the descriptor for standard output; 0: /dev/null; STDOUT_FILENO: inherit */
	int error;  /* the same for standard error */
	int input;  /* the descriptor for standard input; 0: /dev/null, or inherit it with foreground */
	bool foreground; /* inherit standard input and ignored signals: a program at a terminal */
	bool group;   /* a process group of its own: the process and its children receive SIGKILL together */
	bool session; /* a session of its own: the terminal's signals do not reach it */
	bool outlive; /* the process does not die with its parent */
	int netns;    /* the network namespace to enter; 0 or -1: that of the parent */
	const char *directory;		/* working directory; NULL: that of the parent */
	const char *const *environment; /* further variables, "NAME=TEXT", NULL at the end; NULL: none */
	const int *inherit;		/* descriptors that the process keeps; NULL: none */
	size_t inherit_count;
	bool drop_file_rights; /* root's right to ignore file permissions (CAP_DAC_*) is removed */
	bool drop_ambient;     /* all ambient capabilities are removed */
};

/* Start a program (execvp). Returns its pid, or a negative errno with the reason. A program that cannot be run
 * prints the reason to its standard error and exits with status SPAWN_MISSING (no such program) or 126. */
#define SPAWN_MISSING 127
pid_t spawn_program(const struct spawn_options *options, char *const *argv, struct fail *fail);

/* Run a function in a forked process; what it returns is the exit status. Ignored signals stay ignored. */
typedef int spawn_fn(void *arg);
pid_t spawn_function(const struct spawn_options *options, spawn_fn *run, void *arg, struct fail *fail);

/* Wait up to timeout_ms (-1: without a limit) for the process to exit. True: it has exited and was reaped; *status
 * (may be NULL) is that of waitpid, 0 if something else reaped it. */
bool spawn_wait(pid_t pid, int timeout_ms, int *status);

/* Send a signal. With group, SIGKILL is sent to the whole process group, and SIGTERM also resumes a paused group,
 * because a paused process does not handle SIGTERM. */
void spawn_signal(pid_t pid, bool group, int number);

/* End a process: send the signal, send SIGKILL after timeout_ms, wait until it has exited; with group, kill the
 * rest of its process group. Returns the status of waitpid. */
int spawn_end(pid_t pid, bool group, int number, int timeout_ms);

/* The exit status as a shell reports it: the status of the process, or 128 + the signal that killed it. */
int spawn_exit_status(int status);

/* "exited with status 3" or "was killed by signal 9 (Killed)"; returns text. */
const char *spawn_describe(int status, char *text, size_t size);

#endif
