#ifndef TESTS_SUPPORT_FRAMES_H
#define TESTS_SUPPORT_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Frames of a boot, made by hand for tests of dissection and of captures. */

/* The two ends of a conversation: 10.110.0.57 is the phone SEP001122AABB01, 10.20.0.11 its call manager and
 * 10.20.0.3 its file server. */
#define FRAMES_PHONE  0x0a6e0039u
#define FRAMES_CM     0x0a14000bu
#define FRAMES_SERVER 0x0a140003u

/* A TCP segment in IPv4 in Ethernet, tagged with VLAN 110, all checksums right. Returns the length. */
size_t frames_tcp(uint32_t source, uint16_t source_port, uint32_t destination, uint16_t destination_port,
		  uint32_t sequence, uint8_t flags, const void *payload, size_t size, uint8_t *out,
		  size_t room);

/* The same of a UDP datagram. */
size_t frames_udp(uint32_t source, uint16_t source_port, uint32_t destination, uint16_t destination_port,
		  const void *payload, size_t size, uint8_t *out, size_t room);

/* The first REGISTER of the phone, or its keepalive to a standby. Returns the length. */
size_t frames_register(int keepalive, char *out, size_t room);

#endif
