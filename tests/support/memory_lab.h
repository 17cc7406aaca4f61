#ifndef TESTS_SUPPORT_MEMORY_LAB_H
#define TESTS_SUPPORT_MEMORY_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cucm-service/core/capf_session.h"
#include "phone-sim/core/fetch_facts.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/core/steps.h"
#include "switch-sim/core/switch.h"
#include "wire/phonexml.h"
#include "wire/trustlist.h"

/*
 * A lab in one process: phone cores over a memory wire, with a fake clock. The far side is either the real
 * switch core, or a bare wire on which the harness itself speaks CDP and LLDP (for tests of what no healthy
 * switch sends). Servers are the harness's own, built on the wire codecs: DHCP, files by HTTP and TFTP,
 * names, call managers. Everything is seeded.
 */

#define LAB_MAC_FIRST	 0x0a0000000001ULL /* of the phones; locally administered */
#define LAB_VOICE_VLAN	 110
#define LAB_DATA_VLAN	 10
#define LAB_DHCP_ADDRESS 0x0a6e0002 /* 10.110.0.2 */
#define LAB_POOL_FIRST	 0x0a6e0132 /* 10.110.1.50, /16 */
#define LAB_CLOCK	 1795226400 /* Unix seconds when a lab begins */
#define LAB_SERVERS	 3
#define LAB_CMS		 3
#define LAB_NTPS	 2
#define LAB_LOAD	 "sip78xx.14-2-1-0001-125"
#define LAB_OLD_LOAD	 "sip78xx.12-8-1-0001-455"
#define LAB_NEW_LOAD	 "sip78xx.14-3-1-0001-101"

enum lab_health {
	LAB_UP,
	LAB_REFUSES,	 /* RST, ICMP port unreachable */
	LAB_SILENT,	 /* black hole */
	LAB_UNREACHABLE, /* ICMP host unreachable */
};

struct lab_file {
	char name[128];
	uint8_t *bytes;
	size_t length;
	struct lab_file *next;
};

/* What a server answers to every request, in place of the file. */
struct lab_answer {
	enum phone_fetch_status status;
	int http_status;
	const char *detail;
	struct phone_fetch_facts facts;
};

/* One file server; all serve the same files. */
struct lab_server {
	uint32_t address;
	enum lab_health http, tftp;
	const struct lab_answer *http_answer, *tftp_answer; /* NULL: the files. Borrowed */
	unsigned http_requests, tftp_requests;
};

enum lab_service {
	LAB_SIGNALLING,
	LAB_TVS,
	LAB_CAPF,
	LAB_HTTPS,
	LAB_NTP,
};

/* An NTP server. */
struct lab_ntp {
	uint32_t address; /* 0: there is none */
	enum lab_health health;
	int64_t clock_s; /* Unix seconds at time 0 of the lab */
	uint8_t leap;
	uint8_t stratum;  /* 0: a kiss of death, */
	const char *kiss; /* of this kind */
	bool stale;	  /* its answers are to another request */
	unsigned requests;
};

/* How TVS or CAPF answers within TLS. */
enum lab_manner {
	LAB_CORRECT,
	LAB_MUTE,
	LAB_GARBAGE,
	LAB_HALF,    /* half of the answer, and the end of the connection */
	LAB_ENDLESS, /* the longest length that a header can have, and more bytes than that */
};

/* What a server of TLS has. */
struct lab_tls {
	const struct lab_signer *certificate; /* NULL: nobody listens */
	enum lab_health health;
	const char *alert; /* the handshake fails so, after the certificate; NULL: it does not */
	enum lab_manner manner;
	unsigned connections;
};

/* CAPF: the operation that is pending, and what the phone must prove. */
struct lab_capf {
	enum capf_operation operation;
	enum capf_proof proof;
	const char *string; /* of CAPF_PROOF_STRING */
	uint16_t ec_bits;   /* of the key to be made; 0: RSA of 2048 bits */
	const struct lab_signer *issuer, *maker;
	bool unknown;	   /* the device is */
	bool alien;	   /* the certificate is for another key */
	bool endless;	   /* asks for authentication again and again */
	unsigned drop;	   /* the next sessions, of this number, are cut at the first message */
	uint64_t delay_us; /* of every message */
	unsigned sessions, stored, deleted, fetched;
};

