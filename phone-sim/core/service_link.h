#ifndef PHONE_SIM_CORE_SERVICE_LINK_H
#define PHONE_SIM_CORE_SERVICE_LINK_H

#include "phone-sim/core/phone.h"

/*
 * The connection by TLS to a service of the cluster (TVS, CAPF): its server is resolved, its certificate checked, its
 * messages collected. Timers and the meaning of messages are the client's.
 */
struct service_link {
	uint32_t resolve_id, connection; /* 0: none */
	uint8_t *rx;			 /* bytes that are no whole message yet */
	size_t rx_length;
};

void service_link_resolve(struct phone *phone, struct service_link *link, const char *name);

/* client: offer the phone's certificate. */
void service_link_connect(struct phone *phone, struct service_link *link, uint32_t address, uint16_t port,
			  uint64_t timeout_us, bool client);

/* End resolution, check of the certificate and connection. */
void service_link_close(struct phone *phone, struct service_link *link);

/* Release the memory only. */
void service_link_clear(struct service_link *link);

/* Is the event about this resolution or connection? */
bool service_link_owns(const struct service_link *link, const struct phone_event *event);

/* PHONE_RESOLVED: NULL and the address, or why there is none. */
const char *service_link_resolved(struct service_link *link, const struct phone_event *event,
				  uint32_t *address);

/* The answer to PHONE_PEER; a connection that is not trusted is over. */
void service_link_trust(struct phone *phone, struct service_link *link, bool trusted);

/* PHONE_CLOSED: the connection is over. The reason; of an end in order it is in_order. */
const char *service_link_closed(struct phone *phone, struct service_link *link,
				const struct phone_event *event, const char *in_order);

void service_link_send(struct phone *phone, const struct service_link *link, const uint8_t *bytes,
		       size_t length);

/* PHONE_RECEIVED: add the bytes to rx. False: without memory, or more than most bytes. */
bool service_link_receive(struct service_link *link, const struct phone_event *event, size_t most);

#endif
