#ifndef PHONE_SIM_DRIVER_DOWNLOAD_H
#define PHONE_SIM_DRIVER_DOWNLOAD_H

#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/driver/download_order.h"

/* Begin; a failure of whatever kind comes through done. -ENOMEM is the only error. */
int download_start(struct download **download, const struct download_order *order, struct fail *fail);

uint32_t download_id(const struct download *download);

/* Forget it: done is not called. NULL is legal. */
void download_cancel(struct download *download);

#endif
