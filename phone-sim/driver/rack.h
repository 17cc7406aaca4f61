#ifndef PHONE_SIM_DRIVER_RACK_H
#define PHONE_SIM_DRIVER_RACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/core/models.h"
#include "phone-sim/driver/rack_config.h"

struct event_base;
struct rack;

struct rack_options {
	const char *name; /* node of the rack's own events */
	enum phone_pace pace;
	uint64_t seed;
	const char *flash;
	const char *control; /* NULL: none */
	const char *events;  /* NULL: none */
	const char *key_log; /* secrets of TLS sessions, for Wireshark; NULL: none */
	int vlan_backend;    /* enum rack_vlan_backend */
	bool own_namespaces;
	bool refusal_is_fatal; /* the process ends if the panel refuses the first phone */
	enum rack_progress progress;
	unsigned wait_s; /* how long the rack waits for the first panel; 0: without limit */
};

/* A rack without phones. The options' strings must outlive it. 0 or a negative errno. */
int rack_new(struct rack **rack, const struct rack_options *options, struct fail *fail);

/* Create these phones and plug them in, a few per turn of the event loop; the list must outlive the rack. */
void rack_fill(struct rack *rack, const struct rack_phone *phones, size_t count);

/* Confine the process to what a rack with these phones needs (docs/confinement.md). Before rack_run, after everything that the caller
 * opens. 0, or a negative errno with the reason. */
int rack_confine(const struct rack *rack, const struct rack_phone *phones, size_t count, struct fail *fail);

/* Run until SIGTERM, SIGINT, the verb stop, or a failure; stop all phones. Returns the exit status. */
int rack_run(struct rack *rack);

/* NULL is legal. */
void rack_free(struct rack *rack);

#endif
