/* The exercise of the lab: what its trainee may know, hints and the check. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/web/internal.h"

#define ASK_S	10
#define CHECK_S 200 /* the limit of `phonelab exercise check` with its default time limit is shorter */
#define ANSWER	240 /* octets of one of the two answers */

/*
 * The members of the exercise that its page has. The id is not among them until the exercise is finished, because it may
 * tell the fault, and the lab itself does not report the fault to anybody.
 */
static const char *const shown[] = {"title", "story",	 "tools", "choices", "hints", "taken",
				    "given", "attempts", "price", "why",     "asked", "seconds"};
static const char *const shown_at_end[] = {"id", "seed"};

static void copy_members(json_t *to, const json_t *from, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_object_get(from, names[i]))
			json_object_set(to, names[i], json_object_get(from, names[i]));
}

static bool is_closed(const json_t *state)
{
	return !strcmp(json_text(state, "phase"), "closed");
}

/* Is there no open exercise that the list of exercises could help with? */
static bool may_list(const json_t *state)
{
	return is_closed(state) || !strcmp(json_text(state, "phase"), "none");
}

static void fail_request(struct evhttp_request *request, const struct fail *fail)
{
	web_reply_error(request, HTTP_SERVUNAVAIL, fail->text);
}

/* --- the state --- */

static void on_state(void *arg, const json_t *state, const struct fail *fail)
{
	static const char *const outer[] = {"phase", "error", "trainee", "result"};
	struct evhttp_request *request = web_take_request(arg);
	const json_t *exercise = json_object_get(state, "exercise");
	json_t *reply;

	if (!state) {
		fail_request(request, fail);
		return;
	}
	reply = json_pack("{s:i,s:i}", "pass", EXERCISE_PASS, "attempt", EXERCISE_ATTEMPT);
	copy_members(reply, state, outer, sizeof(outer) / sizeof(outer[0]));
	if (exercise) {
		json_t *own = json_object();

		copy_members(own, exercise, shown, sizeof(shown) / sizeof(shown[0]));
		if (is_closed(state))
			copy_members(own, exercise, shown_at_end,
				     sizeof(shown_at_end) / sizeof(shown_at_end[0]));
		json_object_set_new(reply, "exercise", own);
	}
	web_reply_json(request, HTTP_OK, reply);
	json_decref(reply);
}

/* --- the list --- */

static void on_state_for_list(void *arg, const json_t *state, const struct fail *fail)
{
	struct evhttp_request *request = web_take_request(arg);
	struct exercise_set *set;
	json_t *list, *reply;

	if (!state) {
		fail_request(request, fail);
		return;
	}
	if (!may_list(state)) {
		web_reply_error(request, 409, "the list is not part of an open exercise");
		return;
	}
	set = exercise_catalogue();
	list = json_array();
	for (size_t i = 0; i < set->n; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:I,s:s}", "id", set->exercises[i].id,
						      "title", set->exercises[i].title, "level",
						      (json_int_t)set->exercises[i].level, "story",
						      set->exercises[i].story));
	exercise_set_free(set);
	reply = json_pack("{s:o}", "exercises", list);
	web_reply_json(request, HTTP_OK, reply);
	json_decref(reply);
}

/* --- hint and check --- */

static void on_hint(void *arg, const json_t *hint, const struct fail *fail)
{
	static const char *const members[] = {"text", "price", "further"};
	struct evhttp_request *request = web_take_request(arg);
	json_t *reply;

	if (!hint) {
		fail_request(request, fail);
		return;
	}
	reply = json_object();
	copy_members(reply, hint, members, sizeof(members) / sizeof(members[0]));
	web_reply_json(request, HTTP_OK, reply);
	json_decref(reply);
}

/* The command writes the row of results, also if nobody waits for the reply any more. */
static void answer_check(struct web_server *server, struct evhttp_request *request, const char *query)
{
	char component[ANSWER], cause[ANSWER], where[ANSWER + 20], what[ANSWER + 20];

	web_parameter(query, "component", component, sizeof(component));
	web_parameter(query, "cause", cause, sizeof(cause));
	if (!*component || !*cause) {
		web_reply_error(request, 400,
				"found no component or no cause (or a long one), expected both answers");
		return;
	}
	snprintf(where, sizeof(where), "--component=%s", component);
	snprintf(what, sizeof(what), "--cause=%s", cause);
	web_run_to_end(server, request,
		       (const char *const[]){"exercise", "check", where, what, "--json", NULL}, CHECK_S);
}

static void ask(struct web_server *server, struct evhttp_request *request, const char *action,
		web_ask_fn *done)
{
	web_ask_lab(server, request, "lab.sock", json_pack("{s:s,s:s}", "do", "exercise", "action", action),
		    ASK_S, done);
}

void web_answer_exercise(struct web_server *server, struct evhttp_request *request, const char *action,
			 const char *query)
{
	if (!strcmp(action, "check"))
		answer_check(server, request, query);
	else if (!strcmp(action, "hint"))
		ask(server, request, "hint", on_hint);
	else
		ask(server, request, "state", !strcmp(action, "list") ? on_state_for_list : on_state);
}
