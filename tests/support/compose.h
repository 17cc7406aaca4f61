#ifndef TESTS_SUPPORT_COMPOSE_H
#define TESTS_SUPPORT_COMPOSE_H

#include <jansson.h>
#include <stdlib.h>

/*
 * Labs of containers, as a person has them: through docker compose, docker and the phonelab command. For the
 * tests of tests/compose, which ci/compose-test runs once the images are built. A group has up to two labs, a
 * and b. Other containers may come and go meanwhile.
 */
struct compose_now {
	char command[64];    /* "docker compose" or "docker-compose" */
	char a[40], b[40];   /* names of projects */
	char marks[300];     /* a file: the marks by which a remainder of the labs is recognised */
	const char *missing; /* why nothing can be run here, or NULL */
};

extern struct compose_now now;

/* The beginning of a line of docker compose: printf(COMPOSE " up", project, now.command). The variable does what -p does,
 * and also names the images, in every version of compose. */
#define COMPOSE "COMPOSE_PROJECT_NAME=%s %s -f compose/compose.yaml"

/* Setup and teardown of a group. Labs are taken down whatever happens, even when the test is killed. */
int compose_begin(void **state);
int compose_end(void **state);

/* Skip the test, with the reason printed, where no lab of containers can be. */
void compose_need(void);

/* The last test of a group: lab a is taken down. No container, volume, network, mount, namespace, link or firewall
 * rule with a mark of it is left. Whatever else starts or stops on the machine meanwhile does not count. */
void compose_nothing_is_left(void **state);

/* A line through sh; what it printed (free it). Its exit status must be want (-1: any). */
char *compose_sh(int want, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same when nobody wants to know what it printed. */
#define compose_run(...) free(compose_sh(0, __VA_ARGS__))

/* `docker compose LINE` for the project, with its own talk kept apart; it must succeed. */
char *compose(const char *project, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* `status --json`, asked from inside. */
json_t *compose_status(const char *project);

/* The status once want phones are registered with node (NULL: any), by the word of the phones and of that
 * node's table; within timeout_s. */
json_t *compose_registered(const char *project, size_t want, const char *node, int timeout_s);

/* All containers of the project that run are healthy, within three minutes. */
void compose_healthy(const char *project);

#endif
