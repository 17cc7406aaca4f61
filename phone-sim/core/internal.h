#ifndef PHONE_SIM_CORE_INTERNAL_H
#define PHONE_SIM_CORE_INTERNAL_H

#include <netinet/in.h>

#include "base/rng.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/core/steps.h"
#include "wire/dhcp.h"
#include "wire/phonexml.h"
#include "wire/sip.h"

/* What the modules of the core share. Nothing outside phone-sim/core (and its tests) includes this. */

/* ---- timers: every one has a name; the driver's single timer is the earliest */

enum phone_timer {
	TIMER_STEP,	  /* of the step's own work */
	TIMER_STEP_LIMIT, /* the table's timeout */
	TIMER_RETRY,	  /* a failed step begins again */
	TIMER_CDP,	  /* next CDP frame */
	TIMER_LLDP,	  /* next LLDPDU */
	TIMER_DHCP,	  /* retransmission, probe, T1, T2 */
	TIMER_LEASE,	  /* the lease ends */
	TIMER_FETCH,	  /* the driver owes an answer */
	TIMER_RESOLVE,	  /* the same */
	TIMER_HEAL,	  /* failed optional steps are tried again */
	TIMER_FALLBACK,	  /* a better call manager has been stable for long enough */
	TIMER_STOP,	  /* unregistering takes no longer than this */
	TIMER_MEMBER_SIP, /* + member: transaction timeout */
	TIMER_MEMBER_REFRESH = TIMER_MEMBER_SIP + PHONE_MEMBERS_MAX,	 /* + member: refresh, keepalive */
	TIMER_MEMBER_CONNECT = TIMER_MEMBER_REFRESH + PHONE_MEMBERS_MAX, /* + member: poll, connect timeout */
	TIMER_MEMBER_RESEND = TIMER_MEMBER_CONNECT + PHONE_MEMBERS_MAX,	 /* + member: by UDP, once more */
	TIMER_COUNT = TIMER_MEMBER_RESEND + PHONE_MEMBERS_MAX,
};

void phone_timer_at(struct phone *phone, enum phone_timer timer, uint64_t at_us);
void phone_timer_in(struct phone *phone, enum phone_timer timer, uint64_t delay_us);
void phone_timer_stop(struct phone *phone, enum phone_timer timer);
bool phone_timer_armed(const struct phone *phone, enum phone_timer timer);

/* ---- fetching one file over the list of servers */

enum file_status {
	FILE_OK,
	FILE_NOT_FOUND, /* a server said so */
	FILE_FAILED,	/* no server gave an answer that settles it */
};

struct file_result {
	enum file_status status;
	const char *file;
	const uint8_t *bytes;
	size_t len;
	uint64_t size;
	const uint8_t *sha512;
	uint32_t server;
	enum phone_transport transport;
	enum phone_fetch_status last; /* why, when FILE_FAILED */
	const char *detail;	      /* for people; never NULL */
};

typedef void file_done_fn(struct phone *phone, const struct file_result *result);

struct fetch_server {
	uint32_t address;
	uint64_t dead_until_us[2]; /* by enum phone_transport */
};

struct fetch_state {
	struct fetch_server server[PHONE_SERVERS_MAX];
	unsigned servers;
	bool running;
	uint32_t id;
	char file[PHONE_NAME_MAX];
	uint64_t limit;
	uint64_t timeout_us;
	bool to_flash;
	unsigned at;	  /* server tried now */
	unsigned via;	  /* enum phone_transport tried now */
	unsigned passed;  /* dead ones left out in this round */
	bool last_resort; /* all were dead: try them all the same */
	bool not_found;	  /* one has said so */
	enum phone_fetch_status last;
	char detail[PHONE_NAME_MAX + 160];
	file_done_fn *done;
	/* the wrapper for signed files */
	char plain[PHONE_NAME_MAX];
	file_done_fn *signed_done;
};

/* ---- DHCP */

enum dhcp_state {
	DHCP_STATE_IDLE,
	DHCP_STATE_SELECTING,
	DHCP_STATE_REQUESTING,
	DHCP_STATE_PROBING,
	DHCP_STATE_DECLINED,
	DHCP_STATE_BOUND,
	DHCP_STATE_RENEWING,
	DHCP_STATE_REBINDING,
};

