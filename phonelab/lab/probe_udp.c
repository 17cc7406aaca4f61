/* TFTP, DNS and SIP over UDP: a datagram, sent again, and the first answer. */
#include "phonelab/lab/probe_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/ipv4.h"
#include "base/json_text.h"
#include "phonelab/lab/probe_sip.h"
#include "wire/tftp.h"

#define AGAIN_US 300000
#define SENDINGS 3
#define DNS_PORT 53

static void begin_datagram(struct probe_run *run, struct probe_check *check)
{
	check->fd = probe_socket(check, SOCK_DGRAM);
	check->events = POLLIN;
	if (check->fd < 0)
		probe_end(run, check, "error");
	else
		check->due = run->now;
}

static void send_datagram(struct probe_run *run, struct probe_check *check)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(check->port),
				 .sin_addr.s_addr = htonl(check->key.there)};

	if (sendto(check->fd, check->request.bytes, check->request.length, 0, (struct sockaddr *)&to,
		   sizeof(to)) < 0 &&
	    errno != EAGAIN) {
		probe_end(run, check, probe_errno_word(errno));
		return;
	}
	check->due = ++check->sent < SENDINGS ? run->now + AGAIN_US : UINT64_MAX;
}

/* Receive one datagram. Its size, or -1: none that counts (the check has ended after an error). */
static ssize_t receive(struct probe_run *run, struct probe_check *check, void *data, size_t size,
		       struct sockaddr_in *from)
{
	socklen_t length = sizeof(*from);
	ssize_t n = recvfrom(check->fd, data, size, 0, (struct sockaddr *)from, &length);
	char text[IPV4_TEXT];

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		probe_end(run, check, probe_errno_word(errno));
	if (n >= 0)
		json_object_set_new(check->result, "from",
				    json_string(ipv4_format(ntohl(from->sin_addr.s_addr), text)));
	return n;
}

/* --- TFTP --- */

static void begin_tftp(struct probe_run *run, struct probe_check *check)
{
	static const char mark[] = "x-client\0" PROBE_AGENT;
	struct tftp_packet rrq = {.opcode = TFTP_RRQ, .mode = TFTP_OCTET};
	uint8_t packet[512];
	ssize_t n;

	memcpy(rrq.name, json_text(check->result, "file"),
	       strnlen(json_text(check->result, "file"), TFTP_NAME_MAX));
	n = tftp_encode(&rrq, packet, sizeof(packet));
	text_add_bytes(&check->request, packet, n > 0 ? (size_t)n : 0);
	text_add_bytes(&check->request, mark, sizeof(mark)); /* servers ignore unknown options (RFC 2347) */
	check->port = TFTP_PORT;
	begin_datagram(run, check);
}

/* ERROR ends the transfer at the server, which would send its block again otherwise. */
static void end_transfer(const struct probe_check *check, const struct sockaddr_in *to)
{
	struct tftp_packet error;
	uint8_t packet[64];
	ssize_t n;

	tftp_error_packet(&error, TFTP_ERROR_UNDEFINED, PROBE_AGENT);
	n = tftp_encode(&error, packet, sizeof(packet));
	if (n > 0)
		sendto(check->fd, packet, (size_t)n, 0, (const struct sockaddr *)to, sizeof(*to));
}

static void on_tftp(struct probe_run *run, struct probe_check *check, short events)
{
	uint8_t data[2048];
	struct tftp_packet packet;
	struct sockaddr_in from;
	ssize_t n = receive(run, check, data, sizeof(data), &from);

	(void)events;
	if (n < 0 || tftp_decode(data, (size_t)n, &packet, NULL))
		return;
	if (packet.opcode == TFTP_DATA) {
		json_object_set_new(check->result, "octets", json_integer((json_int_t)packet.data_size));
		probe_set_first(check->result, packet.data, packet.data_size);
		end_transfer(check, &from);
		probe_end(run, check, "ok");
	} else if (packet.opcode == TFTP_ERROR) {
		json_object_set_new(check->result, "code", json_integer(packet.error_code));
		json_object_set_new(check->result, "message", json_text_new(packet.message));
		probe_end(run, check, "error");
	}
}

