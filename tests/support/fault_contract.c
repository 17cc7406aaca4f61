#include "tests/support/fault_contract.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define SYMPTOM_S 40
#define HEAL_S	  60

#define PHONES 16

/* A phone before the fault: its messages then are no symptom. */
struct before {
	char name[40];
	char *messages;
	long long ms[15]; /* the time of each step */
};

struct run {
	const struct fault *fault;
	struct lab *lab;
	struct fault_outcome *outcome;
	char phone[40];
	char target[80]; /* "--phone NAME" for a fault of one phone or port, else ""; and "--erase" */
	bool registered; /* is the phone registered while it shows the symptom? */
	char seen[300];	 /* the latest state of the step */
	uint64_t since;	 /* when the fault had been added */
	unsigned polls;
	struct before before[PHONES];
};

static bool wrong(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(struct run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(run->outcome->wrong, sizeof(run->outcome->wrong), format, args);
	va_end(args);
	return false;
}

static bool matches(const struct run *run, const char *pattern, const char *text)
{
	char filled[400];
	const char *name = strstr(pattern, "{phone}");
	regex_t regex;
	bool found;

	if (name)
		snprintf(filled, sizeof(filled), "%.*s%s%s", (int)(name - pattern), pattern, run->phone,
			 name + strlen("{phone}"));
	if (regcomp(&regex, name ? filled : pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE | REG_ICASE))
		return false;
	found = !regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return found;
}

/* A command of phonelab that must succeed within within_s seconds. */
static bool succeeds(struct run *run, int within_s, const char *word, char *why, size_t size)
{
	uint64_t until = clock_now_us() + (uint64_t)within_s * 1000000;

	for (;;) {
		struct command_result result =
		    lab_command(run->lab, "fault %s %s %s", word, run->fault->id, run->target);
		bool good = result.status == 0;

		snprintf(why, size, "fault %s: status %d: %.500s", word, result.status, result.err);
		command_free(&result);
		if (good || clock_now_us() > until)
			return good;
		usleep(50000);
	}
}

/* Every phone has fetched its configuration, done all steps, and is registered. */
static bool all_registered(json_t *status, void *arg)
{
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		if (strcmp(member(phone, "state"), "registered") ||
		    strcmp(member(phone, "configuration"), "fetched"))
			return false;
		for (int step = 1; step <= 14; step++)
			if (strcmp(phone_step_state(phone, step), "done"))
				return false;
	}
	return json_array_size(json_object_get(status, "phones")) > 0;
}

static void remember(struct run *run)
{
	json_t *status = lab_status(run->lab), *phone;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		struct command_result result;

		if (i == PHONES)
			break;
		snprintf(run->before[i].name, sizeof(run->before[i].name), "%.39s", member(phone, "name"));
		for (int step = 1; step <= 14; step++)
			run->before[i].ms[step] = member_int(phone_step(phone, step), "ms");
		result = lab_command(run->lab, "messages %s", run->before[i].name);
		run->before[i].messages = strdup(result.out);
		command_free(&result);
	}
	json_decref(status);
}

static void forget(struct run *run)
{
	for (size_t i = 0; i < PHONES; i++)
		free(run->before[i].messages);
}

static const struct before *before_of(const struct run *run)
{
	for (size_t i = 0; i < PHONES; i++)
		if (run->before[i].messages && !strcmp(run->before[i].name, run->phone))
			return &run->before[i];
	return NULL;
}

static size_t times(const char *text, const char *line)
{
	size_t n = 0, length = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at += length)
		n++;
	return n;
}

/* A line that matches and appears more often than before; each message begins with its time. */
static bool is_new(const struct run *run, const char *pattern, const char *messages)
{
	const struct before *before = before_of(run);
	char *copy = strdup(messages), *save = NULL;
	bool found = false;

	for (char *line = strtok_r(copy, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save))
		found = matches(run, pattern, line) &&
			(!before || times(messages, line) > times(before->messages, line));
	free(copy);
	return found;
}

/* A phone that boots again does the step later than before. */
static bool is_repeated(const struct run *run, json_t *step)
{
	const struct before *before = before_of(run);

	return strcmp(member(step, "state"), "done") != 0 || run->fault->boot == FAULT_BOOT_NONE || !before ||
	       member_int(step, "ms") != before->ms[run->fault->symptom.step];
}

