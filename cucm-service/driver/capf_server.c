#include "cucm-service/driver/capf_server.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_config.h"
#include "cucm-service/driver/capf_issue.h"
#include "cucm-service/driver/capf_table.h"
#include "cucm-service/driver/lab_request.h"
#include "cucm-service/driver/confine.h"
#include "cucm-service/driver/process.h"
#include "cucm-service/driver/tls_context.h"
#include "cucm-service/driver/tls_listener.h"
#include "cucm-service/driver/trace.h"

#define HANDSHAKE_S  10
#define IDLE_S	     10
#define WHOLE_S	     180 /* in all: the key of an old model takes more than a minute */
#define PER_ADDRESS  4
#define LAB_S	     20
#define MESSAGE_MOST 8200

struct capf_config {
	char *directory, *node, *certificate, *key, *former;
	int64_t port, connections, days;
	struct config_list makers; /* char * */
};

struct capf_server {
	struct capf_config config;
	struct event_base *base;
	struct capf_authority authority;
	struct capf_table *table; /* NULL: not opened yet */
	char lab[400];
};

/* One connection. */
struct enrolment {
	struct capf_server *server;
	struct tls_peer *peer;
	struct capf_session *session;
	struct lab_request *recording; /* NULL: none that the session waits for */
	char model[CAPF_TABLE_TEXT];
};

static const struct config_key file_key = {.type = CONFIG_STRING, .min = 1, .max = 400};

#define ROW(key, kind, member, ...) CONFIG_ROW(key, kind, struct capf_config, member, __VA_ARGS__)
static const struct config_key keys[] = {
    ROW("directory", STRING, directory, .required = true, .min = 1, .max = 200),
    ROW("node", STRING, node, .required = true, .min = 1, .max = 64),
    ROW("port", INTEGER, port, .min = 1, .max = 65535),
    ROW("connections", INTEGER, connections, .min = 1, .max = 100000),
    ROW("certificate", STRING, certificate, .required = true, .min = 1, .max = 400),
    ROW("key", STRING, key, .required = true, .min = 1, .max = 400),
    ROW("former", STRING, former, .min = 1, .max = 400),
    ROW("makers", LIST, makers, .required = true, .max = 8, .element = &file_key,
	.element_size = sizeof(char *)),
    ROW("days", INTEGER, days, .min = 1, .max = 36500),
    {0},
};

static void carry_out(struct enrolment *enrolment, const struct capf_actions *actions);

/* --- what a session needs --- */

static void look_up(struct enrolment *enrolment, const char *name)
{
	struct capf_server *server = enrolment->server;
	char string[CAPF_TABLE_TEXT], path[400];
	struct capf_actions actions;
	struct capf_device device;
	struct fail fail = {0};
	int err = 0;

	snprintf(path, sizeof(path), "%s/cucm/%s/cucm.sqlite", server->config.directory, server->config.node);
	if (!server->table)
		err = capf_table_open(&server->table, path, &fail);
	if (!err)
		err = capf_table_find(server->table, name, &device, string, enrolment->model, &fail);
	if (err && err != -ENOENT) {
		trace("%s %s: %s", tls_peer_name(enrolment->peer), name, fail.text);
		capf_table_close(server->table);
		server->table = NULL;
		capf_session_not_read(enrolment->session, &actions);
	} else {
		capf_session_device(enrolment->session, err ? NULL : &device, time(NULL), &actions);
	}
	OPENSSL_cleanse(string, sizeof(string));
	carry_out(enrolment, &actions);
}

static void issue(struct enrolment *enrolment, const struct capf_action *action)
{
	struct capf_actions actions;
	uint8_t *der = NULL;
	int size = capf_issue(&enrolment->server->authority, action->device, enrolment->model, action->bytes,
			      time(NULL), &der);
	struct wire_slice certificate = {der, size > 0 ? (size_t)size : 0};

	capf_session_issued(enrolment->session, size > 0 ? &certificate : NULL, &actions);
	OPENSSL_free(der);
	carry_out(enrolment, &actions);
}

