#include "phonelab/why/probes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event_log.h"
#include "base/json_text.h"
#include "base/mac.h"
#include "phonelab/client/inside.h"
#include "phonelab/lab/probe_trace.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_internal.h"

#define CONTAINER_MS 5000

int probes_add_netns(struct probes *probes, int netns)
{
	if (probes->netns_count == PROBES_NETNS) {
		close(netns);
		return -1;
	}
	probes->netns[probes->netns_count++] = netns;
	return (int)probes->netns_count - 1;
}

/* --- the peer --- */

/* How good a phone is as a peer: 0: not at all. */
static int rank(const struct why_case *it, const json_t *phone)
{
	const char *own = "", *other = "";

	if (!strcmp(json_text(phone, "name"), it->name) || !status_read_registered(phone) ||
	    !*json_text(phone, "ipv4"))
		return 0;
	probes_port(it->status, it->name, 0, &own);
	probes_port(it->status, json_text(phone, "name"), 0, &other);
	return 1 + 2 * (json_int(phone, "voice_vlan") == json_int(it->phone, "voice_vlan")) +
	       !strcmp(own, other);
}

static const json_t *find_peer(const struct why_case *it)
{
	const json_t *phone, *best = NULL;
	int most = 0;
	size_t i;

	json_array_foreach (json_object_get(it->status, "phones"), i, phone) {
		int value = rank(it, phone);

		if (value > most) {
			most = value;
			best = phone;
		}
	}
	return best;
}

static json_t *ask_rack(const struct lab *lab, const char *phone)
{
	struct fail ignored = {0};
	json_t *reply =
	    client_call(lab, "phones/rack.sock", json_pack("{s:s,s:s}", "do", "status", "node", phone), 5000,
			NULL, &ignored);
	json_t *more = json_incref(json_array_get(json_object_get(reply, "phones"), 0));

	json_decref(reply);
	return more;
}

/* --- the plan --- */

/* Append a phone as a place. False: its namespace cannot be had. In a lab of containers the rack's container opens it. */
static bool add_place(struct probes *probes, const json_t *phone)
{
	struct fail ignored = {0};
	const char *name = json_text(phone, "name");
	int netns = probes->lab->pid ? client_netns(probes->lab, name, NULL, &ignored) : -1;
	char text[MAC_TEXT];
	struct mac mac;

	if ((probes->lab->pid && netns < 0) || mac_parse_device(&mac, name)) {
		if (netns >= 0)
			close(netns);
		return false;
	}
	mac_format(&mac, text);
	json_array_append_new(json_object_get(probes->plan, "places"),
			      json_pack("{s:s,s:i,s:s,s:s,s:I}", "name", name, "netns",
					netns < 0 ? -1 : probes_add_netns(probes, netns), "mac", text,
					"address", json_text(phone, "ipv4"), "vlan",
					(json_int_t)json_int(phone, "voice_vlan")));
	return true;
}

/* The peer asks the servers that the phone would ask, through its own gateway. */
static json_t *servers_for_peer(const struct probes *probes)
{
	static const char *const shared[] = {"tftp", "call_managers", "dns", "domain"};
	json_t *more = json_copy(probes->peer_more);

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		json_t *own = json_object_get(probes->it->phone_more, shared[i]);

		if (json_array_size(own) || (json_is_string(own) && *json_string_value(own)))
			json_object_set(more, shared[i], own);
	}
	return more;
}

/* False: the phone itself is out of reach. */
static bool make_plan(struct probes *probes)
{
	const struct why_case *it = probes->it;

	probes->plan =
	    json_pack("{s:[],s:[],s:[],s:b}", "places", "checks", "taps", "native", probes->lab->pid != 0);
	if (!probes->plan || !add_place(probes, it->phone))
		return false;
	probes->peer = find_peer(it);
	probes->peer_more = probes->peer ? ask_rack(probes->lab, json_text(probes->peer, "name")) : NULL;
	if (!probes->peer_more || !add_place(probes, probes->peer))
		probes->peer = NULL;
	probes_add_checks(probes, 0, it->phone, it->phone_more);
	if (probes->peer) {
		json_t *more = servers_for_peer(probes);

		probes_add_checks(probes, 1, probes->peer, more);
		json_decref(more);
	}
	return true;
}

/* --- the run, in a process inside the lab --- */

