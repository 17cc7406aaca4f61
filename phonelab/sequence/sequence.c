#include "phonelab/sequence/sequence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/mac.h"
#include "phonelab/sequence/role.h"

#define NAMES 64
#define TEXT  64
#define OPENS 16 /* connections of which the SYN is remembered */

struct row {
	uint64_t number;
	int64_t t;
	struct sequence_peer peer;
	bool from_phone, message;
	int step;
	const char *protocol; /* static */
	char *summary;
};

struct participant {
	enum sequence_role role;
	char address[TEXT];
};

struct sequence {
	char phone[DEVICE_TEXT], mac[MAC_TEXT];
	char switch_name[TEXT];
	struct {
		char address[TEXT], name[TEXT];
	} names[NAMES];
	size_t name_count;
	char opened[OPENS][32]; /* ports of connections that were opened last */
	unsigned opened_at;
	struct row *rows;
	size_t count, room, left_out;
};

struct sequence *sequence_new(const char *phone)
{
	struct sequence *sequence = calloc(1, sizeof(*sequence));
	struct mac mac;

	if (!sequence || mac_parse_device(&mac, phone)) {
		free(sequence);
		return NULL;
	}
	snprintf(sequence->phone, sizeof(sequence->phone), "%s", phone);
	mac_format(&mac, sequence->mac);
	return sequence;
}

void sequence_free(struct sequence *sequence)
{
	if (!sequence)
		return;
	for (size_t i = 0; i < sequence->count; i++)
		free(sequence->rows[i].summary);
	free(sequence->rows);
	free(sequence);
}

void sequence_name(struct sequence *sequence, const char *address, const char *name)
{
	if (sequence->name_count == NAMES || !*address || strlen(address) >= TEXT || strlen(name) >= TEXT)
		return;
	strcpy(sequence->names[sequence->name_count].address, address);
	strcpy(sequence->names[sequence->name_count++].name, name);
}

/* --- rows --- */

/* Was the connection opened with the same ports before? Then the SYN had no answer. Notes it. */
static bool is_opened_again(struct sequence *sequence, const struct dissect *frame)
{
	char ports[32];

	snprintf(ports, sizeof(ports), "%.10s %.10s", dissect_value(frame, "source_port"),
		 dissect_value(frame, "destination_port"));
	for (unsigned i = 0; i < OPENS; i++)
		if (!strcmp(sequence->opened[i], ports))
			return true;
	strcpy(sequence->opened[sequence->opened_at++ % OPENS], ports);
	return false;
}

/* Does the frame begin a message, or is it a sign that something is wrong? */
static bool is_message(struct sequence *sequence, const struct dissect *frame)
{
	const char *protocol = frame->protocol, *flags = dissect_value(frame, "flags");
	const char *opcode = dissect_value(frame, "opcode"), *block = dissect_value(frame, "block");

	if (frame->malformed)
		return true;
	if (!strcmp(protocol, "tcp"))
		return flags &&
		       (strstr(flags, "RST") || (!strcmp(flags, "SYN") && is_opened_again(sequence, frame)));
	if (!strcmp(protocol, "tftp"))
		return opcode && strcmp(opcode, "ACK") &&
		       (strcmp(opcode, "DATA") || (block && !strcmp(block, "1")));
	if (!strcmp(protocol, "http"))
		return dissect_value(frame, "method") || dissect_value(frame, "status");
	if (!strcmp(protocol, "tls"))
		return dissect_value(frame, "handshake") || dissect_value(frame, "alert") ||
		       dissect_value(frame, "application_bytes");
	if (!strcmp(protocol, "sip"))
		return dissect_value(frame, "method") || dissect_value(frame, "status");
	return true;
}

static struct row *new_row(struct sequence *sequence)
{
	size_t room = sequence->room ? sequence->room * 2 : 64;
	struct row *rows;

	if (sequence->count == sequence->room) {
		rows = sequence->count < SEQUENCE_ROWS ? realloc(sequence->rows, room * sizeof(*rows)) : NULL;
		if (!rows)
			return NULL;
		sequence->rows = rows;
		sequence->room = room;
	}
	return &sequence->rows[sequence->count];
}

/* Is the frame to many, and not about another phone? */
static bool is_group_for(const struct sequence *sequence, const struct dissect *frame,
			 const char *destination)
{
	return strtoul(destination, NULL, 16) & 1 &&
	       (!*frame->phone || !strcmp(frame->phone, sequence->phone));
}

