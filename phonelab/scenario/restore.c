#include "phonelab/scenario/restore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/fault/client.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/scenario/config_revert.h"

#define CALL_MS	   20000
#define PATIENT_US 30000000ull /* phones recover by themselves; after this time they are reset */
#define RESET_US   60000000ull /* and after this time they have failed */
#define LOOK_US	   300000

/* --- the state before --- */

/* Keep the first reason. */
static int note_failure(int err, struct fail *first, const struct fail *fail)
{
	if (err && !first->err)
		*first = *fail;
	return first->err;
}

static void switch_socket(const char *name, char socket[100])
{
	snprintf(socket, 100, "switches/%s.sock", name);
}

/* The running-config of a switch (new reference), or NULL with the reason. */
static json_t *config_of(const struct lab *lab, const char *name, struct fail *fail)
{
	char socket[100];
	json_t *reply, *text;

	switch_socket(name, socket);
	reply = client_call(lab, socket, json_pack("{s:s,s:[s]}", "do", "show", "args", "running-config"),
			    CALL_MS, NULL, fail);
	text = json_incref(json_object_get(reply, "text"));
	json_decref(reply);
	return text;
}

static int note_configs(struct restore *restore, struct fail *fail)
{
	for (size_t i = 0; i < restore->topology->switches.n; i++) {
		const char *name = restore->topology->switches.items[i].name;
		json_t *text = config_of(restore->lab, name, fail);

		if (!text)
			return fail->err ? fail->err : -EIO;
		json_object_set_new(restore->configs, name, text);
	}
	return 0;
}

int restore_begin(struct restore *restore, const struct lab *lab, const struct topology *topology,
		  struct fail *fail)
{
	json_t *faults = fault_active(lab, fail);
	size_t active = json_array_size(json_object_get(faults, "faults"));
	char id[80];

	*restore = (struct restore){.lab = lab, .topology = topology};
	if (!faults)
		return fail->err ? fail->err : -EIO;
	snprintf(id, sizeof(id), "%s", json_text(json_array_get(json_object_get(faults, "faults"), 0), "id"));
	json_decref(faults);
	if (active)
		return fail_set(
		    fail, -EBUSY,
		    "the lab has %zu active fault%s (%s); revert what is active with: phonelab fault "
		    "clear",
		    active, active == 1 ? "" : "s", id);
	restore->configs = json_object();
	restore->devices = json_object();
	restore->unplugged = json_object();
	restore->status = client_status(lab, fail);
	return restore->status ? note_configs(restore, fail) : fail->err ? fail->err : -EIO;
}

void restore_note(struct restore *restore, const char *socket, const json_t *request)
{
	static const char *const asking[] = {"status",	   "nodes",	 "show",	  "fault-ls",
					     "fault-vars", "fault-rows", "fault-setting", "console",
					     "messages",   "netns",	 "usage"};
	const char *verb = json_text(request, "do"), *node = json_text(request, "node");

	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		if (!strcmp(verb, asking[i]))
			return;
	restore->touched = true;
	restore->faults = restore->faults || !strcmp(verb, "fault-add");
	if (strcmp(socket, "phones/rack.sock"))
		return;
	if (!strcmp(verb, "unplug"))
		json_object_set_new(restore->unplugged, node, json_true());
	if (!strcmp(verb, "plug"))
		json_object_del(restore->unplugged, node);
}

void restore_note_reply(struct restore *restore, const json_t *reply)
{
	const char *phone = json_text(reply, "phone");
	json_t *before = json_object_get(reply, "before");

	if (*phone && before && !json_object_get(restore->devices, phone))
		json_object_set(restore->devices, phone, before);
}

/* --- restoring --- */

static void end_devices(struct restore *restore, struct fail *first)
{
	const char *phone;
	json_t *before;

	json_object_foreach (restore->devices, phone, before) {
		struct fail fail = {0};
		json_t *reply = client_call(restore->lab, "lab.sock",
					    json_pack("{s:s,s:s,s:s,s:O}", "do", "device", "action", "revert",
						      "phone", phone, "before", before),
					    CALL_MS, NULL, &fail);

		note_failure(reply ? 0 : -EIO, first, &fail);
		json_decref(reply);
	}
	json_object_clear(restore->devices);
}

