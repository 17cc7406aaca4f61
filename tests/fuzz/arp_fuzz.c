/* Any ARP packet: what decodes is encoded to the same bytes. */
#include <assert.h>
#include <string.h>

#include "wire/arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mac mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
	uint8_t bytes[ARP_FRAME];
	struct arp_packet packet, reply, again;
	struct ether_frame frame;
	struct wire_error error;

	if (arp_decode(data, size, &packet, &error) < 0) {
		assert(error.what && error.offset <= size);
		return 0;
	}
	assert(arp_encode(&packet, bytes, sizeof(bytes)) == ARP_LENGTH);
	assert(memcmp(bytes, data, ARP_LENGTH) == 0);
	if (arp_is_probe(&packet))
		assert(!arp_is_announcement(&packet));
	reply = arp_reply(&packet, &mac);
	assert(arp_frame(&reply, &mac, NULL, bytes, sizeof(bytes)) == ETHER_MIN);
	assert(ether_decode(bytes, ETHER_MIN, &frame, NULL) == 0);
	assert(arp_decode(frame.payload.data, frame.payload.length, &again, NULL) == 0);
	assert(again.sender_ip == packet.target_ip && again.target_ip == packet.sender_ip);
	return 0;
}
