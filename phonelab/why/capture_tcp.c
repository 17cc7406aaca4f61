/* The phone's TCP connections in a capture: handshakes, what was lost, and how they end. */
#include "phonelab/why/capture_internal.h"

#include <stdio.h>
#include <string.h>

#define SIPS_PORT   5061
#define SCCP_PORT   2000
#define SCCPS_PORT  2443
#define LARGE	    1000 /* octets of data in a segment */
#define SYNS_SILENT 3	 /* SYNs without an answer, after which nobody will answer */

static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* --- streams --- */

/* Ranges beyond the gap that now continue the stream. */
static void close_holes(struct capture_stream *stream)
{
	for (unsigned i = 0; i < stream->holes;) {
		if (is_before(stream->next, stream->hole[i].from)) {
			i++;
			continue;
		}
		if (is_before(stream->next, stream->hole[i].to))
			stream->next = stream->hole[i].to;
		stream->hole[i] = stream->hole[--stream->holes];
		i = 0;
	}
}

static bool in_hole(const struct capture_stream *stream, uint32_t from, uint32_t to)
{
	for (unsigned i = 0; i < stream->holes; i++)
		if (!is_before(from, stream->hole[i].from) && !is_before(stream->hole[i].to, to))
			return true;
	return false;
}

static void add_data(struct capture_stream *stream, uint32_t from, uint32_t length)
{
	uint32_t to = from + length;
	bool large = length > LARGE, again;

	if (!stream->known) {
		stream->known = true;
		stream->next = from;
	}
	again = !is_before(stream->next, to) || in_hole(stream, from, to);
	stream->segments++;
	stream->repeated += again;
	stream->large += large;
	stream->large_repeated += large && again;
	stream->small += !large;
	if (again)
		return;
	if (!is_before(stream->next, from)) {
		stream->next = to;
		close_holes(stream);
	} else if (stream->holes < CAPTURE_HOLES) {
		stream->hole[stream->holes].from = from;
		stream->hole[stream->holes++].to = to;
	}
}

static void on_segment(struct capture_stream *stream, struct capture_stream *other,
		       const struct tcp_segment *segment)
{
	uint32_t length = (uint32_t)segment->payload.length;

	if (segment->flags & TCP_SYN) {
		*stream = (struct capture_stream){.known = true, .next = segment->sequence + 1};
	} else if (length == 1 && stream->known && segment->sequence == stream->next - 1) {
		; /* a keep-alive probe (RFC 9293 3.8.4) repeats an octet */
	} else if (length) {
		add_data(stream, segment->sequence, length);
	}
	if (segment->flags & TCP_ACK) {
		other->acked = segment->acknowledgement;
		other->has_acked = true;
	}
	stream->finished = stream->finished || segment->flags & TCP_FIN;
}

/* --- connections --- */

static struct capture_connection *find(struct capture *it, uint32_t server, uint16_t phone_port,
				       uint16_t server_port)
{
	struct capture_connection *oldest = &it->connection[0];

	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++) {
		struct capture_connection *connection = &it->connection[i];

		if (connection->number && connection->server == server &&
		    connection->phone_port == phone_port && connection->server_port == server_port)
			return connection;
		if (!connection->number || (oldest->number && connection->last_us < oldest->last_us))
			oldest = connection;
	}
	*oldest = (struct capture_connection){
	    .server = server, .phone_port = phone_port, .server_port = server_port, .state = CAPTURE_OPEN};
	return oldest;
}

bool capture_is_manager(const struct capture_connection *connection)
{
	return connection->sip || connection->server_port == SIP_PORT ||
	       connection->server_port == SIPS_PORT || connection->server_port == SCCP_PORT ||
	       connection->server_port == SCCPS_PORT;
}

/* The configuration may name another port of the call manager. Nobody answered there, so no message shows what it is. */
static bool may_be_manager(const struct capture *it, const struct capture_connection *connection)
{
	/* SSH, Telnet, DNS, web, LDAP, TVS, CAPF, files by HTTP and HTTPS */
	static const uint16_t others[] = {22,	23,   53,   80,	  389,	443,  636,
					  2445, 3804, 6970, 6971, 6972, 8080, 8443};

	if (capture_is_manager(connection))
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (connection->server_port == others[i])
			return false;
	return connection->syns && it->ladder.rung[LADDER_CONFIG - 1].state == LADDER_DONE &&
	       it->ladder.rung[LADDER_CM_CONNECT - 1].state != LADDER_DONE;
}

static json_t *evidence_of(const struct capture *it, uint32_t server, uint16_t port, uint64_t since_us,
			   const char *how)
{
	const char *address = capture_address(server);

	return capture_evidence("call_manager", address, "server", address, "port", capture_number(port),
				"ms", capture_number((it->packet->us - since_us) / 1000), "user",
				it->sip.lines ? it->sip.line[0].user : "", "how", how, NULL);
}

void capture_manager_lost(struct capture *it, int step, uint32_t server, uint16_t port, uint64_t since_us,
			  const char *how, const char *why)
{
	capture_step(it, step, LADDER_ACTIVE, "%s", "");
	capture_event(it, step, "cm.lost", evidence_of(it, server, port, since_us, how), "%s: %s",
		      capture_address(server), why);
}

static void lost(struct capture *it, const struct capture_connection *connection, const char *how,
		 const char *why)
{
	capture_manager_lost(it, LADDER_CM_CONNECT, connection->server, connection->server_port,
			     connection->us, how, why);
	if (it->ladder.rung[LADDER_CM_CONNECT - 1].state != LADDER_DONE)
		capture_step(it, LADDER_CM_CONNECT, LADDER_FAILED, "%s: %s",
			     capture_address(connection->server), why);
}

