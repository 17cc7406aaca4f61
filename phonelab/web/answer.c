/* What each path replies. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/markup.h"
#include "base/utf8.h"
#include "phonelab/web/ask.h"
#include "phonelab/web/files.h"
#include "phonelab/web/internal.h"
#include "phonelab/web/run.h"
#include "phonelab/web/shape.h"

#define STATUS_S   20
#define SHOW_S	   10
#define WHY_S	   120
#define COMMAND_S  20
#define PENDING	   8 /* requests that wait at the same time */
#define SHOW_WORDS 16
#define SHOW_TEXT  200
#define CONFIG_MAX (1u << 20)

/* A request that waits for the lab or for a command. */
struct web_pending {
	struct web_server *server;
	struct evhttp_request *request;
	struct web_ask *ask;
	struct web_run *run;
	struct web_pending *next;
};

static void forget(struct web_pending *pending)
{
	struct web_pending **at = &pending->server->pending;

	while (*at != pending)
		at = &(*at)->next;
	*at = pending->next;
	free(pending);
}

/* The client has closed the connection. Its request is no longer that of the connection. */
static void on_close(struct evhttp_connection *connection, void *arg)
{
	struct web_pending *pending = arg;

	(void)connection;
	web_ask_cancel(pending->ask);
	web_run_cancel(pending->run);
	evhttp_request_free(pending->request);
	forget(pending);
}

/* The request is about to be answered: forget that it waits. */
static struct evhttp_request *take_request(struct web_pending *pending)
{
	struct evhttp_request *request = pending->request;

	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	forget(pending);
	return request;
}

/* A request that is answered later; NULL: too many wait, and this one was answered. */
static struct web_pending *wait_for(struct web_server *server, struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	const struct timeval unread = {.tv_sec = WEB_REQUEST_S};
	struct web_pending *pending;
	size_t waiting = 0;

	for (pending = server->pending; pending; pending = pending->next)
		waiting++;
	pending = waiting < PENDING ? calloc(1, sizeof(*pending)) : NULL;
	if (!pending) {
		web_reply_error(request, HTTP_SERVUNAVAIL, "too many requests wait for the lab; try again");
		return NULL;
	}
	pending->server = server;
	pending->request = request;
	pending->next = server->pending;
	server->pending = pending;
	evhttp_connection_set_closecb(connection, on_close, pending);
	bufferevent_set_timeouts(evhttp_connection_get_bufferevent(connection), NULL, &unread);
	return pending;
}

void web_pending_free(struct web_server *server)
{
	while (server->pending) {
		struct web_pending *pending = server->pending;

		web_ask_cancel(pending->ask);
		web_run_cancel(pending->run);
		take_request(pending);
	}
}

/* A parameter of the query; "" if there is none. Returns text. */
static const char *parameter(const char *query, const char *name, char *text, size_t size)
{
	struct evkeyvalq values = {0};
	const char *value;

	*text = 0;
	if (evhttp_parse_query_str(query, &values))
		return text;
	value = evhttp_find_header(&values, name);
	if (value && strlen(value) < size)
		strcpy(text, value);
	evhttp_clear_headers(&values);
	return text;
}

/* Is this a device name, "SEP" and a MAC? Nothing else becomes part of a path or an argument of a command. */
static bool is_device(const char *text)
{
	return strlen(text) == 15 && !strncmp(text, "SEP", 3) && strspn(text + 3, "0123456789ABCDEF") == 12;
}

static bool is_name(const char *text)
{
	return *text && *text != '.' && *text != '-' && strlen(text) <= 60 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		   strlen(text);
}

/* --- the page --- */

/* Text from the lab, without control characters that would reorder it. */
static void add_clean(struct text *out, const char *before, const char *value)
{
	char text[400];

	text_add(out, "%s", before);
	markup_add_value(out, utf8_clean(value, text, sizeof(text)));
}

