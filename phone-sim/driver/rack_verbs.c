#include <errno.h>
#include <string.h>

#include "base/confine.h"
#include "base/json_text.h"
#include "cable/netns_helper.h"
#include "phone-sim/driver/rack_internal.h"

/* The phone that the request names, or NULL with the reason. */
static struct host *named(struct rack *rack, const json_t *request, struct fail *fail)
{
	const char *name = json_string_value(json_object_get(request, "node"));
	struct host *host;

	if (!name) {
		fail_set(fail, -EINVAL, "node: expected the name of a phone, such as \"SEP001122AABB01\"");
		return NULL;
	}
	host = rack_find(rack, name);
	if (!host)
		fail_set(fail, -ENOENT, "node: no phone %.64s in this rack", name);
	return host;
}

/* All phones, or the phone that the request names. */
static json_t *verb_status(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct rack *rack = arg;
	json_t *phones = json_array(), *status;

	(void)fd;
	if (json_object_get(request, "node")) {
		struct host *host = named(rack, request, fail);
		if (!host) {
			json_decref(phones);
			return NULL;
		}
		json_array_append_new(phones, host_status(host));
	} else {
		for (size_t i = 0; i < rack->count; i++)
			json_array_append_new(phones, host_status(rack->host[i]));
	}
	status = json_pack("{s:s,s:o,s:I}", "name", rack->options.name, "phones", phones, "events_lost",
			   (json_int_t)event_log_lost(rack->log));
	if (rack->helper && netns_helper_lost(rack->helper))
		json_object_set_new(status, "degraded", json_string(RACK_HELPER_LOST));
	return status;
}

static json_t *verb_usage(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct rack *rack = arg;

	(void)request;
	(void)fd;
	(void)fail;
	return json_pack("{s:o}", "cpu_us", account_json(&rack->account));
}

static json_t *verb_netns(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);
	int ns;

	if (!host)
		return NULL;
	ns = host_namespace(host);
	if (ns < 0) {
		fail_set(fail, ns, "%s: its namespace cannot be opened: %s", host_name(host), strerror(-ns));
		return NULL;
	}
	*fd = ns;
	return json_pack("{s:s}", "interface", "eth0");
}

/* What a person reads at the phone: its web pages, and a problem report. A phone without power shows nothing. */
static json_t *verb_collect(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);

	(void)fd;
	return host ? host_collect(host) : NULL;
}

/* The verbs that only pass a request to one phone, or read lines from it. */
static const struct phone_verb {
	const char *name;
	json_t *(*lines)(const struct host *host);
	void (*run)(struct host *host);
	enum phone_control control; /* if lines and run are NULL */
} phone_verbs[] = {
    {"console", host_console, NULL, 0},
    {"messages", host_messages, NULL, 0},
    {"unplug", NULL, host_unplug, 0},
    {"plug", NULL, host_plug, 0},
    {"remove", NULL, host_stop, 0},
    {"prt-report", NULL, host_problem_by_hand, 0},
    {"reset", NULL, NULL, PHONE_CONTROL_RESET},
    {"restart", NULL, NULL, PHONE_CONTROL_RESTART},
    {"erase", NULL, NULL, PHONE_CONTROL_ERASE},
};

static json_t *verb_phone(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);
	const struct phone_verb *verb = phone_verbs;

	(void)fd;
	if (!host)
		return NULL;
	while (strcmp(verb->name, json_text(request, "do")))
		verb++;
	if (verb->lines)
		return json_pack("{s:o}", "lines", verb->lines(host));
	if (verb->run)
		verb->run(host);
	else
		host_control(host, verb->control);
	return json_object();
}

static json_t *verb_page(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);

	(void)fd;
	return host ? host_page(host, json_text_or(request, "target", "/"), fail) : NULL;
}

static json_t *verb_add(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct rack *rack = arg;
	struct rack_phone phone;
	char name[DEVICE_TEXT];
	int err;
	const json_t *object;

	(void)fd;
	if (rack->ending) {
		fail_set(fail, -ESHUTDOWN, "the rack is ending");
		return NULL;
	}
	object = json_object_get(request, "phone");
	if (!json_is_object(object)) {
		fail_set(fail, -EINVAL, "phone: expected an object as in rack.json phones[]");
		return NULL;
	}
	if (rack_phone_read(object, "phone", &phone, fail))
		return NULL;
	err = rack_add(rack, &phone, fail);
	mac_format_device(&phone.mac, name);
	rack_phone_free(&phone);
	return err ? NULL : json_pack("{s:s}", "node", name);
}

static json_t *verb_stop(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)request;
	(void)fd;
	(void)fail;
	rack_end(arg, 0);
	return json_object();
}

const struct control_verb rack_verbs[] = {
    {"status", verb_status},   {"usage", verb_usage},	{"confinement", confine_verb},
    {"netns", verb_netns},     {"console", verb_phone}, {"messages", verb_phone},
    {"reset", verb_phone},     {"restart", verb_phone}, {"erase", verb_phone},
    {"unplug", verb_phone},    {"plug", verb_phone},	{"add", verb_add},
    {"remove", verb_phone},    {"stop", verb_stop},	{"prt-report", verb_phone},
    {"collect", verb_collect}, {"page", verb_page},	{NULL, NULL},
};