static void end_config(struct restore *restore, const char *name, const char *before, struct fail *first)
{
	struct fail fail = {0};
	json_t *now = config_of(restore->lab, name, &fail), *lines, *reply;
	char socket[100];

	if (!now) {
		note_failure(-EIO, first, &fail);
		return;
	}
	lines = config_revert(json_string_value(now), before);
	json_decref(now);
	if (!json_array_size(lines)) {
		json_decref(lines);
		return;
	}
	switch_socket(name, socket);
	reply = client_call(restore->lab, socket, json_pack("{s:s,s:o}", "do", "configure", "lines", lines),
			    CALL_MS, NULL, &fail);
	note_failure(reply ? 0 : -EIO, first, &fail);
	json_decref(reply);
	now = config_of(restore->lab, name, &fail);
	lines = now ? config_revert(json_string_value(now), before) : json_array();
	if (json_array_size(lines)) {
		fail_set(&fail, -EIO, "the configuration of %s is not as before; missing: %s", name,
			 json_string_value(json_array_get(lines, json_array_size(lines) - 1)));
		note_failure(-EIO, first, &fail);
	}
	json_decref(lines);
	json_decref(now);
}

/* Bring each program into the state that it had. */
static void end_programs(struct restore *restore, struct fail *first)
{
	struct fail fail = {0};
	json_t *now = client_status(restore->lab, &fail);
	const json_t *service;
	size_t i;

	json_array_foreach (json_object_get(restore->status, "services"), i, service) {
		const char *name = json_text(service, "name"), *was = json_text(service, "state");
		const json_t *is = status_read_named(now, "services", name);
		const char *action = !strcmp(was, "running")  ? "run"
				     : !strcmp(was, "paused") ? "pause"
							      : "stop";
		json_t *reply;

		if (!is || !strcmp(json_text(is, "state"), was))
			continue;
		reply =
		    client_call(restore->lab, "lab.sock",
				json_pack("{s:s,s:s,s:s}", "do", "program", "name", name, "action", action),
				CALL_MS, NULL, &fail);
		note_failure(reply ? 0 : -EIO, first, &fail);
		json_decref(reply);
	}
	json_decref(now);
}

static void ask_rack(const struct restore *restore, const char *verb, const char *phone, struct fail *first)
{
	struct fail fail = {0};
	json_t *reply = client_call(restore->lab, "phones/rack.sock",
				    json_pack("{s:s,s:s}", "do", verb, "node", phone), CALL_MS, NULL, &fail);

	note_failure(reply ? 0 : -EIO, first, &fail);
	json_decref(reply);
}

static bool is_up(const json_t *phone)
{
	return status_read_registered(phone) || !strcmp(json_text(phone, "state"), "claims-registered");
}

/* How many phones that were registered are not; *name: one of them. With reset they are reset. */
static size_t count_missing(const struct restore *restore, bool reset, char name[40], struct fail *first)
{
	struct fail fail = {0};
	json_t *now = client_status(restore->lab, &fail);
	const json_t *phone;
	size_t i, missing = 0;

	json_array_foreach (json_object_get(restore->status, "phones"), i, phone) {
		const char *device = json_text(phone, "name");

		if (!is_up(phone) || (now && is_up(status_read_named(now, "phones", device))))
			continue;
		missing++;
		snprintf(name, 40, "%s", device);
		if (reset)
			ask_rack(restore, "reset", device, first);
	}
	json_decref(now);
	return missing;
}

static void wait_for_phones(const struct restore *restore, struct fail *first)
{
	uint64_t began = clock_now_us(), now = began;
	bool was_reset = false;
	struct fail fail = {0};
	char name[40] = "";
	size_t missing;

	while ((missing = count_missing(restore, now - began > PATIENT_US && !was_reset, name, first)) > 0 &&
	       now - began < PATIENT_US + RESET_US) {
		was_reset = was_reset || now - began > PATIENT_US;
		usleep(LOOK_US);
		now = clock_now_us();
	}
	if (missing) {
		fail_set(&fail, -ETIMEDOUT, "%zu phone%s not registered again: %s%s", missing,
			 missing == 1 ? " is" : "s are", name, missing > 1 ? " and others" : "");
		note_failure(-ETIMEDOUT, first, &fail);
	}
}

int restore_end(struct restore *restore, struct fail *fail)
{
	const char *name;
	json_t *before, *yes;
	void *next;

	if (!restore->touched || !restore->status)
		return 0;
	*fail = (struct fail){0};
	if (restore->faults) {
		struct fail one = {0};

		note_failure(fault_clear(restore->lab, NULL, &one), fail, &one);
	}
	end_programs(restore, fail);
	end_devices(restore, fail);
	json_object_foreach (restore->configs, name, before)
		end_config(restore, name, json_string_value(before), fail);
	json_object_foreach_safe(restore->unplugged, next, name, yes) ask_rack(restore, "plug", name, fail);
	json_object_clear(restore->unplugged);
	wait_for_phones(restore, fail);
	restore->touched = restore->faults = false;
	return fail->err;
}

void restore_free(struct restore *restore)
{
	json_decref(restore->status);
	json_decref(restore->configs);
	json_decref(restore->unplugged);
	json_decref(restore->devices);
}
