/* The NTP servers of the lab. They answer by hand: nothing here uses wire/sntp. */
#include "tests/support/memory_lab_internal.h"

#include <errno.h>
#include <string.h>

void lab_ntp_connect(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct lab_phone *slot = &lab->phone[i];
	unsigned n, at = slot->conns++ % 16;
	struct phone_event event = {.kind = PHONE_CONNECTED,
				    .connected = {.id = action->connect.id,
						  .local_address = slot->address,
						  .local_port = (uint16_t)(49152 + slot->conns % 16000)}};

	for (n = 0; n < LAB_NTPS; n++)
		if (lab->ntp[n].address == action->connect.ip)
			break;
	memset(&slot->conn[at], 0, sizeof(slot->conn[at]));
	slot->conn[at].id = action->connect.id;
	slot->conn[at].cm = LAB_CMS + n;
	slot->conn[at].open = slot->conn[at].udp = true;
	slot->conn[at].service = LAB_NTP;
	lab_to_phone(lab, i, 0, &event, "", 0);
}

static void put64(uint8_t *to, uint64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		to[i] = (uint8_t)value;
}

static void answer(struct memory_lab *lab, unsigned i, const struct lab_ntp *server, uint32_t id,
		   const uint8_t *request)
{
	struct phone_event event = {.kind = PHONE_RECEIVED, .received = {.id = id}};
	uint64_t latency = lab_latency(lab);
	uint64_t us = lab->now_us + latency; /* when the request arrives */
	uint64_t there =
	    ((uint64_t)server->clock_s + us / 1000000 + 2208988800u) << 32 | (us % 1000000 << 32) / 1000000;
	uint8_t bytes[48] = {(uint8_t)(server->leap << 6 | 4 << 3 | 4), server->stratum, 6, 0xec};

	if (server->kiss)
		memcpy(bytes + 12, server->kiss, 4);
	memcpy(bytes + 24, request + 40, 8);
	bytes[24] ^= server->stale;
	put64(bytes + 32, there);
	put64(bytes + 40, there);
	lab_to_phone(lab, i, 2 * latency, &event, bytes, sizeof(bytes));
}

void lab_ntp_bytes(struct memory_lab *lab, unsigned i, unsigned conn, const uint8_t *bytes, size_t length)
{
	struct lab_phone *slot = &lab->phone[i];
	unsigned n = slot->conn[conn].cm - LAB_CMS;
	enum lab_health health = n < LAB_NTPS ? lab->ntp[n].health : LAB_UNREACHABLE;
	struct phone_event closed = {
	    .kind = PHONE_CLOSED,
	    .closed = {.id = slot->conn[conn].id,
		       .error = health == LAB_REFUSES ? ECONNREFUSED : EHOSTUNREACH}};

	if (n < LAB_NTPS)
		lab->ntp[n].requests++;
	if (health == LAB_SILENT)
		return;
	if (health != LAB_UP) {
		slot->conn[conn].open = false;
		lab_to_phone(lab, i, lab_latency(lab), &closed, "", 0);
	} else if (length == 48 && (bytes[0] == 0x23)) { /* version 4, client */
		answer(lab, i, &lab->ntp[n], slot->conn[conn].id, bytes);
	}
}
