#ifndef PHONE_SIM_CORE_PHONE_H
#define PHONE_SIM_CORE_PHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ladder.h"
#include "base/mac.h"
#include "phone-sim/core/models.h"

/*
 * One desk phone, without I/O: the driver passes an event with the time, and gets a bounded list of actions.
 * All random values come from the seed, so the same events at the same times give the same actions.
 *
 * IPv4 addresses are uint32_t in host order (10.0.0.1 is 0x0a000001). Times are microseconds of a monotonic
 * clock. The phone chooses the ids of fetches, resolutions and connections; they are never 0 and never used
 * twice. An event with an id that the phone has cancelled or closed is ignored.
 */
struct phone;

#define PHONE_SERVERS_MAX 8 /* file servers used from option 150 */
#define PHONE_DNS_MAX	  4
#define PHONE_LOAD_MAX	  64 /* name of a load, with its NUL */
#define PHONE_NAME_MAX	  256

struct phone_config {
	struct mac mac;
	const char *model; /* a name of models.h */
	enum phone_pace pace;
	uint64_t seed;
	bool cdp;
	bool lldp;
	bool ac_power;		    /* an adapter: the phone needs no power from the switch */
	uint32_t alternate_tftp[2]; /* set in the phone's menu; used instead of the servers of DHCP */
	unsigned alternate_tftp_count;
	int64_t
	    wall_clock; /* Unix seconds at time 0, for SIP Date and the validity of certificates until a call
			       manager sets the clock; 0: the phone does not know the date */
	const char *
	    capf_string; /* what a person enters when CAPF asks for an authentication string; NULL: nothing */
};

/* A phone without power; NULL if the model is unknown or memory is short. The configuration is copied. */
struct phone *phone_new(const struct phone_config *config);

/* NULL is legal. */
void phone_free(struct phone *phone);

/* Emit traces of these topics: bit 1 << topic. By default none. */
void phone_trace_enable(struct phone *phone, unsigned topics);

/* --- events in --- */

enum phone_event_kind {
	PHONE_POWER_GRANTED,  /* power.mw; with ac_power: the adapter is plugged in */
	PHONE_POWER_DENIED,   /* power.reason; the phone stays off until power is granted */
	PHONE_POWER_ADJUSTED, /* power.mw */
	PHONE_POWER_OFF,      /* off at once, in any state */
	PHONE_LINK_UP,
	PHONE_LINK_DOWN,
	PHONE_FRAME,	    /* bytes of eth0, an 802.1Q tag inline */
	PHONE_TIMER,	    /* the deadline of the last PHONE_DO_TIMER is reached */
	PHONE_FLASH_LOADED, /* flash: answers PHONE_DO_LOAD_FLASH */
	PHONE_FETCHED,	    /* fetched: answers PHONE_DO_FETCH */
	PHONE_RESOLVED,	    /* resolved: answers PHONE_DO_RESOLVE */
	PHONE_CONNECTED,    /* connected: answers PHONE_DO_CONNECT */
	PHONE_RECEIVED,	    /* received: bytes of a connection; by UDP one whole datagram */
	PHONE_CLOSED,	    /* closed: a connection failed, was closed or reset by the other end */
	PHONE_PEER,	/* peer: TLS has received the certificate of a server; answer with PHONE_DO_TRUST */
	PHONE_KEY_MADE, /* key: answers PHONE_DO_MAKE_KEY */
	PHONE_CONTROL,	/* control: a request of a person or a test */
};

enum phone_fetch_status {
	PHONE_FETCH_OK,
	PHONE_FETCH_NOT_FOUND,	    /* HTTP 404, TFTP ERROR 1 */
	PHONE_FETCH_REFUSED,	    /* connection refused, TFTP ERROR 2, HTTP 403 or 5xx */
	PHONE_FETCH_TIMEOUT,	    /* no answer in time, or the transfer stalled */
	PHONE_FETCH_UNREACHABLE,    /* no route, ICMP host or network unreachable */
	PHONE_FETCH_TOO_LARGE,	    /* over the size limit of the fetch */
	PHONE_FETCH_TRUNCATED,	    /* ended before its announced length */
	PHONE_FETCH_PROTOCOL_ERROR, /* not HTTP, not TFTP, or flash could not be written */
};

