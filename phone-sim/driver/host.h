#ifndef PHONE_SIM_DRIVER_HOST_H
#define PHONE_SIM_DRIVER_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "base/event_log.h"
#include "base/fail.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/driver/account.h"
#include "phone-sim/driver/rack_config.h"

struct event_base;
struct host;
struct link_watch;
struct key_maker;
struct tls_shared;

/* What all phones of a process share. */
struct host_shared {
	struct event_base *base;
	struct link_watch *watch;
	struct event_log *log;
	struct account *account;       /* their CPU time */
	struct phone_actions *actions; /* one for all: one call at a time */
	struct tls_shared *tls;
	struct key_maker *keys;
	enum phone_pace pace;
	uint64_t seed;
	const char *flash;  /* root of the banks of flash */
	int vlan_backend;   /* enum rack_vlan_backend */
	bool own_namespace; /* each phone creates one; false: it uses the calling one */
	enum rack_progress progress;
	int64_t wall_clock; /* Unix seconds at monotonic time 0 */
	/* The phone has stopped (host_stop()) and is unplugged: it may be freed, but not within this call. */
	void (*stopped)(void *arg, struct host *host);
	/* The phone is plugged in. May be NULL. */
	void (*plugged)(void *arg, struct host *host);
	/* The panel refused the phone; missing: no panel listens. May be NULL. */
	void (*refused)(void *arg, struct host *host, bool missing, const char *reason);
	void *arg;
};

/* A phone with its driver: core, flash, network port, running transfers, name resolutions and connections. It
 * executes every action of the core and passes every event to the core. */
int host_new(struct host **host, const struct host_shared *shared, const struct rack_phone *phone,
	     struct fail *fail);

/* NULL is legal. */
void host_free(struct host *host);

/* "SEP001122AABB01". */
const char *host_name(const struct host *host);

/* Plug the cable in; power and link follow. */
void host_plug(struct host *host);

/* Unplug the cable. */
void host_unplug(struct host *host);

/* A request of a person: reset, restart, stop, erase. */
void host_control(struct host *host, enum phone_control control);

/* A person at the phone reports a problem: make a report and upload it. */
void host_problem_by_hand(struct host *host);

/* End in order: unregister, say so, unplug; stopped() tells when. */
void host_stop(struct host *host);

/* Whether host_stop() has come to its end. */
bool host_stopped(const struct host *host);

/* An object as in `status --json` phones[], with more of what the phone's own pages show. */
json_t *host_status(const struct host *host);

/* The lines of the console log, and of the Status Messages screen (the last 30); new arrays. */
json_t *host_console(const struct host *host);
json_t *host_messages(const struct host *host);

/* What the web page of the phone answers to a GET of a target ("/CGI/...?..."): an object with status (of HTTP), type and body
 * (base64). NULL with the reason: the phone serves no page now. */
json_t *host_page(struct host *host, const char *target, struct fail *fail);
/* What a person reads at the phone now: {"pages": {NAME: HTML}, "prt": {"file": NAME, "base64": TEXT}}. Without pages if web access
 * is disabled; empty if the phone has no power. The report is neither uploaded nor stored. A new object, NULL without memory. */
json_t *host_collect(struct host *host);

/* The namespace as a descriptor to close; a negative errno. */
int host_namespace(const struct host *host);

#endif
