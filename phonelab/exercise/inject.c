/* Apply the faults of an exercise, and wait for a symptom. */
#include "phonelab/exercise/chosen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/document/braces.h"
#include "phonelab/lab/status_read.h"

#define SYMPTOM_US 60000000
#define HEALTHY_US 2000000 /* all phones stay healthy */
#define LINE_TRIES 8
#define ASK_MS	   10000
#define POLL_MS	   150

int exercise_boot_all(const struct lab *lab, const json_t *status, bool erased, struct fail *fail)
{
	json_t *phone;
	size_t i;
	int err = 0;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		json_t *reply;

		/* A phone without power cannot boot. */
		if (!json_is_true(json_object_get(phone, "powered")))
			continue;
		reply = client_call(lab, "phones/rack.sock",
				    json_pack("{s:s,s:s}", "do", erased ? "erase" : "reset", "node",
					      json_text(phone, "name")),
				    10000, NULL, fail);
		err = reply ? err : -EIO;
		json_decref(reply);
	}
	return err;
}

/* --- symptoms --- */

static bool shows(const json_t *status, const struct chosen *chosen)
{
	const struct fault_symptom *symptom = &chosen->fault->symptom;
	const json_t *phone = status_read_named(status, "phones", json_text(chosen->vars, "phone"));
	const json_t *rung = json_array_get(json_object_get(phone, "steps"), (size_t)symptom->step - 1);

	return phone && regex_matches(symptom->state, 0, json_text(rung, "state")) &&
	       regex_matches(symptom->detail, 0, json_text(rung, "detail"));
}

/* Wait until one symptom is visible: of two faults, one may hide the other. */
static int wait_for_symptom(const struct lab *lab, const struct chosen *chosen, size_t n, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + SYMPTOM_US;

	while (clock_now_us() < deadline) {
		json_t *status = client_status(lab, fail);
		bool seen = false;

		if (!status)
			return -EIO;
		for (size_t i = 0; i < n; i++)
			seen = seen || (!chosen[i].line && shows(status, &chosen[i]));
		json_decref(status);
		if (seen)
			return 0;
		poll(NULL, 0, POLL_MS);
	}
	return fail_set(fail, -ETIMEDOUT, "no symptom within %d s", SYMPTOM_US / 1000000);
}

/* Does a phone show that something is wrong? all: every phone is registered with all steps done. */
static bool is_affected(const json_t *status, bool *all)
{
	bool affected = false;
	json_t *phone, *rung;
	size_t i, j;

	*all = true;
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		*all = *all && status_read_registered(phone) && !status_read_open_step(phone);
		affected = affected || !strcmp(json_text(phone, "state"), "dark");
		json_array_foreach (json_object_get(phone, "steps"), j, rung)
			affected = affected || !strcmp(json_text(rung, "state"), "failed");
	}
	return affected;
}

/* Wait until a phone is affected. 0, or -EAGAIN if all phones stay healthy. */
static int wait_for_effect(const struct lab *lab, struct fail *fail)
{
	uint64_t now = clock_now_us(), deadline = now + SYMPTOM_US, healthy_since = 0;

	for (; now < deadline; now = clock_now_us()) {
		json_t *status = client_status(lab, fail);
		bool all, affected;

		if (!status)
			return -EIO;
		affected = is_affected(status, &all);
		json_decref(status);
		if (affected)
			return 0;
		healthy_since = !all ? 0 : healthy_since ?: now;
		if (all && now >= healthy_since + HEALTHY_US)
			break;
		poll(NULL, 0, POLL_MS);
	}
	return -EAGAIN;
}

/* --- applying --- */

static int boot_erased(const struct lab *lab, struct fail *fail)
{
	json_t *status = client_status(lab, fail);
	int err = status ? exercise_boot_all(lab, status, true, fail) : -EIO;

	json_decref(status);
	return err;
}

static int undo_line(const struct lab *lab, const struct chosen *chosen, struct fail *fail)
{
	char socket[80];
	json_t *reply;

	snprintf(socket, sizeof(socket), "switches/%.40s.sock", json_text(chosen->line, "switch"));
	reply = client_call(
	    lab, socket,
	    json_pack("{s:s,s:O}", "do", "configure", "lines", json_object_get(chosen->line, "undo")), ASK_MS,
	    NULL, fail);
	json_decref(reply);
	return reply ? 0 : -EIO;
}

static int add(const struct lab *lab, const struct chosen *chosen, struct fail *fail)
{
	long number;

	return fault_add(lab, chosen->what, &chosen->target, 0, 0, &number, fail);
}

/* Change a line, another one if no phone is affected. */
static int inject_line(const struct lab *lab, struct rng *rng, struct chosen *chosen, struct fail *fail)
{
	int err;

	for (int tries = 0; tries < LINE_TRIES; tries++) {
		err = add(lab, chosen, fail);
		err = err ? err : boot_erased(lab, fail);
		err = err ? err : wait_for_effect(lab, fail);
		if (err != -EAGAIN)
			return err;
		err = undo_line(lab, chosen, fail);
		err = err ? err : chosen_draw_line(rng, chosen, fail);
		if (err)
			return err;
	}
	return fail_set(fail, -ETIMEDOUT, "%d changed lines of the switches have affected no phone",
			LINE_TRIES);
}

int chosen_inject(const struct lab *lab, struct rng *rng, struct chosen *chosen, size_t n, struct fail *fail)
{
	size_t others = 0;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		if (chosen[i].line)
			err = inject_line(lab, rng, &chosen[i], fail);
	for (size_t i = 0; i < n && !err; i++)
		if (!chosen[i].line) {
			err = add(lab, &chosen[i], fail);
			others++;
		}
	if (!err && (others || !n))
		err = boot_erased(lab, fail);
	return err || !others ? err : wait_for_symptom(lab, chosen, n, fail);
}
