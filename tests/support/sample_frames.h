#ifndef TESTS_SUPPORT_SAMPLE_FRAMES_H
#define TESTS_SUPPORT_SAMPLE_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One frame of each kind that the codecs of the lower layers write: what phones, a switch and a DHCP server
 * say. */
enum sample_frame {
	SAMPLE_CDP_PHONE,
	SAMPLE_CDP_SWITCH,
	SAMPLE_CDP_REST,
	SAMPLE_CDP_ODD,
	SAMPLE_CDP_ODD_HIGH,
	SAMPLE_LLDP_PHONE,
	SAMPLE_LLDP_SWITCH,
	SAMPLE_LLDP_LAST,
	SAMPLE_DHCP_ASKS,
	SAMPLE_DHCP_ACKS,
	SAMPLE_DHCP_NAKS,
	SAMPLE_ARP_PROBE,
	SAMPLE_ARP_ANNOUNCE,
	SAMPLE_ARP_ANSWER,
	SAMPLE_FRAMES,
};

/* Its length; the test fails when it cannot be written. */
ssize_t sample_frame_write(enum sample_frame frame, uint8_t *data, size_t size);

#endif
