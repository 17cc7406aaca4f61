#ifndef PHONE_SIM_DRIVER_UPLOAD_H
#define PHONE_SIM_DRIVER_UPLOAD_H

#include <stdint.h>

#include "base/fail.h"
#include "base/text.h"

struct event_base;

/* The upload of a problem report: an HTTP POST of multipart/form-data (RFC 7578) with the four fields of the phones. */
struct upload;

/* Everything is used during upload_start only. */
struct upload_order {
	struct event_base *base;
	int ns;			     /* -1: the calling namespace */
	const char *url;	     /* "http://HOST[:PORT]/PATH" */
	const uint32_t *dns_servers; /* if HOST is a name; host order */
	unsigned dns_count;
	const char *domain;
	const char *device, *serial, *user, *file_name;
	const struct text *file;
	/* The address of HOST, before the connection. */
	void (*expect)(void *arg, uint32_t address);
	/* status: of HTTP, 0 if there was no answer; detail: a sentence. Called once, from the event loop; the upload is freed
	 * after it returns. */
	void (*done)(void *arg, int status, const char *detail);
	void *arg;
};

/* 0; -EINVAL: the URL is not of that form; or another negative errno. */
int upload_start(struct upload **upload, const struct upload_order *order, struct fail *fail);

/* done is not called. NULL is legal. */
void upload_cancel(struct upload *upload);

#endif
