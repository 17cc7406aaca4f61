/* Ring lists and the rings themselves, computed. */
#include "cucm/tree.h"

#include <stdint.h>
#include <stdio.h>

#include "wire/phonexml.h"

#define RATE_NARROW    8000  /* .raw: 8-bit mu-law, 240 to 16080 samples */
#define RATE_WIDE      16000 /* .rwb: 16-bit linear, little-endian, 240 to 160800 samples */
#define SAMPLES_NARROW 8000
#define SAMPLES_WIDE   16000
#define LIST_ROOM      (64 * 1024)

/* Two alternating tones. */
struct ring {
	const char *title; /* up to 25 characters */
	const char *file;  /* without its suffix */
	unsigned hertz[2];
	unsigned turn_ms;
};

static const struct ring rings[] = {
    {"Bench Bell", "BenchBell", {440, 480}, 50},
    {"Copper Chirp", "CopperChirp", {880, 1320}, 120},
    {"Patch Panel", "PatchPanel", {600, 450}, 250},
};

#define RINGS (sizeof(rings) / sizeof(*rings))

/* Sample number at of a ring, +-8191: a triangle wave of the tone that sounds then. */
static int16_t ring_sample(const struct ring *ring, unsigned at, unsigned rate)
{
	unsigned turn = (unsigned)((uint64_t)at * 1000 / rate / ring->turn_ms) & 1;
	uint32_t phase = (uint32_t)((uint64_t)at * ring->hertz[turn] * 65536 / rate) & 0xffff;
	int32_t level = phase < 32768 ? (int32_t)phase : 65535 - (int32_t)phase; /* 0 to 32767 */

	return (int16_t)((level - 16384) / 2);
}

/* ITU-T G.711 mu-law. */
static uint8_t ring_mu_law(int16_t sample)
{
	uint8_t sign = sample < 0 ? 0x80 : 0;
	int magnitude = (sample < 0 ? -sample : sample) + 132;
	int exponent = 7;

	if (magnitude > 32767)
		magnitude = 32767;
	while (exponent > 0 && !(magnitude & (128 << exponent)))
		exponent--;
	return (uint8_t) ~(sign | exponent << 4 | ((magnitude >> (exponent + 3)) & 15));
}

static int ring_files(struct tree *tree, const struct ring *ring)
{
	uint8_t out[SAMPLES_WIDE * 2];
	char name[64];
	int err;

	for (unsigned i = 0; i < SAMPLES_WIDE; i++) {
		uint16_t sample = (uint16_t)ring_sample(ring, i, RATE_WIDE);

		out[2 * i] = (uint8_t)sample;
		out[2 * i + 1] = (uint8_t)(sample >> 8);
	}
	snprintf(name, sizeof(name), "%s.rwb", ring->file);
	err = tree_put_signed(tree, name, out, sizeof(out));
	for (unsigned i = 0; i < SAMPLES_NARROW; i++)
		out[i] = ring_mu_law(ring_sample(ring, i, RATE_NARROW));
	snprintf(name, sizeof(name), "%s.raw", ring->file);
	return err ? err : tree_put_signed(tree, name, out, SAMPLES_NARROW);
}

static int ring_list(struct tree *tree, const char *name, const char *suffix)
{
	struct phonexml_rings config = {.rings = RINGS};
	char out[LIST_ROOM];

	for (size_t i = 0; i < RINGS; i++) {
		snprintf(config.ring[i].name, sizeof(config.ring[i].name), "%s", rings[i].title);
		snprintf(config.ring[i].file, sizeof(config.ring[i].file), "%s.%s", rings[i].file, suffix);
	}
	return tree_put_xml(tree, name, out, phonexml_rings_encode(&config, out, sizeof(out)));
}

int tree_rings(struct tree *tree)
{
	static const struct {
		const char *name, *suffix;
	} lists[] = {{"Ringlist.xml", "raw"}, {"Ringlist-wb.xml", "rwb"}, {"DistinctiveRingList.xml", "rwb"}};
	bool wanted = false;
	int err = 0;

	for (size_t i = 0; i < tree->plan->device_count; i++)
		wanted |= tree->plan->devices[i].ringtones;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && !err; i++)
		err = wanted ? ring_list(tree, lists[i].name, lists[i].suffix)
			     : tree_remove(tree, lists[i].name);
	for (size_t i = 0; i < RINGS && !err && wanted; i++)
		err = ring_files(tree, &rings[i]);
	return err;
}
