#include "tests/support/mutate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/cdp_tlv.h"
#include "wire/dhcp_option.h"
#include "wire/lldp_tlv.h"
#include "wire/tftp.h"

#define ELEMENTS 64

/* The part that is replaced, and the bit of its element. */
struct element {
	size_t at, length;
	uint32_t has;
};

struct elements {
	unsigned count;
	struct element item[ELEMENTS];
};

unsigned long mutate_count(void)
{
	const char *text = getenv("MUTATIONS");

	return text ? strtoul(text, NULL, 10) : 100000;
}

static void note(struct elements *all, size_t at, size_t length, uint32_t has, uint32_t keep)
{
	if (has && !(has & keep) && all->count < ELEMENTS)
		all->item[all->count++] = (struct element){at, length, has};
}

/* Mostly a few octets, where the limits of the types are; sometimes up to most. */
static size_t any_length(struct rng *rng, size_t most)
{
	size_t n = (size_t)rng_range(rng, 0, rng_next(rng) & 7 ? 12 : most);

	return n < most ? n : most;
}

/* Replace an element's octets by n random ones. Returns where they are. */
static uint8_t *replace(struct rng *rng, uint8_t *bytes, size_t *length, const struct element *e, size_t n)
{
	uint8_t *at = bytes + e->at;

	memmove(at + n, at + e->length, *length - e->at - e->length);
	*length = *length - e->length + n;
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)rng_next(rng);
	return at;
}

static const struct element *pick(struct rng *rng, const struct elements *all)
{
	return all->count ? &all->item[rng_range(rng, 0, all->count - 1)] : NULL;
}

uint32_t mutate_cdp(struct rng *rng, uint8_t *bytes, size_t *length, uint32_t keep)
{
	struct elements all = {0};
	const struct element *e;
	size_t whole, n;

	for (size_t at = 4; at + CDP_TLV_HEADER <= *length; at += whole) {
		whole = wire_get16(bytes + at + 2);
		note(&all, at + CDP_TLV_HEADER, whole - CDP_TLV_HEADER, CDP_HAS(wire_get16(bytes + at)),
		     keep);
	}
	e = pick(rng, &all);
	if (!e)
		return 0;
	n = any_length(rng, 600);
	replace(rng, bytes, length, e, n);
	wire_put16(bytes + e->at - 2, (uint16_t)(n + CDP_TLV_HEADER));
	wire_put16(bytes + CDP_CHECKSUM_AT, cdp_checksum(bytes, *length, rng_next(rng) & 1));
	return e->has;
}

uint32_t mutate_lldp(struct rng *rng, uint8_t *bytes, size_t *length, uint32_t keep)
{
	struct elements all = {0};
	const struct element *e;
	size_t size, n;

	for (size_t at = 0; at + 2 <= *length; at += 2 + size) {
		uint8_t type = bytes[at] >> 1;
		bool own = type == LLDP_TYPE_ORGANISATION;
		const struct lldp_row *row;

		size = wire_get16(bytes + at) & LLDP_LENGTH_MAX;
		row = lldp_find_row(type, own ? wire_get32(bytes + at + 2) >> 8 : 0, own ? bytes[at + 5] : 0);
		if (type > 3 && row)
			note(&all, at + 2, size, (uint32_t)row->has, keep);
	}
	e = pick(rng, &all);
	if (!e)
		return 0;
	/* Of an organisation's TLV mostly what is behind the subtype. */
	if (bytes[e->at - 2] >> 1 == LLDP_TYPE_ORGANISATION && rng_next(rng) & 7) {
		struct element value = {e->at + LLDP_OUI_LENGTH, e->length - LLDP_OUI_LENGTH, e->has};

		n = any_length(rng, LLDP_LENGTH_MAX - LLDP_OUI_LENGTH);
		replace(rng, bytes, length, &value, n);
		n += LLDP_OUI_LENGTH;
	} else {
		n = any_length(rng, LLDP_LENGTH_MAX);
		replace(rng, bytes, length, e, n);
	}
	wire_put16(bytes + e->at - 2,
		   (uint16_t)((wire_get16(bytes + e->at - 2) & ~LLDP_LENGTH_MAX) | (uint16_t)n));
	return e->has;
}

uint32_t mutate_dhcp(struct rng *rng, uint8_t *bytes, size_t *length, uint32_t keep)
{
	struct elements all = {0};
	const struct element *e;
	size_t n;

	for (size_t at = OPTIONS_AT; at < *length && bytes[at] != DHCP_OPTION_END; at += 2 + bytes[at + 1])
		note(&all, at + 2, bytes[at + 1], (uint32_t)dhcp_find_row(bytes[at])->has, keep);
	e = pick(rng, &all);
	if (!e)
		return 0;
	n = any_length(rng, UINT8_MAX);
	replace(rng, bytes, length, e, n);
	bytes[e->at - 1] = (uint8_t)n;
	return e->has;
}

/* The value of an option, or its name and value, by random strings; their last one has its NUL. */
uint32_t mutate_oack(struct rng *rng, uint8_t *bytes, size_t *length)
{
	static const struct {
		const char *name;
		uint32_t has;
	} names[] = {{"blksize", TFTP_HAS_BLKSIZE},
		     {"tsize", TFTP_HAS_TSIZE},
		     {"timeout", TFTP_HAS_TIMEOUT},
		     {"windowsize", TFTP_HAS_WINDOWSIZE}};
	struct elements all = {0};
	const struct element *e;
	uint8_t *end;
	size_t n;

	for (size_t at = 2; at < *length;) {
		const char *name = (const char *)bytes + at;
		size_t value = at + strlen(name) + 1, next = value + strlen((const char *)bytes + value) + 1;
		size_t from = rng_next(rng) & 1 ? at : value;

		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (!strcasecmp(name, names[i].name))
				note(&all, from, next - from, names[i].has, 0);
		at = next;
	}
	e = pick(rng, &all);
	if (!e)
		return 0;
	n = any_length(rng, 600);
	end = replace(rng, bytes, length, e, n + 1) + n;
	*end = '\0';
	return e->has;
}
