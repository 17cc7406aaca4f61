#ifndef PHONELAB_CLIENT_RELAY_H
#define PHONELAB_CLIENT_RELAY_H

#include <jansson.h>

#include "base/fail.h"
#include "base/text.h"
#include "phonelab/client/client.h"

/*
 * A relay: the command `phonelab node --relay` in a container of a lab, started from the host through `docker exec`. It
 * passes requests on to the control sockets of the lab, which only containers reach. It notes the state of the lab when it
 * starts, and restores it when its standard input ends: so a lab is restored also after this process was killed.
 *
 * Requests and replies are JSON objects, one per line. The relay first sends its greeting:
 *   lab, phones (0: not scaled), topology (the text of its file), now (CLOCK_MONOTONIC, us); or error
 * {"socket","request","ms"}   a request to a control socket; the reply has `reply`, or `error` and `errno`
 * {"file","from"}             the reply has `text`, whole lines from that octet of a file of the run directory, and `next`
 * {"touch":true}              the lab is changed in a way that no request shows
 * {"restore":true}            restores the lab; the reply comes when it is as before, or has `error`
 */
#define RELAY_PART     65536
#define RELAY_BEGIN_MS 30000
#define RELAY_END_MS   150000 /* for restoring */

/* Start the relay of a lab of containers: sets lab->relay. *greeting: a new object. 0, or a negative errno with the
 * reason. */
int relay_open(struct lab *lab, json_t **greeting, struct fail *fail);

/* One request as it is, and its reply (new reference). NULL with the reason, also if the reply is an error. */
json_t *relay_ask(struct relay *relay, const json_t *request, int timeout_ms, struct fail *fail);

/* One request to a control socket; see client_call. request is borrowed. */
json_t *relay_call(struct relay *relay, const char *socket, json_t *request, int timeout_ms,
		   struct fail *fail);

/* Append the next part of a file to text and advance *at. The octets read, 0 at the end, or a negative errno. */
long relay_read(struct relay *relay, const char *file, long long *at, struct text *text);

/* End the relay. Its lab is restored by then, as far as that works within RELAY_END_MS. NULL is legal. */
void relay_close(struct relay *relay);

#endif
