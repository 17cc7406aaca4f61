#ifndef CUCM_SERVICE_DRIVER_LAB_REQUEST_H
#define CUCM_SERVICE_DRIVER_LAB_REQUEST_H

#include <jansson.h>

struct event_base;
struct lab_request;

/* The reply, borrowed; NULL with the reason if the lab refuses it or does not answer in time. */
typedef void lab_request_fn(void *arg, const json_t *reply, const char *reason);

/* Send a request to the process that holds the lab, as control_call() does, but without waiting: the loop goes on. The reference
 * of request is released. done is called once, never from within this function. NULL if memory is short or the path
 * is too long: done is not called, and the caller has to report it. */
struct lab_request *lab_request_new(struct event_base *base, const char *path, json_t *request,
				    unsigned timeout_s, lab_request_fn *done, void *arg);

/* Nobody waits for the reply any more: done will not be called. NULL is legal. The request itself goes on. */
void lab_request_forget(struct lab_request *request);

#endif