/* The last step that the phone has begun, after the symptom's step; that step if there is none. */
static json_t *last_step(const struct run *run, json_t *phone)
{
	json_t *last = phone_step(phone, (int)run->fault->symptom.step);

	for (int n = (int)run->fault->symptom.step + 1; n <= 14; n++)
		if (strcmp(phone_step_state(phone, n), "pending"))
			last = phone_step(phone, n);
	return last;
}

static bool is_registered(json_t *phone)
{
	return !strcmp(member(phone, "state"), "registered");
}

/* Is the phone registered, or not, as promised? A phone that is not registered yet, because it boots, proves nothing: it
 * must have stopped at the symptom, at a later step that failed, or at the end. */
static bool registered_as_promised(const struct run *run, json_t *phone)
{
	json_t *last = last_step(run, phone);

	return is_registered(phone) == run->registered &&
	       (run->registered || member_int(last, "n") == run->fault->symptom.step ||
		!strcmp(member(last, "state"), "failed") || !strcmp(phone_step_state(phone, 14), "done"));
}

static bool shows(json_t *status, void *arg)
{
	struct run *run = arg;
	const struct fault_symptom *symptom = &run->fault->symptom;
	json_t *phone = status_phone(status, run->phone),
	       *step = phone ? phone_step(phone, (int)symptom->step) : NULL;

	if (!step)
		return false;
	snprintf(run->seen, sizeof(run->seen), "%.20s: %.220s; the phone is %.20s", member(step, "state"),
		 member(step, "detail"), member(phone, "state"));
	return is_repeated(run, step) && matches(run, symptom->state, member(step, "state")) &&
	       (!symptom->detail || matches(run, symptom->detail, member(step, "detail"))) &&
	       (symptom->also_failed < 1 ||
		!strcmp(phone_step_state(phone, (int)symptom->also_failed), "failed")) &&
	       registered_as_promised(run, phone);
}

/* Between two status commands a phone may fail and go on; the event log still has the step's event. That the step has
 * started proves nothing: every boot starts it. */
static bool has_shown(struct run *run)
{
	const struct fault_symptom *symptom = &run->fault->symptom;
	struct command_result events =
	    lab_command(run->lab, "exec sw1 -- grep -F \"node\":\"%s\",\"step\":%d,\"event\":\"step. %s",
			run->phone, (int)symptom->step, "/run/phonelab/events.jsonl");
	char *save = NULL;
	bool found = false;

	for (char *line = strtok_r(events.out, "\n", &save); line && !found;
	     line = strtok_r(NULL, "\n", &save)) {
		json_t *event = json_loads(line, 0, NULL);

		found = event && (uint64_t)member_int(event, "t") > run->since &&
			strcmp(member(event, "event"), "step.active") != 0 &&
			matches(run, symptom->state, member(event, "event") + strlen("step.")) &&
			(!symptom->detail || matches(run, symptom->detail, member(event, "detail")));
		json_decref(event);
	}
	command_free(&events);
	return found;
}

/* Has the symptom been there? Every twentieth time the event log is asked too. */
static bool shows_or_has_shown(json_t *status, void *arg)
{
	struct run *run = arg;
	json_t *phone = status_phone(status, run->phone);

	if (!phone)
		return false;
	return shows(status, run) || (++run->polls % 20 == 0 && run->fault->symptom.also_failed < 1 &&
				      is_registered(phone) == run->registered && has_shown(run));
}

/* A phone of topologies/secure.yaml that can have the fault; NULL: any. */
static const char *secure_phone(const struct fault *fault)
{
	if (fault->needs < 0)
		return NULL;
	switch ((enum fault_needs)fault->needs) {
	case FAULT_NEEDS_ROUTER:
	case FAULT_NEEDS_AUTO_REGISTRATION: return NULL;
	case FAULT_NEEDS_MIXED: return "SEP001122AABB01";
	case FAULT_NEEDS_TLS:
	case FAULT_NEEDS_MIC: return "SEP001122AABB03";
	case FAULT_NEEDS_LSC: return "SEP001122AABB04";
	}
	return NULL;
}

