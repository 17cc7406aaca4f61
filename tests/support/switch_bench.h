#ifndef TESTS_SUPPORT_SWITCH_BENCH_H
#define TESTS_SUPPORT_SWITCH_BENCH_H

#include "switch-sim/core/switch.h"
#include "wire/cdp.h"
#include "wire/lldp.h"

/* A switch core on a bench: a fake clock, and everything it does is kept for looking at. */

#define BENCH_SENT   1024
#define BENCH_EVENTS 512
#define BENCH_PORTS  52 /* 48 and 4 uplinks, indexes 0 to 51 */
#define BENCH_UPLINK 48 /* index of Te1/1/1 */
#define BENCH_SECOND UINT64_C(1000000)

struct bench_sent {
	unsigned count;
	unsigned port[BENCH_PORTS];
	uint8_t frame[1600];
	size_t length;
};

struct bench_power {
	unsigned port;
	enum switch_power_state state;
	unsigned mw;
	char reason[256];
};

struct bench {
	struct switch_core *core;
	struct switch_config config;
	struct switch_port_config ports[BENCH_PORTS];
	struct switch_vlan_config vlans[8];
	uint64_t now_us;
	struct bench_sent sent[BENCH_SENT];
	unsigned sent_count;
	struct bench_power power[BENCH_SENT];
	unsigned power_count;
	bool link[BENCH_PORTS];
	char events[BENCH_EVENTS][400]; /* "event detail" */
	unsigned event_count;
	char traces[BENCH_EVENTS][200]; /* "token: text" */
	unsigned trace_count;
};

/* sw1 with VLANs 10 (DATA), 20 (SERVERS) and 110 (VOICE), a budget of 370 W, DHCP snooping; access ports in
 * VLAN 10 with voice VLAN 110, Gi1/0/48 (47) trusted in VLAN 110, Te1/1/1.. trunks. Change config and ports,
 * then start. */
void bench_init(struct bench *bench);
void bench_start(struct bench *bench);
void bench_stop(struct bench *bench);

/* Forget what was sent, told and written so far. */
void bench_clear(struct bench *bench);

/* Let time pass, with everything that falls due on the way at its own time. */
void bench_advance(struct bench *bench, uint64_t us);

/* Plug in; PDs by class. The node's name is "node<port>". */
void bench_plug(struct bench *bench, unsigned port, enum switch_power_kind kind, unsigned power_class);

/* The MAC of number n: 02:00:00:00:00:n */
struct mac bench_mac(unsigned n);

/* A frame of 60 bytes from src to dst (numbers of bench_mac; 255 is broadcast), tci -1: untagged. */
void bench_frame(struct bench *bench, unsigned port, unsigned dst, unsigned src, int tci);

/* Raw bytes in. */
void bench_bytes(struct bench *bench, unsigned port, const void *bytes, size_t length);

/* A CDP or LLDP message in, from the MAC number src. */
void bench_cdp(struct bench *bench, unsigned port, const struct cdp_message *message, unsigned src);
void bench_lldp(struct bench *bench, unsigned port, const struct lldp_message *message, unsigned src);

/* What phones say: 7841 by CDP with a query, and by LLDP-MED. */
struct cdp_message bench_phone_cdp(void);
struct lldp_message bench_phone_lldp(void);

/* How often a frame left by the port; and whether the last one that did is tagged, *tci then set. */
unsigned bench_sent_to(const struct bench *bench, unsigned port);
const struct bench_sent *bench_last_to(const struct bench *bench, unsigned port);
bool bench_last_tag(const struct bench *bench, unsigned port, uint16_t *tci);

/* The last CDP or LLDP message that left by the port, decoded; asserts that there is one. Slices point into
 * the bench. */
struct cdp_message bench_last_cdp(const struct bench *bench, unsigned port);
struct lldp_message bench_last_lldp(const struct bench *bench, unsigned port);
unsigned bench_count_cdp(const struct bench *bench, unsigned port);
unsigned bench_count_lldp(const struct bench *bench, unsigned port);

/* Whether an event line with this text in it was written. */
bool bench_event(const struct bench *bench, const char *text);

/* The last word to the device at the port about its power; NULL when none. */
const struct bench_power *bench_last_power(const struct bench *bench, unsigned port);

/* show: the text, to be free()d. configure: asserts that it printed nothing. */
char *bench_show(struct bench *bench, const char *command);
void bench_configure(struct bench *bench, const char *const *lines);
#define BENCH_CONFIGURE(bench, ...) bench_configure(bench, (const char *const[]){__VA_ARGS__, NULL})

#endif
