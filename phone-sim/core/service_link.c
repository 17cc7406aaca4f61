#include "phone-sim/core/service_link.h"

#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/ciphers.h"
#include "phone-sim/core/internal.h"

void service_link_resolve(struct phone *phone, struct service_link *link, const char *name)
{
	link->resolve_id = phone_put_resolve(phone, name);
}

void service_link_connect(struct phone *phone, struct service_link *link, uint32_t address, uint16_t port,
			  uint64_t timeout_us, bool client)
{
	struct phone_action *action = phone_put(phone, PHONE_DO_CONNECT);

	link->connection = phone_new_id(phone);
	action->connect.id = link->connection;
	action->connect.ip = address;
	action->connect.port = port;
	action->connect.timeout_us = timeout_us;
	action->connect.tls = PHONE_TLS_SERVICE;
	action->connect.ciphers = SERVICE_CIPHERS;
	action->connect.client = client;
}

void service_link_close(struct phone *phone, struct service_link *link)
{
	struct phone_action *action;

	if (link->resolve_id)
		phone_put_cancel(phone, link->resolve_id);
	if (link->connection) {
		trust_peer_cancel(phone, link->connection);
		action = phone_put(phone, PHONE_DO_CLOSE);
		action->close.id = link->connection;
		action->close.abort = false;
	}
	service_link_clear(link);
}

void service_link_clear(struct service_link *link)
{
	free(link->rx);
	memset(link, 0, sizeof(*link));
}

/* 0 is no id. */
static bool is(uint32_t id, uint32_t of_event)
{
	return id && id == of_event;
}

bool service_link_owns(const struct service_link *link, const struct phone_event *event)
{
	switch ((unsigned)event->kind) {
	case PHONE_RESOLVED: return is(link->resolve_id, event->resolved.id);
	case PHONE_CONNECTED: return is(link->connection, event->connected.id);
	case PHONE_RECEIVED: return is(link->connection, event->received.id);
	case PHONE_CLOSED: return is(link->connection, event->closed.id);
	case PHONE_PEER: return is(link->connection, event->peer.id);
	default: return false;
	}
}

const char *service_link_resolved(struct service_link *link, const struct phone_event *event,
				  uint32_t *address)
{
	link->resolve_id = 0;
	if (!event->resolved.count)
		return event->resolved.timed_out ? "DNS timeout" : "DNS unknown host";
	*address = event->resolved.address[0];
	return NULL;
}

void service_link_trust(struct phone *phone, struct service_link *link, bool trusted)
{
	struct phone_action *action = phone_put(phone, PHONE_DO_TRUST);

	action->trust.id = link->connection;
	action->trust.trusted = trusted;
	if (!trusted)
		link->connection = 0;
}

const char *service_link_closed(struct phone *phone, struct service_link *link,
				const struct phone_event *event, const char *in_order)
{
	trust_peer_cancel(phone, link->connection);
	link->connection = 0;
	if (event->closed.detail)
		return event->closed.detail;
	return event->closed.error ? phone_errno_text(event->closed.error) : in_order;
}

void service_link_send(struct phone *phone, const struct service_link *link, const uint8_t *bytes,
		       size_t length)
{
	struct phone_action *action = phone_put(phone, PHONE_DO_SEND);

	action->send.id = link->connection;
	action->send.bytes = phone_keep(phone, bytes, length);
	action->send.length = action->send.bytes ? length : 0;
}

bool service_link_receive(struct service_link *link, const struct phone_event *event, size_t most)
{
	if (!link->rx)
		link->rx = malloc(most);
	if (!link->rx || event->received.length > most - link->rx_length)
		return false;
	memcpy(link->rx + link->rx_length, event->received.bytes, event->received.length);
	link->rx_length += event->received.length;
	return true;
}
