#include "phonelab/fault/state.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "phonelab/client/client.h"
#include "phonelab/fault/place.h"
#include "phonelab/fault/request.h"
#include "phonelab/fault/rows.h"
#include "phonelab/fault/target.h"
#include "phonelab/fault/vars.h"
#include "phonelab/lab/plan.h"

struct active {
	long number;
	struct fault_set *set; /* owns fault */
	const struct fault *fault;
	json_t *vars;
	struct fault_done *done;
	time_t since, until; /* until 0: no time limit */
	struct event *timer;
	struct fault_state *state;
	struct active *next;
};

struct fault_state {
	const struct fault_host *host;
	struct fault_files *files;
	struct active *active; /* the oldest first */
	long last;
	bool remains; /* a fault could not be reverted */
};

const char fault_unclean[] =
    "the previous keeper was killed while faults were active. Some of them may still "
    "be applied, and they can no longer be cleared; make a clean lab with: " CLIENT_COMPOSE
    " down -v, then up";

static void active_free(struct active *active)
{
	if (active->timer)
		event_free(active->timer);
	fault_done_free(active->done);
	json_decref(active->vars);
	fault_set_free(active->set);
	free(active);
}

void fault_state_free(struct fault_state *state)
{
	if (!state)
		return;
	while (state->active) {
		struct active *next = state->active->next;

		active_free(state->active);
		state->active = next;
	}
	fault_files_free(state->files);
	free(state);
}

struct fault_state *fault_state_new(const struct fault_host *host)
{
	struct fault_state *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	state->host = host;
	state->files = fault_files_new(PLAN_PREFIX);
	return state;
}

static const char *text_of(const json_t *request, const char *key)
{
	return json_string_value(json_object_get(request, key));
}

static int wanted(void *arg, const char *service)
{
	const struct fault_state *state = arg;
	int want = -1;

	for (const struct active *other = state->active; other; other = other->next) {
		int one = fault_wants(other->done, service);

		want = one >= 0 ? one : want;
	}
	return want;
}

static struct undo *later(void *arg, long number, const char *setting)
{
	const struct fault_state *state = arg;

	for (const struct active *other = state->active; other; other = other->next) {
		struct undo *undo = other->number > number ? fault_sets(other->done, setting) : NULL;

		if (undo)
			return undo;
	}
	return NULL;
}

static struct fault_place place_of(const struct active *active)
{
	return (struct fault_place){.host = active->state->host,
				    .files = active->state->files,
				    .fault = active->fault,
				    .vars = active->vars,
				    .number = active->number,
				    .wanted = wanted,
				    .later = later,
				    .others = active->state};
}

/* --- clearing --- */

static void report_to_host(const struct fault_state *state, bool any)
{
	if (state->host->holds)
		state->host->holds(state->host->arg, any || state->active || state->remains);
}

/* Report to the host that a fault was applied or reverted, unless it is hidden. */
static void report_change(const struct active *active, const char *event)
{
	const struct fault_host *host = active->state->host;
	const struct fault *fault = active->fault;
	json_t *evidence;

	if (!host->changed || host->secrecy(host->arg) != FAULT_OPEN)
		return;
	evidence = json_pack("{s:I,s:s,s:I}", "number", (json_int_t)active->number, "id", fault->id, "step",
			     (json_int_t)fault->step);
	if (fault->scope <= FAULT_PORT)
		for (const char *const *key = (const char *const[]){"phone", "switch", "port", NULL}; *key;
		     key++)
			if (json_object_get(active->vars, *key))
				json_object_set(evidence, *key, json_object_get(active->vars, *key));
	host->changed(host->arg, event, fault->title, evidence);
}

static int clear(struct active *active, struct fail *fail)
{
	struct fault_state *state = active->state;
	struct fault_place place = place_of(active);
	struct fault_done *done = active->done;
	struct active **at = &state->active;
	int err;

	while (*at != active)
		at = &(*at)->next;
	*at = active->next;
	active->done = NULL;
	err = fault_undo(&place, done, fail);
	log_debug(LOG_FAULT, "fault %ld (%s) reverted%s%s", active->number, active->fault->id,
		  err ? ": " : "", err ? fail->text : "");
	report_change(active, "fault.reverted");
	active_free(active);
	state->remains = state->remains || err;
	report_to_host(state, false);
	return err;
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	struct active *active = arg;
	const struct fault_host *host = active->state->host;
	struct fail fail = {0};

	(void)fd;
	(void)what;
	if (clear(active, &fail))
		host->failed(host->arg, fail.text);
}

