#ifndef PHONE_SIM_DRIVER_DOWNLOAD_H
#define PHONE_SIM_DRIVER_DOWNLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/core/fetch_facts.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/driver/flash.h"

struct event_base;
struct download;
struct tls_shared;

/* One file from one server, by HTTP, HTTPS or TFTP, from inside a phone's namespace, into memory or into flash. */
struct download_order {
	struct event_base *base;
	int ns; /* used during download_start() only; -1: the calling namespace */
	uint32_t id;
	uint32_t server; /* host order */
	uint16_t port;
	enum phone_transport transport;
	const char *file; /* used during download_start() only */
	const char *
	    query; /* HTTP: what follows "?", at most 700 bytes, sent as it is; NULL: none. During the start only */
	uint64_t limit; /* bytes */
	uint64_t timeout_us;
	struct flash *flash;	/* write to the inactive bank; NULL: to memory */
	struct tls_shared *tls; /* HTTPS */
	const char *ciphers;	/* HTTPS: those that are offered; used during download_start() only */
	bool
	    head; /* to memory: only the first 4096 bytes are needed, and the size of the whole file. A server that
		      announces no size sends the whole file, of which the rest is dropped. */
	/* Called once, from the event loop; event is a PHONE_FETCHED. The fetch is freed after it returns. */
	void (*done)(void *arg, struct download *download, const struct phone_event *event);
	/* HTTPS: the certificate of the server (DER, borrowed for the call). Answer with download_trust() or download_refuse(),
	 * at once or later; until then the time limit does not run. */
	void (*peer)(void *arg, struct download *download, const uint8_t *der, size_t length);
	/* TFTP sent something again, the nth time in this transfer; may be NULL. */
	void (*retransmitted)(void *arg, struct download *download, unsigned n);
	void *arg;
};

/* Start; every failure is reported by done. -ENOMEM is the only error. */
int download_start(struct download **download, const struct download_order *order, struct fail *fail);

uint32_t download_id(const struct download *download);

/* The answers to peer: go on; or end the connection with a TLS alert and cancel the download. */
void download_trust(struct download *download);
void download_refuse(struct download *download);

/* Cancel the download: done is not called. NULL is legal. */
void download_cancel(struct download *download);

/* --- between download.c and the transports --- */

/* Receives what a transport gets: data for every piece, over once; then the transport is freed. */
struct download_sink {
	/* A piece of the file. 0, -EFBIG when it is over the limit, or another negative errno. */
	int (*data)(void *arg, const uint8_t *bytes, size_t length);

	/* The size of the whole file, before its first piece, if the server announces it. */
	void (*announced)(void *arg, uint64_t size);

	/* It has ended. http_status 0: none was read. detail is copied. */
	void (*over)(void *arg, enum phone_fetch_status status, int http_status, const char *detail);

	/* Something was sent again, the nth time. */
	void (*retransmitted)(void *arg, unsigned n);
	/* HTTPS: as in the order. */
	void (*peer)(void *arg, const uint8_t *der, size_t length);
	void *arg;
	struct phone_fetch_facts *facts; /* to fill before over is called */
};

/* The status for an errno (positive) of a socket that has received nothing. */
enum phone_fetch_status download_status_of(int error);

/* The same in a word of fetch_facts.h (PHONE_HOW_); NULL: none fits. */
const char *download_how(int error);

/* Get one file by HTTP, HTTPS or TFTP into a sink, which must live as long. 0 or a negative errno; an immediate failure
 * may also be reported by sink->over. To free NULL is legal. */
struct http_get;
struct tftp_get;
int http_get_start(struct http_get **get, const struct download_sink *sink,
		   const struct download_order *order, struct fail *fail);
int tftp_get_start(struct tftp_get **get, const struct download_sink *sink,
		   const struct download_order *order, struct fail *fail);
void http_get_trust(struct http_get *get);
void http_get_refuse(struct http_get *get); /* and free */
void http_get_free(struct http_get *get);
void tftp_get_free(struct tftp_get *get);

#endif
