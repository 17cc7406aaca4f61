#ifndef CABLE_SESSION_H
#define CABLE_SESSION_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "cable/cable_options.h"
#include "cable/monitor.h"

/*
 * One cable of the `cable` command: plugs the current namespace in, sets addresses and routes, relays a
 * tagged sub-interface where the kernel cannot, and plugs in again with backoff when the switch goes away.
 * Driven by a poll loop with the time passed in.
 */
struct session;

/* A line for people, such as "plugged into sw1 Gi1/0/48 as eth0". */
typedef void session_say_fn(void *arg, const char *line);

/* options are borrowed. */
int session_new(struct session **session, const char *node, const struct cable_plug_options *options,
		session_say_fn *say, void *arg, struct fail *fail);

/* Pull the cable; NULL is legal. */
void session_free(struct session *session);

#define SESSION_FDS 3

/* The descriptors to poll now (at most SESSION_FDS); how many. */
unsigned session_poll(const struct session *session, struct pollfd *fds);

/* When session_step wants to be called again at the latest (microseconds); UINT64_MAX: whenever a descriptor
 * is ready. */
uint64_t session_due(const struct session *session);

/* Do what there is to do: read, connect, configure. -ECONNREFUSED when the switch refuses for good and the
 * cable was never in; -EPIPE when replug is false and the switch went away; -EPERM and others when this
 * machine cannot. */
int session_step(struct session *session, uint64_t now_us, bool replug, struct fail *fail);

/* Tell it of a change of a link in this namespace. */
void session_link(struct session *session, const struct monitor_link *link);

/* Plugged in, configured, and the link is up. */
bool session_ready(const struct session *session);

/* Why it is not ready, for people. */
const char *session_waits_for(const struct session *session);

#endif
