/* What the pages of the servers and of a switch ask for and change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <event2/buffer.h>

#include "base/json_text.h"
#include "cucm/rpc.h"
#include "phonelab/web/internal.h"

#define PROGRAM_S   30
#define CONFIGURE_S 10
#define LOCATION_S  10
#define STATUS_S    20
#define RPC_MS	    5000
#define LINES_MOST  200
#define PRINTABLE   0x20

void web_answer_follow(struct web_server *server, struct evhttp_request *request, const char *query)
{
	char files[WEB_TARGET];
	struct fail fail = {0};
	int err;

	web_parameter(query, "files", files, sizeof(files));
	err = web_tails_add(server->tails, request, files, &fail);
	if (err)
		web_reply_error(request, err == -EINVAL ? 400 : HTTP_SERVUNAVAIL, fail.text);
}

/* --- the location table of a call manager --- */

/* Runs in a process of its own: prints the table of the call manager behind a FIFO. */
static int print_table(void *arg)
{
	struct cucm_registration *list = NULL;
	json_t *bindings = json_array(), *object;
	struct fail fail = {0};
	size_t count = 0;
	int err = cucm_registrations(arg, &list, &count, RPC_MS, &fail);

	for (size_t i = 0; i < count && !err; i++) {
		const struct cucm_registration *it = &list[i];

		json_array_append_new(
		    bindings,
		    json_pack("{s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o,s:o,s:I,s:I}", "device",
			      json_text_new(it->device), "lines", json_text_new(it->lines), "address",
			      json_text_new(it->address), "port", (int)it->port, "contact",
			      json_text_new(it->contact), "user_agent", json_text_new(it->user_agent),
			      "transport", json_text_new(it->transport), "active_load",
			      json_text_new(it->active_load), "reason", json_text_new(it->last_reason),
			      "expires_s", (json_int_t)it->expires_s, "registered_at",
			      (json_int_t)it->registered_at));
	}
	object = err ? json_pack("{s:o}", "error", json_text_new(fail.text))
		     : json_pack("{s:O}", "bindings", bindings);
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	json_decref(bindings);
	free(list);
	return 0;
}

/* A call manager of the user: what its witness lists. */
static void on_witness(void *arg, const json_t *reply, const struct fail *fail)
{
	struct evhttp_request *request = web_take_request(arg);
	char node[64];
	json_t *object = NULL, *manager;
	size_t i;

	web_parameter(web_query_of(request), "node", node, sizeof(node));
	json_array_foreach (json_object_get(reply, "cluster"), i, manager)
		if (!strcmp(json_text(manager, "name"), node))
			object = json_pack("{s:O,s:O*}", "devices", json_object_get(manager, "registered"),
					   "error", json_object_get(manager, "error"));
	if (object)
		web_reply_json(request, HTTP_OK, object);
	else
		web_reply_error(request, reply ? HTTP_NOTFOUND : HTTP_SERVUNAVAIL,
				reply ? "the lab has no such call manager" : fail->text);
	json_decref(object);
}

void web_answer_location(struct web_server *server, struct evhttp_request *request, const char *query)
{
	char node[64], file[100], path[300];
	struct stat st;

	web_parameter(query, "node", node, sizeof(node));
	if (!web_is_name(node)) {
		web_reply_error(request, 400, "node: expected the name of a call manager");
		return;
	}
	snprintf(file, sizeof(file), "cucm/%s/rpc", node);
	client_path(server->lab, file, path, sizeof(path));
	if (!lstat(path, &st) && S_ISFIFO(st.st_mode))
		web_run_work_for(server, request, print_table, path, LOCATION_S);
	else
		web_ask_lab(server, request, "lab.sock", json_pack("{s:s}", "do", "status"), STATUS_S,
			    on_witness);
}

/* --- programs --- */

static void on_program(void *arg, const json_t *reply, const struct fail *fail)
{
	struct web_pending *pending = arg;
	struct web_server *server = pending->server;
	struct evhttp_request *request = web_take_request(pending);
	json_t *object;

	web_feed_refresh(server->feed);
	if (!reply) {
		web_reply_error(request, fail->err == -ENOENT ? HTTP_NOTFOUND : 400, fail->text);
		return;
	}
	object = json_pack("{s:s}", "state", json_text(reply, "state"));
	web_reply_json(request, HTTP_OK, object);
	json_decref(object);
}

void web_answer_program(struct web_server *server, struct evhttp_request *request, const char *action,
			const char *query)
{
	char name[64];

	web_parameter(query, "program", name, sizeof(name));
	if (web_is_name(name))
		web_ask_lab(server, request, "lab.sock",
			    json_pack("{s:s,s:s,s:s}", "do", "program", "name", name, "action", action),
			    PROGRAM_S, on_program);
	else
		web_reply_error(request, 400, "program: expected a name such as dhcp or tftp-http");
}

/* --- the configuration of a switch --- */

static void on_configured(void *arg, const json_t *reply, const struct fail *fail)
{
	struct evhttp_request *request = web_take_request(arg);
	json_t *object;

	if (!reply) {
		web_reply_error(request, fail->err == -ENOENT ? HTTP_NOTFOUND : 400, fail->text);
		return;
	}
	object = json_pack("{s:I,s:O*}", "errors", (json_int_t)json_int(reply, "errors"), "replies",
			   json_object_get(reply, "replies"));
	web_reply_json(request, HTTP_OK, object);
	json_decref(object);
}

/* The lines of the body. NULL: it has no line, too many, or characters that no terminal sends in a line. */
static json_t *lines_of(struct evhttp_request *request)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	json_t *lines = json_array();
	bool good = true;
	size_t length;
	char *line;

	while (good && (line = evbuffer_readln(in, &length, EVBUFFER_EOL_CRLF))) {
		good = strlen(line) == length && json_array_size(lines) < LINES_MOST;
		for (size_t i = 0; i < length; i++)
			good = good && (unsigned char)line[i] >= PRINTABLE;
		good = good && !json_array_append_new(lines, json_string(line));
		free(line);
	}
	if (good && json_array_size(lines) && !evbuffer_get_length(in))
		return lines;
	json_decref(lines);
	return NULL;
}

void web_answer_configure(struct web_server *server, struct evhttp_request *request, const char *query)
{
	char sw[64], socket[80];
	json_t *lines = lines_of(request);

	web_parameter(query, "switch", sw, sizeof(sw));
	if (!web_is_name(sw) || !lines) {
		json_decref(lines);
		web_reply_error(request, 400,
				"expected ?switch=sw1, and one to 200 configuration lines in the body, each "
				"with its newline");
		return;
	}
	snprintf(socket, sizeof(socket), "switches/%s.sock", sw);
	web_ask_lab(server, request, socket, json_pack("{s:s,s:o}", "do", "configure", "lines", lines),
		    CONFIGURE_S, on_configured);
}
