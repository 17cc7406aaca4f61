#ifndef PHONE_SIM_CORE_FETCH_FACTS_H
#define PHONE_SIM_CORE_FETCH_FACTS_H

#include <stdint.h>

#define PHONE_FETCH_ODD_MAX 8

/* What a transport saw of the server beside the result. Zero is nothing, except for tftp_error. */
struct phone_fetch_facts {
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
