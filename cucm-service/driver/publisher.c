#include "cucm-service/driver/publisher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/control.h"
#include "base/print.h"
#include "cucm-service/driver/arrivals.h"
#include "cucm-service/driver/certificate.h"
#include "cucm-service/driver/confine.h"
#include "cucm-service/driver/database.h"
#include "cucm-service/driver/https.h"
#include "cucm-service/driver/process.h"

#define LAB_MS 20000 /* a change of the device table */
#define RPC_MS 1000  /* a node */

struct publisher {
	const struct service_config *config;
	struct service service;
	struct process *process;
	SSL_CTX *tls;
	struct https *https;
	struct arrivals *arrivals;
	struct database *database; /* NULL: not opened yet */
	char path[400];
};

/* A path below the run directory; it stays valid until the next call. */
static const char *path_of(struct publisher *publisher, const char *folder, const char *file)
{
	snprintf(publisher->path, sizeof(publisher->path), "%s/%s%s%s", publisher->config->directory, folder,
		 *folder ? "/" : "", file);
	return publisher->path;
}

static const char *own_path(struct publisher *publisher, const char *file)
{
	char folder[100];

	snprintf(folder, sizeof(folder), "cucm/%s", publisher->config->node);
	return path_of(publisher, folder, file);
}

/* --- what calls need --- */

static const struct table *table_of(struct publisher *publisher, struct fail *fail)
{
	const struct table *table;

	if (!publisher->database &&
	    database_open(&publisher->database, own_path(publisher, "cucm.sqlite"), fail))
		return NULL;
	table = database_table(publisher->database, fail);
	if (!table) {
		database_close(publisher->database);
		publisher->database = NULL;
	}
	return table;
}

static enum service_next run(struct publisher *publisher, struct service_call *call, bool states)
{
	const struct service_config *config = publisher->config;
	struct cucm_states read = {0};
	struct fail fail = {0};
	const struct table *table = table_of(publisher, &fail);
	enum service_next next;

	if (!table) {
		service_failed(call, fail.text);
		return SERVICE_DONE;
	}
	if (states)
		cucm_states_read(&read, config->directory, config->nodes.items, config->nodes.count, RPC_MS);
	next = service_run(call, table, states ? &read : NULL, clock_now_us());
	cucm_states_free(&read);
	return next;
}

/* Changes go to the process that holds the lab, as those of `phonelab device`. */
static void change(struct publisher *publisher, struct service_call *call)
{
	struct fail fail = {0};
	json_t *reply =
	    control_call(path_of(publisher, "", "lab.sock"), call->axl.change, LAB_MS, NULL, &fail);

	service_changed(call, reply ? 0 : fail.err, fail.text);
	json_decref(reply);
}

static void query(struct publisher *publisher, struct service_call *call)
{
	struct fail fail = {0};
	json_t *rows = database_query(publisher->database, call->axl.sql, AXL_REPLY_MOST, &fail);

	service_rows(call, rows, fail.text);
	json_decref(rows);
}

/* A line of the log for each request, as a web server writes it. */
static void note(const struct service_request *request, const struct service_call *call)
{
	print_text("%s %s %s %d %zu%s%s\n", request->post ? "POST" : "GET", request->path,
		   *call->soap.name ? call->soap.name : "-", call->status, call->reply.length,
		   call->axl.ignored.length ? " ignored=" : "",
		   call->axl.ignored.length ? call->axl.ignored.bytes : "");
	fflush(stdout);
}

static void answer(void *arg, const struct service_request *request, struct service_call *call)
{
	struct publisher *publisher = arg;
	enum service_next next = service_begin(call, &publisher->service, request, clock_now_us());

	if (next == SERVICE_TABLE || next == SERVICE_STATES)
		next = run(publisher, call, next == SERVICE_STATES);
	if (next == SERVICE_CHANGE)
		change(publisher, call);
	else if (next == SERVICE_QUERY)
		query(publisher, call);
	note(request, call);
}

/* --- the process --- */

static int prepare(struct publisher *publisher, struct fail *fail)
{
	const struct service_config *config = publisher->config;
	char name[200];

	service_init(&publisher->service, config->user, config->password, (size_t)config->ris_rate);
	if (process_new(&publisher->process, fail))
		return fail->err;
	snprintf(name, sizeof(name), "%s.%s", config->node, config->domain);
	publisher->tls =
	    certificate_server(name, ntohl(config->address.s_addr), own_path(publisher, "tomcat.pem"), fail);
	if (!publisher->tls)
		return fail->err;
	return https_new(&publisher->https, process_base(publisher->process), publisher->tls,
			 ntohl(config->address.s_addr), (uint16_t)config->port, answer, publisher, fail);
}

static int confine(const struct publisher *publisher, struct fail *fail)
{
	const struct service_config *config = publisher->config;
	char *const *nodes = config->nodes.items;
	struct confine confine;

	service_confine_begin(&confine, "cucm-service");
	service_confine_node(&confine, config->directory, config->node);
	for (size_t i = 0; i < config->nodes.count; i++)
		service_confine_node(&confine, config->directory, nodes[i]);
	return confine_apply(&confine, fail);
}

int publisher_run(const struct service_config *config, struct fail *fail)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	int err;

	if (!publisher)
		return fail_set(fail, -ENOMEM, "out of memory");
	publisher->config = config;
	err = prepare(publisher, fail);
	if (!err)
		err = arrivals_new(&publisher->arrivals, process_base(publisher->process), config, fail);
	if (!err)
		err = confine(publisher, fail);
	if (!err)
		process_run(publisher->process);
	arrivals_free(publisher->arrivals);
	https_free(publisher->https);
	process_free(publisher->process);
	SSL_CTX_free(publisher->tls);
	database_close(publisher->database);
	free(publisher);
	return err;
}
