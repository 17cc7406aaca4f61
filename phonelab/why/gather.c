#include "phonelab/why/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/attempt.h"
#include "phonelab/why/differ.h"
#include "phonelab/why/facts.h"
#include "phonelab/why/logs.h"
#include "phonelab/why/model.h"
#include "phonelab/why/probes_many.h"
#include "phonelab/why/produce.h"
#include "phonelab/why/report.h"

#define ASK_MS		     5000
#define INSPECTED_MOST	     32 /* phones whose own namespaces are read */
#define PROBED_IN_CONTAINERS 2	/* phones: the container of the rack runs one probe at a time */
#define BOOTING_US	     UINT64_C(10000000) /* a step that began later than that is not suspicious */

/* --- the devices of a running lab --- */

/* The status of the phones by the rack: of one phone, or of all. */
static json_t *ask_rack(const struct lab *lab, const struct why_case *cases, size_t n)
{
	struct fail ignored = {0};
	json_t *request = json_pack("{s:s}", "do", "status"), *reply, *phones;

	if (n == 1)
		json_object_set_new(request, "node", json_string(cases[0].name));
	reply = client_call(lab, "phones/rack.sock", request, ASK_MS, NULL, &ignored);
	phones = json_incref(json_object_get(reply, "phones"));
	json_decref(reply);
	return phones;
}

/* The running configuration of a switch, which is asked once. "" if the switch does not answer. */
static const char *running_of(const struct lab *lab, json_t *known, const char *sw)
{
	struct fail ignored = {0};
	char socket[80];
	json_t *reply;

	if (json_object_get(known, sw))
		return json_text(known, sw);
	snprintf(socket, sizeof(socket), "switches/%.40s.sock", sw);
	reply = client_call(lab, socket, json_pack("{s:s,s:[s]}", "do", "show", "args", "running-config"),
			    ASK_MS, NULL, &ignored);
	json_object_set_new(known, sw, json_text_new(json_text(reply, "text")));
	json_decref(reply);
	return json_text(known, sw);
}

static void ask_devices(const struct lab *lab, struct why_case *cases, size_t n)
{
	json_t *rack = ask_rack(lab, cases, n), *known = json_object(), *phone;
	size_t i, j;

	for (i = 0; i < n; i++) {
		struct why_case *it = &cases[i];
		const char *sw, *running;

		json_array_foreach (rack, j, phone)
			if (!it->phone_more && !strcmp(json_text(phone, "name"), it->name))
				it->phone_more = json_incref(phone);
		if (!why_port(it, &sw))
			sw = json_text(json_array_get(json_object_get(it->status, "switches"), 0), "name");
		running = running_of(lab, known, sw);
		if (*running)
			it->running = strdup(running);
	}
	json_decref(rack);
	json_decref(known);
}

/* --- events --- */

static void read_events(const struct why_source *source, struct why_case *cases, size_t n)
{
	char path[300];

	if (source->events) {
		for (size_t i = 0; i < n; i++) {
			cases[i].events_name = "frame";
			why_take_events(&cases[i], source->events);
		}
		return;
	}
	snprintf(path, sizeof(path), "%sevents.jsonl", source->directory);
	why_read_all(cases, n, path);
}

bool why_is_booting(const struct why_source *source, const struct why_case *it)
{
	static const char *const states[] = {"booting", "network", "provisioning", "registering"};
	const json_t *event;
	uint64_t began = 0;
	bool boots = false;
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		boots = boots || !strcmp(json_text(it->phone, "state"), states[i]);
	if (!boots || !*source->lab || !it->step || why_attempt_flaps(it->attempt))
		return false;
	json_array_foreach (it->events, i, event) {
		const char *name = json_text(event, "event");

		if (!strcmp(name, "step.failed"))
			return false;
		if (!strncmp(name, "step.", 5) || !strcmp(name, "phone.service-control"))
			began = (uint64_t)json_int(event, "t");
	}
	return began && clock_now_us() < began + BOOTING_US;
}

/* No cause is named while the phone boots. */
static void set_booting(json_t *report)
{
	static const char *const guesses[] = {"cause",	 "look",    "server",	    "log",  "needs",
					      "object",	 "objects", "alternatives", "also", "ruled_out",
					      "verdict", "id",	    "inferred",	    "alarm"};

	json_object_set_new(report, "booting", json_true());
	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++)
		json_object_del(report, guesses[i]);
}

/* --- all of it --- */

/* Phones that are not at rest: their own namespaces are read too. */
static json_t *open_phones(const struct why_case *cases, size_t n)
{
	json_t *names = json_array();

	for (size_t i = 0; i < n && json_array_size(names) < INSPECTED_MOST; i++)
		if (n == 1 || cases[i].step || json_object_get(cases[i].phone, "continued_without"))
			json_array_append_new(names, json_string(cases[i].name));
	return names;
}