/* A certificate as PEM, or an empty text. */
static json_t *pem_of(struct wire_slice der)
{
	const uint8_t *at = der.data;
	X509 *certificate = der.length ? d2i_X509(NULL, &at, (long)der.length) : NULL;
	BIO *memory = BIO_new(BIO_s_mem());
	json_t *text = NULL;
	char *bytes;

	if (certificate && memory && PEM_write_bio_X509(memory, certificate))
		text = json_stringn(bytes, (size_t)BIO_get_mem_data(memory, &bytes));
	BIO_free(memory);
	X509_free(certificate);
	ERR_clear_error();
	return text ? text : json_string("");
}

static void on_recorded(void *arg, const json_t *reply, const char *reason)
{
	struct enrolment *enrolment = arg;
	struct capf_actions actions;

	enrolment->recording = NULL;
	if (!reply)
		trace("%s the lab: %s", tls_peer_name(enrolment->peer), reason);
	capf_session_recorded(enrolment->session, reply, &actions);
	carry_out(enrolment, &actions);
}

static void ignore_reply(void *arg, const json_t *reply, const char *reason)
{
	(void)arg;
	if (!reply)
		trace("the lab: %s", reason);
}

/* The certificate of a phone, for the operation "Troubleshoot". */
static void trace_fetched(const struct enrolment *enrolment, const struct capf_action *action)
{
	const uint8_t *at = action->bytes.data;
	X509 *certificate = action->bytes.length ? d2i_X509(NULL, &at, (long)action->bytes.length) : NULL;
	char subject[300], issuer[300];

	if (certificate)
		trace("%s %s: LSC %s, issuer %s", tls_peer_name(enrolment->peer), action->device,
		      X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof(subject)),
		      X509_NAME_oneline(X509_get_issuer_name(certificate), issuer, sizeof(issuer)));
	else
		trace("%s %s: the LSC cannot be read", tls_peer_name(enrolment->peer), action->device);
	X509_free(certificate);
	ERR_clear_error();
}

/* The process that holds the lab changes the table, and writes the files of the device again. A session waits for that if the
 * operation is done; a failure is recorded while the session goes on to its end. */
static void record(struct enrolment *enrolment, const struct capf_action *action)
{
	bool waits = action->operation != CAPF_OPERATION_NONE;
	struct lab_request *request;
	struct capf_actions actions;

	trace("%s %s: %s", tls_peer_name(enrolment->peer), action->device, action->status);
	if (action->operation == CAPF_OPERATION_FETCH)
		trace_fetched(enrolment, action);
	request = lab_request_new(
	    enrolment->server->base, enrolment->server->lab,
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "do", "device", "action", "capf", "phone", action->device,
		      "operation", capf_table_operations[action->operation], "status", action->status,
		      "certificate",
		      action->operation == CAPF_OPERATION_INSTALL ? pem_of(action->bytes) : json_string("")),
	    LAB_S, waits ? on_recorded : ignore_reply, enrolment);
	if (!request)
		trace("%s %s: the lab cannot be asked to record that", tls_peer_name(enrolment->peer),
		      action->device);
	if (!waits)
		return;
	enrolment->recording = request;
	tls_peer_idle(enrolment->peer, LAB_S + IDLE_S);
	if (request)
		return;
	capf_session_recorded(enrolment->session, false, &actions);
	carry_out(enrolment, &actions);
}

static void carry_out(struct enrolment *enrolment, const struct capf_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++) {
		const struct capf_action *action = &actions->item[i];

		switch (action->kind) {
		case CAPF_DO_SEND:
			trace("%s sent: %s", tls_peer_name(enrolment->peer),
			      capf_command_name(action->bytes.data[1]));
			if (tls_peer_send(enrolment->peer, action->bytes.data, action->bytes.length))
				tls_peer_end(enrolment->peer);
			break;
		case CAPF_DO_LOOK_UP: look_up(enrolment, action->device); break;
		case CAPF_DO_ISSUE: issue(enrolment, action); break;
		case CAPF_DO_RECORD: record(enrolment, action); break;
		case CAPF_DO_NOTE:
			trace("%s %s: %s", tls_peer_name(enrolment->peer),
			      *action->device ? action->device : "unknown", action->status);
			break;
		case CAPF_DO_END: tls_peer_end(enrolment->peer); break;
		}
	}
}

