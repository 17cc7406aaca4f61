/* What each path replies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/keyvalq_struct.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/web/files.h"
#include "phonelab/web/internal.h"

#define SHOW_S	   10
#define WHY_S	   120
#define COMMAND_S  20
#define SHOW_WORDS 16
#define SHOW_TEXT  200
#define CONFIG_MAX (1u << 20)

const char *web_query_of(struct evhttp_request *request)
{
	const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));

	return query ? query : "";
}

const char *web_parameter(const char *query, const char *name, char *text, size_t size)
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

bool web_is_device(const char *text)
{
	return strlen(text) == 15 && !strncmp(text, "SEP", 3) && strspn(text + 3, "0123456789ABCDEF") == 12;
}

bool web_is_name(const char *text)
{
	return *text && *text != '.' && *text != '-' && strlen(text) <= 60 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		   strlen(text);
}

static void on_shown(void *arg, const json_t *reply, const struct fail *fail)
{
	struct evhttp_request *request = web_take_request(arg);
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

	web_parameter(query, "switch", sw, sizeof(sw));
	web_parameter(query, "command", command, sizeof(command));
	while ((word = strsep(&rest, " ")))
		if (*word && json_array_size(words) < SHOW_WORDS)
			json_array_append_new(words, json_text_new(word));
	if (!web_is_name(sw) || !json_array_size(words)) {
		json_decref(words);
		web_reply_error(request, 400,
				"found no switch or no command, expected ?switch=sw1&command=...");
		return;
	}
	snprintf(socket, sizeof(socket), "switches/%s.sock", sw);
	web_ask_lab(server, request, socket, json_pack("{s:s,s:o}", "do", "show", "args", words), SHOW_S,
		    on_shown);
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
	text = json_text_new(web_is_name(name) && !file_read(path, CONFIG_MAX, &bytes, NULL, &ignored) ? bytes
												       : "");
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

static void answer_file(struct evhttp_request *request, const char *name, const char *type)
{
	const struct web_file *file = web_file_find(name);

	web_reply(request, HTTP_OK, type, file->bytes, (size_t)(file->end - file->bytes));
}

static bool needs_phone(enum web_route route)
{
	return route == WEB_ROUTE_CONFIGURATION || route == WEB_ROUTE_PHONE || route == WEB_ROUTE_SEQUENCE ||
	       route == WEB_ROUTE_FRAME || route == WEB_ROUTE_CAPTURE || route == WEB_ROUTE_PHONE_PAGE;
}

void web_answer(struct web_server *server, struct evhttp_request *request, const struct web_path *path,
		const char *query)
{
	char phone[20];

	web_parameter(query, "phone", phone, sizeof(phone));
	if ((*phone || needs_phone(path->route)) && !web_is_device(phone)) {
		web_reply_error(request, 400, "phone: expected a device name such as SEP001122AABB01");
		return;
	}
	switch (path->route) {
	case WEB_ROUTE_PAGE:
		if (server->class)
			answer_file(request, "/class.html", path->argument);
		else
			web_answer_page(server, request);
		break;
	case WEB_ROUTE_FILE: answer_file(request, path->path, path->argument); break;
	case WEB_ROUTE_EXERCISE: web_answer_exercise(server, request, path->argument, query); break;
	case WEB_ROUTE_CSV: web_answer_csv(server, request); break;
	case WEB_ROUTE_EVENTS: web_begin_stream(server, request, phone); break;
	case WEB_ROUTE_CONFIGURATION: answer_configuration(server, request, phone); break;
	case WEB_ROUTE_SHOW: answer_show(server, request, query); break;
	case WEB_ROUTE_WHY:
		if (*phone)
			web_run_command(server, request, (const char *const[]){"why", phone, "--json", NULL},
					WHY_S);
		else
			web_run_command(server, request,
					(const char *const[]){"why", "--all", "--json", NULL}, WHY_S);
		break;
	case WEB_ROUTE_PHONE:
		web_run_command(server, request, (const char *const[]){path->argument, phone, NULL},
				COMMAND_S);
		break;
	case WEB_ROUTE_FOLLOW: web_answer_follow(server, request, query); break;
	case WEB_ROUTE_LOCATION: web_answer_location(server, request, query); break;
	case WEB_ROUTE_PROGRAM: web_answer_program(server, request, path->argument, query); break;
	case WEB_ROUTE_CONFIGURE: web_answer_configure(server, request, query); break;
	case WEB_ROUTE_FAULT: web_answer_fault(server, request); break;
	case WEB_ROUTE_RUNS: web_answer_runs(server, request); break;
	case WEB_ROUTE_EVIDENCE: web_answer_evidence(server, request, query); break;
	case WEB_ROUTE_SEQUENCE:
	case WEB_ROUTE_FRAME:
	case WEB_ROUTE_CAPTURE: web_answer_frames(server, request, path->route); break;
	case WEB_ROUTE_PHONE_PAGE: web_answer_phone_page(server, request, query, phone); break;
	}
}