enum phone_transport {
	PHONE_HTTP,
	PHONE_TFTP,
	PHONE_HTTPS, /* TLS as PHONE_TLS_SERVICE, without a certificate of the phone */
};

/* TLS of a connection. Version 1.2. The driver does not check the server's certificate: PHONE_PEER passes it to the core. */
enum phone_tls {
	PHONE_TLS_NONE,
	PHONE_TLS_AUTHENTICATED, /* signalling of an authenticated phone: NULL-SHA, which OpenSSL has at SECLEVEL 0 only */
	PHONE_TLS_ENCRYPTED, /* signalling of an encrypted phone */
	PHONE_TLS_SERVICE,   /* TVS and CAPF; no session resumption */
};

enum phone_key_type {
	PHONE_KEY_RSA,
	PHONE_KEY_EC,
};

/* One bank of flash. */
struct phone_bank {
	char load[PHONE_LOAD_MAX]; /* "sip78xx.14-2-1-0001-125"; empty: no load */
	bool intact;		   /* its checksums are correct */
};

enum phone_control {
	PHONE_CONTROL_RESET,   /* like a power cycle: boot, voice VLAN, DHCP and all later steps */
	PHONE_CONTROL_RESTART, /* retains VLAN and address, reads its files and registers again */
	PHONE_CONTROL_STOP,    /* unregister, then PHONE_DO_STOPPED */
	PHONE_CONTROL_ERASE, /* erase CTL, ITL and the stored configuration as from the settings menu, then reset */
};

/* Everything pointed to is borrowed for the call. */
struct phone_event {
	enum phone_event_kind kind;
	union {
		struct {
			uint32_t mw;
			const char *reason;
		} power;
		struct {
			const uint8_t *bytes;
			size_t length;
		} frame;
		struct {
			struct phone_bank active, inactive;
			const uint8_t *itl, *ctl, *config; /* as stored by PHONE_DO_STORE; NULL: none */
			size_t itl_length, ctl_length, config_length;
			/* Certificates (DER) and their keys (PKCS#8 DER); NULL: none. The LSC is stored as "lsc" and
			   "lsc-key", the MIC is the manufacturer's and never changes. */
			const uint8_t *lsc, *lsc_key, *mic, *mic_key;
			size_t lsc_length, lsc_key_length, mic_length, mic_key_length;
		} flash;
		struct {
			uint32_t id;
			enum phone_fetch_status status;
			int http_status; /* 0: none was received */
			const uint8_t
			    *bytes;    /* to memory: the file. As an image: its first bytes, at most 4096 */
			size_t length; /* of bytes */
			uint64_t size; /* of the whole file */
			uint8_t sha512[64]; /* of the whole file; for images only */
			const char *detail; /* "404 Not Found", "connection refused"; may be NULL */
			const struct phone_fetch_facts *facts; /* fetch_facts.h; NULL: none */
		} fetched;
		struct {
			uint32_t id;
			uint32_t address[4];
			unsigned count; /* 0: failed */
			bool timed_out; /* no answer, as opposed to: no such name */
		} resolved;
		struct {
			uint32_t id;
			uint32_t local_address;
			uint16_t local_port;
		} connected;
		struct {
			uint32_t id;
			const uint8_t *bytes;
			size_t length;
		} received;
		struct {
			uint32_t id;
			int error; /* positive errno (ETIMEDOUT ..); 0: closed in order. EPROTO: TLS failed */
			const char
			    *detail; /* of EPROTO: "no common cipher", "alert handshake failure"; else NULL */
		} closed;
		struct {
			uint32_t id;		    /* of a connection or a fetch */
			const uint8_t *certificate; /* of the server itself, DER */
			size_t length;
		} peer;
		struct {
			uint32_t id;
			const uint8_t *key; /* PKCS#8, DER; NULL: the key could not be made */
			size_t length;
			const uint8_t *public_key; /* SubjectPublicKeyInfo, DER */
			size_t public_length;
		} key;
		enum phone_control control;
	};
};

