#include "phonelab/exercise/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/lab/job.h"

#define CHECK_S	   30
#define CHECK_MOST 600
#define HEALTHY_S  60 /* for every phone to register after a finished exercise */

enum phase { NONE, BEGINNING, OPEN, CHECKING, CLOSED };
static const char *const phases[] = {"none", "beginning", "open", "checking", "closed"};

struct exercise_session {
	struct event_base *base;
	exercise_clear_fn *clear;
	void *clear_arg;
	json_t *trainee; /* "trainee" and "results", if given; the next exercise of the lab has the same */
	bool again;	 /* an exercise was finished before this one */
	enum phase phase;
	struct job *job;
	json_t *request;     /* of the job */
	json_t *state;	     /* what exercise_begin returned */
	json_t *result;	     /* of the last check */
	json_t *answer;	     /* "component" and "cause" of the last check */
	json_t *differences; /* what the last check found; NULL: none has ended */
	uint64_t ended_us;   /* of phase CLOSED */
	bool finishing;	     /* the running check is the last one, whatever it finds */
	json_int_t calls;    /* tools that an agent has called */
	char error[768];     /* of the last job, "" when it went well */
};

struct exercise_session *exercise_session_new(struct event_base *base, exercise_clear_fn *clear, void *arg)
{
	struct exercise_session *session = calloc(1, sizeof(*session));

	if (session)
		*session = (struct exercise_session){.base = base, .clear = clear, .clear_arg = arg};
	return session;
}

void exercise_session_free(struct exercise_session *session)
{
	if (!session)
		return;
	job_cancel(session->job);
	json_decref(session->request);
	json_decref(session->state);
	json_decref(session->result);
	json_decref(session->answer);
	json_decref(session->differences);
	json_decref(session->trainee);
	free(session);
}

enum fault_secrecy exercise_session_secrecy(const struct exercise_session *session)
{
	switch (session ? session->phase : NONE) {
	case NONE: return FAULT_OPEN;
	case BEGINNING: return FAULT_BEGINNING;
	case OPEN:
	case CHECKING:
	case CLOSED: break;
	}
	return FAULT_HIDDEN;
}

/* The lab of this process. */
static const struct lab here = {.name = "this lab"};

/* A job has finished. result is NULL if it failed: then false. */
static bool job_finished(struct exercise_session *session, const json_t *result, const struct fail *fail)
{
	session->job = NULL;
	json_decref(session->request);
	session->request = NULL;
	snprintf(session->error, sizeof(session->error), "%s", result ? "" : fail->text);
	return result != NULL;
}

static int begin_job(struct exercise_session *session, const json_t *request, job_work_fn *work,
		     job_done_fn *done, struct fail *fail)
{
	int err;

	session->request = json_deep_copy(request);
	*session->error = 0;
	err = job_start(&session->job, session->base, work, done, session, fail);
	if (err) {
		json_decref(session->request);
		session->request = NULL;
	}
	return err;
}

/* --- begin --- */

static json_t *begin_work(void *arg, struct fail *fail)
{
	const struct exercise_session *session = arg;

	if (session->again && exercise_wait_healthy(&here, HEALTHY_S, fail))
		return NULL;
	return exercise_begin_request(&here, session->request, fail);
}

static void begin_finished(void *arg, const json_t *result, const struct fail *fail)
{
	struct exercise_session *session = arg;
	struct fail ignored = {0}; /* the first reason counts */

	session->phase = job_finished(session, result, fail) ? OPEN : NONE;
	if (result)
		session->state = json_deep_copy(result);
	else if (session->again)
		session->clear(session->clear_arg, &ignored); /* the lab goes on: no fault may remain */
}

/* The last exercise is over; its result is in the file of results. */
static void forget(struct exercise_session *session)
{
	json_decref(session->state);
	json_decref(session->result);
	json_decref(session->answer);
	json_decref(session->differences);
	session->state = session->result = session->answer = session->differences = NULL;
	session->calls = 0;
	session->phase = NONE;
}

static void remember_trainee(struct exercise_session *session, const json_t *request)
{
	static const char *const keys[] = {"trainee", "results"};

	if (!session->trainee)
		session->trainee = json_object();
	for (size_t i = 0; i < 2; i++)
		if (json_is_string(json_object_get(request, keys[i])))
			json_object_set(session->trainee, keys[i], json_object_get(request, keys[i]));
}

