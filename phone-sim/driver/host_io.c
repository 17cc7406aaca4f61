#include <errno.h>
#include <stdio.h>
#include <event2/buffer.h>

#include "phone-sim/driver/host_internal.h"

/* --- files --- */

static void on_fetched(void *arg, struct download *fetch, const struct phone_event *event)
{
	struct host *host = arg;

	for (int i = 0; i < HOST_FETCHES; i++)
		if (host->fetch[i] == fetch)
			host->fetch[i] = NULL;
	host_handle(host, event);
}

static void on_fetch_peer(void *arg, struct download *fetch, const uint8_t *der, size_t length)
{
	const struct phone_event event = {.kind = PHONE_PEER, .peer = {download_id(fetch), der, length}};

	host_handle(arg, &event);
}

static void on_retransmitted(void *arg, struct download *fetch, unsigned n)
{
	char text[80];

	(void)fetch;
	snprintf(text, sizeof(text), "NOT TFTPD-Timeout: retransmit the last packet (%u)", n);
	host_report_console(arg, text);
}

void host_fetch(struct host *host, const struct phone_action *action)
{
	struct phone_event failed = {.kind = PHONE_FETCHED,
				     .fetched = {.id = action->fetch.id,
						 .status = PHONE_FETCH_PROTOCOL_ERROR,
						 .detail = "too many files at once"}};
	struct download_order order;
	struct fail fail = {0};
	int slot = 0;

	while (slot < HOST_FETCHES && host->fetch[slot])
		slot++;
	if (slot == HOST_FETCHES) {
		host_handle(host, &failed);
		return;
	}
	order = (struct download_order){.base = host->shared.base,
					.ns = port_namespace(host->port),
					.id = action->fetch.id,
					.server = action->fetch.server,
					.port = action->fetch.port,
					.transport = action->fetch.transport,
					.file = action->fetch.file,
					.limit = action->fetch.limit,
					.timeout_us = action->fetch.timeout_us,
					.flash = action->fetch.to_flash ? host->flash : NULL,
					.tls = host->shared.tls,
					.ciphers = action->fetch.ciphers,
					.done = on_fetched,
					.peer = on_fetch_peer,
					.retransmitted = on_retransmitted,
					.arg = host};
	port_expect(host->port, action->fetch.server);
	if (download_start(&host->fetch[slot], &order, &fail)) {
		failed.fetched.detail = "out of memory";
		host_handle(host, &failed);
	}
	port_close_namespace(order.ns);
}

/* --- names --- */

static void on_resolved(void *arg, struct dns *dns, const uint32_t *addresses, unsigned count, bool timed_out)
{
	struct host *host = arg;
	struct phone_event event = {.kind = PHONE_RESOLVED};

	event.resolved.id = dns_id(dns);
	event.resolved.timed_out = timed_out;
	for (unsigned i = 0; i < count && i < 4; i++)
		event.resolved.address[event.resolved.count++] = addresses[i];
	for (int i = 0; i < HOST_QUERIES; i++)
		if (host->query[i] == dns)
			host->query[i] = NULL;
	host_handle(host, &event);
}

void host_resolve(struct host *host, const struct phone_action *action)
{
	const struct phone_event failed = {.kind = PHONE_RESOLVED, .resolved = {.id = action->resolve.id}};
	const struct dns_order order = {.base = host->shared.base,
					.ns = port_namespace(host->port),
					.servers = host->dns_server,
					.server_count = host->dns_count,
					.domain = host->domain,
					.name = action->resolve.name,
					.timeout_us = action->resolve.timeout_us,
					.id = action->resolve.id,
					.done = on_resolved,
					.arg = host};
	struct fail fail = {0};
	int slot = 0;

	while (slot < HOST_QUERIES && host->query[slot])
		slot++;
	for (unsigned i = 0; i < host->dns_count; i++)
		port_expect(host->port, host->dns_server[i]);
	if (slot == HOST_QUERIES || dns_start(&host->query[slot], &order, &fail))
		host_handle(host, &failed);
	port_close_namespace(order.ns);
}

/* --- connections --- */

static void on_connected(void *arg, uint32_t local_address, uint16_t local_port)
{
	struct host_connection *connection = arg;
	const struct phone_event event = {
	    .kind = PHONE_CONNECTED,
	    .connected = {.id = connection->id, .local_address = local_address, .local_port = local_port}};

	host_handle(connection->host, &event);
}

static void on_readable(void *arg, struct evbuffer *input)
{
	struct host_connection *connection = arg;
	uint8_t bytes[4096];
	uint32_t id = connection->id;
	int length;

	/* The core may close the connection while it handles the bytes; then input is freed. */
	while (connection->id == id && (length = evbuffer_remove(input, bytes, sizeof(bytes))) > 0) {
		const struct phone_event event = {.kind = PHONE_RECEIVED,
						  .received = {id, bytes, (size_t)length}};
		host_handle(connection->host, &event);
	}
}

static void on_closed(void *arg, int error)
{
	struct host_connection *connection = arg;
	const struct phone_event event = {.kind = PHONE_CLOSED,
					  .closed = {.id = connection->id, .error = error}};

	host_close(connection->host, connection->id, false);
	host_handle(connection->host, &event);
}

static void on_tls_closed(void *arg, const struct tls_end *end)
{
	struct host_connection *connection = arg;
	const struct phone_event event = {.kind = PHONE_CLOSED,
					  .closed = {connection->id, end->error, end->detail}};

	host_close(connection->host, connection->id, false);
	host_handle(connection->host, &event);
}

static void on_peer(void *arg, const uint8_t *der, size_t length)
{
	const struct host_connection *connection = arg;
	const struct phone_event event = {.kind = PHONE_PEER, .peer = {connection->id, der, length}};

	host_handle(connection->host, &event);
}

