#ifndef PHONE_SIM_DRIVER_TLS_INTERNAL_H
#define PHONE_SIM_DRIVER_TLS_INTERNAL_H

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "phone-sim/driver/tls.h"

struct tcp;

/* How far a handshake came, and the alerts in it. */
struct tls_progress {
	bool hello;		 /* the server has answered with its hello */
	bool certificate;	 /* this end has sent its certificate, or an empty list */
	bool offered;		 /* there was a certificate to send */
	int alert_in, alert_out; /* the fatal alert; -1: none */
};

/* tls_bio.c: a BIO that reads the input of a connection and sends on it. NULL without memory; the connection must live longer. */
BIO *tls_bio_new(struct tcp *tcp);

/* tls_error.c: name the failure that OpenSSL has just reported (its error queue is emptied), or that progress shows. Static. */
const char *tls_error_name(const struct tls_progress *progress);

#endif
