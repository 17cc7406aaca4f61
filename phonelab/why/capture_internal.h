#ifndef PHONELAB_WHY_CAPTURE_INTERNAL_H
#define PHONELAB_WHY_CAPTURE_INTERNAL_H

#include "phonelab/why/capture.h"

#include "base/ladder.h"
#include "wire/dissect.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/odd.h"
#include "wire/sip.h"

/* Only for capture*.c. Times are microseconds since the first frame. All lists are bounded; the oldest entry gives way. */

#define CAPTURE_EVENTS	    4096
#define CAPTURE_ADDRESSES   8
#define CAPTURE_SEEN	    64 /* frames that a frame may repeat */
#define CAPTURE_HOLES	    8  /* of a stream */
#define CAPTURE_CONNECTIONS 64
#define CAPTURE_EARLIER	    4
#define CAPTURE_REQUESTS    16
#define CAPTURE_LINES	    16
#define CAPTURE_SIP_OPEN    16
#define CAPTURE_NEIGHBOURS  64
#define CAPTURE_FILE	    128
#define CAPTURE_HTTP_PORT   6970
#define CAPTURE_SILENT_US   3000000 /* a request without an answer for so long has failed */

/* The frame at hand. */
struct capture_packet {
	unsigned long number;
	uint64_t us;
	struct ether_frame ether;
	bool cut, from_phone, to_phone;
	bool has_ip, has_tcp, has_udp;
	struct ipv4_packet ip;
	struct tcp_segment tcp;
	struct udp_datagram udp;
	const struct dissect *seen; /* what wire/dissect reads in it */
};

/* --- DHCP --- */

struct capture_offer {
	uint32_t server, address, xid;
	uint64_t us;
	unsigned long number; /* 0: none */
	char reason[160];     /* why the phone cannot use it, "" if it can */
	char odd[WIRE_ODD_TEXT];
};

struct capture_dhcp {
	uint32_t probe[8]; /* transactions of `why` itself, the last ones */
	unsigned probes;
	uint32_t xid;
	unsigned discovers, requests; /* without an answer */
	uint64_t discovered_us, requested_us;
	struct capture_offer offer; /* the last, until the phone reacts */
	struct {
		uint32_t xid;
		uint64_t us;	    /* of its first DISCOVER */
	} earlier[CAPTURE_EARLIER]; /* transactions that the phone has given up, the newest first */
	uint64_t began_us;	    /* of the present transaction */
	uint64_t answered_us;	    /* of its first OFFER */
	unsigned offers;	    /* to it, of the server that answered first */
	uint32_t first;		    /* that server */
	uint32_t taken, other;	    /* servers: of the OFFER that was taken, and of another */
	bool requesting, bound;
	uint32_t gateway, server, mask;
};

/* --- TCP --- */

/* One direction of a connection. */
struct capture_stream {
	bool known;	/* next is known */
	uint32_t next;	/* all before it was captured */
	uint32_t acked; /* by the other end */
	bool has_acked, finished;
	struct {
		uint32_t from, to;
	} hole[CAPTURE_HOLES]; /* captured ranges beyond a gap */
	unsigned holes;
	unsigned segments, repeated; /* with data; with data that was captured before */
	unsigned large, large_repeated, small;
};

struct capture_connection {
	uint64_t us; /* of its first frame; 0 with number 0: free */
	unsigned long number;
	uint64_t last_us;
	uint32_t server;
	uint16_t phone_port, server_port;
	uint32_t sequence; /* of the SYN */
	unsigned syns;
	enum { CAPTURE_SYN, CAPTURE_OPEN, CAPTURE_CLOSED } state;
	bool reported; /* its failure */
	bool sip;
	struct capture_stream up, down; /* from the phone, to the phone */
};

/* --- files --- */

