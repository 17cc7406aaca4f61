#ifndef PHONE_SIM_DRIVER_HTTP_GET_H
#define PHONE_SIM_DRIVER_HTTP_GET_H

#include "base/fail.h"
#include "phone-sim/driver/download_order.h"

/* One file by HTTP, into a sink, which must live as long. */
struct http_get;

/* 0 or a negative errno; a failure at once is given to sink->over too. */
int http_get_start(struct http_get **get, const struct download_sink *sink,
		   const struct download_order *order, struct fail *fail);

/* NULL is legal. */
void http_get_free(struct http_get *get);

#endif
