#ifndef CUCM_RPC_H
#define CUCM_RPC_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/mac.h"

/*
 * The RPC of a node: JSON-RPC 2.0 through the FIFO cucm/NODE/rpc, the answer through a FIFO of each caller's
 * own beside it (a list of a thousand bindings does not fit into a datagram). A FIFO has a path, so it is
 * reached from any network namespace that sees the run directory.
 */

/* One call, bounded. socket: path of cucm/NODE/rpc. params: array, object or NULL (borrowed). On success
 * *result is a new reference (result may be NULL). Else a negative errno with the reason: -ENOENT the node is
 * not running, -ETIMEDOUT no answer in timeout_ms, -EPROTO the node gave an error. */
int cucm_rpc_call(const char *socket, const char *method, json_t *params, int timeout_ms, json_t **result,
		  struct fail *fail);

/* What the device page of one device shows on one node. */
struct cucm_registration {
	char device[DEVICE_TEXT];
	char number[64];  /* primary line: the user of the address of record */
	char address[64]; /* IPv4 that the REGISTER came from */
	uint16_t port;
	char contact[512]; /* contact URI */
	char call_id[160]; /* of the REGISTER: service control names it */
	char user_agent[64];
	char transport[8];    /* "tcp" or "udp" */
	char active_load[64]; /* as the device reported; "" unknown */
	char inactive_load[64];
	char download_status[64]; /* "None" when nothing was reported */
	char last_reason[64];	  /* why it came back: "initialized", "reset-restart", .. */
	long expires_s;		  /* until the binding ends */
	long registered_at;	  /* seconds since 1970 */
};

/* All registrations of a node, sorted by device name. *list is allocated (free it), *count long. A node
 * without any gives 0 and NULL. 0, or a negative errno with the reason. */
int cucm_registrations(const char *socket, struct cucm_registration **list, size_t *count, int timeout_ms,
		       struct fail *fail);

/* Service control (NOTIFY) to a registered device, over the connection that it registered by. action:
 * "reset", "restart", "check-version", "apply-config" or "prt-report". 0 once the NOTIFY was given to the
 * transport; -ENOENT when the device is not registered here. */
int cucm_service_control(const char *socket, const char *device, const char *action, int timeout_ms,
			 struct fail *fail);

/*
 * Refuse the REGISTERs of a device (or of "all") until further notice: code 400 to 699 with its reason
 * phrase, and Retry-After when retry_after_s is not 0. Code 0: they are not answered. Code 1: the connection
 * is closed.
 */
int cucm_refuse(const char *socket, const char *device, int code, unsigned retry_after_s, const char *phrase,
		int timeout_ms, struct fail *fail);

/* Take that back; nothing to take back is fine. */
int cucm_accept(const char *socket, const char *device, int timeout_ms, struct fail *fail);

/* Drop a device's binding as if it had never registered. 0, -ENOENT, or another negative errno. */
int cucm_forget(const char *socket, const char *device, int timeout_ms, struct fail *fail);

#endif
