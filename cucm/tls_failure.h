#ifndef CUCM_TLS_FAILURE_H
#define CUCM_TLS_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "cucm/plan.h"

/*
 * TLS handshakes that Kamailio refused or that the peer broke off. Kamailio writes several lines about each:
 *    8(37) ERROR: tls [..]: tls_err_ret(): TLS accept:error:0A000086:SSL routines::certificate verify failed (sni: unknown)
 *    8(37) ERROR: tls [..]: tls_h_read_f(): src addr: 10.110.0.57:47680
 * Several worker processes write into one log, so the number in parentheses tells which lines belong together.
 */
struct tls_failure {
	char address[16]; /* IPv4, of the peer */
	unsigned port;
	unsigned code; /* of EndPointTransientConnection: 12 if no cipher is common, else 10 */
	char why[64];  /* OpenSSL's reason: "certificate verify failed" */
};

#define TLS_FAILURE_WORKERS 8

/* The reader of one log; begins as zeros. */
struct tls_failure_reader {
	struct {
		long pid; /* 0: free */
		unsigned code;
		char why[64];
	} worker[TLS_FAILURE_WORKERS];
	unsigned next; /* to be reused when all are in use */
};

/* Read a line, without its newline. True if it completes the report of a failed handshake. */
bool tls_failure_read(struct tls_failure_reader *reader, const char *line, struct tls_failure *failure);

/* Add the alarm of the call manager, with a newline. device: of the plan, which has the address; NULL: unknown, and the alarm has
 * no DeviceName. */
void tls_failure_alarm(const struct tls_failure *failure, const struct cucm_plan *plan, const char *node,
		       const struct cucm_device *device, struct text *text);

#endif
