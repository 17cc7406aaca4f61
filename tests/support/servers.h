#ifndef TESTS_SUPPORT_SERVERS_H
#define TESTS_SUPPORT_SERVERS_H

#include "cucm/cucm.h"
#include "tests/support/cucm_plan.h"
#include "tests/support/sandbox.h"

/*
 * The real servers of a sample plan, run inside a sandbox (tests/support/sandbox): the run directory is
 * /run/phonelab and the servers' addresses are on the loopback interface.
 */
#define SERVERS_MAX 12

struct servers {
	struct sample_plan *sample;
	struct cucm_command *commands;
	size_t count;
	struct sandbox_child child[SERVERS_MAX];
	struct fail fail;
};

/* A sample plan of `devices` devices with their addresses; nothing is rendered or runs yet. */
void servers_begin(struct servers *servers, size_t devices);

/* The same with a cluster in mixed mode and at least four devices: 1 is not secure, 2 authenticated, 3 encrypted with a MIC, 4 encrypted
 * with an LSC. */
void servers_begin_mixed(struct servers *servers, size_t devices);

/* Render the plan, start the program of that name (of struct cucm_command) and wait until it is ready. Fails
 * the test with what the program printed when it is not ready in time. Gives the milliseconds from start to
 * ready. */
double servers_start(struct servers *servers, const char *name);

/* The child of that name. */
struct sandbox_child *servers_child(struct servers *servers, const char *name);

/* What is in the file log/NAME ("cucm-pub.log"), "" when it is not there; the caller's to free. */
char *servers_log(const char *name);

/* Wait until that file holds text; fails the test after seconds. */
void servers_printed(const char *log, const char *text, int seconds);

/* Stop one (SIGTERM, then it must end), or all that run and release everything. */
void servers_stop(struct servers *servers, const char *name);
void servers_end(struct servers *servers);

#endif
