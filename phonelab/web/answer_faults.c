/* The faults of a lab. In an exercise they are the answer, so each request asks the lab first whether it has one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/fault/fault.h"
#include "phonelab/web/internal.h"

#define EXERCISE_S 2
#define ACTIVE_S   20
#define COMMAND_S  90
#define WORDS	   20
#define TEXT	   80

static const char digits[] = "0123456789";

/* A command about a fault: its words, and the texts of the parameters that they point to. */
struct command {
	const char *words[WORDS];
	size_t count;
	char texts[8][TEXT];
	size_t used;
};

static void add_word(struct command *command, const char *word)
{
	command->words[command->count++] = word;
}

/* "Gi1/0/3", "sw1:Gi1/0/3" */
static bool is_port(const char *text)
{
	return *text && *text != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/") ==
		   strlen(text);
}

/* "30", "5m" */
static bool is_time(const char *text)
{
	size_t n = strspn(text, digits);

	return n && n <= 7 && (!text[n] || (strchr("smh", text[n]) && !text[n + 1]));
}

static bool is_count(const char *text)
{
	return *text && strlen(text) <= 9 && strspn(text, digits) == strlen(text);
}

static bool is_yes(const char *text)
{
	return !strcmp(text, "1");
}

/* The parameters that are options of `phonelab fault`. Flags have no value. */
static const struct {
	const char *name, *option;
	bool (*valid)(const char *text);
	bool flag, add_only;
	const char *expected;
} parameters[] = {
    {"phone", "--phone", web_is_device, false, false, "a device name such as SEP001122AABB01"},
    {"port", "--port", is_port, false, false, "a port such as sw1:Gi1/0/3"},
    {"service", "--service", web_is_name, false, false, "the name of a server"},
    {"all", "--all", is_yes, true, false, "1"},
    {"erase", "--erase", is_yes, true, false, "1"},
    {"for", "--for", is_time, false, true, "a time such as 30s or 5m"},
    {"count", "--count", is_count, false, true, "a number of frames"},
};

/* Is it a fault of the catalogue? Not a file: the page applies no files. */
static bool is_known(const char *id)
{
	struct fault_set *set = fault_catalogue();
	bool known = fault_find(set, id) != NULL;

	fault_set_free(set);
	return known;
}

static int reject(struct fail *fail, const char *name, const char *expected)
{
	return fail_set(fail, -EINVAL, "%s: expected %s", name, expected);
}

/* 0, or -EINVAL with the reason. */
static int add_parameters(struct command *command, bool add, const char *query, struct fail *fail)
{
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		char *text = command->texts[command->used];

		web_parameter(query, parameters[i].name, text, TEXT);
		if (!*text || (parameters[i].add_only && !add))
			continue;
		if (!parameters[i].valid(text))
			return reject(fail, parameters[i].name, parameters[i].expected);
		add_word(command, parameters[i].option);
		if (!parameters[i].flag)
			add_word(command, command->texts[command->used++]);
	}
	return 0;
}

/* The words that name the fault: of the catalogue, or to be cleared its number. */
static int add_fault(struct command *command, const char *verb, const char *query, struct fail *fail)
{
	bool clear = !strcmp(verb, "clear");
	char *text = command->texts[command->used++];

	web_parameter(query, clear ? "number" : "id", text, TEXT);
	add_word(command, text);
	if (clear)
		return is_count(text) || !strcmp(text, "all")
			   ? 0
			   : reject(fail, "number", "the number of an active fault, or all");
	if (!is_known(text))
		return reject(fail, "id", "a fault of the catalogue");
	return add_parameters(command, !strcmp(verb, "add"), query, fail);
}

static void run_fault(struct web_server *server, struct evhttp_request *request, const char *verb,
		      const char *query)
{
	struct command command = {.words = {"fault", verb}, .count = 2};
	struct fail fail = {0};

	if (add_fault(&command, verb, query, &fail)) {
		web_reply_error(request, 400, fail.text);
		return;
	}
	add_word(&command, "--json");
	web_run_command(server, request, command.words, COMMAND_S);
}

static void on_active(void *arg, const json_t *reply, const struct fail *fail)
{
	struct evhttp_request *request = web_take_request(arg);
	json_t *object;

	if (!reply) {
		web_reply_error(request, fail->err == -EPERM ? 403 : HTTP_SERVUNAVAIL, fail->text);
		return;
	}
	object = json_pack("{s:O*,s:b}", "faults", json_object_get(reply, "faults"), "unclean",
			   json_is_true(json_object_get(reply, "unclean")));
	web_reply_json(request, HTTP_OK, object);
	json_decref(object);
}

/* The last segment of the path: "list", "add". */
static const char *verb_of(const struct evhttp_uri *uri)
{
	return strrchr(evhttp_uri_get_path(uri), '/') + 1;
}

static void on_phase(void *arg, const json_t *reply, const struct fail *fail)
{
	struct web_pending *pending = arg;
	struct web_server *server = pending->server;
	struct evhttp_request *request = web_take_request(pending);
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *verb = verb_of(uri), *query = web_query_of(request);

	if (client_is_exercise(reply, fail->err))
		web_reply_error(request, 403,
				"this lab is an exercise: its faults are to be found and repaired by hand");
	else if (!strcmp(verb, "list"))
		web_run_command(server, request, (const char *const[]){"fault", "ls", "--json", NULL},
				COMMAND_S);
	else if (!strcmp(verb, "active"))
		web_ask_lab(server, request, "lab.sock", json_pack("{s:s}", "do", "fault-ls"), ACTIVE_S,
			    on_active);
	else
		run_fault(server, request, verb, query);
}

void web_answer_fault(struct web_server *server, struct evhttp_request *request)
{
	web_ask_lab(server, request, "lab.sock", json_pack("{s:s,s:s}", "do", "exercise", "action", "state"),
		    EXERCISE_S, on_phase);
}