struct capture_request {
	int step;
	char file[CAPTURE_FILE];
	bool http, answered, data;
	uint32_t server;
	uint16_t phone_port;
	uint64_t us;
	unsigned long number;
	unsigned tries;
	int status, tftp_error;
	char reason[100], location[200], content[40];
	bool has_body;
	uint32_t body;	/* sequence number of its first octet */
	long long size; /* of the content, -1: not known */
	long long bytes;
	unsigned block_size;
	unsigned block;
	uint32_t answered_by;
};

/* A connection to the file server failed; the file is named by the next request to it. */
struct capture_no_http {
	uint32_t server;
	uint64_t us, asked_us;
	unsigned long number; /* 0: none */
	char result[16], how[16], reason[80];
};

/* A file that is not what its name says. */
struct capture_content {
	char file[CAPTURE_FILE], found[40];
	int step;
	unsigned long number; /* 0: none */
};

/* --- SIP --- */

struct capture_sip_open {
	char call_id[80], user[64];
	uint32_t cseq;
	uint64_t us;
	unsigned long number; /* 0: free */
	bool keep_alive;
	uint32_t expires, server;
	uint16_t port;
	unsigned tries;
};

struct capture_line {
	char user[64], call_id[80];
	bool bound;
	unsigned refused; /* status of the last answer, if it was no 2xx */
	uint64_t us;	  /* of the last 200 */
	uint32_t expires;
	uint32_t server;
	uint16_t phone_port;
	bool udp;
};

struct capture_sip {
	struct capture_sip_open open[CAPTURE_SIP_OPEN];
	struct capture_line line[CAPTURE_LINES]; /* the first is the primary line */
	unsigned lines;
	struct {
		unsigned status;
		uint32_t server;
		char reason[120];     /* of its header Warning */
		unsigned long number; /* 0: none */
	} rejected;		      /* the last REGISTER of the primary line */
	unsigned long doubt;	      /* frame since which the phone may have started again; 0: none */
};

/* --- the network --- */

struct capture_neighbour {
	uint32_t address;
	struct mac mac;
	unsigned long number; /* 0: free */
};

struct capture_network {
	struct capture_neighbour neighbour[CAPTURE_NEIGHBOURS];
	size_t neighbours;
	struct {
		uint32_t address;
		struct mac mac[2];
		unsigned long number; /* 0: none */
	} conflict;
	struct {
		uint32_t by, to;
		bool tcp;
		uint16_t port;
		unsigned code, mtu, count;
		unsigned long number; /* 0: none */
	} unreachable;
	int vlan, told_vlan; /* of the phone's frames; of CDP or LLDP; -1: not seen, 0: untagged */
	unsigned long vlan_number;
	unsigned long asked_vlan; /* frame of the phone's last CDP query for a VLAN */
	struct mac router;	  /* that forwards packets of other networks to the phone; zero: not seen */
	size_t largest_in;	  /* octets of the largest IP packet to the phone */
	unsigned arp_repeated;
};

struct capture {
	struct mac mac;
	char phone[DEVICE_TEXT], hex[13], hex_lower[13];
	uint32_t address[CAPTURE_ADDRESSES];
	unsigned addresses;
	uint32_t address_now;
	struct dissect_context *context;
	struct dissect seen;
	uint8_t *room; /* for a frame that was cut: its length on the wire, filled with zeros */
	const struct capture_packet *packet;

	uint64_t first_ns, now_us;
	unsigned long frames, own, repeated, cut, hashed;
	uint64_t hash[CAPTURE_SEEN], hash_us[CAPTURE_SEEN];

	struct ladder ladder;
	json_t *events;
	unsigned attempts;	/* that began in the capture */
	int begun;		/* the lowest step whose beginning the capture has; 0: none */
	unsigned long begun_at; /* frame */
	char begun_by[100];

	struct capture_dhcp dhcp;
	struct capture_connection connection[CAPTURE_CONNECTIONS];
	struct capture_request request[CAPTURE_REQUESTS];
	size_t requests;
	struct capture_no_http no_http;
	struct capture_content content;
	struct capture_sip sip;
	struct capture_network network;
};

