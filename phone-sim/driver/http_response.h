#ifndef PHONE_SIM_DRIVER_HTTP_RESPONSE_H
#define PHONE_SIM_DRIVER_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "phone-sim/core/fetch_facts.h"

struct evbuffer;

/* One HTTP/1.x response (RFC 9112), read as it arrives. libevent's evhttp makes its own sockets and loses the reason
 * of a failed connection. A header that is no header, or is folded, is skipped and listed in facts. Interim responses
 * (1xx) are skipped. */
#define HTTP_HEAD_MAX                                                                                        \
	16384 /* bytes of status line and headers, and of the trailer; other servers send 8192 */
#define HTTP_CHUNK_LINE_MAX 1024 /* bytes of the line in front of a chunk, with its extensions */

enum http_part {
	HTTP_STATUS_LINE,
	HTTP_FIELDS,
	HTTP_BODY, /* of known length, or up to the end of the connection */
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK,
	HTTP_CHUNK_END,
	HTTP_TRAILER,
	HTTP_DONE,
};

struct http_response {
	enum http_part part;
	int status;	 /* 0 until its line was read */
	char reason[64]; /* "404 Not Found" */
	int64_t length;	 /* of the body; -1: not announced, or chunked */
	int64_t left;	 /* of the body or the chunk; -1: to the end of the connection */
	bool chunked;
	bool length_bad;		/* Content-Length is no number, or there are two */
	char encoding[32];		/* a coding of the body that nobody requested: "gzip"; "" none */
	char field[32];			/* name of the header that was read last */
	size_t head;			/* bytes of lines so far, bounded */
	const char *error;		/* static: why http_response_read gave -EBADMSG */
	struct phone_fetch_facts facts; /* location and odd */
};

void http_response_init(struct http_response *response);

/* Takes a piece of the body; a negative errno stops the reading and is given back. */
typedef int http_body_fn(void *arg, const uint8_t *bytes, size_t length);

/* Read what input has. 1: complete; 0: more must come; -EBADMSG: not HTTP, see error; or the result of body. */
int http_response_read(struct http_response *response, struct evbuffer *input, http_body_fn *body, void *arg);

/* The connection has ended. 1: complete; -EPIPE: cut off; -EBADMSG: there was no response. */
int http_response_end(const struct http_response *response);

#endif
