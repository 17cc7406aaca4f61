#ifndef PHONE_SIM_DRIVER_TFTP_GET_H
#define PHONE_SIM_DRIVER_TFTP_GET_H

#include "base/fail.h"
#include "phone-sim/driver/download_order.h"

/* One file by TFTP, into a sink, which must live as long. */
struct tftp_get;

/* 0 or a negative errno; a failure at once is given to sink->over too. */
int tftp_get_start(struct tftp_get **get, const struct download_sink *sink,
		   const struct download_order *order, struct fail *fail);

/* NULL is legal. */
void tftp_get_free(struct tftp_get *get);

#endif
