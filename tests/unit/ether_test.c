/* Ethernet frames of every kind, tags put in and taken out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/ether.h"

static int decode(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return ether_decode(data, length, message, error);
}

/* Ethernet II, IPv4 by name only */
static const uint8_t plain[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* to everyone */
    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* from the phone */
    0x08, 0x00,				/* IPv4 */
    0x45, 0x00, 0x00,			/* payload */
};

/* voice VLAN 110 with priority 5 around ARP */
static const uint8_t tagged[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* to everyone */
    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* from the phone */
    0x81, 0x00,				/* 802.1Q */
    0xa0, 0x6e,				/* 101 priority, 0 drop eligible, 0000 0110 1110 VLAN */
    0x08, 0x06,				/* ARP */
    0x00, 0x01,				/* payload */
};

/* two tags: service 0x88a8 VLAN 200, customer VLAN 0 priority 3 with drop eligible */
static const uint8_t twice_tagged[] = {
    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, 0x00, 0x11, 0x22, 0xaa, 0xbb, 0x02, /* addresses */
    0x88, 0xa8, 0x00, 0xc8,						    /* 802.1ad, VLAN 200 */
    0x81, 0x00, 0x70, 0x00, /* 802.1Q, 011 priority, 1 drop eligible, VLAN 0 */
    0x08, 0x00, 0x99,	    /* IPv4, payload */
};

/* SNAP to CDP's address, with 5 bytes behind the length */
static const uint8_t snap[] = {
    0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc, /* to the CDP group */
    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* from the phone */
    0x00, 0x0a,				/* 802.3 length: 8 of LLC and SNAP, 2 of payload */
    0xaa, 0xaa, 0x03,			/* LLC: SNAP, unnumbered information */
    0x00, 0x00, 0x0c,			/* OUI */
    0x20, 0x00,				/* protocol id */
    0x02, 0xb4,				/* payload */
    0x00, 0x00, 0x00, 0x00, 0x01,	/* padding */
};

/* a spanning tree frame, tagged: bare LLC */
static const uint8_t llc[] = {
    0x01, 0x80, 0xc2, 0x00, 0x00, 0x00, /* to bridges */
    0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01, /* from a bridge */
    0x81, 0x00, 0xe0, 0x01,		/* VLAN 1, priority 7 */
    0x00, 0x05,				/* 802.3 length */
    0x42, 0x42, 0x03,			/* LLC */
    0x00, 0x00,				/* payload */
};

static void encodes_back(const struct ether_frame *frame, const uint8_t *expected, size_t length)
{
	uint8_t data[ETHER_FRAME_MAX];

	wire_check_bytes(data, ether_encode(frame, data, sizeof(data)), expected, length);
	for (size_t size = 0; size < length; size++)
		assert_int_equal(ether_encode(frame, data, size), -ENOSPC);
}

static void ethernet_ii(void **state)
{
	const struct mac phone = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
	struct ether_frame f;

	(void)state;
	assert_int_equal(ether_decode(plain, sizeof(plain), &f, NULL), 0);
	assert_true(mac_equal(&f.destination, &ether_broadcast));
	assert_true(mac_equal(&f.source, &phone));
	assert_int_equal(f.tags, 0);
	assert_int_equal(f.kind, ETHER_II);
	assert_int_equal(f.type, ETHER_IPV4);
	assert_ptr_equal(f.payload.data, plain + 14);
	assert_int_equal(f.payload.length, 3);
	encodes_back(&f, plain, sizeof(plain));
	assert_int_equal(wire_check_truncations(plain, sizeof(plain), decode, sizeof(f)), 3);
	wire_check_corruptions(plain, sizeof(plain), decode, sizeof(f));
}

static void one_tag(void **state)
{
	struct ether_frame f;

	(void)state;
	assert_int_equal(ether_decode(tagged, sizeof(tagged), &f, NULL), 0);
	assert_int_equal(f.tags, 1);
	assert_int_equal(f.tag[0].protocol, ETHER_VLAN);
	assert_int_equal(ether_tci_vid(f.tag[0].tci), 110);
	assert_int_equal(ether_tci_priority(f.tag[0].tci), 5);
	assert_int_equal(f.tag[0].tci, ether_tci(110, 5));
	assert_int_equal(f.type, ETHER_ARP);
	assert_int_equal(f.payload.length, 2);
	encodes_back(&f, tagged, sizeof(tagged));
	assert_int_equal(wire_check_truncations(tagged, sizeof(tagged), decode, sizeof(f)), 2);
	wire_check_corruptions(tagged, sizeof(tagged), decode, sizeof(f));
}

