#ifndef WIRE_SIP_PUT_H
#define WIRE_SIP_PUT_H

#include "wire/sip_build.h"

/* What the builders of requests and responses share; not for others. */

/* What a phone of this generation says it supports, in its own order. */
#define SIP_SUPPORTED                                                                                        \
	"replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,X-cisco-"       \
	"serviceuri,"                                                                                        \
	"X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,"   \
	"X-cisco-sis-7.0.0,X-cisco-xsi-8.5.1"

/* Write a text of at most 2048 bytes; a longer one is -EINVAL. */
void sip_put(struct wire_writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Content-Length, the empty line and the body; the result of the writer. */
ssize_t sip_put_body(struct wire_writer *writer, const void *body, size_t length);

/* Present, not empty, and without what would end a line. */
bool sip_is_clean(const char *text);

#endif