const struct probe_action probe_tftp = {.begin = begin_tftp, .due = send_datagram, .ready = on_tftp};

/* --- DNS (RFC 1035): a query of the address of a name --- */

static void begin_dns(struct probe_run *run, struct probe_check *check)
{
	const char *name = json_text(check->result, "name");
	uint8_t query[300];
	struct wire_writer writer;

	wire_writer_init(&writer, query, sizeof(query));
	wire_write_u16(&writer, (uint16_t)check->key.id);
	wire_write_u16(&writer, 0x0100); /* recursion desired */
	wire_write_u16(&writer, 1);
	wire_write_zeros(&writer, 6);
	while (*name) {
		size_t n = strcspn(name, ".");

		wire_write_u8(&writer, (uint8_t)(n < 64 ? n : 63));
		wire_write_bytes(&writer, name, n < 64 ? n : 63);
		name += n + (name[n] == '.');
	}
	wire_write_u8(&writer, 0);
	wire_write_u16(&writer, 1); /* A */
	wire_write_u16(&writer, 1); /* IN */
	if (wire_writer_result(&writer) > 0)
		text_add_bytes(&check->request, query, (size_t)wire_writer_result(&writer));
	check->port = DNS_PORT;
	begin_datagram(run, check);
}

static void skip_name(struct wire_reader *reader)
{
	uint8_t n;

	while ((n = wire_read_u8(reader)) != 0 && n < 0xc0)
		wire_read_skip(reader, n);
	if (n >= 0xc0)
		wire_read_skip(reader, 1);
}

/* The first A record of the answer, 0: none. */
static uint32_t first_address(struct wire_reader *reader, unsigned answers)
{
	for (unsigned i = 0; i < answers && wire_reader_ok(reader); i++) {
		unsigned type, length;

		skip_name(reader);
		type = wire_read_u16(reader);
		wire_read_skip(reader, 6);
		length = wire_read_u16(reader);
		if (type == 1 && length == 4)
			return wire_read_u32(reader);
		wire_read_skip(reader, length);
	}
	return 0;
}

static void on_dns(struct probe_run *run, struct probe_check *check, short events)
{
	uint8_t data[2048];
	struct sockaddr_in from;
	struct wire_reader reader;
	ssize_t n = receive(run, check, data, sizeof(data), &from);
	unsigned flags, answers;
	uint32_t address;
	char text[IPV4_TEXT];

	(void)events;
	if (n < 0)
		return;
	wire_reader_init(&reader, data, (size_t)n);
	if (wire_read_u16(&reader) != (uint16_t)check->key.id)
		return;
	flags = wire_read_u16(&reader);
	wire_read_skip(&reader, 2);
	answers = wire_read_u16(&reader);
	wire_read_skip(&reader, 4);
	skip_name(&reader);
	wire_read_skip(&reader, 4);
	address = first_address(&reader, answers);
	json_object_set_new(check->result, "code", json_integer(flags & 15));
	if (address)
		json_object_set_new(check->result, "answer", json_string(ipv4_format(address, text)));
	probe_end(run, check, address ? "ok" : "error");
}

const struct probe_action probe_dns = {.begin = begin_dns, .due = send_datagram, .ready = on_dns};

/* --- SIP over UDP --- */

static void begin_sip(struct probe_run *run, struct probe_check *check)
{
	begin_datagram(run, check);
	if (check->fd >= 0)
		probe_sip_write(check, false);
}

static void on_sip(struct probe_run *run, struct probe_check *check, short events)
{
	uint8_t data[4096];
	struct sockaddr_in from;
	ssize_t n = receive(run, check, data, sizeof(data), &from);

	(void)events;
	if (n < 0 || !probe_sip_read(check, data, (size_t)n))
		return;
	if (check->written++ == 0) { /* the answer to OPTIONS: now REGISTER */
		text_free(&check->request);
		probe_sip_write(check, true);
		check->sent = 0;
		check->due = run->now;
	} else {
		probe_end(run, check, "ok");
	}
}

const struct probe_action probe_sip_udp = {.begin = begin_sip, .due = send_datagram, .ready = on_sip};