/* The model of the lab, from the lab or the folder: a new object. NULL for a capture. */
static json_t *model_for(const struct why_source *source, const struct lab *lab, const struct why_case *cases,
			 size_t n)
{
	json_t *phones, *model;

	if (source->events)
		return NULL;
	if (!lab)
		return model_of_folder(source->directory, source->status);
	phones = open_phones(cases, n);
	model = model_of_lab(lab, source->status, phones);
	json_decref(phones);
	return model;
}

#define CLUSTER_FOLDER 48
static void cluster_folder(const struct why_case *it, char folder[CLUSTER_FOLDER])
{
	snprintf(folder, CLUSTER_FOLDER, "clusters/%.32s/", json_text(it->phone, "cluster"));
}

/* Evidence of the directory of a cluster is named as seen from the run directory. */
static void name_files(const struct why_case *it)
{
	static const char *const own[] = {"keys/", "tftp/"};
	char folder[CLUSTER_FOLDER];
	json_t *fact;
	size_t i;

	cluster_folder(it, folder);
	json_array_foreach (it->facts, i, fact) {
		const char *from = json_text(fact, "from");

		for (size_t f = 0; f < sizeof(own) / sizeof(own[0]); f++)
			if (!strncmp(from, own[f], strlen(own[f]))) {
				json_object_set_new(fact, "from", json_sprintf("%s%s", folder, from));
				break;
			}
	}
}

static void produce(const struct why_source *source, const struct lab *lab, struct why_case *cases, size_t n,
		    unsigned flags)
{
	json_t *model = model_for(source, lab, cases, n);
	struct differ_base *differ = why_differ_base_new();
	struct why_means means = {
	    .lab = lab, .model = model, .passive = flags & WHY_PASSIVE, .all = flags & WHY_THOROUGH};

	for (size_t i = 0; i < n; i++) {
		bool of_cluster;

		if (!cases[i].phone)
			continue;
		of_cluster = strlen(cases[i].directory) > strlen(source->directory);
		cases[i].differ = strcmp(cases[i].directory, source->directory) ? NULL : differ;
		means.booting = !(flags & WHY_LATE) && why_is_booting(source, &cases[i]);
		cases[i].facts = why_produce(&cases[i], &means);
		cases[i].booting = !cases[i].facts;
		cases[i].differ = NULL;
		if (of_cluster)
			name_files(&cases[i]);
	}
	for (size_t i = 0; i < n && source->facts; i++)
		if (cases[i].facts)
			json_array_extend(cases[i].facts, source->facts);
	why_differ_base_free(differ);
	json_decref(model);
}

/* The files of a phone are those of its cluster, which has a run directory of its own if it is not the first. DHCP and what comes before
 * it are the same for all clusters. */
static void choose_cluster(struct why_case *it)
{
	const char *cluster = json_text(it->phone, "cluster");
	char folder[CLUSTER_FOLDER], path[sizeof(it->directory) + CLUSTER_FOLDER + 8];

	if (!*cluster || !*it->directory || (it->step && it->step < LADDER_CTL))
		return;
	cluster_folder(it, folder);
	snprintf(path, sizeof(path), "%s%s", it->directory, folder);
	if (access(path, F_OK))
		return;
	/* Kept evidence lacks the links of the directory. */
	strcat(path, "cucm");
	if (access(path, F_OK) || strlen(it->directory) + strlen(folder) >= sizeof(it->directory))
		*it->directory = 0;
	else
		strcat(it->directory, folder);
}

void why_gather(struct why_source *source, struct why_case *cases, size_t n, unsigned flags)
{
	struct fail ignored = {0};
	struct lab lab;
	bool runs = *source->lab && !client_find(source->lab, &lab, &ignored);

	if (!source->logs && *source->directory)
		source->logs = why_logs_new(source->directory);
	for (size_t i = 0; i < n; i++) {
		cases[i].status = source->status;
		cases[i].nodes = source->nodes;
		cases[i].logs = source->logs;
		snprintf(cases[i].directory, sizeof(cases[i].directory), "%s", source->directory);
		if (!why_find_phone(&cases[i]))
			choose_cluster(&cases[i]);
	}
	read_events(source, cases, n);
	if (runs)
		ask_devices(&lab, cases, n);
	produce(source, runs ? &lab : NULL, cases, n, flags);
}

size_t why_gather_probes(const struct why_source *source, struct why_case *const *cases, size_t n)
{
	struct fail ignored = {0};
	struct lab lab;

	if (!*source->lab || client_find(source->lab, &lab, &ignored))
		return 0;
	if (!lab.pid && n > PROBED_IN_CONTAINERS)
		n = PROBED_IN_CONTAINERS;
	why_probe_many(cases, n, &lab);
	return n;
}

json_t *why_report_gathered(const struct why_case *it)
{
	json_t *report = why_report(it);

	if (!json_is_true(json_object_get(report, "healthy")) && it->booting)
		set_booting(report);
	return report;
}