static json_t *serve_begin(struct exercise_session *session, const json_t *request, struct fail *fail)
{
	bool again = session->phase == CLOSED;
	const char *topology = json_text(request, "topology");

	if (session->phase != NONE && !again) {
		fail_set(fail, -EEXIST,
			 "this lab already has an exercise; finish it with: phonelab exercise check");
		return NULL;
	}
	if (again && *topology && strcmp(topology, json_text(session->state, "topology"))) {
		fail_set(fail, -EINVAL,
			 "the exercise needs the topology %.80s, this lab has %.80s; start another lab with: "
			 "phonelab "
			 "exercise start",
			 topology, json_text(session->state, "topology"));
		return NULL;
	}
	if (again && session->clear(session->clear_arg, fail)) {
		fail_prefix(fail, fail->err, "a fault of the last exercise cannot be reverted");
		return NULL;
	}
	if (again)
		forget(session);
	session->again = again;
	remember_trainee(session, request);
	if (begin_job(session, request, begin_work, begin_finished, fail))
		return NULL;
	session->phase = BEGINNING;
	return json_object();
}

/* --- state and hints --- */

/* The hints that the trainee has taken: those may be read again. */
static json_t *given_hints(const json_t *state)
{
	json_t *hints = json_array(), *hint;
	size_t i;

	json_array_foreach (json_object_get(state, "hints"), i, hint)
		if ((json_int_t)i < json_int(state, "taken"))
			json_array_append(hints, hint);
	return hints;
}

/* What changes while the exercise goes on. */
static void put_progress(const struct exercise_session *session, json_t *exercise)
{
	const json_t *state = session->state, *next = json_array_get(json_object_get(state, "hints"),
								     (size_t)json_int(state, "taken"));
	uint64_t until_us = session->phase == CLOSED ? session->ended_us : clock_now_us();

	json_object_set_new(exercise, "given", given_hints(state));
	json_object_set_new(exercise, "price", json_integer(json_int(next, "price")));
	json_object_set_new(exercise, "seconds",
			    json_integer(((json_int_t)until_us - json_int(state, "started_us")) / 1000000));
	json_object_set_new(exercise, "calls", json_integer(session->calls));
}

static json_t *serve_state(const struct exercise_session *session)
{
	const json_t *state = session->state;
	json_t *reply = json_pack("{s:s}", "phase", phases[session->phase]);

	if (*session->error)
		json_object_set_new(reply, "error", json_string(session->error));
	if (state)
		json_object_set_new(
		    reply, "exercise",
		    json_pack("{s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:I,s:O,s:O,s:O,s:O}", "id",
			      json_object_get(state, "id"), "title", json_object_get(state, "title"), "story",
			      json_object_get(state, "story"), "seed", json_object_get(state, "seed"),
			      "started", json_object_get(state, "started"), "taken",
			      json_object_get(state, "taken"), "attempts", json_object_get(state, "attempts"),
			      "hints", (json_int_t)json_array_size(json_object_get(state, "hints")), "why",
			      json_object_get(state, "why"), "asked", json_object_get(state, "asked"),
			      "tools", json_object_get(state, "tools"), "choices",
			      json_object_get(state, "choices")));
	if (state)
		put_progress(session, json_object_get(reply, "exercise"));
	/* The source and the seed together give the fault. */
	if (session->phase != CLOSED)
		json_object_del(json_object_get(reply, "exercise"), "seed");
	if (session->result)
		json_object_set(reply, "result", session->result);
	json_object_update(reply, session->trainee);
	return reply;
}

static int must_be_open(const struct exercise_session *session, struct fail *fail)
{
	switch (session->phase) {
	case OPEN: return 0;
	case NONE:
		return fail_set(fail, -ENOENT,
				"this lab has no exercise; start one with: phonelab exercise start ID");
	case BEGINNING: return fail_set(fail, -EAGAIN, "the exercise is still starting");
	case CHECKING: return fail_set(fail, -EBUSY, "the lab is being checked");
	case CLOSED: return fail_set(fail, -EALREADY, "exercise already finished");
	}
	return -EINVAL;
}

static json_t *serve_hint(struct exercise_session *session, struct fail *fail)
{
	const json_t *hints, *next;
	size_t taken;

	if (must_be_open(session, fail))
		return NULL;
	hints = json_object_get(session->state, "hints");
	taken = (size_t)json_int(session->state, "taken");
	next = json_array_get(hints, taken);
	if (!next)
		return json_object();
	json_object_set_new(session->state, "taken", json_integer((json_int_t)taken + 1));
	return json_pack("{s:O,s:O,s:I}", "text", json_object_get(next, "text"), "price",
			 json_object_get(next, "price"), "further",
			 (json_int_t)(json_array_size(hints) - taken - 1));
}

/* --- why --- */