/* The first phone that can have the fault. A lab for auto-registration has one, which phonelab finds. */
static void choose_target(struct run *run)
{
	json_t *status = lab_status(run->lab), *phone;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		if (*run->target || run->fault->scope > FAULT_PORT ||
		    run->fault->needs == FAULT_NEEDS_AUTO_REGISTRATION ||
		    (secure_phone(run->fault) &&
		     strcmp(member(phone, "name"), secure_phone(run->fault)) != 0) ||
		    (run->fault->model && !matches(run, run->fault->model, member(phone, "model"))))
			continue;
		snprintf(run->target, sizeof(run->target), "--phone %.39s ", member(phone, "name"));
	}
	json_decref(status);
}

static bool find_phone(struct run *run)
{
	struct command_result result = lab_command(run->lab, "fault ls --active --json");
	json_t *all = json_loads(result.out, 0, NULL),
	       *one = json_array_get(json_object_get(all, "faults"), 0);
	json_t *status;

	command_free(&result);
	if (!one)
		return wrong(run, "fault ls --active does not list it");
	snprintf(run->phone, sizeof(run->phone), "%s",
		 json_object_get(one, "phone") ? member(one, "phone") : "");
	json_decref(all);
	if (!*run->phone && secure_phone(run->fault))
		snprintf(run->phone, sizeof(run->phone), "%s", secure_phone(run->fault));
	if (*run->phone)
		return true;
	status = lab_status(run->lab);
	snprintf(run->phone, sizeof(run->phone), "%s",
		 member(json_array_get(json_object_get(status, "phones"), 0), "name"));
	json_decref(status);
	return true;
}

static bool message_shown(struct run *run)
{
	uint64_t until = clock_now_us() + UINT64_C(15000000) * PATIENCE;
	const char *promised = run->fault->symptom.message;

	while (promised) {
		struct command_result result = lab_command(run->lab, "messages %s", run->phone);
		bool shown = is_new(run, promised, result.out);

		if (!shown && clock_now_us() > until)
			wrong(run, "no new status message matches \"%s\":\n%.500s", promised, result.out);
		command_free(&result);
		if (shown || clock_now_us() > until)
			return shown;
		usleep(50000);
	}
	return true;
}

/* Has the phone failed a step, or registered? */
static bool has_settled(json_t *status, void *arg)
{
	const struct run *run = arg;
	json_t *phone = status_phone(status, run->phone);
	bool failed = false;

	if (!phone)
		return false;
	for (int step = 1; step <= 14; step++)
		failed = failed || !strcmp(phone_step_state(phone, step), "failed");
	return failed || (!strcmp(member(phone, "state"), "registered") &&
			  !strcmp(phone_step_state(phone, 14), "done"));
}

/* A step that is done in spite of the fault: wait until the phone has finished. */
static bool settled(struct run *run)
{
	json_t *status;

	if (strcmp(run->fault->symptom.state, "done") != 0 || run->fault->boot == FAULT_BOOT_NONE)
		return true;
	status = lab_status_when(run->lab, SYMPTOM_S, has_settled, run);
	json_decref(status);
	return status || wrong(run, "%s is neither registered nor failed", run->phone);
}

/* Does the answer describe a phone that has just started again, before the step that fails, that does this step again, or
 * that still boots? */
static bool too_early(const struct run *run, const char *answer)
{
	const char *at = strstr(answer, ": step "), *active = strstr(answer, ", is active");
	bool again = active && !strcmp(run->fault->symptom.state, "failed");

	return again || strstr(answer, "is still booting") ||
	       (at && atoi(at + strlen(": step ")) < run->fault->symptom.step);
}

/* Record the cause that why reports. A phone that retries is asked again until it reaches the step that fails. */
static void ask_why(struct run *run)
{
	struct command_result result = lab_command(run->lab, "why %s", run->phone);
	const char *cause;

	for (int tries = 0; tries < 200 && too_early(run, result.out); tries++) {
		command_free(&result);
		usleep(100000);
		result = lab_command(run->lab, "why %s", run->phone);
	}
	cause = strstr(result.out, "Likely cause\n");
	if (!cause)
		cause = strstr(result.out, "Cause, proven\n");
	snprintf(run->outcome->cause, sizeof(run->outcome->cause), "%.290s",
		 cause	       ? strchr(cause, '\n') + 3 /* the line is indented by two */
		 : *result.out ? result.out
			       : result.err);
	run->outcome->cause[strcspn(run->outcome->cause, "\n")] = 0;
	run->outcome->hit = run->outcome->hit && cause && matches(run, run->fault->symptom.why, cause);
	command_free(&result);
}