/* --- attempts (capture_attempt.c) --- */

/* The phone begins again at a step: forget what is known of it and of later steps. why: the sign that shows it. */
void capture_begin(struct capture *it, int step, const char *why);

/* Has the phone got further than that step? */
bool capture_beyond(const struct capture *it, int step);

/* Set the state of a step, and write the event step.active, .done or .failed if state or detail is new. A step that is
 * done does not become active again. */
void capture_step(struct capture *it, int step, enum ladder_state state, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Write an event of the frame at hand. evidence: stolen, may be NULL. */
void capture_event(struct capture *it, int step, const char *name, json_t *evidence, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* {KEY: text, ..} ended by NULL; pairs with "" are left out. */
json_t *capture_evidence(const char *key, ...) __attribute__((sentinel));

/* "10.20.0.3", in one of 32 buffers in turn. */
const char *capture_address(uint32_t address);
/* "12", the same. */
const char *capture_number(unsigned long long number);

/* --- protocols; each reads the frame at hand --- */

void capture_dhcp(struct capture *it, const struct capture_packet *packet);
void capture_arp(struct capture *it, const struct capture_packet *packet);
void capture_neighbour_frame(struct capture *it, const struct capture_packet *packet); /* CDP, LLDP */
void capture_icmp(struct capture *it, const struct capture_packet *packet);
void capture_vlan(struct capture *it, const struct capture_packet *packet);
struct capture_connection *capture_tcp(struct capture *it, const struct capture_packet *packet);
void capture_http(struct capture *it, const struct capture_packet *packet,
		  struct capture_connection *connection);
void capture_tftp(struct capture *it, const struct capture_packet *packet);
void capture_sip(struct capture *it, const struct sip_message *message);

/* --- requests for files (capture_files.c) --- */

/* The open request of the phone from that port, or NULL. */
struct capture_request *capture_request_find(struct capture *it, bool http, uint16_t phone_port);

/* A new request; those that the phone had open end. */
struct capture_request *capture_request_begin(struct capture *it, bool http, int step, const char *file,
					      uint32_t server, uint16_t phone_port);

/* Each writes the event, sets the step, and drops the request. how: a word of the evidence of file.failed, or "". */
void capture_request_failed(struct capture *it, struct capture_request *request, const char *result,
			    const char *how, const char *why);
void capture_request_received(struct capture *it, struct capture_request *request);

/* --- between them --- */

/* A connection was not established. how: "refused", "silent", "unreachable". */
void capture_connection_failed(struct capture *it, struct capture_connection *connection, const char *how);

/* A call manager was lost at step 10, or in a request at step 11. how: a word of the event cm.lost. */
void capture_manager_lost(struct capture *it, int step, uint32_t server, uint16_t port, uint64_t since_us,
			  const char *how, const char *why);
/* Is the other end a call manager: by SIP, or by a port of SIP or SCCP? */
bool capture_is_manager(const struct capture_connection *connection);

/* The call manager or the phone has closed the connection. */
void capture_sip_closed(struct capture *it, const struct capture_connection *connection, const char *how);

/* The phone was seen to be alive on this connection. */
void capture_sip_alive(struct capture *it, const struct capture_connection *connection);

/* The phone may have started again: it reads its files, or shuts LLDP down. The registration holds only if its connection
 * goes on. */
void capture_sip_doubt(struct capture *it);

/* Is the primary line bound at that time, as far as the capture shows? */
bool capture_registered(const struct capture *it, uint64_t us);

/* Append the facts of the last attempt. */
void capture_facts(const struct capture *it, json_t *facts);

/* At the end: requests that were never answered have failed. */
void capture_dhcp_end(struct capture *it);
void capture_tcp_end(struct capture *it);
void capture_files_end(struct capture *it);
void capture_sip_end(struct capture *it);

/* Forget from a step on. */
void capture_files_forget(struct capture *it, int step);

#endif
