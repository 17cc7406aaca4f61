#ifndef PHONELAB_WEB_TAILS_H
#define PHONELAB_WEB_TAILS_H

#include <event2/http.h>

#include "phonelab/client/client.h"

/*
 * Files of the lab that viewers follow: the logs of its programs and the lease files of its DHCP servers. Each viewer has a stream of
 * server-sent events. A file is read only while somebody follows it; the kernel (inotify) reports when it grows.
 *
 *   event: part
 *   data: {"file": "log/tftp.log", "text": whole lines, "first": true: this is the beginning of the text, "skipped": octets left out before it}
 *   data: {"file": "log/tftp.log", "missing": true}
 */
struct web_tails;

#define WEB_TAILS	16 /* streams */
#define WEB_TAILS_FILES 8  /* per stream */

/* lab is borrowed. NULL without memory. */
struct web_tails *web_tails_new(struct event_base *base, const struct lab *lab);

/* Begin the stream of a request, which is taken over. files: names with commas between them, each "log/NAME" or "SERVER/leases". 0, or a
 * negative errno with the reason, and the request is as before. */
int web_tails_add(struct web_tails *tails, struct evhttp_request *request, const char *files,
		  struct fail *fail);

/* End all streams. NULL is legal. */
void web_tails_free(struct web_tails *tails);

#endif