/* The phones as a table, for readers without scripts. */
static void add_phones(struct text *out, const json_t *status)
{
	json_t *board = web_shape(status), *phone, *steps, *step;
	const char *name, *n;

	json_object_foreach (json_object_get(board, "phones"), name, phone) {
		const char *where = json_text(phone, "registered_with");
		char at[300] = "";

		steps = json_object_get(phone, "steps");
		json_object_foreach (steps, n, step) {
			const char *state = json_string_value(json_array_get(step, 0));

			if (!*at && state && strcmp(state, "done") && strcmp(state, "skipped"))
				snprintf(at, sizeof(at), "step %s %s: %s", n, state,
					 json_string_value(json_array_get(step, 2)));
		}
		add_clean(out, "<tr><th scope=\"row\">", name);
		add_clean(out, "</th><td>", json_text(phone, "state"));
		add_clean(out, "</td><td>", json_text(phone, "directory_number"));
		add_clean(out, "</td><td>", *at ? at : where);
		text_add(out, "</td></tr>\n");
	}
	json_decref(board);
}

/* The page, with the marks @LAB@, @SECRET@ and @PHONES@ replaced. */
static void send_page(struct web_server *server, struct evhttp_request *request, const json_t *status)
{
	const struct web_file *file = web_file_find("/");
	const char *at = file->bytes, *mark;
	struct text page = {0};

	while ((mark = memchr(at, '@', (size_t)(file->end - at)))) {
		text_add_bytes(&page, at, (size_t)(mark - at));
		at = mark + 1;
		if (!strncmp(at, "LAB@", 4))
			markup_add_value(&page, server->lab->name);
		else if (!strncmp(at, "SECRET@", 7))
			markup_add_value(&page, server->guard.secret);
		else if (!strncmp(at, "PHONES@", 7))
			add_phones(&page, status);
		at = strchr(at, '@') + 1;
	}
	text_add_bytes(&page, at, (size_t)(file->end - at));
	if (page.failed)
		web_reply_error(request, HTTP_SERVUNAVAIL, "out of memory");
	else
		web_reply(request, HTTP_OK, "text/html; charset=utf-8", page.bytes, page.length);
	text_free(&page);
}

static void on_page_status(void *arg, const json_t *reply, const struct fail *fail)
{
	struct web_pending *pending = arg;
	struct web_server *server = pending->server;

	(void)fail; /* the page itself reports that the lab does not answer */
	send_page(server, take_request(pending), reply);
}

/* --- what the lab replies --- */

static void ask(struct web_server *server, struct evhttp_request *request, const char *socket,
		json_t *question, int seconds, web_ask_fn *done)
{
	struct web_pending *pending = wait_for(server, request);
	struct fail fail = {0};

	if (!pending) {
		json_decref(question);
		return;
	}
	pending->ask =
	    web_ask_start(server->base, server->lab, socket, question, seconds, done, pending, &fail);
	if (!pending->ask)
		done(pending, NULL, &fail);
}

static void on_shown(void *arg, const json_t *reply, const struct fail *fail)
{
	struct evhttp_request *request = take_request(arg);
	json_t *text;

	if (!reply) {
		web_reply_error(request, fail->err == -ENOENT ? HTTP_NOTFOUND : 400, fail->text);
		return;
	}
	text = json_pack("{s:s}", "text", json_text(reply, "text"));
	web_reply_json(request, HTTP_OK, text);
	json_decref(text);
}

static void answer_show(struct web_server *server, struct evhttp_request *request, const char *query)
{
	char sw[64], command[SHOW_TEXT + 1], socket[80], *rest = command, *word;
	json_t *words = json_array();

	parameter(query, "switch", sw, sizeof(sw));
	parameter(query, "command", command, sizeof(command));
	while ((word = strsep(&rest, " ")))
		if (*word && json_array_size(words) < SHOW_WORDS)
			json_array_append_new(words, json_text_new(word));
	if (!is_name(sw) || !json_array_size(words)) {
		json_decref(words);
		web_reply_error(request, 400,
				"found no switch or no command, expected ?switch=sw1&command=...");
		return;
	}
	snprintf(socket, sizeof(socket), "switches/%s.sock", sw);
	ask(server, request, socket, json_pack("{s:s,s:o}", "do", "show", "args", words), SHOW_S, on_shown);
}

