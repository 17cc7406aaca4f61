#ifndef CABLE_PANEL_MSG_H
#define CABLE_PANEL_MSG_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"
#include "base/mac.h"

/* The messages of the patch panel (docs/formats.md), one JSON object each. Pure: no I/O. */

#define PANEL_MSG_MAX 4096 /* octets of the longest message */
#define PANEL_NODE    64
#define PANEL_PORT    32
#define PANEL_MW_MAX  1000000 /* a kilowatt: more is a mistake */
#define PANEL_VID_MAX 4094

enum panel_msg_kind {
	PANEL_MSG_PLUG,	   /* device to switch, first */
	PANEL_MSG_DRAW,	   /* device to switch */
	PANEL_MSG_LANE,	   /* device to switch */
	PANEL_MSG_PLUGGED, /* switch to device */
	PANEL_MSG_REFUSED,
	PANEL_MSG_POWER,
	PANEL_MSG_LINK,
	PANEL_MSG_LANED,
};

enum panel_power_kind {
	PANEL_POWER_NONE, /* no PoE and no known power of its own, such as a server */
	PANEL_POWER_AC,	  /* an adapter */
	PANEL_POWER_PD,	  /* wants PoE */
};

struct panel_plug {
	char node[PANEL_NODE];	  /* never empty; printable ASCII without space */
	char port[PANEL_PORT];	  /* "" is any free access port (null in JSON) */
	char interface[IFNAMSIZ]; /* the name in the sender's namespace */
	struct mac mac;		  /* of the sender's end; unicast */
	enum panel_power_kind power;
	unsigned power_class; /* 0 to 4, of a PD */
};

/* A second link for the frames of one VLAN, which have no tag there: for a device whose kernel has no 8021q. */
struct panel_lane {
	unsigned vid;		  /* 1 to 4094; 0: no lane any more */
	char interface[IFNAMSIZ]; /* the name in the device's namespace */
};

struct panel_laned {
	unsigned vid;	  /* of the lane that was asked for */
	bool made;	  /* else the device has to tag by itself */
	char reason[256]; /* why not; may be empty */
};

struct panel_plugged {
	char port[PANEL_PORT];
	char switch_name[PANEL_NODE];
	char interface[IFNAMSIZ];
};

struct panel_refused {
	char code[32]; /* "no-such-port", "port-taken", "bad-request", "failed", ... */
	char reason[512];
};

enum panel_power_state {
	PANEL_POWER_DETECTED,
	PANEL_POWER_GRANTED,
	PANEL_POWER_DENIED,
	PANEL_POWER_OFF,
	PANEL_POWER_ADJUSTED,
};

struct panel_power {
	enum panel_power_state state;
	unsigned mw;
	char reason[256]; /* may be empty */
};

struct panel_msg {
	enum panel_msg_kind kind;
	union {
		struct panel_plug plug;
		unsigned draw_mw;
		struct panel_lane lane;
		struct panel_laned laned;
		struct panel_plugged plugged;
		struct panel_refused refused;
		struct panel_power power;
		bool link_up;
	};
};

/* "plug", "draw", ... */
const char *panel_msg_name(enum panel_msg_kind kind);
const char *panel_power_state_name(enum panel_power_state state);

/* Decode one message of length octets. -EBADMSG with the key, what was found and what was expected: for what
 * is not one JSON object with exactly one member of a known kind, unknown keys, wrong types, values out of
 * range. msg is then unchanged. */
int panel_msg_decode(struct panel_msg *msg, const void *bytes, size_t length, struct fail *fail);

/* Encode into buffer. The length (no NUL), -EINVAL when msg does not hold valid values, -ENOSPC when it does
 * not fit. */
ssize_t panel_msg_encode(const struct panel_msg *msg, char *buffer, size_t size);

#endif
