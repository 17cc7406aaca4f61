#include "phonelab/lab/probe_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "wire/ether.h"
#include "wire/ipv4.h"

#define EVERY_US     20000
#define CATCH_UP_US  10000 /* between echoes that had to wait for the first answer */
#define ECHO_REQUEST 8
#define ECHO_REPLY   0
#define UNREACHABLE  3
#define ICMP_HEADER  8

/*
 * Few echoes go to an address that has not answered. Since Linux 5.18 the echo replies of all namespaces share one socket per
 * CPU, and its send buffer holds about 57 replies of 1514 octets. A node that cannot resolve its next hop keeps its replies for
 * 3 s in the queue of the neighbour entry, where they still fill this buffer. When it is full, every node of the machine drops
 * its replies, and all addresses seem to lose frames.
 */
#define QUICK		  4	 /* echoes at the usual pace */
#define SLOW_US		  100000 /* between the others */
#define UNANSWERED_OCTETS 3100	 /* the most of a check: two large frames */
#define FRAME_HEADERS	  (ETHER_HEADER + IPV4_HEADER + ICMP_HEADER)

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

/* Do both send echoes from one place to one address? */
static bool is_sibling(const struct probe_check *a, const struct probe_check *b)
{
	return a->key.kind == PROBE_ICMP && a->place == b->place && a->key.there == b->key.there;
}

/* The fastest answer of the address to the place, to echoes of any size. -1: none yet. */
static int64_t fastest_answer(const struct probe_run *run, const struct probe_check *check)
{
	int64_t fastest = -1;

	for (size_t i = 0; i < run->checks; i++)
		if (is_sibling(&run->check[i], check) && run->check[i].received &&
		    (fastest < 0 || run->check[i].fastest < fastest))
			fastest = run->check[i].fastest;
	return fastest;
}

/* The socket does not fragment. */
static void send_echo(struct probe_check *check)
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
}

/* Send the next echo request, unless it must wait for the first answer, or its answer would come after the end. */
static void send_due(struct probe_run *run, struct probe_check *check)
{
	int64_t fastest = fastest_answer(run, check);
	uint64_t planned, earliest;

	check->due = UINT64_MAX; /* then the first answer resumes */
	if (fastest < 0 && (check->sent + 1) * (check->size + FRAME_HEADERS) > UNANSWERED_OCTETS)
		return;
	if (fastest >= 0 && run->now + (uint64_t)fastest > check->end)
		return;
	send_echo(check);
	if (check->sent == check->count)
		return;
	planned = check->begun + (uint64_t)check->sent * EVERY_US;
	earliest = run->now + (fastest >= 0 ? CATCH_UP_US : check->sent < QUICK ? EVERY_US : SLOW_US);
	check->due = planned > earliest ? planned : earliest;
}

/* The address has answered: no check of it waits any longer. */
static void resume(struct probe_run *run, const struct probe_check *answered)
{
	for (size_t i = 0; i < run->checks; i++)
		if (is_sibling(&run->check[i], answered) && run->check[i].sent < run->check[i].count)
			run->check[i].due = run->now;
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
	bool first;

	if (!check || check->done || sequence >= check->sent || check->took[sequence] >= 0 ||
	    ip->source != check->key.there)
		return;
	check->took[sequence] = (int64_t)(clock_now_us() - check->sent_at[sequence]);
	first = fastest_answer(run, check) < 0;
	if (!check->received || check->took[sequence] < check->fastest)
		check->fastest = check->took[sequence];
	if (++check->received == check->count)
		probe_end(run, check, "ok");
	if (first)
		resume(run, check);
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

const struct probe_action probe_icmp = {.begin = begin, .due = send_due, .finish = finish};
