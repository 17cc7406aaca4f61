#ifndef PHONE_SIM_CORE_REGISTRAR_H
#define PHONE_SIM_CORE_REGISTRAR_H

#include "phone-sim/core/ciphers.h"
#include "phone-sim/core/phone.h"
#include "wire/phonexml.h"
#include "wire/sip.h"

/* The call managers of the phone: the state that cm.c (connections), register.c (registration), failover.c
 * (standby and fallback) and sip_udp.c (retransmission) hold for each member of the group. */

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
	uint64_t entered_us; /* that state */
	uint32_t resolve_id;
	uint32_t connection; /* 0: none */
	uint32_t local_address;
	uint16_t local_port;
	uint8_t *rx;
	size_t rx_length;
	enum sip_transaction tx;
	char tx_call_id[128];
	char tx_branch[32];    /* of the last request, also if it is answered */
	char alarm_branch[32]; /* of the last alarm: the phone does not wait for its answer */
	uint32_t tx_cseq;
	uint64_t tx_sent_us;
	unsigned challenges; /* answered in a row: of the pending request and of those that it repeats */
	uint8_t *resend;     /* by UDP: the request without a response; NULL: none */
	size_t resend_length;
	uint64_t resend_us; /* delay of the next retransmission: timer E of RFC 3261 17.1.2.2 */
	/* By UDP: the call manager's last request and its response, in case the request is repeated (17.2.2). */
	char answered_call_id[128], answered_tag[17];
	uint32_t answered_cseq;
	unsigned answered; /* status; 0: none */
	char call_id[96];
	char from_tag[48];
	uint32_t cseq;
	uint32_t expires_s; /* to ask for */
	uint32_t granted_s;
	uint32_t least_s;	   /* Min-Expires of the last 423; 0: none */
	unsigned interval_retries; /* 423 in a row */
	uint32_t nc;
	char last_nonce[128];
	uint64_t stable_since_us; /* since when a standby answers; 0: it does not */
	uint64_t retry_after_us;  /* not before */
	unsigned poll_attempt;
	bool registered_failed; /* in this round: the connection was accepted, the registration was not */
	const char *how;	/* the last connection was lost (cm.h); NULL: none was */
	char error[200];
};

#define NOBODY PHONE_MEMBERS_MAX

struct registrar {
	struct member member[PHONE_MEMBERS_MAX];
	unsigned members;
	unsigned at;	      /* member that steps 10 and 11 use */
	unsigned active;      /* member registered with; NOBODY */
	unsigned coming_home; /* member that the phone moves to; NOBODY */
	bool spread;	      /* the active member was lost: reconnect after a random delay */
	char dn[64];
	char foreign_proxy[128]; /* <proxy> of the first line, if no line uses the call managers; "" */
	unsigned lines;		 /* that use the call managers, the primary line included */
	bool lines_bound; /* the call manager has bound the others too: it has answered the bulk request */
	char auth_name[128], auth_password[128];
	char contact[64];
	char display[128];
	char session_id[33];
	bool provisioned; /* false: XMLDefault */
	bool udp;	  /* else TCP, or TLS */
	unsigned register_s, delta_s, keepalive_s;
	unsigned alarm;
	const char *last;  /* "initialized" */
	bool shown;	   /* PHONE_DO_REGISTERED was emitted */
	uint64_t retry_us; /* from Retry-After */
	int64_t clock_offset_s;
	bool clock_known;
	bool clock_by_ntp;	   /* a Date does not set it */
	enum phone_tls tls;	   /* of the connections to the call managers */
	unsigned resumption_s;	   /* of TLS sessions */
	char ciphers[CIPHERS_MAX]; /* offered to them; "": none is left */
};

/* Is it a line that the call managers serve: a number, and <proxy> says so? */
bool registrar_line(const struct phonexml_line *line);

#endif
