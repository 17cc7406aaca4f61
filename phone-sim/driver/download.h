#ifndef PHONE_SIM_DRIVER_DOWNLOAD_H
#define PHONE_SIM_DRIVER_DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/driver/flash.h"

struct event_base;
struct download;

/* One file from one server, by HTTP or TFTP, from inside a phone's namespace, into memory or into flash. */
struct download_order {
	struct event_base *base;
	int ns; /* used during download_start() only; -1: the calling namespace */
	uint32_t id;
	uint32_t server; /* host order */
	uint16_t port;
	enum phone_transport transport;
	const char *file; /* used during download_start() only */
	uint64_t limit;	  /* bytes */
	uint64_t timeout_us;
	struct flash *flash; /* write to the inactive bank; NULL: to memory */
	/* Called once, from the event loop; event is a PHONE_FETCHED. The fetch is freed after it returns. */
	void (*done)(void *arg, struct download *download, const struct phone_event *event);
	/* TFTP sent something again, the nth time in this transfer; may be NULL. */
	void (*retransmitted)(void *arg, struct download *download, unsigned n);
	void *arg;
};

/* Begin; a failure of whatever kind comes through done. -ENOMEM is the only error. */
int download_start(struct download **download, const struct download_order *order, struct fail *fail);

uint32_t download_id(const struct download *download);

/* Forget it: done is not called. NULL is legal. */
void download_cancel(struct download *download);

#endif