/* --- actions out --- */

enum phone_action_kind {
	PHONE_DO_SEND_FRAME,	/* frame: out of eth0 as it is, the 802.1Q tag inline */
	PHONE_DO_SET_VLAN,	/* vlan: voice VLAN of the kernel's stack; 0: untagged */
	PHONE_DO_SET_ADDRESS,	/* address: configure the stack on that VLAN, replacing the earlier address */
	PHONE_DO_CLEAR_ADDRESS, /* remove address, routes and name servers from the stack */
	PHONE_DO_TIMER,		/* timer: the one timer of this phone; replaces the last one */
	PHONE_DO_LOAD_FLASH,	/* read both banks and what is stored; answer with PHONE_FLASH_LOADED */
	PHONE_DO_FLASH_BEGIN,	/* text (load name): empty the inactive bank and mark it as incomplete */
	PHONE_DO_FLASH_COMMIT, /* text (load name): all images are written: the inactive bank holds this load */
	PHONE_DO_SWAP_FLASH,   /* exchange the active and the inactive bank */
	PHONE_DO_STORE,	       /* store: write these bytes to flash under this name; length 0: remove them */
	PHONE_DO_FETCH,	       /* fetch */
	PHONE_DO_CANCEL,       /* id: stop this fetch or resolution, without an answer */
	PHONE_DO_RESOLVE,      /* resolve: ask the name servers of the last SET_ADDRESS */
	PHONE_DO_CONNECT, /* connect: TCP, or a UDP socket for this peer only, which is connected at once */
	PHONE_DO_SEND,	  /* send: on a connection, in order; by UDP one datagram */
	PHONE_DO_CLOSE,	  /* close: earlier data is still sent, unless abort (RST) */
	PHONE_DO_TRUST,	  /* trust: answers PHONE_PEER */
	PHONE_DO_MAKE_KEY, /* make_key: make a key pair, aside from the event loop; answer with PHONE_KEY_MADE */
	PHONE_DO_DRAW,	   /* mw: the power that the phone draws now, for the patch panel */
	PHONE_DO_MESSAGE,	 /* text: a line of the Status Messages screen */
	PHONE_DO_CONSOLE,	 /* text: a console log line, without number and time */
	PHONE_DO_STEP,		 /* step: a rung of the ladder has changed */
	PHONE_DO_EVENT,		 /* event: a line for the lab's event stream */
	PHONE_DO_REGISTERED,	 /* registered: the display shows the directory number */
	PHONE_DO_UNREGISTERED,	 /* text: the reason */
	PHONE_DO_REPORT_PROBLEM, /* text: the description: make a problem report and upload it */
	PHONE_DO_STOPPED,	 /* after PHONE_CONTROL_STOP: the last action; unplug the phone */
	PHONE_DO_TRACE,		 /* trace: one line for debugging; only topics of phone_trace_enable */
};

/* The topics of a trace: one line per change of state. */
enum phone_trace {
	PHONE_TRACE_STEP,
	PHONE_TRACE_CDP,
	PHONE_TRACE_LLDP,
	PHONE_TRACE_DHCP,
	PHONE_TRACE_FETCH,
	PHONE_TRACE_MEMBER,
	PHONE_TRACE_SIP,
	PHONE_TRACES,
};

struct phone_evidence {
	const char *key, *value;
};

#define PHONE_EVIDENCE_MAX 12

/* Everything pointed to belongs to the phone_actions and is valid until the next phone_handle with it. Texts
 * are NUL terminated UTF-8 without control characters. */