static void two_tags_the_inner_one_priority_only(void **state)
{
	uint8_t thrice[sizeof(twice_tagged) + ETHER_TAG];
	struct ether_frame f;

	(void)state;
	assert_int_equal(ether_decode(twice_tagged, sizeof(twice_tagged), &f, NULL), 0);
	assert_int_equal(f.tags, 2);
	assert_int_equal(f.tag[0].protocol, ETHER_QINQ);
	assert_int_equal(ether_tci_vid(f.tag[0].tci), 200);
	assert_int_equal(ether_tci_vid(f.tag[1].tci), 0);
	assert_int_equal(ether_tci_priority(f.tag[1].tci), 3);
	encodes_back(&f, twice_tagged, sizeof(twice_tagged));
	wire_check_truncations(twice_tagged, sizeof(twice_tagged), decode, sizeof(f));
	memcpy(thrice, twice_tagged, sizeof(twice_tagged));
	assert_int_equal(ether_tag_insert(thrice, sizeof(twice_tagged), sizeof(thrice), 1), sizeof(thrice));
	wire_check_refused(thrice, sizeof(thrice), decode, sizeof(f), 20, "more than two VLAN tags");
}

static void snap_padding_is_no_payload(void **state)
{
	uint8_t data[sizeof(snap)];
	struct ether_frame f;

	(void)state;
	assert_int_equal(ether_decode(snap, sizeof(snap), &f, NULL), 0);
	assert_int_equal(f.kind, ETHER_SNAP);
	assert_int_equal(f.oui, 0x00000c);
	assert_int_equal(f.type, 0x2000);
	assert_int_equal(f.payload.length, 2);
	assert_ptr_equal(f.payload.data, snap + 22);
	assert_int_equal(f.pad, 5);
	memcpy(data, snap, sizeof(snap));
	data[sizeof(snap) - 1] = 0; /* padding is encoded as zeros */
	encodes_back(&f, data, sizeof(data));
	/* only the padding may be missing */
	assert_int_equal(wire_check_truncations(snap, sizeof(snap), decode, sizeof(f)), 5);
	wire_check_corruptions(snap, sizeof(snap), decode, sizeof(f));
}

static void bare_llc_in_a_tag(void **state)
{
	struct ether_frame f;

	(void)state;
	assert_int_equal(ether_decode(llc, sizeof(llc), &f, NULL), 0);
	assert_int_equal(f.kind, ETHER_LLC);
	assert_int_equal(f.dsap, 0x42);
	assert_int_equal(f.ssap, 0x42);
	assert_int_equal(f.control, 0x03);
	assert_int_equal(f.type, 0);
	assert_int_equal(f.payload.length, 2);
	encodes_back(&f, llc, sizeof(llc));
	assert_int_equal(wire_check_truncations(llc, sizeof(llc), decode, sizeof(f)), 0);
}

static void lengths_that_lie(void **state)
{
	uint8_t data[sizeof(snap)];

	(void)state;
	memcpy(data, snap, sizeof(snap));
	data[13] = 0x10;
	wire_check_refused(data, sizeof(data), decode, sizeof(struct ether_frame), 12,
			   "802.3 length beyond the frame");
	data[13] = 0x07; /* ends inside SNAP */
	wire_check_refused(data, sizeof(data), decode, sizeof(struct ether_frame), 20, "truncated");
	data[13] = 0x02; /* ends inside LLC */
	wire_check_refused(data, sizeof(data), decode, sizeof(struct ether_frame), 16, "truncated");
	data[12] = 0x05;
	data[13] = 0xdd; /* 1501 */
	wire_check_refused(data, sizeof(data), decode, sizeof(struct ether_frame), 12,
			   "neither an 802.3 length nor an EtherType");
	data[13] = 0xff; /* 1535 */
	wire_check_refused(data, sizeof(data), decode, sizeof(struct ether_frame), 12,
			   "neither an 802.3 length nor an EtherType");
}

static void refuses_to_encode_invalid_frames(void **state)
{
	static const uint8_t much[ETHER_MTU];
	struct ether_frame f = {.kind = ETHER_II, .type = 0x05ff};
	uint8_t data[2000];

	(void)state;
	assert_int_equal(ether_encode(&f, data, sizeof(data)), -EINVAL);
	f.type = ETHER_VLAN;
	assert_int_equal(ether_encode(&f, data, sizeof(data)), -EINVAL);
	f.type = ETHER_IPV4;
	f.tags = ETHER_TAGS + 1;
	assert_int_equal(ether_encode(&f, data, sizeof(data)), -EINVAL);
	f = (struct ether_frame){.kind = ETHER_SNAP, .payload = {much, ETHER_MTU - 8}};
	assert_int_equal(ether_encode(&f, data, sizeof(data)), 14 + ETHER_MTU);
	f.payload.length++;
	assert_int_equal(ether_encode(&f, data, sizeof(data)), -EINVAL);
}