static void file_server_lost(struct capture *it, const struct capture_connection *connection, const char *how,
			     const char *why)
{
	it->no_http = (struct capture_no_http){.server = connection->server,
					       .us = it->packet->us,
					       .asked_us = connection->us,
					       .number = it->packet->number};
	snprintf(it->no_http.result, sizeof(it->no_http.result), "%s",
		 strcmp(how, "silent") ? how : "timeout");
	snprintf(it->no_http.how, sizeof(it->no_http.how), "%s", how);
	snprintf(it->no_http.reason, sizeof(it->no_http.reason), "%s", why);
}

void capture_connection_failed(struct capture *it, struct capture_connection *connection, const char *how)
{
	const char *why = !strcmp(how, "refused")  ? "connection refused"
			  : !strcmp(how, "silent") ? "no answer to SYN"
						   : "no route to it";

	if (connection->reported)
		return;
	connection->reported = true;
	connection->state = CAPTURE_CLOSED;
	if (connection->server_port == CAPTURE_HTTP_PORT)
		file_server_lost(it, connection, how, why);
	else if (may_be_manager(it, connection))
		lost(it, connection, how, why);
}

/* Other connections that wait for an answer to SYN when the phone turns to the next server. */
static void give_up_others(struct capture *it, const struct capture_connection *kept)
{
	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++) {
		struct capture_connection *other = &it->connection[i];

		if (other != kept && other->number && other->state == CAPTURE_SYN && !other->reported &&
		    (other->server_port == kept->server_port || other->syns >= SYNS_SILENT))
			capture_connection_failed(it, other, "silent");
	}
}

static void on_syn(struct capture *it, const struct capture_packet *packet,
		   struct capture_connection *connection)
{
	if (connection->number && connection->state == CAPTURE_SYN &&
	    connection->sequence == packet->tcp.sequence) {
		connection->syns++;
		if (connection->syns >= SYNS_SILENT && packet->us > connection->us + CAPTURE_SILENT_US)
			capture_connection_failed(it, connection, "silent");
		return;
	}
	*connection = (struct capture_connection){.server = connection->server,
						  .phone_port = connection->phone_port,
						  .server_port = connection->server_port,
						  .us = packet->us,
						  .number = packet->number,
						  .sequence = packet->tcp.sequence,
						  .syns = 1,
						  .state = CAPTURE_SYN};
	give_up_others(it, connection);
	if (capture_is_manager(connection))
		capture_step(it, LADDER_CM_CONNECT, LADDER_ACTIVE, "SYN to %s port %u; no answer was seen",
			     capture_address(connection->server), connection->server_port);
}

static void connected(struct capture *it, struct capture_connection *connection)
{
	connection->state = CAPTURE_OPEN;
	if (!capture_is_manager(connection))
		return;
	capture_event(it, LADDER_CM_CONNECT, "cm.connected",
		      evidence_of(it, connection->server, connection->server_port, connection->us, ""),
		      "%s port %u", capture_address(connection->server), connection->server_port);
	capture_step(it, LADDER_CM_CONNECT, LADDER_DONE, "%s port %u", capture_address(connection->server),
		     connection->server_port);
}

static void on_end(struct capture *it, const struct capture_packet *packet,
		   struct capture_connection *connection)
{
	bool reset = packet->tcp.flags & TCP_RST;
	const char *how = packet->from_phone
			      ? (reset ? "the phone reset the connection" : "the phone closed the connection")
			  : reset ? "the connection was reset"
				  : "the connection was closed";

	if (connection->state == CAPTURE_SYN) {
		if (reset && !packet->from_phone)
			capture_connection_failed(it, connection, "refused");
		return;
	}
	if (connection->state == CAPTURE_CLOSED)
		return;
	connection->state = CAPTURE_CLOSED;
	if (!capture_is_manager(connection))
		return;
	if (!packet->from_phone)
		lost(it, connection, reset ? "reset" : "closed", how);
	capture_sip_closed(it, connection, how);
}

struct capture_connection *capture_tcp(struct capture *it, const struct capture_packet *packet)
{
	const struct tcp_segment *segment = &packet->tcp;
	struct capture_connection *connection =
	    packet->from_phone
		? find(it, packet->ip.destination, segment->source_port, segment->destination_port)
		: find(it, packet->ip.source, segment->destination_port, segment->source_port);

	/* The phone's own web server is no connection of the phone. */
	if (!connection->number && !packet->from_phone && (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return NULL;
	if (packet->from_phone && (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		on_syn(it, packet, connection);
	if (!connection->number) {
		connection->number = packet->number;
		connection->us = packet->us;
	}
	connection->last_us = packet->us;
	if (!connection->sip && !strcmp(packet->seen->protocol, "sip")) {
		bool known = capture_is_manager(connection);

		connection->sip = true;
		if (!known && connection->state == CAPTURE_OPEN)
			connected(it, connection);
	}
	if (packet->from_phone)
		on_segment(&connection->up, &connection->down, segment);
	else
		on_segment(&connection->down, &connection->up, segment);
	if (connection->state == CAPTURE_SYN && !packet->from_phone && segment->flags & TCP_SYN)
		connected(it, connection);
	if (segment->flags & (TCP_FIN | TCP_RST))
		on_end(it, packet, connection);
	else if (packet->from_phone && segment->payload.length)
		capture_sip_alive(it, connection);
	return connection;
}

void capture_tcp_end(struct capture *it)
{
	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++) {
		struct capture_connection *connection = &it->connection[i];

		if (connection->number && connection->state == CAPTURE_SYN && !connection->reported &&
		    (connection->syns >= SYNS_SILENT || it->now_us > connection->us + CAPTURE_SILENT_US))
			capture_connection_failed(it, connection, "silent");
	}
}
