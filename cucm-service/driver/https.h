#ifndef CUCM_SERVICE_DRIVER_HTTPS_H
#define CUCM_SERVICE_DRIVER_HTTPS_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "base/fail.h"
#include "cucm-service/core/service.h"

struct event_base;
struct https;

/* Answer a request: fill status, type and reply of a call that service_begin() has not seen yet. */
typedef void https_fn(void *arg, const struct service_request *request, struct service_call *call);

/* Listen at the port of every address. tls is borrowed. 0 or a negative errno with the reason. */
int https_new(struct https **https, struct event_base *base, SSL_CTX *tls, uint32_t address, uint16_t port,
	      https_fn *answer, void *arg, struct fail *fail);
void https_free(struct https *https); /* NULL is legal */

#endif