struct dhcp_lease {
	uint32_t address, server, gateway, siaddr;
	unsigned prefix;
	uint32_t dns[PHONE_DNS_MAX];
	unsigned dns_count;
	char domain[PHONE_NAME_MAX];
	char tftp_name[PHONE_NAME_MAX]; /* option 66 */
	uint32_t tftp[PHONE_SERVERS_MAX];
	unsigned tftp_count;
	uint64_t lease_us, t1_us, t2_us; /* durations; UINT64_MAX: for ever */
};

struct dhcp_client {
	enum dhcp_state state;
	uint32_t xid;
	unsigned tries;
	unsigned probes;
	uint64_t started_us;
	uint64_t bound_us; /* the lease counts from here: when the REQUEST was sent (RFC 2131 4.4.5) */
	uint64_t requested_us;
	struct mac server_mac;
	uint64_t defended_us; /* RFC 5227 2.4 */
	bool defended;
	struct dhcp_lease offer, lease;
	bool timed_out; /* status page: "DHCP TIMEOUT" */
	bool duplicate; /* "DISABLED DUPLICATE IP" until the next lease */
};

/* ---- discovery */

enum vlan_source {
	VLAN_FROM_NOBODY,
	VLAN_FROM_CDP,
	VLAN_FROM_LLDP,
};

struct discovery {
	bool up; /* frames are sent */
	unsigned cdp_sent;
	bool cdp_heard, lldp_heard;
	bool cdp_named, lldp_named;   /* a voice VLAN */
	unsigned cdp_without;	      /* CDP frames in a row that no longer name one */
	uint16_t cdp_vlan, lldp_vlan; /* 0: untagged */
	char cdp_neighbor[128], lldp_neighbor[128];
	bool decided;
	uint16_t vlan;
	enum vlan_source source;
	unsigned fast_starts;		    /* LLDP-MED frames still to send one second apart */
	uint16_t request_id, management_id; /* CDP power */
	uint32_t requested_mw;
	uint16_t lldp_allocated; /* by the switch, tenths of a watt; 0: it has not said */
	uint64_t lldp_dropped;	 /* LLDPDUs that lacked what a phone needs */
	unsigned queries;
	bool waiting_lldp;
};

/* ---- trust */

#define TRUST_FILE_MAX 65536

struct trust {
	uint8_t *itl; /* installed, kept in flash */
	size_t itl_len;
	uint8_t *ctl;
	size_t ctl_len;
	bool signed_files; /* the configuration came signed: so do the others */
};

/* ---- call managers */

enum member_state {
	MEMBER_IDLE,
	MEMBER_RESOLVING,
	MEMBER_CONNECTING,
	MEMBER_CONNECTED,
	MEMBER_FAILED, /* in this round */
};

enum sip_transaction {
	SIP_TX_NONE,
	SIP_TX_ALARM,	  /* REFER with the alarm */
	SIP_TX_REGISTER,  /* initial, or a refresh */
	SIP_TX_KEEPALIVE, /* to a standby */
	SIP_TX_TOKEN,	  /* REFER token-registration */
	SIP_TX_REMOVE,	  /* unregister */
};

#define SIP_RX_MAX SIP_MESSAGE_MAX

struct member {
	char name[128];
	uint32_t address;
	uint16_t port;
	enum member_state state;
	uint32_t resolve_id;
	uint32_t connection; /* 0: none */
	uint32_t local_address;
	uint16_t local_port;
	uint8_t *rx;
	size_t rx_len;
	enum sip_transaction tx;
	char tx_call_id[128];
	uint32_t tx_cseq;
	bool tx_challenged; /* it carries credentials already */
	uint8_t *resend;    /* by UDP: the request that has no answer yet; NULL: none */
	size_t resend_len;
	uint64_t resend_us; /* until it is sent once more: timer E of RFC 3261 17.1.2.2 */
	/* By UDP: the call manager's last request and its answer, should it come again (17.2.2). */
	char answered_call_id[128], answered_tag[17];
	uint32_t answered_cseq;
	unsigned answered; /* status; 0: none */
	char call_id[96];
	char from_tag[48];
	uint32_t cseq;
	uint32_t expires_s; /* to ask for */
	uint32_t granted_s;
	uint32_t least_s;	   /* what a 423 has named as the least; 0: none has */
	unsigned interval_retries; /* 423 in a row */
	uint32_t nc;
	char last_nonce[128];
	uint64_t stable_since_us; /* a standby that answers since; 0: does not */
	uint64_t retry_after_us;  /* not before */
	unsigned poll_attempt;
	bool registered_failed; /* in this round: it took the connection, not the registration */
	char error[96];
};

