#ifndef PHONE_SIM_DRIVER_FETCH_TRANSPORT_H
#define PHONE_SIM_DRIVER_FETCH_TRANSPORT_H

#include "phone-sim/driver/fetch.h"

/*
 * What fetch.c and its two transports say to each other. A transport calls fetch_data() for every piece and
 * fetch_over() once; after that it is freed by fetch.c, from a clean stack.
 */
struct http_get;
struct tftp_get;

/* A piece of the file. 0, -EFBIG when it is over the limit, or another negative errno. */
int fetch_data(void *fetch, const uint8_t *bytes, size_t len);

/* It has ended. http_status 0: none was read. detail is copied. */
void fetch_over(struct fetch *fetch, enum phone_fetch_status status, int http_status, const char *detail);

/* TFTP sent something again. */
void fetch_retransmitted(struct fetch *fetch, unsigned n);

/* 0 or a negative errno; a failure at once is given as fetch_over() too. */
int http_get_start(struct http_get **get, struct fetch *fetch, const struct fetch_order *order,
		   struct fail *fail);
void http_get_free(struct http_get *get);

int tftp_get_start(struct tftp_get **get, struct fetch *fetch, const struct fetch_order *order,
		   struct fail *fail);
void tftp_get_free(struct tftp_get *get);

/* The status for an errno (positive) of a socket before anything came. */
enum phone_fetch_status fetch_status_of(int error);

#endif
