#ifndef PHONE_SIM_DRIVER_MARK_H
#define PHONE_SIM_DRIVER_MARK_H

/* What a phone marks its traffic with (RFC 2474, 802.1p). */
enum mark {
	MARK_NONE = 0,
	MARK_CALL_CONTROL = 24, /* CS3, "DSCP For Call Control" of the phone's network settings */
};

/* From now on what the socket sends carries that DSCP, and on a voice VLAN the priority that belongs to it. A
 * socket that cannot be marked sends unmarked. */
void mark_socket(int fd, enum mark mark);

#endif
