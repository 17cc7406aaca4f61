#include "cucm-service/driver/tvs_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cucm-service/driver/confine.h"
#include "cucm-service/driver/process.h"
#include "cucm-service/driver/tls_context.h"
#include "cucm-service/driver/tls_listener.h"
#include "cucm-service/driver/trace.h"
#include "cucm-service/driver/tvs_known.h"
#include "wire/tvs.h"

#define HANDSHAKE_S  10
#define IDLE_S	     10
#define WHOLE_S	     60
#define PER_ADDRESS  8
#define REQUESTS     64 /* of one connection; a phone sends one */
#define MESSAGE_MOST 16384

struct tvs_config {
	char *node, *certificate, *key, *folder;
	int64_t port, connections;
	struct config_list certificates; /* struct tvs_file */
};

struct tvs_server {
	struct tvs_config config;
	struct tvs_known *known;
};

/* One connection. */
struct asking {
	struct tvs_server *server;
	struct tls_peer *peer;
	unsigned requests;
};

/* --- the configuration --- */

static const struct config_key role_key = {.type = CONFIG_INTEGER, .min = 0, .max = 255};

#define FILE_ROW(key, kind, member, ...) CONFIG_ROW(key, kind, struct tvs_file, member, __VA_ARGS__)
static const struct config_key file_keys[] = {
    FILE_ROW("file", STRING, file, .required = true, .min = 1, .max = 400),
    FILE_ROW("roles", LIST, roles, .required = true, .min = 1, .max = TVS_ROLES_MAX, .element = &role_key,
	     .element_size = sizeof(int64_t)),
    {0},
};
static const struct config_key file_key = {.type = CONFIG_OBJECT, .keys = file_keys};

#define ROW(key, kind, member, ...) CONFIG_ROW(key, kind, struct tvs_config, member, __VA_ARGS__)
static const struct config_key keys[] = {
    ROW("node", STRING, node, .required = true, .min = 1, .max = 64),
    ROW("port", INTEGER, port, .min = 1, .max = 65535),
    ROW("connections", INTEGER, connections, .min = 1, .max = 100000),
    ROW("certificate", STRING, certificate, .required = true, .min = 1, .max = 400),
    ROW("key", STRING, key, .required = true, .min = 1, .max = 400),
    ROW("folder", STRING, folder, .min = 1, .max = 400),
    ROW("certificates", LIST, certificates, .required = true, .max = 1000, .element = &file_key,
	.element_size = sizeof(struct tvs_file)),
    {0},
};

/* --- a connection --- */

static void *opened(void *arg, struct tls_peer *peer)
{
	struct asking *asking = calloc(1, sizeof(*asking));
	char subject[300];

	if (!asking)
		return NULL;
	*asking = (struct asking){.server = arg, .peer = peer};
	tls_context_peer(tls_peer_session(peer), subject, sizeof(subject));
	trace("%s Certificate subject name = %s", tls_peer_name(peer), subject);
	return asking;
}

static void trace_request(const struct asking *asking, const struct tvs *request, size_t size)
{
	char device[80], subject[300], issuer[300];

	trace("%s HEX_DUMP: Len = %zu:, Protocol Discriminator: %x, MsgType : %s, Session Id : %u, %s",
	      tls_peer_name(asking->peer), size, TVS_DISCRIMINATOR, tvs_command_name(request->command),
	      request->session, wire_slice_print(request->device, device, sizeof(device)));
	if (request->command == TVS_QUERY)
		trace("%s %s, issuer %s", tls_peer_name(asking->peer),
		      wire_slice_print(request->subject, subject, sizeof(subject)),
		      wire_slice_print(request->issuer, issuer, sizeof(issuer)));
}

static void trace_reply(const struct asking *asking, const struct tvs *reply, size_t size)
{
	if (reply->status == TVS_VALID)
		trace("%s CertificateDBCache::getCertificateInformation - Found entry {rolecount : %u}",
		      tls_peer_name(asking->peer), reply->roles);
	else
		trace("%s CertificateDBCache::getCertificateInformation - Cannot find the certificate in the "
		      "cache",
		      tls_peer_name(asking->peer));
	trace("%s MsgType : %s, %zu bytes sent", tls_peer_name(asking->peer),
	      tvs_command_name(reply->command), size);
}