/* Clear the faults of a number or an id, or all faults (which NULL), the latest first. *n counts them. */
static int clear_matching(struct fault_state *state, const char *which, long *n, struct fail *fail)
{
	long number = which && which[strspn(which, "0123456789")] == 0 ? atol(which) : 0;
	struct active *found;
	int err = 0;

	do {
		struct fail why = {0};
		int clear_err = 0;

		found = NULL;
		for (struct active *active = state->active; active; active = active->next)
			if (!which || active->number == number || !strcmp(active->fault->id, which))
				found = active;
		if (found) {
			clear_err = clear(found, &why);
			++*n;
		}
		if (clear_err && !err)
			err = fail_set(fail, clear_err, "%s", why.text);
	} while (found);
	return err;
}

int fault_state_clear_all(struct fault_state *state, struct fail *fail)
{
	long n = 0;

	return clear_matching(state, NULL, &n, fail);
}

static json_t *answer_clear(struct fault_state *state, const json_t *request, struct fail *fail)
{
	const char *which = text_of(request, "which");
	bool all = !which || !strcmp(which, "all");
	long n = 0;
	int err = clear_matching(state, all ? NULL : which, &n, fail);

	if (!n && !all)
		err = fail_set(fail, -ENOENT,
			       "no active fault \"%s\"; phonelab fault ls --active lists the active faults",
			       which);
	return err ? NULL : json_pack("{s:I}", "cleared", (json_int_t)n);
}

/* --- adding --- */

static void arm(struct active *active, long seconds)
{
	const struct timeval after = {.tv_sec = seconds};

	active->since = time(NULL);
	if (seconds <= 0)
		return;
	active->until = active->since + seconds;
	active->timer = evtimer_new(active->state->host->base, on_time, active);
	if (active->timer)
		event_add(active->timer, &after);
}

static json_t *answer_add(struct fault_state *state, const json_t *request, struct fail *fail)
{
	const struct fault_target target = fault_request_target(request);
	/* The console of several closets has checked the target, knows the values, and has the phones erased. */
	const json_t *given = json_object_get(request, "vars");
	struct active *active, **last;
	struct fault_place place;

	if (state->host->ready && state->host->ready(state->host->arg, fail))
		return NULL;
	active = calloc(1, sizeof(*active));
	if (!active) {
		fail_set(fail, -ENOMEM, "out of memory");
		return NULL;
	}
	active->state = state;
	active->number = ++state->last;
	active->fault = fault_request_fault(request, &active->set, fail);
	if (active->fault && given)
		active->vars = json_deep_copy(given);
	else if (active->fault && !fault_target_check(state->host->topology, active->fault, &target, fail))
		active->vars = fault_vars(state->host->topology, &target, active->fault, fail);
	if (!active->vars) {
		active_free(active);
		return NULL;
	}
	place = place_of(active);
	place.count = (long)json_integer_value(json_object_get(request, "count"));
	place.erases = !given && fault_target_erases(active->fault, &target);
	report_to_host(state, true);
	if (fault_inject(&place, &active->done, fail)) {
		report_to_host(state, false);
		fail_prefix(fail, fail->err, "%s", active->fault->id);
		log_debug(LOG_FAULT, "fault %ld not applied: %s", active->number, fail->text);
		active_free(active);
		return NULL;
	}
	for (last = &state->active; *last; last = &(*last)->next)
		;
	*last = active;
	log_debug(LOG_FAULT, "fault %ld (%s) applied: phone %s, switch %s, port %s", active->number,
		  active->fault->id, fault_var(&place, "phone"), fault_var(&place, "switch"),
		  fault_var(&place, "port"));
	arm(active, (long)json_integer_value(json_object_get(request, "for")));
	report_change(active, "fault.applied");
	return json_pack("{s:I,s:s}", "number", (json_int_t)active->number, "id", active->fault->id);
}

/* --- reporting --- */

