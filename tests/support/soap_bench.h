#ifndef TESTS_SUPPORT_SOAP_BENCH_H
#define TESTS_SUPPORT_SOAP_BENCH_H

#include "cucm-service/core/service.h"

/* The web services without a network: a device table and the states of two nodes, and requests as clients write them. */
#define SOAP_BENCH_BASIC "Basic YXhsdXNlcjpwaG9uZWxhYg==" /* axluser:phonelab */

struct soap_bench {
	struct service service;
	struct table table;
	struct cucm_states states;
	uint64_t now_us;
	/* of the last request */
	int status;
	enum service_next next;
	char *reply;
	json_t *change; /* what the lab was asked for */
	char *sql;
	/* the answer of the lab */
	int lab_err;
	const json_t *rows;
	char (*text)[64];
	struct table_line *lines;
};

/* Devices SEP000000000000, ..1 with the lines 10000, 10001, ..; even ones are registered at cucm-pub, every odd one was lost
 * there: by KeepAliveTimeout, every fifth was rejected. The subscriber has lost the first ten before that. */
void soap_bench_begin(struct soap_bench *bench, size_t devices);
void soap_bench_end(struct soap_bench *bench);

/* One request: fills the last members of the bench. */
void soap_bench_send(struct soap_bench *bench, const struct service_request *request);

/* POST of an operation of AXL 15.0, and of an operation of RIS with these criteria (markup; NULL: 1,000 devices by name, any
 * state, of these items). */
void soap_bench_axl(struct soap_bench *bench, const char *operation, const char *inner);
void soap_bench_ris(struct soap_bench *bench, const char *operation, const char *state, const char *criteria);

/* The text of the n-th element of that name in the last reply, unescaped (from 0); NULL if there is none. Valid until the next
 * call. And how many there are. */
const char *soap_bench_value(const struct soap_bench *bench, const char *name, size_t n);
size_t soap_bench_count(const struct soap_bench *bench, const char *name);

#endif