static bool others_unaffected(struct run *run)
{
	json_t *status = lab_status(run->lab), *phone;
	bool good = true;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		if (good && run->fault->scope <= FAULT_PORT && strcmp(member(phone, "name"), run->phone) &&
		    strcmp(member(phone, "state"), "registered"))
			good = wrong(run, "%s is affected: it is %s", member(phone, "name"),
				     member(phone, "state"));
	}
	json_decref(status);
	return good;
}

static bool symptom_shown(struct run *run)
{
	json_t *status = lab_status_when(run->lab, SYMPTOM_S, shows_or_has_shown, run);

	if (!status)
		return wrong(run, "step %d never was %s with \"%s\"; it is %s", (int)run->fault->symptom.step,
			     run->fault->symptom.state,
			     run->fault->symptom.detail ? run->fault->symptom.detail : "", run->seen);
	json_decref(status);
	return true;
}

/* A phone waits longer after each failure; a person would reset it after the repair. */
static void reset_failed_phones(struct run *run)
{
	json_t *status = lab_status(run->lab), *phone;
	size_t i;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		struct command_result result;
		bool failed = strcmp(member(phone, "state"), "registered");

		for (int step = 1; step <= 14; step++)
			failed = failed || strcmp(phone_step_state(phone, step), "done");
		if (!failed || strcmp(phone_step_state(phone, 1), "done"))
			continue;
		/* Not by the call manager, which may not know the phone. */
		result = lab_command(run->lab, "fault boot config-missing --phone %s", member(phone, "name"));
		command_free(&result);
	}
	json_decref(status);
}

static bool heals(struct run *run)
{
	char why[600];
	json_t *status;

	reset_failed_phones(run);
	if (!succeeds(run, 30 * PATIENCE, "healed", why, sizeof(why)))
		return wrong(run, "%s", why);
	status = lab_status_when(run->lab, HEAL_S, all_registered, NULL);
	if (!status)
		return wrong(run, "cleared, and not every phone is registered again with all steps done");
	json_decref(status);
	return true;
}

static bool is_active(struct run *run)
{
	char why[600];

	return succeeds(run, 5 * PATIENCE, "proof", why, sizeof(why)) || wrong(run, "%s", why);
}

/* One form of the contract: the phones keep the flash of their last boot, or it is erased. */
static bool keeps(struct lab *lab, const struct fault *fault, bool erased, struct fault_outcome *outcome)
{
	struct run it = {.fault = fault, .lab = lab, .outcome = outcome}, *run = &it;
	char why[600];
	bool good = false;

	run->registered = erased ? fault->symptom.registered_if_erased : fault->symptom.registered;
	remember(run);
	choose_target(run);
	if (erased)
		strcat(run->target, "--erase");
	if (!succeeds(run, 0, "add", why, sizeof(why)))
		wrong(run, "%s", why);
	else
		good = find_phone(run) && (run->since = clock_now_us()) && is_active(run) &&
		       (succeeds(run, 0, "boot", why, sizeof(why)) || wrong(run, "%s", why)) &&
		       symptom_shown(run) && message_shown(run) && settled(run);
	if (good)
		ask_why(run);
	good = good && others_unaffected(run);
	if (!succeeds(run, 0, "clear", why, sizeof(why)) && good)
		good = wrong(run, "%s", why);
	good = good && heals(run);
	forget(run);
	return good;
}

void fault_contract(struct lab *lab, const struct fault *fault, struct fault_outcome *outcome)
{
	uint64_t began = clock_now_us();

	outcome->hit = true;
	if (keeps(lab, fault, false, outcome) && fault->symptom.registered_if_erased >= 0 &&
	    !keeps(lab, fault, true, outcome)) {
		char why[sizeof(outcome->wrong)];

		strcpy(why, outcome->wrong);
		snprintf(outcome->wrong, sizeof(outcome->wrong), "erased: %.690s", why);
	}
	outcome->seconds = (double)(clock_now_us() - began) / 1e6;
	outcome->done = true;
}