struct phone_action {
	enum phone_action_kind kind;
	union {
		struct {
			const uint8_t *bytes;
			size_t length;
		} frame;
		uint16_t vlan;
		struct {
			uint32_t ip;
			unsigned prefix;
			uint32_t gateway; /* 0: none */
			uint32_t dns[PHONE_DNS_MAX];
			unsigned dns_count;
			const char *domain;   /* "" when none */
			const char *hostname; /* "SEP001122AABBCC" */
		} address;
		uint64_t timer_us; /* absolute; UINT64_MAX: none */
		const char *text;
		struct {
			const char *name;     /* "itl", "ctl", "config", "lsc", "lsc-key" */
			const uint8_t *bytes; /* of "config": the phone's own, until the next event */
			size_t length;
		} store;
		struct {
			uint32_t id;
			uint32_t server;
			enum phone_transport transport;
			uint16_t port; /* 6970, 6971 by HTTPS, or 69 */
			const char *file;
			const char *ciphers; /* HTTPS: as in connect; else NULL */
			uint64_t limit;	     /* bytes; more is PHONE_FETCH_TOO_LARGE */
			uint64_t timeout_us;
			bool
			    to_flash; /* an image of the inactive bank, under its file name; else to memory */
		} fetch;
		uint32_t id;
		struct {
			uint32_t id;
			const char *name;
			uint64_t timeout_us;
		} resolve;
		struct {
			uint32_t id;
			uint32_t ip;
			uint16_t port;
			bool udp;
			uint64_t timeout_us; /* TCP and TLS together, without the wait for PHONE_DO_TRUST */
			enum phone_tls tls;
			const char *ciphers; /* OpenSSL cipher list, "AES256-SHA:..." ; NULL without TLS */
			bool
			    client; /* offer a certificate of the phone, if it has one: the LSC, else the MIC */
			unsigned resumption_s; /* a session of this server is resumed so long; 0: never */
		} connect;
		struct {
			uint32_t id;
			/* false: the driver ends the connection or the fetch with a TLS alert, without another event */
			bool trusted;
		} trust;
		struct {
			uint32_t id;
			enum phone_key_type type;
			unsigned bits; /* RSA: 512 to 4096; EC: 256, 384, 521 */
		} make_key;
		struct {
			uint32_t id;
			const uint8_t *bytes;
			size_t length;
		} send;
		struct {
			uint32_t id;
			bool abort;
		} close;
		uint32_t mw;
		struct {
			int n;
			enum ladder_state state;
			const char *detail;
			struct phone_evidence evidence[PHONE_EVIDENCE_MAX];
			unsigned evidence_count;
		} step;
		struct {
			int step;	  /* 0: none */
			const char *name; /* "dhcp.offer" */
			const char *detail;
			struct phone_evidence evidence[PHONE_EVIDENCE_MAX];
			unsigned evidence_count;
		} event;
		struct {
			const char *node; /* the call manager's name as the configuration has it */
			uint32_t address;
			const char *directory_number;
		} registered;
		struct {
			enum phone_trace topic;
			const char *text; /* "requesting --ack--> probing (12 ms)" */
		} trace;
	};
};

#define PHONE_ACTIONS_MAX 256

/* A list of actions. One list serves any number of phones, one call at a time. */
struct phone_actions {
	struct phone_action list[PHONE_ACTIONS_MAX];
	size_t count;
	struct phone_action spare; /* written when the list is full */
	uint64_t lost;		   /* actions without room so far; not 0 is a defect */
	size_t arena_used;
	uint8_t arena[256 * 1024]; /* of a call's actions: a trust list (64 KiB) and several SIP messages */
};

/* NULL when memory is short. */
struct phone_actions *phone_actions_new(void);
void phone_actions_free(struct phone_actions *actions);

/* Handle one event at now_us (never earlier than the last call); out gets the actions, in order. */
void phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
		  struct phone_actions *out);

/* --- the view --- */

#define PHONE_MEMBERS_MAX 5

/* A call manager, as the network configuration page shows it. */
struct phone_member_view {
	char name[PHONE_NAME_MAX];
	uint32_t address;  /* 0: not resolved yet */
	const char *state; /* "Active", "Standby" or "" */
};

/* A neighbour by CDP or LLDP; "" and 0 while unknown. */
struct phone_neighbor {
	char device[64], port[48];
	uint32_t address;
};

/* A trust list as installed, or a certificate (DER); NULL: none. */
struct phone_list_view {
	const uint8_t *bytes;
	size_t length;
};