bool sequence_add(struct sequence *sequence, uint64_t number, int64_t t, const struct dissect *frame)
{
	const char *source = dissect_value(frame, "source_mac"), *name;
	const char *destination = dissect_value(frame, "destination_mac");
	char summary[DISSECT_SUMMARY_MAX];
	struct row *row;
	bool from_phone;

	if (!source || !destination)
		return false;
	from_phone = !strcmp(source, sequence->mac);
	if (!from_phone && strcmp(destination, sequence->mac) && !is_group_for(sequence, frame, destination))
		return false;
	row = new_row(sequence);
	dissect_summary(frame, summary, sizeof(summary));
	if (!row) {
		sequence->left_out++;
		return true;
	}
	*row = (struct row){.number = number,
			    .t = t,
			    .from_phone = from_phone,
			    .message = is_message(sequence, frame),
			    .step = frame->step,
			    .protocol = frame->protocol,
			    .summary = strdup(summary)};
	sequence_find_peer(frame, from_phone, &row->peer);
	name = dissect_value(frame, !strcmp(frame->protocol, "cdp") ? "device_id" : "system_name");
	if (row->peer.role == SEQUENCE_SWITCH && !from_phone && name)
		snprintf(sequence->switch_name, sizeof(sequence->switch_name), "%.63s", name);
	if (!row->summary) {
		sequence->left_out++;
		return true;
	}
	sequence->count++;
	return true;
}

/* --- participants --- */

/* The participants, with the phone first, in the order of their roles. */
struct participants {
	struct participant item[SEQUENCE_PARTICIPANTS];
	size_t count;
};

/* Of that role, with that address (""; the first of the role), or -1. */
static int find(const struct participants *all, enum sequence_role role, const char *address)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->item[i].role == role && (!*address || !strcmp(all->item[i].address, address)))
			return (int)i;
	return -1;
}

static void insert(struct participants *all, enum sequence_role role, const char *address)
{
	size_t at = all->count;

	if (all->count == SEQUENCE_PARTICIPANTS - 1 && role != SEQUENCE_NETWORK)
		return;
	while (at > 0 && all->item[at - 1].role > role) {
		all->item[at] = all->item[at - 1];
		at--;
	}
	all->item[at].role = role;
	snprintf(all->item[at].address, sizeof(all->item[at].address), "%s", address);
	all->count++;
}

static int find_address(const struct participants *all, const char *address)
{
	for (size_t i = 1; *address && i < all->count; i++)
		if (!strcmp(all->item[i].address, address))
			return (int)i;
	return -1;
}

/* The participant of a peer; -1: it is part of the network. */
static int index_of(const struct participants *all, const struct sequence_peer *peer)
{
	int found = peer->role == SEQUENCE_NETWORK ? -1 : find(all, peer->role, peer->address);

	return found >= 0 ? found : find_address(all, peer->address);
}

/* First those with an address: a broadcast to a role goes to the first of its participants. */
static void collect(const struct sequence *sequence, struct participants *all)
{
	all->count = 0;
	insert(all, SEQUENCE_PHONE, "");
	for (int with_address = 1; with_address >= 0; with_address--)
		for (size_t i = 0; i < sequence->count; i++) {
			const struct sequence_peer *peer = &sequence->rows[i].peer;

			if (peer->role != SEQUENCE_NETWORK && (*peer->address != 0) == with_address &&
			    find(all, peer->role, peer->address) < 0)
				insert(all, peer->role, peer->address);
		}
	for (size_t i = 0; i < sequence->count; i++)
		if (index_of(all, &sequence->rows[i].peer) < 0) {
			insert(all, SEQUENCE_NETWORK, "");
			break;
		}
}

static const char *name_of(const struct sequence *sequence, const struct participant *participant)
{
	if (participant->role == SEQUENCE_PHONE)
		return sequence->phone;
	if (participant->role == SEQUENCE_SWITCH)
		return sequence->switch_name;
	for (size_t i = 0; *participant->address && i < sequence->name_count; i++)
		if (!strcmp(sequence->names[i].address, participant->address))
			return sequence->names[i].name;
	return "";
}

static json_t *participants_json(const struct sequence *sequence, const struct participants *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->count; i++)
		json_array_append_new(list, json_pack("{s:s,s:o,s:s}", "kind",
						      sequence_role_name(all->item[i].role), "name",
						      json_text_new(name_of(sequence, &all->item[i])),
						      "address", all->item[i].address));
	return list;
}

json_t *sequence_json(const struct sequence *sequence, uint64_t after)
{
	struct participants all;
	json_t *rows = json_array();

	collect(sequence, &all);
	for (size_t i = 0; i < sequence->count; i++) {
		const struct row *row = &sequence->rows[i];
		int peer = index_of(&all, &row->peer);

		if (row->number <= after)
			continue;
		if (peer < 0)
			peer = (int)all.count - 1; /* the network is the last one */
		json_array_append_new(rows, json_pack("[I,I,i,i,s,i,o,b]", (json_int_t)row->number,
						      (json_int_t)row->t, row->from_phone ? 0 : peer,
						      row->from_phone ? peer : 0, row->protocol, row->step,
						      json_text_new(row->summary), (int)row->message));
	}
	return json_pack("{s:o,s:o,s:I}", "participants", participants_json(sequence, &all), "rows", rows,
			 "left_out", (json_int_t)sequence->left_out);
}