static json_t *answer_ls(struct fault_state *state, const json_t *request, struct fail *fail)
{
	json_t *list = json_array();

	(void)request;
	(void)fail;
	for (const struct active *active = state->active; active; active = active->next) {
		const struct fault *fault = active->fault;
		bool phone = fault->scope <= FAULT_PORT;
		json_t *one =
		    json_pack("{s:I,s:s,s:s,s:I,s:s,s:I}", "number", (json_int_t)active->number, "id",
			      fault->id, "title", fault->title, "step", (json_int_t)fault->step, "layer",
			      fault_layer_name(fault), "since", (json_int_t)active->since);

		json_object_set_new(one, "until", active->until ? json_integer(active->until) : json_null());
		for (const char *const *key = (const char *const[]){"phone", "switch", "port", NULL}; *key;
		     key++)
			if (phone && json_object_get(active->vars, *key))
				json_object_set(one, *key, json_object_get(active->vars, *key));
		json_array_append_new(list, one);
	}
	return json_pack("{s:o}", "faults", list);
}

/* The names of an active fault have the values that they had when it was applied: a port that was free is no longer
 * free. */
static json_t *active_vars(const struct fault_state *state, const char *id, const json_t *phone)
{
	for (const struct active *active = id ? state->active : NULL; active; active = active->next)
		if (!strcmp(active->fault->id, id) &&
		    (!phone || json_equal(phone, json_object_get(active->vars, "phone"))))
			return json_incref(active->vars);
	return NULL;
}

static json_t *answer_vars(struct fault_state *state, const json_t *request, struct fail *fail)
{
	const struct topology *topology = state->host->topology;
	const struct fault_target target = fault_request_target(request);
	const char *id = text_of(request, "id");
	json_t *vars = NULL, *phone, *active;

	if (!target.phone && !target.port)
		vars = active_vars(state, id, NULL);
	if (!vars)
		vars = fault_request_vars(topology, request, fail);
	phone = json_object_get(vars, "phone");
	active = phone ? active_vars(state, id, phone) : NULL;
	if (active) {
		json_decref(vars);
		vars = active;
	}
	return vars ? json_pack("{s:o}", "vars", vars) : NULL;
}

/* A device's rows in a call manager's tables. SQLite follows links, so a process outside the lab cannot read them. */
static json_t *answer_rows(struct fault_state *state, const json_t *request, struct fail *fail)
{
	const char *node = text_of(request, "node"), *device = text_of(request, "device");
	char path[200];
	json_t *rows;

	(void)state;
	if (!node || !device || strchr(node, '/')) {
		fail_set(fail, -EINVAL, "fault-rows needs \"node\" and \"device\"");
		return NULL;
	}
	snprintf(path, sizeof(path), PLAN_PREFIX "/cucm/%s/cucm.sqlite", node);
	rows = fault_rows_read(path, device, fail);
	return rows ? json_pack("{s:o}", "rows", rows) : NULL;
}

/* A setting at every call manager that runs: "cucm-pub=on cucm-sub=on". */
static json_t *answer_setting(struct fault_state *state, const json_t *request, struct fail *fail)
{
	const struct fault_place place = {.host = state->host};
	const char *name = text_of(request, "name");
	struct text values = {0};
	json_t *reply = NULL;

	if (!name)
		fail_set(fail, -EINVAL, "fault-setting needs \"name\"");
	else if (!fault_manager_setting(&place, name, &values, fail))
		reply = json_pack("{s:s}", "values", values.bytes ? values.bytes : "");
	text_free(&values);
	return reply;
}

json_t *fault_state_answer(struct fault_state *state, const json_t *request, struct fail *fail)
{
	static const struct {
		const char *verb;
		json_t *(*answer)(struct fault_state *state, const json_t *request, struct fail *fail);
		enum fault_secrecy until; /* answered up to this secrecy */
	} verbs[] = {
	    {"fault-add", answer_add, FAULT_BEGINNING}, {"fault-clear", answer_clear, FAULT_OPEN},
	    {"fault-ls", answer_ls, FAULT_OPEN},	{"fault-vars", answer_vars, FAULT_BEGINNING},
	    {"fault-rows", answer_rows, FAULT_HIDDEN},	{"fault-setting", answer_setting, FAULT_HIDDEN}};
	const char *verb = text_of(request, "do");

	for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].verb))
			continue;
		if (state->host->secrecy(state->host->arg) <= verbs[i].until)
			return verbs[i].answer(state, request, fail);
		fail_set(fail, -EPERM,
			 "this lab is an exercise: its faults are to be found and repaired by hand");
		return NULL;
	}
	fail_set(fail, -EINVAL, "unknown request \"%s\"", verb ? verb : "");
	return NULL;
}
