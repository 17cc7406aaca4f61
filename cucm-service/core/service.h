#ifndef CUCM_SERVICE_CORE_SERVICE_H
#define CUCM_SERVICE_CORE_SERVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cucm-service/core/axl.h"
#include "cucm-service/core/limit.h"
#include "cucm-service/core/ris.h"

/*
 * The web services of the publisher as a pure function: a request goes in; a reply comes out, or the need for something that
 * only the driver can do. Time is passed in.
 *
 *   GET  /axl/                                       that the AXL service is there
 *   POST /axl/                                       AXL
 *   GET  /realtimeservice2/services/RISService70?wsdl  the WSDL of RISPort70
 *   POST /realtimeservice2/services/RISService70     RISPort70
 */
struct service {
	const char *user, *password; /* of basic authentication; borrowed */
	struct limit ris, writes;
};

/* ris_rate: requests per minute to RISPort70. */
void service_init(struct service *service, const char *user, const char *password, size_t ris_rate);

/* One HTTP request; everything is borrowed until the call ends. */
struct service_request {
	bool post;		   /* else GET */
	const char *path, *query;  /* query: NULL or "" without one */
	const char *authorization; /* the header, or NULL */
	const char *address; /* scheme, host and port by which the client came: "https://10.20.0.11:8443" */
	const void *body;
	size_t length;
};

enum service_next {
	SERVICE_DONE,	/* the reply is complete */
	SERVICE_TABLE,	/* read the device table, then call service_run() */
	SERVICE_STATES, /* read the device table and the states of the nodes, then call service_run() */
	SERVICE_CHANGE, /* send axl.change to the lab, then call service_changed() */
	SERVICE_QUERY,	/* run axl.sql, then call service_rows() */
};

struct service_call {
	struct service *service;
	struct soap soap;
	struct axl axl;
	struct ris_criteria criteria;
	bool is_ris;
	/* the reply */
	int status; /* of HTTP */
	const char *type;
	struct text reply;
};

/* Begin a call. Free it with service_free in each case. */
enum service_next service_begin(struct service_call *call, struct service *service,
				const struct service_request *request, uint64_t now_us);

/* Go on with the table, which must live until service_free; states: NULL for AXL. */
enum service_next service_run(struct service_call *call, const struct table *table,
			      const struct cucm_states *states, uint64_t now_us);

/* Go on with the result of a change or a query: see axl_changed() and axl_rows(). The reply is complete then. */
void service_changed(struct service_call *call, int err, const char *why);
void service_rows(struct service_call *call, const json_t *rows, const char *why);

/* The table or the states cannot be read: a fault. */
void service_failed(struct service_call *call, const char *why);

void service_free(struct service_call *call);

#endif
