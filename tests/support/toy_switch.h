#ifndef TESTS_SUPPORT_TOY_SWITCH_H
#define TESTS_SUPPORT_TOY_SWITCH_H

#include <stdbool.h>

#include "cable/panel_server.h"

/*
 * The least that can be at the other end of a cable: a patch panel in the current namespace, each plug of
 * which makes an interface port1, port2, ... here, with the address 10.9.PORT.1/24, and forwards nothing. For
 * tests of cable/ and of the clients of a panel; the real switch is switch-sim.
 */
struct toy_switch;

struct toy_switch_port {
	char name[16]; /* "port1" */
	int ifindex;
	bool plugged;
	struct panel_plug plug; /* as the client sent it */
	unsigned draw_mw;
	int lane;	/* the interface of its lane, "port1.110"; 0: it has none */
	unsigned lanes; /* how many were made */
};

enum toy_switch_lanes {
	TOY_LANES_REFUSED, /* at first */
	TOY_LANES_MADE,
	TOY_LANES_CLAIMED, /* none is made, but the answer says so */
};

/* Listen at path. NULL, with the reason on standard error, when it cannot. */
struct toy_switch *toy_switch_new(const char *path);
void toy_switch_free(struct toy_switch *toy);

/* Refuse every plug from now on with this code (NULL: accept again). */
void toy_switch_refuse(struct toy_switch *toy, const char *code);

/* How requests for a lane are answered from now on. */
void toy_switch_lanes(struct toy_switch *toy, enum toy_switch_lanes lanes);

/* Whether the links of new plugs come up at once (true at first). */
void toy_switch_hold(struct toy_switch *toy, bool hold);

/* Port number n, from 1; NULL when none was plugged in so far. */
const struct toy_switch_port *toy_switch_port(const struct toy_switch *toy, unsigned n);

/* How many are plugged in now; how many ever were. */
unsigned toy_switch_plugged(const struct toy_switch *toy);
unsigned toy_switch_total(const struct toy_switch *toy);

/* Tell port n of power, or of its link, and set that, the lane included. */
void toy_switch_power(struct toy_switch *toy, unsigned n, enum panel_power_state state, const char *reason);
void toy_switch_link(struct toy_switch *toy, unsigned n, bool up);

/* Pull the cable of port n from this side. */
void toy_switch_pull(struct toy_switch *toy, unsigned n);

/* Serve until done(arg) says true; false after PATIENCE * milliseconds. extra (or -1) is one more descriptor to wait
 * for. */
bool toy_switch_serve(struct toy_switch *toy, int milliseconds, int extra, bool (*done)(void *arg),
		      void *arg);

#endif
