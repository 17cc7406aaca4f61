#include <errno.h>
#include <string.h>

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
	json_t *phones = json_array();

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
	return json_pack("{s:s,s:o,s:I}", "name", rack->options.name, "phones", phones, "events_lost",
			 (json_int_t)event_log_lost(rack->log));
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

static json_t *verb_console(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);

	(void)fd;
	return host ? json_pack("{s:o}", "lines", host_console(host)) : NULL;
}

static json_t *verb_messages(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);

	(void)fd;
	return host ? json_pack("{s:o}", "lines", host_messages(host)) : NULL;
}

static json_t *control(void *arg, const json_t *request, enum phone_control what, struct fail *fail)
{
	struct host *host = named(arg, request, fail);

	if (!host)
		return NULL;
	host_control(host, what);
	return json_object();
}

static json_t *verb_reset(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)fd;
	return control(arg, request, PHONE_CONTROL_RESET, fail);
}

static json_t *verb_restart(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)fd;
	return control(arg, request, PHONE_CONTROL_RESTART, fail);
}

static json_t *verb_erase(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)fd;
	return control(arg, request, PHONE_CONTROL_ERASE, fail);
}

static json_t *verb_unplug(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);

	(void)fd;
	if (!host)
		return NULL;
	host_unplug(host);
	return json_object();
}

static json_t *verb_plug(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);

	(void)fd;
	if (!host)
		return NULL;
	host_plug(host);
	return json_object();
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

static json_t *verb_remove(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	struct host *host = named(arg, request, fail);

	(void)fd;
	if (!host)
		return NULL;
	host_stop(host);
	return json_object();
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
    {"status", verb_status},	 {"usage", verb_usage}, {"netns", verb_netns},	   {"console", verb_console},
    {"messages", verb_messages}, {"reset", verb_reset}, {"restart", verb_restart}, {"erase", verb_erase},
    {"unplug", verb_unplug},	 {"plug", verb_plug},	{"add", verb_add},	   {"remove", verb_remove},
    {"stop", verb_stop},	 {NULL, NULL},
};
