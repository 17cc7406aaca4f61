#ifndef PHONE_SIM_DRIVER_DOWNLOAD_TRANSPORT_H
#define PHONE_SIM_DRIVER_DOWNLOAD_TRANSPORT_H

#include "phone-sim/driver/download.h"

/*
 * What download.c and its two transports say to each other. A transport calls download_data() for every piece
 * and download_over() once; after that it is freed by download.c, from a clean stack.
 */
struct http_get;
struct tftp_get;

/* A piece of the file. 0, -EFBIG when it is over the limit, or another negative errno. */
int download_data(void *download, const uint8_t *bytes, size_t len);

/* It has ended. http_status 0: none was read. detail is copied. */
void download_over(struct download *download, enum phone_fetch_status status, int http_status,
		   const char *detail);

/* TFTP sent something again. */
void download_retransmitted(struct download *download, unsigned n);

/* 0 or a negative errno; a failure at once is given as download_over() too. */
int http_get_start(struct http_get **get, struct download *download, const struct download_order *order,
		   struct fail *fail);
void http_get_free(struct http_get *get);

int tftp_get_start(struct tftp_get **get, struct download *download, const struct download_order *order,
		   struct fail *fail);
void tftp_get_free(struct tftp_get *get);

/* The status for an errno (positive) of a socket before anything came. */
enum phone_fetch_status download_status_of(int error);

#endif
