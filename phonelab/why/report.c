/* The report of `why` as an object. */
#include "phonelab/why/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/alarm_of.h"
#include "phonelab/why/condition.h"
#include "phonelab/why/engine.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/need.h"
#include "phonelab/why/user.h"

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, json_text_new(text));
}

/* --- parts --- */

static json_t *step_of(const struct why_case *it)
{
	return it->step
		   ? json_pack("{s:i,s:s,s:O,s:O,s:s}", "n", it->step, "name", ladder_step_name(it->step),
			       "state", json_object_get(it->rung, "state"), "detail",
			       json_object_get(it->rung, "detail"), "title", ladder_step_title(it->step))
		   : json_null();
}

static const char *name_at(const struct why_case *it, const char *address)
{
	static const char *const lists[] = {"user_servers", "services"};
	const json_t *entry;
	size_t i;

	for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++)
		json_array_foreach (json_object_get(it->status, lists[n]), i, entry)
			if (*address && !strcmp(json_text(entry, "address"), address))
				return json_text_or(entry, "node", json_text(entry, "name"));
	return "";
}

static json_t *exchanges_of(const struct why_case *it)
{
	json_t *list = json_array();

	for (size_t i = 0; it->exchanges && i < it->exchanges->n; i++) {
		const struct why_exchange *exchange = &it->exchanges->item[i];
		json_t *object = json_pack(
		    "{s:i,s:I,s:s,s:s,s:o,s:o,s:s,s:i}", "step", exchange->step, "t", (json_int_t)exchange->t,
		    "server", exchange->server, "name", name_at(it, exchange->server), "asked",
		    json_text_new(exchange->asked), "answered", json_text_new(exchange->answered), "kind",
		    why_answer_name(exchange->kind), "times", (int)exchange->times);

		if (exchange->ms >= 0)
			json_object_set_new(object, "ms", json_integer(exchange->ms));
		json_array_append_new(list, object);
	}
	return list;
}

/* The user's server with the state of its program. */
static json_t *server_of(const struct why_case *it, const json_t *server)
{
	json_t *object = json_copy((json_t *)server);
	char text[160];

	json_object_del(object, "subnets");
	set_text(object, "program", why_user_program(it, server, NULL, text));
	return object;
}

static json_t *log_of(const struct why_case *it, const struct why_user *user)
{
	struct why_log_line lines[WHY_LOG_LINES];
	size_t n = why_user_log(it, user, lines);
	json_t *list = json_array();
	char from[100];

	for (size_t i = 0; i < n; i++) {
		snprintf(from, sizeof(from), "log/%.64s.log:%lu", json_text(user->server, "name"),
			 lines[i].number);
		json_array_append_new(
		    list, json_pack("{s:s,s:o}", "from", from, "text", json_text_new(lines[i].text)));
	}
	return list;
}

static json_t *notes_of(const struct why_case *it)
{
	const char *manager = json_text(it->phone, "registered_with");
	json_t *notes = json_array();
	char text[400], name[160];
	const json_t *server = why_user_named(it, manager);

	if (status_read_by_word(it->phone)) {
		snprintf(text, sizeof(text),
			 "Registered by the phone's word: no other source was asked. The topology has no "
			 "`registered` "
			 "command for %s.",
			 server ? why_user_text(server, name) : manager);
		json_array_append_new(notes, json_text_new(text));
	}
	if (why_user_slow(it, text))
		json_array_append_new(notes, json_text_new(text));
	if (status_read_lost(it->status, name))
		json_array_append_new(notes, json_text_new(name));
	return notes;
}

/* The names of the step's files end in .sgn. */
static bool asks_signed(const struct why_case *it, int step)
{
	for (size_t i = 0; it->exchanges && i < it->exchanges->n; i++) {
		const char *file = it->exchanges->item[i].file;
		size_t length = strlen(file);

		if (it->exchanges->item[i].step == step && length > 4 && !strcmp(file + length - 4, ".sgn"))
			return true;
	}
	return false;
}

static void set_needs(json_t *report, const struct why_case *it, const struct why_user *user)
{
	int step = user->asked && user->asked->step ? user->asked->step : it->step;
	char text[700];

	json_object_set_new(report, "asked_step", json_integer(step));
	set_text(report, "needs", why_need_text(step, it->name, asks_signed(it, step), text, sizeof(text)));
}

/* --- the answer --- */

static const struct why_candidate user_candidates[] = {
    {.id = "user-server", .first = 0, .last = LADDER_STEPS, .fact = "user.answer", .rank = WHY_INSPECTED - 1},
    {0}};

static const struct why_candidate *const tables[] = {
    why_candidates_link,    why_candidates_dhcp,     why_candidates_network,
    why_candidates_files,   why_candidates_register, why_candidates_tls,
    why_candidates_capture, user_candidates,	     NULL};

/* Is the fact about how this server answers? A program of the user may serve one protocol only, or answer a HEAD otherwise. */
static bool is_of_service(const json_t *fact, const json_t *server)
{
	static const char *const areas[] = {"probe.tcp.", "probe.http.", "probe.tftp.", "probe.sip.",
					    "probe.register."};
	const char *name = json_text(fact, "fact");

	if (condition_fits("walk.no_listener|walk.listener_elsewhere|probe.no_answer_leaves", fact, fact))
		return !strcmp(fact_text(fact, "node"), json_text(server, "name"));
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		if (!strncmp(name, areas[i], strlen(areas[i])))
			return !strcmp(fact_text(fact, "address"), json_text(server, "address"));
	return false;
}

/* What the phone asked a server of the user, and its answers, count more than what else is seen of the service. */
static void forget_service(json_t *facts, const json_t *server)
{
	for (size_t i = json_array_size(facts); i-- > 0;)
		if (is_of_service(json_array_get(facts, i), server))
			json_array_remove(facts, i);
}

