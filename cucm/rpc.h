#ifndef CUCM_RPC_H
#define CUCM_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/mac.h"

/*
 * The RPC of a node: JSON-RPC 2.0. The request goes through the FIFO cucm/NODE/rpc; the answer comes through a FIFO
 * that the caller makes in the same directory (a list of a thousand bindings does not fit into a datagram). A FIFO has
 * a path, so every network namespace that sees the run directory reaches it.
 */

/* One call, bounded. socket: path of cucm/NODE/rpc. params: array, object or NULL (borrowed). On success
 * *result is a new reference (result may be NULL). Otherwise a negative errno with the reason: -ENOENT the node is
 * not running, -ETIMEDOUT no answer within timeout_ms, -EPROTO the node returned an error, -EBADMSG the answer is not
 * JSON, -E2BIG the request is longer than 4096 octets. */
int cucm_rpc_call(const char *socket, const char *method, json_t *params, int timeout_ms, json_t **result,
		  struct fail *fail);

/* The result of what a node wrote as its answer, as cucm_rpc_call() returns it. */
int cucm_rpc_result(const char *socket, const char *method, const char *bytes, size_t length, json_t **result,
		    struct fail *fail);

/* The device page of one device on one node. */
struct cucm_registration {
	char device[DEVICE_TEXT];
	char number[64];  /* primary line: the user of the address of record */
	char address[64]; /* IPv4 source address of the REGISTER */
	uint16_t port;
	char contact[512]; /* contact URI */
	char call_id[160]; /* of the REGISTER; service control contains it */
	char user_agent[64];
	char transport[8];    /* "tcp" or "udp" */
	char active_load[64]; /* as the device reported; "" unknown */
	char inactive_load[64];
	char download_status[64]; /* "None" if the device reported nothing */
	char last_reason[64];	  /* why the device registered: "initialized", "reset-restart", .. */
	long expires_s;		  /* until the binding ends */
	long registered_at;	  /* seconds since 1970 */
	char lines[1024];	  /* all numbers that are bound, with commas, the primary one first */
	unsigned alarm; /* cisco-alarm code of the registration: 25 initialized, 23 reset-restart, .. */
};

/* How a node last lost a device that is in its device table. */
struct cucm_loss {
	char device[DEVICE_TEXT];
	bool rejected;	/* it was refused; else it has unregistered */
	unsigned cause; /* CcmDevRegFailCauseCode if rejected, else CcmDevUnregCauseCode: alarm_reason() */
	long at;	/* seconds since 1970 */
	struct cucm_registration last; /* its page until then; rejected: number and address only */
};

/* All registrations of a node, sorted by device name. *list is allocated and has *count entries; the caller
 * frees it. Without registrations *count is 0 and *list NULL. 0, or a negative errno with the reason. */
int cucm_registrations(const char *socket, struct cucm_registration **list, size_t *count, int timeout_ms,
		       struct fail *fail);

/* The same from the results of htable.dump (the pages) and ul.dump (the bindings). 0 or -ENOMEM. */
int cucm_registrations_join(const json_t *pages, const json_t *dump, struct cucm_registration **list,
			    size_t *count, struct fail *fail);

/* The last losses of a node, sorted by device name; as cucm_registrations. A node that was started again knows none from
 * before. */
int cucm_losses(const char *socket, struct cucm_loss **list, size_t *count, int timeout_ms,
		struct fail *fail);

/* The same from the result of htable.dump. 0 or -ENOMEM. */
int cucm_losses_read(const json_t *table, struct cucm_loss **list, size_t *count, struct fail *fail);

/* Note at a node that it has refused a device before a REGISTER arrived: the device's last loss. cause: CcmDevRegFailCauseCode. */
int cucm_lose(const char *socket, const char *device, unsigned cause, const char *number, const char *address,
	      int timeout_ms, struct fail *fail);

/* The registration of one device; -ENOENT if it is not registered on this node. The expiry is not filled in. */
int cucm_registration(const char *socket, const char *device, struct cucm_registration *out, int timeout_ms,
		      struct fail *fail);

/* Service control (NOTIFY) to a registered device, over the connection of its REGISTER. action:
 * "reset", "restart", "check-version", "apply-config" or "prt-report". stamp: the version stamp of the device's
 * configuration file, which check-version and apply-config compare; NULL: none, which differs from every stamp. 0 when the
 * transport has accepted the NOTIFY, which does not prove that the device received it; -ENOENT if the device is not
 * registered on this node. */
int cucm_service_control(const char *socket, const char *device, const char *action, const char *stamp,
			 int timeout_ms, struct fail *fail);

/*
 * Refuse the REGISTERs of a device (or of "all") until cucm_accept: code 400 to 699 with its reason phrase, and
 * Retry-After if retry_after_s is not 0. Code 0: no answer. Code 1: the node closes the connection.
 */
int cucm_refuse(const char *socket, const char *device, int code, unsigned retry_after_s, const char *phrase,
		int timeout_ms, struct fail *fail);

/* End the refusal. A device that is not refused is legal. */
int cucm_accept(const char *socket, const char *device, int timeout_ms, struct fail *fail);

/* Remove a device's binding, as if it had never registered. 0, -ENOENT if it has none, or another negative errno. */
int cucm_forget(const char *socket, const char *device, int timeout_ms, struct fail *fail);

#endif
