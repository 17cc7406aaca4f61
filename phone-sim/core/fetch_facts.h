#ifndef PHONE_SIM_CORE_FETCH_FACTS_H
#define PHONE_SIM_CORE_FETCH_FACTS_H

#include <stdint.h>

#define PHONE_FETCH_ODD_MAX 8

/* How the network or the server ended a transfer or a connection, as a phone can tell it apart. */
#define PHONE_HOW_REFUSED     "refused"	    /* RST to SYN, ICMP port unreachable */
#define PHONE_HOW_RESET	      "reset"	    /* RST on an open connection */
#define PHONE_HOW_CLOSED      "closed"	    /* FIN before an answer */
#define PHONE_HOW_UNREACHABLE "unreachable" /* ICMP host or network unreachable, no route, no ARP answer */
#define PHONE_HOW_SILENT      "silent"	    /* nothing came */
#define PHONE_HOW_MUTE	      "mute"	    /* the connection was accepted, no answer came on it */
#define PHONE_HOW_STALLED     "stalled"	    /* the answer began and stopped */
#define PHONE_HOW_CUT	      "cut"	    /* the answer ended before its announced length */

/* What a transport saw of the server beside the result. Zero is nothing, except for tftp_error. */
struct phone_fetch_facts {
	const char *how;    /* how the transfer failed, one of PHONE_HOW_; NULL: it has not, or the result
			    says it */
	unsigned again;	    /* packets that were sent again: TFTP's, or segments of the TCP connection */
	char location[256]; /* HTTP: the target of a redirect; printable ASCII */
	int tftp_error;	    /* TFTP: code of the ERROR that ended the transfer; -1: none */
	uint32_t
	    other_address;   /* TFTP: another address that answered; its packets were rejected (RFC 1350 4) */
	const char *dropped; /* TFTP: why the first other datagram was dropped, static; NULL: none was */

	/* HTTP headers and TFTP options that were skipped. */
	struct phone_fetch_odd {
		char name[32];	  /* printable ASCII; "" when it has none */
		const char *what; /* static */
	} odd[PHONE_FETCH_ODD_MAX];
	unsigned odds;
};

#endif