static struct host_connection *find(struct host *host, uint32_t id)
{
	for (int i = 0; i < HOST_CONNECTIONS; i++)
		if (host->connection[i].id == id)
			return &host->connection[i];
	return NULL;
}

static void on_datagram(void *arg, const uint8_t *bytes, size_t length)
{
	const struct host_connection *connection = arg;
	const struct phone_event event = {.kind = PHONE_RECEIVED,
					  .received = {connection->id, bytes, length}};

	host_handle(connection->host, &event);
}

static int open_tcp(struct host_connection *connection, const struct phone_action *action, int ns,
		    struct fail *fail)
{
	static const struct tcp_calls calls = {on_connected, on_readable, on_closed};

	return tcp_open(&connection->tcp, connection->host->shared.base, ns, action->connect.ip,
			action->connect.port, action->connect.timeout_us, MARK_CALL_CONTROL, &calls,
			connection, fail);
}

static int open_tls(struct host_connection *connection, const struct phone_action *action, int ns,
		    struct fail *fail)
{
	static const struct tls_calls calls = {on_peer, on_connected, on_readable, on_tls_closed};
	struct host *host = connection->host;
	const struct tls_order order = {
	    .base = host->shared.base,
	    .ns = ns,
	    .address = action->connect.ip,
	    .port = action->connect.port,
	    .timeout_us = action->connect.timeout_us,
	    .mark = MARK_CALL_CONTROL,
	    .mode = action->connect.tls,
	    .ciphers = action->connect.ciphers,
	    .identity = action->connect.client ? host_identity(host) : NULL,
	    .sessions = action->connect.resumption_s ? host_sessions(host) : NULL,
	    .resume_s = action->connect.resumption_s,
	};

	return tls_open(&connection->tls, host->shared.tls, &order, &calls, connection, fail);
}

static int open_udp(struct host_connection *connection, const struct phone_action *action, int ns,
		    struct fail *fail)
{
	static const struct udp_calls calls = {on_datagram, on_closed};
	uint32_t address;
	uint16_t port;

	int err =
	    udp_open(&connection->udp, connection->host->shared.base, ns, action->connect.ip,
		     action->connect.port, MARK_CALL_CONTROL, &calls, connection, &address, &port, fail);
	if (!err)
		on_connected(connection, address, port);
	return err;
}

void host_connect(struct host *host, const struct phone_action *action)
{
	struct phone_event failed = {.kind = PHONE_CLOSED,
				     .closed = {.id = action->connect.id, .error = EMFILE}};
	struct host_connection *connection = find(host, 0);
	struct fail fail = {0};

	if (connection) {
		int err;
		int ns;

		port_expect(host->port, action->connect.ip);
		ns = port_namespace(host->port);
		connection->host = host;
		connection->id = action->connect.id;
		err = (action->connect.udp   ? open_udp
		       : action->connect.tls ? open_tls
					     : open_tcp)(connection, action, ns, &fail);
		port_close_namespace(ns);
		if (!err)
			return;
		connection->id = 0;
		failed.closed.error = -err;
		if (err == -EINVAL && action->connect.tls) {
			failed.closed.error = EPROTO;
			failed.closed.detail = "no cipher left to offer";
		}
	}
	host_handle(host, &failed);
}

void host_send(struct host *host, const struct phone_action *action)
{
	struct host_connection *connection = action->send.id ? find(host, action->send.id) : NULL;

	if (connection && connection->tls)
		tls_send(connection->tls, action->send.bytes, action->send.length);
	else if (connection && connection->tcp)
		tcp_send(connection->tcp, action->send.bytes, action->send.length);
	else if (connection)
		udp_send(connection->udp, action->send.bytes, action->send.length);
}

void host_close(struct host *host, uint32_t id, bool abort)
{
	struct host_connection *connection = id ? find(host, id) : NULL;

	if (!connection)
		return;
	connection->id = 0;
	tcp_close(connection->tcp, abort);
	udp_close(connection->udp);
	tls_close(connection->tls, abort);
	connection->tls = NULL;
	connection->tcp = NULL;
	connection->udp = NULL;
}

void host_trust(struct host *host, const struct phone_action *action)
{
	struct host_connection *connection = action->trust.id ? find(host, action->trust.id) : NULL;

	if (connection && connection->tls && action->trust.trusted) {
		tls_trust(connection->tls);
	} else if (connection && connection->tls) {
		tls_refuse(connection->tls);
		connection->tls = NULL;
		connection->id = 0;
	}
	for (int i = 0; i < HOST_FETCHES; i++) {
		if (!host->fetch[i] || download_id(host->fetch[i]) != action->trust.id)
			continue;
		if (action->trust.trusted) {
			download_trust(host->fetch[i]);
		} else {
			download_refuse(host->fetch[i]);
			host->fetch[i] = NULL;
		}
	}
}

/* Cancel the downloads, queries and keys with this id; 0: all. */
void host_cancel(struct host *host, uint32_t id)
{
	for (int i = 0; i < HOST_FETCHES; i++) {
		if (!host->fetch[i] || (id && download_id(host->fetch[i]) != id))
			continue;
		download_cancel(host->fetch[i]);
		host->fetch[i] = NULL;
	}
	for (int i = 0; i < HOST_QUERIES; i++) {
		if (!host->query[i] || (id && dns_id(host->query[i]) != id))
			continue;
		dns_cancel(host->query[i]);
		host->query[i] = NULL;
	}
	host_cancel_key(host, id);
}

void host_io_free(struct host *host)
{
	host_cancel(host, 0);
	for (int i = 0; i < HOST_CONNECTIONS; i++)
		host_close(host, host->connection[i].id, false);
}