struct lab_record {
	const struct lab_signer *signer;
	enum trustlist_role role;
};

struct lab_cm {
	char name[32]; /* as processNodeName */
	uint32_t address;
	enum lab_health tcp;
	bool swallows;	     /* takes the connection, answers nothing */
	unsigned lose;	     /* how many of the next datagrams do not arrive, */
	unsigned lose_out;   /* and of those that it sends */
	unsigned datagrams;  /* that came */
	bool binds_all;	     /* grants the bulk request: all lines of the device */
	char last[8192];     /* the last message that a phone has sent to it */
	unsigned status;     /* answer REGISTER so; 0: normally */
	unsigned status_for; /* how many times; 0: always */
	unsigned retry_after_s, min_expires_s;
	unsigned expires_s;   /* granted; 0: 120 */
	const char *password; /* challenge with digest; NULL: no */
	bool always_stale;    /* every challenge has stale=true and a new nonce */
	unsigned nonce;	 /* number of the nonce: change it, and credentials with the old one are refused */
	uint32_t nc[16]; /* of the last credentials, number n at n - 1 mod 16 */
	unsigned credentials;
	unsigned token_status; /* 0: 202 */
	unsigned token_retry_after_s, tokens;
	unsigned registers, refers, keepalives, removes, answers;
	unsigned bindings;    /* registrations in force, as this node sees them */
	uint32_t asked_s[16]; /* expiry that the last REGISTERs asked for, number n at n - 1 mod 16 */
};

/* The first message of its protocol that a phone sent: the payload of its frame. */
struct lab_payload {
	uint8_t bytes[1500];
	size_t length;
};

/* The wire, when no switch core is behind it. */
struct lab_wire {
	bool cdp, lldp;
	bool cdp_names; /* VoIP VLAN reply in answers and in unasked frames */
	uint16_t cdp_vlan;
	uint16_t cdp_power_id; /* request id put into power available; 0: the phone's own */
	bool at_once;	       /* without latency */
	bool lldp_tagged, lldp_unknown;
	uint16_t lldp_vlan;
	bool lldp_lacks_policy, lldp_lacks_capabilities;
	unsigned cdp_queries, cdp_frames, lldp_frames; /* seen from phones */
	unsigned zero_request_ids;		       /* CDP power requests with id 0: never */
	uint16_t cdp_request_id, cdp_management_id;    /* of the phone's last CDP frame */
	uint16_t lldp_allocated;		       /* tenths of a watt in the wire's LLDPDUs; 0: no TLV */
	uint16_t lldp_confirmed, lldp_requested;       /* of the phone's last LLDPDU */
	unsigned lldp_shutdowns;		       /* LLDPDUs with TTL 0 */
	uint8_t lldp_last[1600];		       /* the last frame with another TTL, as a whole */
	size_t lldp_last_length;
	uint16_t lldp_pmd;  /* of the phone's last LLDPDU */
	bool cdp_was_first; /* the first frame ever was CDP */
	struct lab_payload first_cdp, first_lldp;
	unsigned arp_announcements;
};

struct lab_dhcp {
	bool up;
	unsigned lose;	    /* how many of the next messages are not answered */
	unsigned nak;	    /* how many of the next REQUESTs are refused */
	unsigned conflicts; /* how many addresses are in use by another when probed */
	uint64_t delay_us;  /* of every answer, beside the latency */
	bool two;	    /* another server sends an OFFER too, after the first one */
	bool no_renewal;    /* REQUESTs with ciaddr are not answered */
	uint32_t lease_s;
	uint32_t option150[4];
	unsigned option150_count;
	char option66[64];
	uint8_t options[64]; /* in front of the others, as they are */
	size_t options_length;
	bool no_type, no_server; /* the option is missing */
	uint32_t siaddr;
	bool no_dns, no_router, no_mask;
	uint32_t next;
	unsigned discovers, requests, declines, renewals, rebinds;
	uint16_t discover_s, request_s; /* "secs" of the last DISCOVER, of the last REQUEST without ciaddr */
	uint64_t discover_us[32];	/* times of the first ones, for the shape of the retransmission */
	uint8_t parameters[16];
	unsigned parameter_count;
	char vendor_class[256], host_name[256];
};