/* The soft key template that a configuration names, as it is served; "" if there is none. A new text or NULL. */
static json_t *softkeys_of(const struct web_server *server, const char *xml)
{
	const char *element = "<softKeyFile>", *at = strstr(xml, element);
	char name[64] = "", file[100], path[300], *bytes = NULL;
	struct fail ignored = {0};
	json_t *text;

	if (at)
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + strlen(element), "<"),
			 at + strlen(element));
	snprintf(file, sizeof(file), "tftp/root/%s", name);
	client_path(server->lab, file, path, sizeof(path));
	text =
	    json_text_new(is_name(name) && !file_read(path, CONFIG_MAX, &bytes, NULL, &ignored) ? bytes : "");
	free(bytes);
	return text;
}

static void answer_configuration(struct web_server *server, struct evhttp_request *request, const char *phone)
{
	char path[300], file[80], *bytes = NULL, *xml;
	struct fail fail = {0};
	size_t size = 0;
	json_t *object;

	snprintf(file, sizeof(file), "phones/flash/%s/files/config", phone);
	client_path(server->lab, file, path, sizeof(path));
	if (file_read(path, CONFIG_MAX, &bytes, &size, &fail)) {
		web_reply_error(request, HTTP_NOTFOUND, "the phone has no configuration in its flash");
		return;
	}
	/* The first line is the name of the file and its hash. */
	xml = memchr(bytes, '\n', size);
	xml = xml ? xml + 1 : bytes + size;
	snprintf(file, sizeof(file), "%.*s", (int)strcspn(bytes, " \n"), bytes);
	object = json_pack("{s:o,s:o,s:o}", "file", json_text_new(file), "text", json_text_new(xml),
			   "softkeys", softkeys_of(server, xml));
	web_reply_json(request, HTTP_OK, object);
	json_decref(object);
	free(bytes);
}

/* --- commands --- */

static void on_command(void *arg, int status, const char *output, const char *errors)
{
	struct evhttp_request *request = take_request(arg);
	json_t *result = json_loads(output, 0, NULL), *object;

	if (status == -ETIME)
		errors = "the command has not ended within its time limit";
	object = json_pack("{s:i,s:o,s:o}", "status", status, "errors", json_text_new(errors), "result",
			   result ? result : json_text_new(output));
	web_reply_json(request, HTTP_OK, object);
	json_decref(object);
}

static void run(struct web_server *server, struct evhttp_request *request, const char *const *words,
		int seconds)
{
	struct web_pending *pending = wait_for(server, request);
	struct fail fail = {0};

	if (!pending)
		return;
	pending->run = web_run_start(server->base, server->lab, words, seconds, on_command, pending, &fail);
	if (!pending->run)
		web_reply_error(take_request(pending), HTTP_SERVUNAVAIL, fail.text);
}

static void answer_file(struct evhttp_request *request, const struct web_path *path)
{
	const struct web_file *file = web_file_find(path->path);

	web_reply(request, HTTP_OK, path->argument, file->bytes, (size_t)(file->end - file->bytes));
}

void web_answer(struct web_server *server, struct evhttp_request *request, const struct web_path *path,
		const char *query)
{
	char phone[20];

	parameter(query, "phone", phone, sizeof(phone));
	if ((*phone || path->route == WEB_ROUTE_CONFIGURATION || path->route == WEB_ROUTE_PHONE) &&
	    !is_device(phone)) {
		web_reply_error(request, 400, "phone: expected a device name such as SEP001122AABB01");
		return;
	}
	switch (path->route) {
	case WEB_ROUTE_PAGE:
		ask(server, request, "lab.sock", json_pack("{s:s}", "do", "status"), STATUS_S,
		    on_page_status);
		break;
	case WEB_ROUTE_FILE: answer_file(request, path); break;
	case WEB_ROUTE_EVENTS: web_begin_stream(server, request, phone); break;
	case WEB_ROUTE_CONFIGURATION: answer_configuration(server, request, phone); break;
	case WEB_ROUTE_SHOW: answer_show(server, request, query); break;
	case WEB_ROUTE_WHY:
		if (*phone)
			run(server, request, (const char *const[]){"why", phone, "--json", NULL}, WHY_S);
		else
			run(server, request, (const char *const[]){"why", "--all", "--json", NULL}, WHY_S);
		break;
	case WEB_ROUTE_PHONE:
		run(server, request, (const char *const[]){path->argument, phone, NULL}, COMMAND_S);
		break;
	}
}