static int answer(struct asking *asking, const uint8_t *bytes, size_t size)
{
	static uint8_t out[TVS_SIZE_MAX];
	struct wire_error error;
	struct tvs request, reply;
	ssize_t length;

	if (tvs_decode(bytes, size, &request, &error)) {
		trace("%s malformed request, offset %zu: %s", tls_peer_name(asking->peer), error.offset,
		      error.what);
		return -EBADMSG;
	}
	trace_request(asking, &request, size);
	if (tvs_store_answer(tvs_known_store(asking->server->known), &request, &reply))
		return -EPROTO;
	length = tvs_encode(&reply, out, sizeof(out));
	if (length < 0)
		return (int)length;
	trace_reply(asking, &reply, (size_t)length);
	return tls_peer_send(asking->peer, out, (size_t)length);
}

static ssize_t received(void *session, const uint8_t *bytes, size_t size)
{
	struct asking *asking = session;
	struct wire_error error = {0};
	size_t whole;
	int err = tvs_frame(bytes, size, &whole, &error);

	if (err == -EAGAIN)
		return whole > MESSAGE_MOST ? -EMSGSIZE : 0;
	if (err) {
		trace("%s no TVS message: %s", tls_peer_name(asking->peer), error.what);
		return err;
	}
	if (++asking->requests > REQUESTS)
		return -E2BIG;
	err = answer(asking, bytes, whole);
	return err ? err : (ssize_t)whole;
}

static void closed(void *session)
{
	free(session);
}

/* --- the process --- */

/* The folders of all certificates: they are read again when one has changed. */
static int confine(const struct tvs_config *config, struct fail *fail)
{
	const struct tvs_file *files = config->certificates.items;
	struct confine confine;

	service_confine_begin(&confine, "cucm-service tvs");
	/* A rule needs a folder that exists; it may be created later. */
	if (config->folder && access(config->folder, F_OK))
		confine_add_folder_of(&confine, config->folder, CONFINE_READ);
	confine_add(&confine, config->folder, CONFINE_READ);
	for (size_t i = 0; i < config->certificates.count; i++)
		confine_add_folder_of(&confine, files[i].file, CONFINE_READ);
	return confine_apply(&confine, fail);
}

int tvs_server_run(const char *path, struct fail *fail)
{
	static const struct tls_listener_calls calls = {opened, received, closed};
	struct tvs_server server = {.config = {.port = TVS_PORT, .connections = 64}};
	const struct tvs_config *config = &server.config;
	struct tls_listener_limits limits = {.per_address = PER_ADDRESS,
					     .handshake_s = HANDSHAKE_S,
					     .idle_s = IDLE_S,
					     .whole_s = WHOLE_S,
					     .bytes = MESSAGE_MOST};
	struct tls_listener *listener = NULL;
	struct process *process = NULL;
	SSL_CTX *tls = NULL;
	int err = json_config_read(path, keys, &server.config, fail);

	if (err)
		return err;
	limits.connections = (unsigned)config->connections;
	server.known = tvs_known_new(&config->certificates, config->folder);
	if (!server.known)
		err = fail_set(fail, -ENOMEM, "out of memory");
	if (!err)
		err = process_new(&process, fail);
	if (!err && !(tls = tls_context(config->certificate, config->key, true, fail)))
		err = fail->err;
	if (!err)
		err = tls_listener_new(&listener, process_base(process), tls, (uint16_t)config->port, &limits,
				       &calls, &server, fail);
	if (!err)
		err = confine(config, fail);
	if (!err) {
		tvs_known_store(server.known);
		trace("the trust verification service of %s listens on port %u", config->node,
		      (unsigned)config->port);
		process_run(process);
	}
	tls_listener_free(listener);
	process_free(process);
	SSL_CTX_free(tls);
	tvs_known_free(server.known);
	json_config_free(keys, &server.config);
	return err;
}