/* --- a connection --- */

static void *opened(void *arg, struct tls_peer *peer)
{
	struct enrolment *enrolment = calloc(1, sizeof(*enrolment));
	struct capf_server *server = arg;
	struct capf_actions actions;
	uint32_t number = 0;

	if (!enrolment)
		return NULL;
	RAND_bytes((uint8_t *)&number, sizeof(number));
	*enrolment = (struct enrolment){
	    .server = server, .peer = peer, .session = capf_session_new(number, &server->authority.issuers)};
	if (!enrolment->session) {
		free(enrolment);
		return NULL;
	}
	capf_session_begin(enrolment->session, &actions);
	carry_out(enrolment, &actions);
	return enrolment;
}

static ssize_t received(void *session, const uint8_t *bytes, size_t size)
{
	struct enrolment *enrolment = session;
	struct capf_actions actions;
	size_t used = capf_session_received(enrolment->session, bytes, size, &actions);

	/* An old model makes a key for minutes; nothing else takes it long. */
	if (used >= CAPF_HEADER)
		tls_peer_idle(enrolment->peer, bytes[1] == CAPF_IN_PROGRESS ? WHOLE_S : IDLE_S);
	if (used >= CAPF_HEADER && capf_command_name(bytes[1]))
		trace("%s received: %s", tls_peer_name(enrolment->peer), capf_command_name(bytes[1]));
	carry_out(enrolment, &actions);
	return (ssize_t)used;
}

static void closed(void *session)
{
	struct enrolment *enrolment = session;
	struct capf_actions actions;

	lab_request_forget(enrolment->recording);
	capf_session_lost(enrolment->session, &actions);
	for (size_t i = 0; i < actions.count; i++)
		record(enrolment, &actions.item[i]);
	capf_session_free(enrolment->session);
	free(enrolment);
}

/* --- the process --- */

static int confine(const struct capf_config *config, struct fail *fail)
{
	struct confine confine;

	service_confine_begin(&confine, "cucm-service capf");
	service_confine_node(&confine, config->directory, config->node);
	return confine_apply(&confine, fail);
}

static int run(struct capf_server *server, struct process *process, SSL_CTX *tls, struct fail *fail)
{
	static const struct tls_listener_calls calls = {opened, received, closed};
	const struct tls_listener_limits limits = {.connections = (unsigned)server->config.connections,
						   .per_address = PER_ADDRESS,
						   .handshake_s = HANDSHAKE_S,
						   .idle_s = IDLE_S,
						   .whole_s = WHOLE_S,
						   .bytes = MESSAGE_MOST};
	struct tls_listener *listener = NULL;
	int err;

	server->base = process_base(process);
	err = tls_listener_new(&listener, server->base, tls, (uint16_t)server->config.port, &limits, &calls,
			       server, fail);
	if (!err)
		err = confine(&server->config, fail);
	if (err) {
		tls_listener_free(listener);
		return err;
	}
	trace("the CAPF of %s listens on port %u", server->config.node, (unsigned)server->config.port);
	process_run(process);
	tls_listener_free(listener);
	return 0;
}

int capf_server_run(const char *path, struct fail *fail)
{
	struct capf_server server = {.config = {.port = CAPF_PORT, .connections = 64, .days = 1825}};
	const struct capf_config *config = &server.config;
	struct process *process = NULL;
	SSL_CTX *tls = NULL;
	int err = json_config_read(path, keys, &server.config, fail);

	if (err)
		return err;
	snprintf(server.lab, sizeof(server.lab), "%s/lab.sock", config->directory);
	server.authority.days = (unsigned)config->days;
	err = capf_authority_read(&server.authority, config->certificate, config->key, config->former,
				  config->makers.items, config->makers.count, fail);
	if (!err)
		err = process_new(&process, fail);
	if (!err && !(tls = tls_context(config->certificate, config->key, false, fail)))
		err = fail->err;
	if (!err)
		err = run(&server, process, tls, fail);
	capf_table_close(server.table);
	process_free(process);
	SSL_CTX_free(tls);
	capf_authority_free(&server.authority);
	json_config_free(keys, &server.config);
	return err;
}
