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
 * tagged sub-interface where the kernel cannot, and plugs in again with backoff when the switch closes.
 * Driven by a poll loop with the time passed in.
 */
struct session;

/* A line for people, such as "plugged into sw1 Gi1/0/48 as eth0". */
typedef void session_report_fn(void *arg, const char *line);

/* options are borrowed. */
int session_new(struct session **session, const char *node, const struct cable_plug_options *options,
		session_report_fn *report, void *arg, struct fail *fail);

/* Unplug the cable; NULL is legal. */
void session_free(struct session *session);

#define SESSION_FDS 3

/* Fill in the descriptors to poll (up to SESSION_FDS) and return their number. */
unsigned session_poll(const struct session *session, struct pollfd *fds);

/* The latest time of the next call of session_step (microseconds); UINT64_MAX: when a descriptor is ready. */
uint64_t session_due(const struct session *session);

/* Do the next work: read, connect, configure. -ECONNREFUSED if the switch refuses for good and the
 * cable was never plugged in; -EPIPE if replug is false and the switch closed; -EPERM and others if this
 * machine does not permit it. */
int session_step(struct session *session, uint64_t now_us, bool replug, struct fail *fail);

/* Report a change of a link in this namespace. */
void session_link(struct session *session, const struct monitor_link *link);

/* Plugged in, configured, and the link is up. */
bool session_ready(const struct session *session);

/* What the session waits for, as text for people. */
const char *session_waits_for(const struct session *session);

#endif
