#include "cable/node_mac.h"

#include <string.h>
#include <sys/random.h>

/* FNV-1a, 64 bits, over both names with the NUL between them. */
static uint64_t hash(uint64_t state, const char *text)
{
	size_t length = strlen(text) + 1;

	for (size_t i = 0; i < length; i++) {
		state ^= (uint8_t)text[i];
		state *= UINT64_C(0x100000001b3);
	}
	return state;
}

static void take(struct mac *mac, uint64_t bits)
{
	for (int i = 0; i < 6; i++)
		mac->octet[i] = (uint8_t)(bits >> (8 * i));
	mac->octet[0] = 0x02;
}

void node_mac(struct mac *mac, const char *node, const char *interface)
{
	uint64_t bits = hash(hash(UINT64_C(0xcbf29ce484222325), node), interface);

	/* The low bits of FNV-1a are the poorer ones for short names: fold. */
	bits ^= bits >> 29;
	bits *= UINT64_C(0xbf58476d1ce4e5b9);
	bits ^= bits >> 32;
	take(mac, bits);
}

void node_mac_random(struct mac *mac)
{
	uint64_t bits = 0;

	/* Up to 256 octets are never cut short nor interrupted (getrandom(2)). */
	if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
		bits = (uint64_t)(uintptr_t)mac;
	take(mac, bits);
}
