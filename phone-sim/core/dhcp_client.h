#ifndef PHONE_SIM_CORE_DHCP_CLIENT_H
#define PHONE_SIM_CORE_DHCP_CLIENT_H

#include "base/mac.h"
#include "phone-sim/core/phone.h"
#include "wire/dhcp.h"

/* Step 4, and the lease after it (RFC 2131, address conflict detection of RFC 5227): dhcp_client.c has the
 * states, dhcp_messages.c the messages, dhcp_lease.c renewal and expiry. */

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

/* Transactions without a lease, the newest first; xid 0: none. */
#define DHCP_EARLIER 8
struct dhcp_earlier {
	struct {
		uint32_t xid;
		uint64_t started_us;
	} item[DHCP_EARLIER];
};

struct dhcp_client {
	enum dhcp_state state;
	uint32_t xid;
	unsigned tries;
	unsigned probes;
	uint64_t probed_us; /* of the last ARP probe */
	uint64_t started_us;
	uint64_t sent_us;  /* of the last message except a REQUEST for an offer: "secs" ends here */
	uint64_t bound_us; /* the lease counts from here: when the REQUEST was sent (RFC 2131 4.4.5) */
	uint64_t requested_us;
	uint64_t entered_us; /* the present state */
	struct mac server_mac;
	struct mac rival;     /* in DECLINED: the device that uses the address */
	uint64_t defended_us; /* RFC 5227 2.4 */
	bool defended;
	struct wire_odd odd; /* of the messages of odd_server so far */
	uint32_t odd_server;
	struct dhcp_lease offer, lease;
	struct dhcp_earlier earlier;
	bool other_offer; /* another server has sent an OFFER too */
	bool timed_out;	  /* status page: "DHCP TIMEOUT" */
	bool duplicate;	  /* status page: "DISABLED DUPLICATE IP" until the next lease */
};

/* State DHCP entered: drops all connections and the address, sends DISCOVER. */
void dhcp_enter(struct phone *phone);

/* Give up the address without a RELEASE and forget the lease. */
void dhcp_client_stop(struct phone *phone);

/* A received DHCP message, with the MAC that sent it, or a received ARP packet. */
void dhcp_client_datagram(struct phone *phone, const struct mac *source, const uint8_t *bytes, size_t length);
void dhcp_client_arp(struct phone *phone, const uint8_t *payload, size_t length);

/* TIMER_DHCP: repeat, probe, renew. TIMER_LEASE: the lease has expired. */
void dhcp_client_timer(struct phone *phone);
void dhcp_client_lease_timer(struct phone *phone);

/* The state as the status page shows it: "DHCP BOUND". */
const char *dhcp_state_text(const struct phone *phone);

/* --- among the three files --- */

/* Enter a state: the only function that changes the client's state. It sends the message that opens the state
 * (DISCOVER, REQUEST, ARP probe, DECLINE), emits the state's event, and arms or stops TIMER_DHCP and
 * TIMER_LEASE. cause is what the trace shows between the two states: "ack". Before BOUND, dhcp.lease is the
 * new lease; before DECLINED, dhcp.rival is set. */
void dhcp_become(struct phone *phone, enum dhcp_state state, const char *cause);

/* TIMER_DHCP of a bound client: T1, T2, and each repetition of the REQUEST until the lease ends. */
void dhcp_keep_alive(struct phone *phone);

/* Renew the lease now, unless it is infinite or being renewed. */
void dhcp_client_renew(struct phone *phone);

/* Arm TIMER_DHCP and TIMER_LEASE for the lease that was just granted. */
void dhcp_lease_begin(struct phone *phone);

/* Build and send a message of that type for the present state; an ARP probe, or an announcement. */
void dhcp_send(struct phone *phone, uint8_t type);
void dhcp_send_arp(struct phone *phone, bool announce);

/* Read the lease of an OFFER or ACK: NULL, or why it cannot be used ("no subnet mask"). The address and
 * the mask (option 1) are required; the phone guesses neither. The message has a server identifier. */
const char *dhcp_read_lease(const struct dhcp_message *message, struct dhcp_lease *lease);

/* Emit PHONE_DO_SET_ADDRESS with the address of the lease. */
void dhcp_put_address(struct phone *phone);

#endif