struct lab_phone {
	struct phone *phone;
	struct mac mac;
	char name[DEVICE_TEXT];
	unsigned port;
	bool plugged;
	uint64_t timer_us;
	struct phone_bank active, inactive;
	uint8_t *itl, *ctl, *stored; /* flash */
	size_t itl_length, ctl_length, stored_length;
	uint8_t *lsc, *lsc_key, *mic, *mic_key; /* flash */
	size_t lsc_length, lsc_key_length, mic_length, mic_key_length;
	struct capf_session *capf; /* the last one; NULL: none */
	struct phone_action https; /* the fetch that waits for PHONE_DO_TRUST */
	char https_file[128];
	bool flash_dead;
	uint16_t vlan;
	uint32_t address;
	uint32_t lease; /* the DHCP server's memory */
	bool has_address, registered, stopped;
	char dn[32], node[32];
	unsigned registrations, unregistrations;
	uint32_t cancelled[64]; /* the last ids */
	unsigned cancels;
	struct {
		uint32_t id;
		unsigned cm; /* from LAB_CMS on: an NTP server */
		bool open, bound, udp;
		enum lab_service service;
		char ciphers[256]; /* by TLS; else "" */
		bool client;
		char call_id[128];
	} conn[16];
	unsigned conns;
	uint32_t draw_mw;
	unsigned images, commits, swaps, steps_seen;
	unsigned dead_sends; /* on connections that are not open */
	unsigned aborts;     /* connections closed with RST */
	uint64_t registered_us;
};

struct lab_config {
	unsigned phones;
	uint64_t seed;
	enum phone_pace pace;
	bool use_switch;
	const char *model;    /* NULL: 7841 */
	bool no_cdp, no_lldp; /* of the phones */
	bool no_itl;	      /* the cluster has no trust list */
	bool ac_power;
	const char *capf_string; /* that a person enters at the phones; NULL: nothing */
	uint32_t alternate_tftp; /* 0: none */
	uint16_t voice_vlan;	 /* of the switch; 0: LAB_VOICE_VLAN, 0xffff: none */
};

struct memory_lab {
	struct lab_config config;
	uint64_t now_us;
	struct switch_core *sw;
	uint64_t sw_next_us;
	struct lab_wire wire;
	struct lab_dhcp dhcp;
	struct lab_server server[LAB_SERVERS];
	struct lab_cm cm[LAB_CMS];
	struct lab_file *files;
	struct lab_phone *phone;
	unsigned phones;
	struct phone_actions *actions;
	struct lab_queue *queue;
	struct lab_signer *signer;
	struct lab_tls tls_cm[LAB_CMS], tls_capf[LAB_CMS], tls_tvs, tls_https;
	struct tvs_store *tvs; /* what TVS knows; NULL: nothing */
	struct lab_capf capf;
	struct lab_ntp ntp[LAB_NTPS];
	unsigned tvs_questions;
	struct rng *rng;
	enum phone_state hold; /* the world stops answering phones that are in this state; NONE: never */
	bool dns_dead;
	bool plain_files; /* new trust lists have no record of the TFTP service */
	char *stream;	  /* one line per message, event and step */
	size_t stream_length, stream_size;
	bool quiet; /* do not keep the stream */
};

/* Aborts the test when memory is short. Phones are made but dark. */
struct memory_lab *memory_lab_new(const struct lab_config *config);
void memory_lab_free(struct memory_lab *lab);

/* Plug everything in. */
void memory_lab_power_on(struct memory_lab *lab);

/* Run until that moment, or until done says so. True when done said so. done may be NULL. */
bool memory_lab_run(struct memory_lab *lab, uint64_t until_us, bool (*done)(struct memory_lab *lab));
void memory_lab_run_for(struct memory_lab *lab, uint64_t us);
bool memory_lab_all_registered(struct memory_lab *lab);

/* An event for phone i, now. */
void memory_lab_event(struct memory_lab *lab, unsigned i, const struct phone_event *event);
void memory_lab_kind(struct memory_lab *lab, unsigned i, enum phone_event_kind kind);
void memory_lab_control(struct memory_lab *lab, unsigned i, enum phone_control control);

/* A frame from the wire to phone i, now. */
void memory_lab_frame(struct memory_lab *lab, unsigned i, const uint8_t *bytes, size_t length);

/* Does the stream hold this text? */
bool memory_lab_said(const struct memory_lab *lab, const char *text);
unsigned memory_lab_said_times(const struct memory_lab *lab, const char *text);
void memory_lab_forget(struct memory_lab *lab);

