#ifndef TESTS_SUPPORT_SIP_CALLER_H
#define TESTS_SUPPORT_SIP_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A plain SIP client for tests: sends given text over one TCP connection and reads the replies. */
struct sip_caller {
	int fd;
	uint16_t port; /* ours */
	unsigned cseq;
	char buffer[65536]; /* received and not yet taken */
	size_t have;
};

/* Connect to address:5060 from 10.20.0.99; fails the test when it cannot within 5 s. */
void sip_caller_open(struct sip_caller *caller, const char *address);
void sip_caller_close(struct sip_caller *caller);

/* What a REGISTER says; NULL and 0 as commented. */
struct sip_register {
	const char *device; /* in the Contact; NULL: neither device name nor instance */
	const char *number;
	const char *call_id;	   /* NULL: "call-DEVICE" */
	const char *contact_extra; /* parameters after the Contact; NULL: none */
	const char *headers;	   /* further header lines, each ending in CRLF; NULL: none */
	const char *body;	   /* NULL: none; else sent as multipart/mixed */
	int expires;
};

/* Send it. */
void sip_caller_register(struct sip_caller *caller, const struct sip_register *what);

/* Send any bytes. */
void sip_caller_send(struct sip_caller *caller, const char *text);

/* The next message, whole, at most size - 1 octets; false when none comes within PATIENCE * milliseconds or the
 * connection ends. */
bool sip_caller_receive(struct sip_caller *caller, char *text, size_t size, int milliseconds);

/* Send a REGISTER and take the answer: its status code, the message in text. 0 when none came in PATIENCE * 5 s. */
int sip_caller_status(struct sip_caller *caller, const struct sip_register *what, char *text, size_t size);

#endif
