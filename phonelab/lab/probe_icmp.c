#include "phonelab/lab/probe_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "wire/ipv4.h"

#define EVERY_US     20000
#define ECHO_REQUEST 8
#define ECHO_REPLY   0
#define UNREACHABLE  3
#define ICMP_HEADER  8

static void begin(struct probe_run *run, struct probe_check *check)
{
	check->size = (unsigned)json_int(check->result, "size");
	check->count = (unsigned)json_int(check->result, "count");
	if (check->size > 1472)
		check->size = 1472;
	if (check->count > PROBE_ECHOES)
		check->count = PROBE_ECHOES;
	for (unsigned i = 0; i < PROBE_ECHOES; i++)
		check->took[i] = -1;
	json_object_set_new(check->result, "mark", json_integer(check->key.id));
	check->due = run->now;
}

/* The next echo request. The socket does not fragment. */
static void send_echo(struct probe_run *run, struct probe_check *check)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(check->key.there)};
	uint8_t packet[ICMP_HEADER + 1472] = {ECHO_REQUEST};

	wire_put16(packet + 4, (uint16_t)check->key.id);
	wire_put16(packet + 6, (uint16_t)check->sent);
	for (unsigned i = 0; i < check->size; i++)
		packet[ICMP_HEADER + i] = i < strlen(PROBE_AGENT) ? (uint8_t)PROBE_AGENT[i] : (uint8_t)i;
	wire_put16(packet + 2, ipv4_checksum(packet, ICMP_HEADER + check->size, 0));
	check->sent_at[check->sent++] = clock_now_us();
	if (sendto(check->place->icmp, packet, ICMP_HEADER + check->size, 0, (struct sockaddr *)&to,
		   sizeof(to)) < 0 &&
	    !json_object_get(check->result, "error"))
		json_object_set_new(check->result, "error", json_string(strerror(errno)));
	check->due = check->sent < check->count ? run->now + EVERY_US : UINT64_MAX;
}

/* The check whose identifier an ICMP message names. */
static struct probe_check *find(struct probe_run *run, const struct probe_place *place, unsigned id)
{
	for (size_t i = 0; i < run->checks; i++)
		if (run->check[i].key.kind == PROBE_ICMP && run->check[i].place == place &&
		    run->check[i].key.id == id)
			return &run->check[i];
	return NULL;
}

static void on_reply(struct probe_run *run, const struct probe_place *place, const struct ipv4_packet *ip)
{
	struct probe_check *check = find(run, place, wire_get16(ip->payload.data + 4));
	unsigned sequence = wire_get16(ip->payload.data + 6);

	if (!check || check->done || sequence >= check->sent || check->took[sequence] >= 0 ||
	    ip->source != check->key.there)
		return;
	check->took[sequence] = (int64_t)(clock_now_us() - check->sent_at[sequence]);
	if (++check->received == check->count)
		probe_end(run, check, "ok");
}

/* Destination unreachable holds the header of our packet, and 8 octets (RFC 792). */
static void on_error(struct probe_run *run, const struct probe_place *place, const struct ipv4_packet *ip)
{
	const uint8_t *inner = ip->payload.data + ICMP_HEADER;
	struct probe_check *check;
	char from[IPV4_TEXT], text[80];

	if (ip->payload.length < ICMP_HEADER + IPV4_HEADER + ICMP_HEADER || inner[0] != 0x45)
		return;
	check = find(run, place, wire_get16(inner + IPV4_HEADER + 4));
	if (!check || json_object_get(check->result, "error"))
		return;
	snprintf(text, sizeof(text), "destination unreachable, code %u, from %s", ip->payload.data[1],
		 ipv4_format(ip->source, from));
	json_object_set_new(check->result, "error", json_string(text));
}

void probe_icmp_receive(struct probe_run *run, struct probe_place *place)
{
	uint8_t packet[2048];
	struct ipv4_packet ip;
	ssize_t n;

	for (int i = 0; i < 256; i++) {
		n = recv(place->icmp, packet, sizeof(packet), MSG_DONTWAIT);
		if (n <= 0)
			return;
		if (ipv4_decode(packet, (size_t)n, &ip, NULL) || ip.payload.length < ICMP_HEADER)
			continue;
		if (ip.payload.data[0] == ECHO_REPLY)
			on_reply(run, place, &ip);
		else if (ip.payload.data[0] == UNREACHABLE)
			on_error(run, place, &ip);
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void finish(struct probe_run *run, struct probe_check *check)
{
	int64_t took[PROBE_ECHOES];
	unsigned n = 0;

	(void)run;
	for (unsigned i = 0; i < check->sent; i++)
		if (check->took[i] >= 0)
			took[n++] = check->took[i];
	qsort(took, n, sizeof(took[0]), compare);
	json_object_set_new(check->result, "sent", json_integer(check->sent));
	json_object_set_new(check->result, "received", json_integer(n));
	if (!n)
		return;
	json_object_set_new(check->result, "min_us", json_integer(took[0]));
	json_object_set_new(check->result, "median_us", json_integer(took[n / 2]));
	json_object_set_new(check->result, "max_us", json_integer(took[n - 1]));
}

const struct probe_action probe_icmp = {.begin = begin, .due = send_echo, .finish = finish};