struct phone_view memory_lab_view(const struct memory_lab *lab, unsigned i);
enum ladder_state memory_lab_rung(const struct memory_lab *lab, unsigned i, int step);
const char *memory_lab_detail(const struct memory_lab *lab, unsigned i, int step); /* static buffer */

/* Close every connection of a call manager: it has died. error: what the phones see (0: closed in order). */
void memory_lab_kill_cm(struct memory_lab *lab, unsigned cm, int error);
/* Bytes from a call manager to phone i over its newest connection. */
void memory_lab_cm_say(struct memory_lab *lab, unsigned i, unsigned cm, const void *bytes, size_t length);
/* NOTIFY of event service-control; call_id NULL: that of the registration. */
void memory_lab_notify(struct memory_lab *lab, unsigned i, unsigned cm, const char *action,
		       const char *version, const char *call_id);

/* --- files (memory_lab_files.c) --- */

struct lab_file *memory_lab_file(struct memory_lab *lab, const char *name);
void memory_lab_put_file(struct memory_lab *lab, const char *name, const void *bytes, size_t length);
void memory_lab_remove_file(struct memory_lab *lab, const char *name);
/* The configuration of phone i as it is written at the start; change it and put it with
 * memory_lab_put_config. */
void memory_lab_config_of(struct memory_lab *lab, unsigned i, struct phonexml_config *config);
void memory_lab_put_config(struct memory_lab *lab, unsigned i, const struct phonexml_config *config);
/* Put name and name.sgn (when the cluster has a trust list). */
void memory_lab_put_signed(struct memory_lab *lab, const char *name, const void *bytes, size_t length);
/* A trust list signed by that signer, put under a name. */
struct lab_signer *lab_signer_new(void);
/* The role of its record where it is `also`; TRUSTLIST_SAST by default. */
void lab_signer_set_role(struct lab_signer *signer, enum trustlist_role role);
/* The signer of the files of every memory lab. */
const struct lab_signer *lab_signer_of_files(void);
void lab_signer_free(struct lab_signer *signer);
void memory_lab_put_trust_list(struct memory_lab *lab, const char *name, const struct lab_signer *signer,
			       const struct lab_signer *also, bool forge);
size_t lab_sign_file(const struct lab_signer *signer, const char *name, const void *bytes, size_t length,
		     uint8_t *out, size_t size);
/* A signer with a real certificate, made by cucm/certify: RSA 2048 or P-256, valid between two times. issuer NULL: self-signed. */
struct lab_signer *lab_certificate_new(const char *name, bool ec, int64_t begins, int64_t ends,
				       const struct lab_signer *issuer);
struct wire_slice lab_certificate_der(const struct lab_signer *certificate);
/* A list with these records; ec: of version 1.1. */
void memory_lab_put_records(struct memory_lab *lab, const char *name, const struct lab_signer *signer,
			    const struct lab_record *record, unsigned records, bool ec);
/* TVS knows the certificate in this role. */
void memory_lab_tvs_knows(struct memory_lab *lab, const struct lab_signer *certificate,
			  enum trustlist_role role);
/* Give phone i a manufacturer's certificate, or an LSC, as flash has it. */
void memory_lab_install(struct memory_lab *lab, unsigned i, const struct lab_signer *certificate, bool lsc);
/* Put name.enc.sgn: bytes encrypted for this certificate and signed by the signer. */
void memory_lab_put_encrypted(struct memory_lab *lab, const char *name, const struct lab_signer *signer,
			      const struct lab_signer *recipient, const void *bytes, size_t length);
/* A load: its .loads file and images. */
void memory_lab_put_load(struct memory_lab *lab, const char *load, const char *platform, bool truncated);
void memory_lab_default_files(struct memory_lab *lab);

/* --- on the bare wire (memory_lab_wire.c) --- */

/* The wire says so to phone i now; names: the voice VLAN is in it. */
void lab_wire_say_cdp(struct memory_lab *lab, unsigned i, bool names, uint16_t request_id);
void lab_wire_say_lldp(struct memory_lab *lab, unsigned i);

/* A frame for phone i, later. */
void lab_frame_to_phone(struct memory_lab *lab, unsigned i, uint64_t delay_us, const uint8_t *bytes,
			size_t length);

#endif