/* Where the configuration in use comes from. */
enum phone_configuration {
	PHONE_CONFIGURATION_NONE, /* step 7 has no result yet */
	PHONE_CONFIGURATION_FETCHED,
	PHONE_CONFIGURATION_STORED,  /* no file was usable: the last accepted one, from flash */
	PHONE_CONFIGURATION_DEFAULT, /* XMLDefault.cnf.xml, fetched */
};

/* "fetched", "stored", "default"; NULL for none. */
const char *phone_configuration_name(enum phone_configuration configuration);

/* Frames of the phone itself, not of the stack above eth0, since the link came up. The names of LLDP's counters are those
 * of IEEE 802.1AB 9.2.6. */
struct phone_frames {
	uint64_t broadcast_in, multicast_in, broadcast_out, multicast_out;
	uint64_t lldp_out, lldp_in, lldp_discarded, lldp_in_errors, lldp_tlvs_discarded,
	    lldp_tlvs_unrecognized;
};

struct phonexml_config;

/* Something that the phone went on without (continued.h). */
struct phone_continued {
	int step;
	const char *code; /* a static word, for programs */
	uint32_t server;  /* of a file server that failed, its address; else 0 */
	char what[160];	  /* for people */
};

#define PHONE_CONTINUED_MAX 12

/* A copy of what people and tests see of a phone. config and the lists are borrowed until the next event. */
struct phone_view {
	char name[DEVICE_TEXT]; /* "SEP001122AABB01" */
	const struct phone_model *model;
	const char *
	    state; /* "dark", "booting", "network", "provisioning", "registering", "registered", "partly registered"
		   (the primary line only), "rejected" */
	int step; /* of the last completed step, ladder_completed() */
	struct ladder ladder;
	bool powered;
	uint32_t power_mw; /* granted */
	uint32_t draw_mw;
	bool link;
	uint32_t ipv4; /* 0: none */
	unsigned prefix;
	uint32_t gateway;
	uint32_t dhcp_server;
	uint32_t dns[PHONE_DNS_MAX];
	unsigned dns_count;
	char domain[PHONE_NAME_MAX];
	uint32_t tftp[PHONE_SERVERS_MAX];
	unsigned tftp_count;
	const char *dhcp_state;	       /* "DHCP BOUND", as the phone's menu shows it */
	uint16_t voice_vlan;	       /* 0: untagged */
	char neighbor[PHONE_NAME_MAX]; /* the switch by CDP or LLDP: "sw1 Gi1/0/5"; "" if unknown */
	struct phone_neighbor cdp, lldp;
	char directory_number[64];	      /* "" until the display shows it */
	char registered_with[PHONE_NAME_MAX]; /* the call manager's name; "" */
	uint32_t registered_address;
	struct phone_member_view members[PHONE_MEMBERS_MAX];
	unsigned member_count;
	char active_load[PHONE_LOAD_MAX];
	char inactive_load[PHONE_LOAD_MAX];
	char download_status[80]; /* "None", "Downloading kern78xx...", "Successful", "Failed: .." */
	bool itl_installed, ctl_installed;
	struct phone_list_view itl, ctl;
	struct phone_list_view lsc, mic;
	enum phone_tls signalling;	      /* of the configuration in use */
	const struct phonexml_config *config; /* NULL until one is read */
	enum phone_configuration configuration;
	struct phone_frames frames;
	char user_locale_version[32], network_locale_version[32]; /* of the files that were read; "" */
	bool alternate_tftp;	   /* the file servers are those of the phone's menu */
	bool web_access;	   /* vendorConfig/webAccess; enabled until a configuration is read */
	const char *restart_cause; /* "Initialized", "Reset-Restart" ... */
	uint64_t unlisted;	   /* number of events that no edge of the table lists for their state */
	struct phone_continued continued[PHONE_CONTINUED_MAX];
	unsigned continued_count;
};

void phone_view(const struct phone *phone, struct phone_view *view);

/* The n-th number (from 0) that the call manager has bound to this phone; NULL if there are no more. Valid until the
 * next phone_handle. */
const char *phone_bound_number(const struct phone *phone, unsigned n);

#endif