struct job {
	const struct probes *probes;
	int out; /* a file in memory for the result */
};

static int run_inside(void *arg)
{
	const struct job *job = arg;
	struct fail fail = {0};
	json_t *result = NULL;
	int err = probe_run(job->probes->plan, job->probes->netns, job->probes->netns_count, &result, &fail);

	if (err)
		result = json_pack("{s:o}", "error", json_text_new(fail.text));
	err = json_dumpfd(result, job->out, JSON_COMPACT);
	json_decref(result);
	return err ? 1 : 0;
}

/* In a lab of containers. */
static json_t *run_in_container(const struct probes *probes)
{
	struct fail fail = {0};
	json_t *reply = client_call(probes->lab, "nodes/rack.sock",
				    json_pack("{s:s,s:O}", "do", "probe", "plan", probes->plan), CONTAINER_MS,
				    NULL, &fail);

	return reply ? reply : json_pack("{s:o}", "error", json_text_new(fail.text));
}

/* The result of probe_run, or {"error"}. A new object, or NULL. */
static json_t *run(const struct probes *probes)
{
	struct job job = {.probes = probes, .out = memfd_create("probe", MFD_CLOEXEC)};
	json_t *result = NULL;

	if (!probes->lab->pid || job.out < 0) {
		if (job.out >= 0)
			close(job.out);
		return probes->lab->pid ? NULL : run_in_container(probes);
	}
	if (!inside_run(probes->lab, probes->netns[0], run_inside, &job) && !lseek(job.out, 0, SEEK_SET))
		result = json_loadfd(job.out, 0, NULL);
	close(job.out);
	return result;
}

/* --- events, by which a reader of logs and captures knows the probes --- */

/* What was sent, by which mark it is known. */
static json_t *sent_of(const json_t *plan, const json_t *checks)
{
	json_t *list = json_array();
	const json_t *check;
	size_t i;

	json_array_foreach (checks, i, check) {
		const json_t *place =
		    json_array_get(json_object_get(plan, "places"), (size_t)json_int(check, "place"));

		if (probe_kind_of(json_text(check, "kind")) == PROBE_RESOLVE)
			continue; /* sends nothing */
		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:s,s:I}", "from", json_text(place, "name"), "kind",
						json_text(check, "kind"), "to", json_text(check, "address"),
						"mark", (json_int_t)json_int(check, "mark")));
	}
	return list;
}

static void write_event(const struct probes *probes, const char *event, json_t *evidence)
{
	char path[256];
	struct event_log *log;
	struct fail ignored = {0};

	client_path(probes->lab, "events.jsonl", path, sizeof(path));
	if (!event_log_open(&log, path, &ignored)) {
		event_log_write(log, clock_now_us(), "lab", 0, event, probes->it->name, evidence);
		event_log_close(log);
	} else {
		json_decref(evidence);
	}
}

static void measure(struct probes *probes, json_t *facts)
{
	uint64_t from = clock_now_us();
	json_t *result;

	write_event(probes, "probe.begin",
		    json_pack("{s:s,s:i}", "peer", json_text(probes->peer, "name"), "checks",
			      (int)json_array_size(json_object_get(probes->plan, "checks"))));
	result = run(probes);
	write_event(probes, "probe.end",
		    json_pack("{s:I,s:I,s:o}", "from", (json_int_t)from, "to", (json_int_t)clock_now_us(),
			      "sent", sent_of(probes->plan, json_object_get(result, "checks"))));
	if (!result || json_object_get(result, "error"))
		fact_add(facts, "probe.failed", "", 0, "probe", "%s",
			 json_text_or(result, "error", "the namespaces of the lab cannot be entered"));
	else
		probes_facts(probes, result, facts);
	json_decref(result);
}

void why_probe_facts(const struct why_case *it, const struct lab *lab, json_t *facts)
{
	struct probes *probes = calloc(1, sizeof(*probes));

	if (!probes)
		return;
	probes->it = it;
	probes->lab = lab;
	probes->known = facts;
	if (!make_plan(probes))
		fact_add(facts, "probe.no_place", "", 0, "probe",
			 "%s has no namespace here: nothing was measured from it", it->name);
	else
		measure(probes, facts);
	for (size_t i = 0; i < probes->netns_count; i++)
		close(probes->netns[i]);
	json_decref(probes->plan);
	json_decref(probes->peer_more);
	free(probes);
}