static void tags_in_place(void **state)
{
	uint8_t data[sizeof(tagged)];
	uint16_t tci = 0;

	(void)state;
	memcpy(data, tagged, sizeof(tagged));
	assert_true(ether_tag_peek(data, sizeof(tagged), &tci));
	assert_int_equal(tci, 0xa06e);
	tci = 0;
	assert_int_equal(ether_tag_strip(data, sizeof(tagged), &tci), sizeof(tagged) - ETHER_TAG);
	assert_int_equal(tci, 0xa06e);
	assert_memory_equal(data, tagged, 12);
	assert_memory_equal(data + 12, tagged + 16, sizeof(tagged) - 16);
	assert_false(ether_tag_peek(data, sizeof(tagged) - ETHER_TAG, &tci));
	assert_int_equal(ether_tag_strip(data, sizeof(tagged) - ETHER_TAG, NULL), -ENOENT);
	assert_int_equal(ether_tag_insert(data, sizeof(tagged) - ETHER_TAG, sizeof(tagged) - 1, tci),
			 -ENOSPC);
	assert_int_equal(ether_tag_insert(data, sizeof(tagged) - ETHER_TAG, sizeof(tagged), tci),
			 sizeof(tagged));
	assert_memory_equal(data, tagged, sizeof(tagged));
	assert_int_equal(ether_tag_insert(data, 11, sizeof(tagged), tci), -EINVAL);
	assert_false(ether_tag_peek(tagged, 15, &tci));
}

static void pads_to_the_shortest_frame(void **state)
{
	uint8_t data[61];

	(void)state;
	memset(data, 0xee, sizeof(data));
	assert_int_equal(ether_pad(data, 40, 59), -ENOSPC);
	assert_int_equal(ether_pad(data, 40, sizeof(data)), ETHER_MIN);
	assert_int_equal(data[39], 0xee);
	for (size_t i = 40; i < ETHER_MIN; i++)
		assert_int_equal(data[i], 0);
	assert_int_equal(data[60], 0xee);
	assert_int_equal(ether_pad(data, 61, sizeof(data)), 61);
}

static void random_frames_round_trip(void **state)
{
	char text[ETHER_MTU + 1];
	uint8_t data[ETHER_FRAME_MAX + 100], again[ETHER_FRAME_MAX + 100];
	struct ether_frame f, back;
	struct rng rng;
	ssize_t length;

	(void)state;
	rng_seed(&rng, 1, "ether");
	for (int i = 0; i < 2000; i++) {
		memset(&f, 0, sizeof(f));
		for (int o = 0; o < 6; o++) {
			f.destination.octet[o] = (uint8_t)rng_next(&rng);
			f.source.octet[o] = (uint8_t)rng_next(&rng);
		}
		f.tags = (unsigned)rng_range(&rng, 0, ETHER_TAGS);
		for (unsigned t = 0; t < f.tags; t++)
			f.tag[t] = (struct ether_tag){wire_check_coin(&rng) ? ETHER_VLAN : ETHER_QINQ,
						      (uint16_t)rng_next(&rng)};
		f.kind = (enum ether_kind)rng_range(&rng, ETHER_II, ETHER_SNAP);
		f.type = f.kind == ETHER_II	? ETHER_LLDP
			 : f.kind == ETHER_SNAP ? (uint16_t)rng_next(&rng)
						: 0;
		f.oui = f.kind == ETHER_SNAP ? wire_check_random(&rng) >> 8 : 0;
		f.dsap = f.ssap = f.kind == ETHER_LLC ? 0x42 : 0xaa;
		f.control = 3;
		f.pad = f.kind == ETHER_II ? 0 : rng_range(&rng, 0, 40);
		f.payload = wire_check_random_slice(&rng, text, 0, ETHER_MTU - 8);
		length = ether_encode(&f, data, sizeof(data));
		assert_true(length > 0);
		assert_int_equal(ether_decode(data, (size_t)length, &back, NULL), 0);
		assert_memory_equal(&back.destination, &f.destination, 6);
		assert_int_equal(back.tags, f.tags);
		assert_memory_equal(back.tag, f.tag, sizeof(f.tag));
		assert_int_equal(back.kind, f.kind);
		assert_int_equal(back.type, f.type);
		assert_int_equal(back.oui, f.oui);
		assert_int_equal(back.pad, f.pad);
		assert_true(wire_slice_equal(back.payload, f.payload));
		wire_check_bytes(again, ether_encode(&back, again, sizeof(again)), data, (size_t)length);
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(ether_type_name(0x0800), "IPv4");
	assert_string_equal(ether_type_name(0x88cc), "LLDP");
	assert_null(ether_type_name(0x1234));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ethernet_ii),
	    cmocka_unit_test(one_tag),
	    cmocka_unit_test(two_tags_the_inner_one_priority_only),
	    cmocka_unit_test(snap_padding_is_no_payload),
	    cmocka_unit_test(bare_llc_in_a_tag),
	    cmocka_unit_test(lengths_that_lie),
	    cmocka_unit_test(refuses_to_encode_invalid_frames),
	    cmocka_unit_test(tags_in_place),
	    cmocka_unit_test(pads_to_the_shortest_frame),
	    cmocka_unit_test(random_frames_round_trip),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
