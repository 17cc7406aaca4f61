/* Any IPv4 packet, as it is and with its checksums put right, down to UDP and TCP. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ipv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t first[1 << 17], second[1 << 17];

static void check_udp(const struct ipv4_packet *ip)
{
	struct udp_datagram udp, again;
	struct ipv4_packet inner = *ip;
	struct wire_error error;
	ssize_t length;

	if (udp_decode(ip, &udp, &error) < 0) {
		assert(error.what && error.offset <= ip->payload.length);
		return;
	}
	length = udp_encode(&udp, ip->source, ip->destination, first, sizeof(first));
	assert(length == (ssize_t)(UDP_HEADER + udp.payload.length));
	inner.payload = (struct wire_slice){first, (size_t)length};
	assert(udp_decode(&inner, &again, NULL) == 0);
	assert(again.source_port == udp.source_port && again.no_checksum == udp.no_checksum);
	assert(wire_slice_equal(again.payload, udp.payload));
}

static void check(const uint8_t *data, size_t size)
{
	struct ipv4_packet ip, again;
	struct tcp_segment tcp;
	struct wire_error error;
	ssize_t length;

	if (ipv4_decode(data, size, &ip, &error) < 0) {
		assert(error.what && error.offset <= size);
		return;
	}
	length = ipv4_encode(&ip, first, sizeof(first));
	assert(length > 0 && (size_t)length <= size);
	assert(ipv4_decode(first, (size_t)length, &again, NULL) == 0);
	assert(ipv4_encode(&again, second, sizeof(second)) == length);
	assert(memcmp(first, second, (size_t)length) == 0);
	if (tcp_decode(&ip, &tcp, &error) < 0)
		assert(error.what && error.offset <= ip.payload.length);
	check_udp(&ip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t header = size ? (size_t)(data[0] & 15) * 4 : 0;
	uint8_t *fixed;
	uint16_t sum;

	check(data, size);
	if (header < IPV4_HEADER || size < header + UDP_HEADER)
		return 0;
	fixed = malloc(size);
	assert(fixed);
	memcpy(fixed, data, size);
	memset(fixed + header + 6, 0, 2); /* a UDP datagram without checksum */
	memset(fixed + 10, 0, 2);
	sum = ipv4_checksum(fixed, header, 0);
	fixed[10] = (uint8_t)(sum >> 8);
	fixed[11] = (uint8_t)sum;
	check(fixed, size);
	free(fixed);
	return 0;
}
