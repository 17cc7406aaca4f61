#ifndef PHONELAB_LAB_PROBE_INTERNAL_H
#define PHONELAB_LAB_PROBE_INTERNAL_H

#include <poll.h>

#include "base/text.h"
#include "phonelab/lab/probe.h"
#include "phonelab/lab/probe_trace.h"

/* Only for probe*.c. */

struct raw;

/* A namespace from which requests are sent. */
struct probe_place {
	const char *name; /* of the phone, borrowed from the plan */
	int netns;
	struct mac mac;
	uint32_t address; /* 0: none */
	uint16_t vlan;
	struct raw *link; /* eth0, for ARP and DHCP; NULL: it could not be opened */
	int icmp;	  /* raw ICMP socket; -1 */
};

#define PROBE_ECHOES 64

/* One measurement in progress. */
struct probe_check {
	json_t *result; /* the check of the plan, to which its result is added; owned */
	struct probe_place *place;
	struct probe_key key;
	uint16_t port;	     /* of the server */
	uint64_t due;	     /* when probe_..._due is called next, microseconds; UINT64_MAX: never */
	uint64_t begun, end; /* end: it takes no longer */
	bool done;
	int fd;	      /* a socket of its own, or -1 */
	short events; /* that the socket waits for */
	unsigned sent, received;
	/* ARP */
	struct mac answer[4];
	/* ICMP */
	unsigned size, count;
	uint64_t sent_at[PROBE_ECHOES];
	int64_t took[PROBE_ECHOES]; /* -1: no answer */
	int64_t fastest;	    /* of those, if any was received */
	/* TCP: what is sent, and what came */
	struct text request, reply;
	size_t written;
	bool connected;
};

struct probe_run {
	struct probe_place place[PROBE_PLACES];
	size_t places;
	struct probe_check check[PROBE_CHECKS];
	size_t checks;
	uint64_t now, begun; /* microseconds; begun: when the checks began */
};

/* Add the result word ("ok", "silent", ..) and the time since the check began, and end the check. */
void probe_end(const struct probe_run *run, struct probe_check *check, const char *result);

/* A socket in the namespace of the place, bound to its address, non-blocking; its port is the mark of the check. The
 * descriptor or a negative errno. */
int probe_socket(struct probe_check *check, int type);

/* Add octets as a text: the first ones, in the form of utf8_clean. */
void probe_set_first(json_t *result, const void *bytes, size_t length);

/* "unreachable", "refused", "reset" or "error" */
const char *probe_errno_word(int err);

/* Of each kind: begin; its time is due; its socket is ready; a frame came at the link of its place (untagged, the tag in
 * *tci or 0); its time has passed: add what is known. */
struct probe_action {
	void (*begin)(struct probe_run *run, struct probe_check *check);
	void (*due)(struct probe_run *run, struct probe_check *check);
	void (*ready)(struct probe_run *run, struct probe_check *check, short events);
	void (*frame)(struct probe_run *run, struct probe_check *check, const uint8_t *frame, size_t length);
	void (*finish)(struct probe_run *run, struct probe_check *check);
};

extern const struct probe_action probe_arp, probe_resolve, probe_dhcp; /* probe_link.c */
extern const struct probe_action probe_icmp;			       /* probe_icmp.c */
extern const struct probe_action probe_tcp, probe_http, probe_sip;     /* probe_tcp.c */
extern const struct probe_action probe_tftp, probe_dns, probe_sip_udp; /* probe_udp.c */

/* An echo reply or an error came at the ICMP socket of a place. */
void probe_icmp_receive(struct probe_run *run, struct probe_place *place);

/* --- probe_tap.c --- */

struct probe_taps;

/* Open a ring in each namespace of the plan, for frames with one of the addresses, ARP, and DHCP. Without any: an object
 * that counts nothing. NULL without memory. */
struct probe_taps *probe_taps_open(const json_t *plan, const int *netns, size_t count,
				   const struct probe_run *run);

/* Fill in descriptors to poll, up to PROBE_TAPS. Returns their number. */
unsigned probe_taps_poll(const struct probe_taps *taps, struct pollfd *fds);

/* Read what waits. */
void probe_taps_read(struct probe_taps *taps, const struct probe_run *run);

/* {"traces":[{"check","back", .. of probe_trace, "astray","astray_to"}],"dropped"}. A check of the kind resolve has a trace
 * for each node that looks for the next one or answers it: up to there, and of this sender only. until_us: as of clock_now_us. astray:
 * frames that the place (or the far end) sends to another MAC than that of the next node, and the last such MAC. */
json_t *probe_taps_result(struct probe_taps *taps, const struct probe_run *run, int64_t until_us);

/* NULL is legal. */
void probe_taps_close(struct probe_taps *taps);

#endif