/* A cause that lies with a server of the user becomes a fact. */
static bool add_user_fact(const struct why_case *it, struct why_user *user, json_t *facts)
{
	size_t length;
	char object[100];

	if (!why_user_cause(it, user))
		return false;
	forget_service(facts, user->server);
	length = strlen(user->cause);
	snprintf(object, sizeof(object), "server %.80s", json_text(user->server, "name"));
	fact_add(facts, "user.answer", object, it->step, "the requests of the phone", "%.*s",
		 (int)(length && user->cause[length - 1] == '.' ? length - 1 : length), user->cause);
	return true;
}

static void set_user(json_t *report, const struct why_case *it, const struct why_user *user)
{
	json_object_set_new(report, "server", server_of(it, user->server));
	set_text(report, "look",
		 strcmp(json_text(user->server, "by"), "run")
		     ? "capture PHONE -w phone.pcapng"
		     : "exec SERVER -- tail -n 40 /run/phonelab/log/SERVER.log");
	json_object_set_new(report, "log", log_of(it, user));
	set_needs(report, it, user);
}

/* Facts in the form of evidence: where and what. */
static json_t *evidence_of_facts(const json_t *facts)
{
	json_t *list = json_array();
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact) {
		json_t *piece = json_pack("{s:s,s:s,s:s}", "from", json_text(fact, "from"), "text",
					  json_text(fact, "text"), "fact", json_text(fact, "fact"));

		if (json_object_get(fact, "t"))
			json_object_set(piece, "t", json_object_get(fact, "t"));
		json_array_append_new(list, piece);
	}
	return list;
}

/* What the phone and the logs say of the broken step: the evidence, if no candidate chose its own. */
static json_t *facts_of_step(const json_t *facts)
{
	static const char *const areas[] = {"step.", "power.",	  "boot.",     "vlan.",	   "link.",
					    "dhcp.", "dns.",	  "file.",     "trust.",   "cm.",
					    "log.",  "register.", "firmware.", "capture.", "continued."};
	json_t *list = json_array(), *fact;
	size_t i;

	json_array_foreach ((json_t *)facts, i, fact)
		for (size_t n = 0; n < sizeof(areas) / sizeof(areas[0]); n++)
			if (!strncmp(json_text(fact, "fact"), areas[n], strlen(areas[n])) &&
			    (json_is_true(json_object_get(fact, "now")) || !strcmp(areas[n], "continued.") ||
			     !strcmp(areas[n], "capture.")))
				json_array_append(list, fact);
	return list;
}

/* What was measured, by probes and by the walk, whether it led to the cause or not. */
static json_t *measured(const json_t *facts)
{
	json_t *list = json_array();
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact) {
		const char *name = json_text(fact, "fact");

		if (!strncmp(name, "probe.", 6) || !strcmp(name, "walk.ok"))
			json_array_append(list, json_object_get(fact, "text"));
	}
	return list;
}

static void set_answer(json_t *report, const json_t *answer, const json_t *facts)
{
	static const char *const members[] = {"verdict",   "id",       "cause",	       "object",
					      "objects",   "look",     "alternatives", "also",
					      "ruled_out", "inferred", "hint"};
	json_t *evidence = json_object_get(answer, "evidence");

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(answer, members[i]))
			json_object_set(report, members[i], json_object_get(answer, members[i]));
	if (json_array_size(evidence)) {
		json_object_set_new(report, "evidence", evidence_of_facts(evidence));
	} else {
		json_t *others = facts_of_step(facts);

		json_object_set_new(report, "evidence", evidence_of_facts(others));
		json_decref(others);
	}
	json_object_set_new(report, "measured", measured(facts));
}

/* The broken step; of a phone that is registered, the first one at which it went on without something. */
static int step_to_explain(const struct why_case *it, const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!it->step && !strncmp(json_text(fact, "fact"), "continued.", 10))
			return atoi(fact_text(fact, "step"));
	return it->step;
}

json_t *why_report(const struct why_case *it)
{
	bool by_word = status_read_by_word(it->phone);
	bool registered = by_word || status_read_registered(it->phone);
	json_t *facts = it->facts ? json_copy(it->facts) : json_array(), *answer, *report, *alarm;
	struct why_user user;
	bool users = add_user_fact(it, &user, facts);
	const char *verdict;

	answer = why_decide(tables, facts, step_to_explain(it, facts), it->name);
	report = json_pack("{s:s,s:s,s:b,s:b,s:o}", "phone", it->name, "state", json_text(it->phone, "state"),
			   "registered", registered, "by_the_phones_word", by_word, "step", step_of(it));
	set_text(report, "registered_with", json_text(it->phone, "registered_with"));
	set_text(report, "directory_number", json_text(it->phone, "directory_number"));
	if (status_read_stored(it->phone))
		json_object_set_new(report, "configuration", json_string("stored"));
	set_answer(report, answer, it->facts ? it->facts : facts);
	alarm = why_alarm_of(json_text(answer, "id"), facts);
	if (alarm)
		json_object_set_new(report, "alarm", alarm);
	verdict = json_text(report, "verdict");
	if (users && !strcmp(json_text(answer, "id"), "user-server"))
		set_user(report, it, &user);
	else if (!strcmp(verdict, "undecided") && !json_object_get(report, "look"))
		set_text(report, "look", "messages PHONE");
	json_object_set_new(report, "healthy", json_boolean(!strcmp(verdict, "healthy")));
	json_object_set_new(report, "notes", notes_of(it));
	json_object_set_new(report, "exchanges", exchanges_of(it));
	json_decref(answer);
	json_decref(facts);
	return report;
}