/* May `phonelab why` explain this lab? It is free without an open exercise. The first use costs its price. */
static json_t *serve_why(struct exercise_session *session, struct fail *fail)
{
	json_int_t price = 0;
	bool first = false;

	switch (session->phase) {
	case NONE:
	case CLOSED: return json_pack("{s:i,s:b}", "price", 0, "charged", 0);
	case BEGINNING: fail_set(fail, -EAGAIN, "the exercise is still starting"); return NULL;
	case OPEN:
	case CHECKING: price = json_int(session->state, "why"); break;
	}
	if (price < 0) {
		fail_set(fail, -EPERM,
			 "the exercise of this lab refuses why, because why names the cause; "
			 "get help with: phonelab exercise hint");
		return NULL;
	}
	first = !json_is_true(json_object_get(session->state, "asked"));
	json_object_set_new(session->state, "asked", json_true());
	return json_pack("{s:I,s:b}", "price", price, "charged", first && price);
}

/* --- check --- */

static long timeout_of(const json_t *request)
{
	long s = (long)json_int(request, "timeout");

	return s < 1 ? CHECK_S : s > CHECK_MOST ? CHECK_MOST : s;
}

static json_t *check_work(void *arg, struct fail *fail)
{
	const struct exercise_session *session = arg;

	return exercise_examine(&here, session->state, timeout_of(session->request), fail);
}

/* The result of the last check, for the answer of that check. */
static void put_result(struct exercise_session *session, bool ends)
{
	json_decref(session->result);
	session->result = exercise_result(session->state, session->answer, session->differences, ends);
	if (!ends)
		return;
	session->phase = CLOSED;
	session->ended_us = clock_now_us();
}

static void check_finished(void *arg, const json_t *differences, const struct fail *fail)
{
	struct exercise_session *session = arg;
	bool repaired = differences && !json_array_size(differences), ends = repaired || session->finishing;

	json_decref(session->result);
	session->result = NULL;
	session->finishing = false;
	session->phase = OPEN;
	if (!job_finished(session, differences, fail))
		return;
	json_decref(session->differences);
	session->differences = json_deep_copy(differences);
	put_result(session, ends);
	if (!ends)
		json_object_set_new(session->state, "attempts",
				    json_integer(json_int(session->state, "attempts") + 1));
}

static int check_answer(const struct exercise_session *session, const json_t *request, const char *what,
			struct fail *fail)
{
	char *text = exercise_answer_of(session->state, request, what, fail);
	int err = text ? exercise_answer_check(what, text, fail) : -EINVAL;

	free(text);
	return err;
}

static json_t *serve_check(struct exercise_session *session, const json_t *request, struct fail *fail)
{
	if (must_be_open(session, fail) || check_answer(session, request, "component", fail) ||
	    check_answer(session, request, "cause", fail) ||
	    begin_job(session, request, check_work, check_finished, fail))
		return NULL;
	json_decref(session->answer);
	session->answer = json_pack("{s:s,s:s}", "component", json_text(request, "component"), "cause",
				    json_text(request, "cause"));
	session->phase = CHECKING;
	return json_object();
}

/* End the exercise, for the bench: the last check counts. Without one the lab is checked now, and there is no answer. */
static json_t *serve_finish(struct exercise_session *session, const json_t *request, struct fail *fail)
{
	if (session->phase == CLOSED)
		return json_object();
	if (must_be_open(session, fail))
		return NULL;
	if (session->differences) {
		put_result(session, true);
		return json_object();
	}
	if (begin_job(session, request, check_work, check_finished, fail))
		return NULL;
	session->finishing = true;
	session->phase = CHECKING;
	return json_object();
}

static json_t *serve_call(struct exercise_session *session)
{
	session->calls += session->phase == OPEN || session->phase == CHECKING;
	return json_object();
}

json_t *exercise_session_serve(struct exercise_session *session, const json_t *request, struct fail *fail)
{
	const char *action = json_text(request, "action");

	if (!*action || !strcmp(action, "state"))
		return serve_state(session);
	if (!strcmp(action, "begin"))
		return serve_begin(session, request, fail);
	if (!strcmp(action, "hint"))
		return serve_hint(session, fail);
	if (!strcmp(action, "check"))
		return serve_check(session, request, fail);
	if (!strcmp(action, "why"))
		return serve_why(session, fail);
	if (!strcmp(action, "finish"))
		return serve_finish(session, request, fail);
	if (!strcmp(action, "call"))
		return serve_call(session);
	fail_set(fail, -EINVAL,
		 "unknown action \"%s\" of exercise; actions: begin, state, hint, why, check, finish, call",
		 action);
	return NULL;
}