#define NOBODY PHONE_MEMBERS_MAX

struct registrar {
	struct member member[PHONE_MEMBERS_MAX];
	unsigned members;
	unsigned at;	      /* member that is being tried */
	unsigned active;      /* member registered with; NOBODY */
	unsigned coming_home; /* member that the phone moves to; NOBODY */
	bool spread;	      /* the active one was lost: do not come back with everybody else */
	bool refused_now;     /* the attempt ends as rejected, not as lost */
	char dn[64];
	char auth_name[128], auth_password[128];
	char contact[64];
	char display[64];
	char session_id[33];
	bool provisioned; /* false: XMLDefault */
	bool udp;	  /* else TCP */
	unsigned register_s, delta_s;
	unsigned alarm;
	const char *last;  /* "initialized" */
	bool shown;	   /* PHONE_DO_REGISTERED was said */
	uint64_t retry_us; /* what Retry-After asked for */
	int64_t clock_offset_s;
};

/* ---- the phone */

/* What the present step has seen that a person would want to know, for when its rung changes. */
struct step_notes {
	const char *key[PHONE_EVIDENCE_MAX];
	char value[PHONE_EVIDENCE_MAX][96];
	unsigned count;
};

struct phone {
	struct phone_config config;
	const struct phone_model *model;
	const struct phone_pace_table *pace;
	struct rng rng;
	char name[DEVICE_TEXT];
	uint64_t now_us;
	struct phone_actions *out; /* of the call in progress */
	uint64_t timer[TIMER_COUNT];
	uint64_t timer_told;
	uint32_t next_id;

	enum phone_state state;
	struct ladder ladder;
	struct step_notes notes;
	unsigned attempts[PHONE_STATES]; /* in a row without success */
	uint32_t visits[PHONE_EDGES_MAX][PHONE_STATES];
	uint32_t unlisted[PHONE_STATES][STEP_EVENTS];
	bool powered;
	uint64_t power_on_us;

	uint32_t power_mw, draw_mw;
	bool link;
	bool vlan_known; /* voice-vlan begins again with what the switch has just said */
	struct phone_bank active, inactive;
	bool flash_read;
	enum phone_control going_down; /* what follows PHONE_STATE_DOWN */
	const char *restart_cause;
	bool healing;
	bool files_read; /* steps 12 to 14 are behind it */
	unsigned heals;	 /* rounds of healing in a row that did not heal all */

	struct discovery discovery;
	struct dhcp_client dhcp;
	bool address_set;
	uint32_t resolve_id;
	void (*resolve_done)(struct phone *phone, const uint32_t *address, unsigned count, bool timed_out);
	struct fetch_state fetch;
	struct trust trust;

	struct phonexml_config *xml; /* NULL: none read */
	bool provisioned;
	uint8_t config_hash[32];
	uint8_t registered_hash[32];
	char download_status[80];
	struct {
		char file[8][PHONE_LOAD_MAX + 32];
		unsigned count, at;
		char load[PHONE_LOAD_MAX];
	} firmware;
	struct {
		unsigned stage;
		unsigned rings, ring_at;
		char ring[PHONEXML_RINGS_MAX][32];
		unsigned missing;
		unsigned app_rules;    /* application dial rules that were read */
		char app_problem[200]; /* why they were not; "" none */
		char first_missing[32];
	} files;

	struct registrar reg;
};

/* ---- saying things (actions.c) */

void phone_actions_begin(struct phone_actions *actions);
struct phone_action *phone_put(struct phone *phone, enum phone_action_kind kind);
const uint8_t *phone_keep(struct phone *phone, const void *bytes,
			  size_t len);				    /* copy into the arena, or NULL */
const char *phone_keep_text(struct phone *phone, const char *text); /* cleaned of control characters */
void phone_message(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_console(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_event_say(struct phone *phone, const char *name, const struct phone_evidence *evidence,
		     unsigned count, const char *format, ...) __attribute__((format(printf, 5, 6)));
void phone_draw(struct phone *phone, uint32_t mw);
void phone_send_frame(struct phone *phone, const uint8_t *bytes, size_t len);
uint32_t phone_new_id(struct phone *phone);

/* ---- the ladder and the runner (steps.c) */

/* Evidence of the present step, shown with its rung: key is a constant; the same key again replaces the
 * value. A state that is entered has none. */
void phone_note(struct phone *phone, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An event of the step machine: the only way to another state. */
void phone_fire(struct phone *phone, enum step_event event);
/* The present step is done or skipped, or this attempt at it failed; the table says what follows. */
void phone_step_done(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_step_skipped(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
void phone_step_failed(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The rung shows failed, with this detail, but the step goes on trying. */
void phone_rung_failed(struct phone *phone, int n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void phone_rung_set(struct phone *phone, int n, enum ladder_state state, const char *detail);
/* The same, shown at another rung than the present state's. */
void phone_step_failed_as(struct phone *phone, int n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void phone_step_retry_timer(struct phone *phone);
void phone_step_limit_timer(struct phone *phone);

/* ---- entries of the steps, and the modules behind them */

void power_enter(struct phone *phone);
void power_event(struct phone *phone, const struct phone_event *event);
void boot_enter(struct phone *phone);
void boot_flash_loaded(struct phone *phone, const struct phone_event *event);
void boot_timer(struct phone *phone);
void down_enter(struct phone *phone);
void down_timer(struct phone *phone);
void stopping_enter(struct phone *phone);
void stopped_enter(struct phone *phone);
void stopping_timer(struct phone *phone);

void voice_vlan_enter(struct phone *phone);
void voice_vlan_timer(struct phone *phone);
void voice_vlan_link(struct phone *phone, bool up);
void voice_vlan_heard(struct phone *phone, enum vlan_source source); /* what it said has changed */

void phone_cdp_start(struct phone *phone);
void phone_cdp_stop(struct phone *phone);
void phone_cdp_send(struct phone *phone, bool query);
void phone_cdp_timer(struct phone *phone);
void phone_cdp_frame(struct phone *phone, const uint8_t *payload, size_t len);

void phone_lldp_start(struct phone *phone);
void phone_lldp_stop(struct phone *phone, bool shutdown);
void phone_lldp_send(struct phone *phone);
void phone_lldp_timer(struct phone *phone);
void phone_lldp_frame(struct phone *phone, const uint8_t *payload, size_t len);

void frames_in(struct phone *phone, const uint8_t *bytes, size_t len);

void dhcp_enter(struct phone *phone);
void dhcp_client_stop(struct phone *phone);
void dhcp_client_datagram(struct phone *phone, const struct mac *source, const uint8_t *bytes, size_t len);
void dhcp_client_arp(struct phone *phone, const uint8_t *payload, size_t len);
void dhcp_client_timer(struct phone *phone);
void dhcp_client_lease_timer(struct phone *phone);
void dhcp_keep_alive(struct phone *phone); /* T1, T2, and each time between them and the end */
const char *dhcp_state_text(const struct phone *phone);
/* dhcp_messages.c: put together and sent, taken apart */
void dhcp_send(struct phone *phone, uint8_t type);
void dhcp_send_arp(struct phone *phone, bool announce);
bool dhcp_read_lease(const struct phone *phone, const struct dhcp_message *message, struct dhcp_lease *lease);
void dhcp_put_address(struct phone *phone);

/* Which file servers to use; when a name must be resolved, done comes later. Says why there is none. */
void servers_choose(struct phone *phone);

void resolve_start(struct phone *phone, const char *name,
		   void (*done)(struct phone *, const uint32_t *, unsigned, bool));
void resolve_cancel(struct phone *phone);
void resolve_timer(struct phone *phone);
void resolve_event(struct phone *phone, const struct phone_event *event);

void file_get(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);
void file_get_image(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);
/* FILE.sgn when the cluster signs, its signature checked and its header taken off; else (or when missing)
 * FILE. */
void file_get_signed(struct phone *phone, const char *file, uint64_t limit, file_done_fn *done);
void file_cancel(struct phone *phone);
void file_event(struct phone *phone, const struct phone_event *event);
void file_timer(struct phone *phone);
void file_forget_dead(struct phone *phone);

void ctl_enter(struct phone *phone);
void itl_enter(struct phone *phone);
void trust_load(struct phone *phone, const struct phone_event *event);
void trust_erase(struct phone *phone);
void trust_clear(struct phone *phone); /* memory only */
bool trust_installed(const struct phone *phone);
/* Check the signature of a .sgn file against the installed list: NULL and *payload, or why not. */
const char *trust_check_signed(const struct phone *phone, const uint8_t *bytes, size_t len,
			       struct wire_slice *payload);

void config_enter(struct phone *phone);
void firmware_enter(struct phone *phone);
void dial_rules_enter(struct phone *phone);
void locale_enter(struct phone *phone);
void softkeys_enter(struct phone *phone);
void ringtones_enter(struct phone *phone);
void ready_enter(struct phone *phone);
void phone_show_registered(struct phone *phone);
void heal_timer(struct phone *phone);

/* cm.c: the connections */
void cm_connect_enter(struct phone *phone);
void cm_connect_spread_timer(struct phone *phone);
void cm_setup(struct phone *phone); /* members, line and credentials from the configuration */
const char *cm_member_text(struct phone *phone, unsigned m); /* "cucm-pub 10.20.0.11:5060", in the arena */
void cm_connect_member(struct phone *phone, unsigned m);
void cm_close_member(struct phone *phone, unsigned m, bool abort);
void cm_drop_all(struct phone *phone, const char *why);
void cm_connected(struct phone *phone, const struct phone_event *event);
void cm_received(struct phone *phone, const struct phone_event *event);
void cm_closed(struct phone *phone, const struct phone_event *event);
void cm_resolved(struct phone *phone, const struct phone_event *event);
void cm_connect_timer(struct phone *phone, unsigned m);
void cm_member_lost(struct phone *phone, unsigned m, const char *why); /* connection gone or dead */
void cm_send(struct phone *phone, unsigned m, const uint8_t *bytes, size_t len);

/* register.c: REGISTER and its answers */
/* sip_udp.c: what TCP does by itself */
void udp_request_sent(struct phone *phone, unsigned m, const uint8_t *bytes, size_t len);
void udp_request_provisional(struct phone *phone, unsigned m);
void udp_request_over(struct phone *phone, unsigned m);
void udp_resend_timer(struct phone *phone, unsigned m);
bool udp_seen_before(const struct phone *phone, unsigned m, const struct sip_message *request);
uint32_t register_expiry(const struct phone *phone, unsigned m); /* seconds to ask member m for */
void register_enter(struct phone *phone);
void register_send(struct phone *phone, unsigned m, enum sip_transaction tx);
/* The same REGISTER once more, with credentials. */
void register_send_authorized(struct phone *phone, unsigned m, enum sip_transaction tx,
			      const char *authorization, bool proxy);
void register_response(struct phone *phone, unsigned m, const struct sip_message *message);
void register_sip_timer(struct phone *phone, unsigned m);
void register_refresh_timer(struct phone *phone, unsigned m);
void register_unregistered(struct phone *phone, const char *why);
void register_fresh_dialog(struct phone *phone, unsigned m);

/* failover.c: standby and fallback */
void failover_start(struct phone *phone);	      /* registered: look after the other members */
void failover_alive(struct phone *phone, unsigned m); /* a keepalive was answered */
void failover_poll(struct phone *phone, unsigned m);  /* connect (again) to a member that is not active */
void failover_later(struct phone *phone, unsigned m); /* poll it after a backoff */
void failover_timer(struct phone *phone);
void failover_token(struct phone *phone, unsigned m, unsigned status, uint64_t retry_after_us);
void failover_home(struct phone *phone, unsigned m); /* registered with it: it becomes the active one */

/* notify.c: requests of the call manager */
void notify_request(struct phone *phone, unsigned m, const struct sip_message *message);

const char *phone_ip_text(struct phone *phone, uint32_t address); /* in the arena */
int64_t phone_wall_clock(const struct phone *phone);

#endif
