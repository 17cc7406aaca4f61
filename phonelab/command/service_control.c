/* Commands that a call manager passes on to a phone: reset, restart, prt-report. */
#include "phonelab/command/phone.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "cucm/rpc.h"
#include "phonelab/client/event_tail.h"
#include "phonelab/lab/status_read.h"

#define RPC_MS	    5000
#define RECEIVED_MS 5000 /* the limit for a NOTIFY to arrive at the phone */
#define POLL_MS	    20
#define WAIT_MS	    100 /* between two looks at a phone that boots */
#define TIMEOUT_S   120 /* of --wait */

/* The call manager that knows the phone (`status --json` cluster[]), or NULL. */
static const json_t *call_manager_of(const struct phone_subject *subject)
{
	json_t *node, *device;
	size_t i, j;

	json_array_foreach (json_object_get(subject->status, "cluster"), i, node) {
		json_array_foreach (json_object_get(node, "registered"), j, device) {
			if (!strcmp(json_string_value(device), subject->name))
				return node;
		}
	}
	return NULL;
}

/* The event by which a phone reports that it received a NOTIFY. */
struct receipt {
	const char *name;
	bool seen;
};

static void look_for_receipt(void *arg, const char *line, size_t length)
{
	struct receipt *receipt = arg;
	json_t *event = json_loadb(line, length, 0, NULL);

	if (!strcmp(json_text(event, "event"), "phone.service-control") &&
	    !strcmp(json_text(event, "node"), receipt->name))
		receipt->seen = true;
	json_decref(event);
}

/* The state that the rack reports, in text. An exit status if the rack does not answer. */
static int rack_state(const struct phone_subject *subject, char text[40])
{
	json_t *reply;
	int status;

	reply = phone_call_rack(subject, "status", &status);
	snprintf(text, 40, "%s",
		 json_text_or(json_array_get(json_object_get(reply, "phones"), 0), "state", "unknown"));
	json_decref(reply);
	return status;
}

/* Complain, with the state that the rack reports. Returns the exit status. */
static int not_received(const struct phone_subject *subject, const char *verb, const char *node)
{
	char state[40];
	int status = rack_state(subject, state);

	if (status)
		return status;
	return exit_complain(EXIT_ASSERTION,
			     "%s: %s did not receive the NOTIFY of %s within %d s; the state of the phone is "
			     "\"%s\". Find the cause with: phonelab why %s",
			     verb, subject->name, node, RECEIVED_MS / 1000, state, subject->name);
}

/* Print that the phone received the command: from a call manager, or by hand, which has a reason. With --json *result
 * becomes the object to print. */
static void report_done(const struct command_line *line, const struct phone_subject *subject,
			const char *node, const char *reason, json_t **result)
{
	const char *verb = line->command->name;

	if (command_wants_json(line))
		*result = json_pack("{s:s,s:s,s:s,s:s?}", "phone", subject->name, "done", verb, "by",
				    node ? node : "hand", "reason", reason);
	else if (node)
		print_text("%s: %s, by %s\n", subject->name, verb, node);
	else
		print_text("%s: %s, by hand: %s\n", subject->name, verb, reason);
}

/* The action of NOTIFY service-control, and the verb of the rack. */
static const char *action_of(const struct command *command)
{
	return strcmp(command->name, "prt") ? command->name : "prt-report";
}

/* Have the call manager send the NOTIFY, and wait until the phone reports it. -ENOENT if the call manager has no such
 * registration; else an exit status. */
static int notify(const struct command_line *line, const struct phone_subject *subject, const char *node,
		  json_t **result)
{
	const char *verb = line->command->name;
	uint64_t deadline = clock_now_us() + RECEIVED_MS * UINT64_C(1000);
	struct receipt receipt = {.name = subject->name};
	struct event_tail events = {.fd = -1};
	char file[128], path[512];
	struct fail fail = {0};
	int err;

	client_path(&subject->lab, "events.jsonl", path, sizeof(path));
	events.fd = open(path, O_RDONLY | O_CLOEXEC);
	lseek(events.fd, 0, SEEK_END);
	snprintf(file, sizeof(file), "cucm/%s/rpc", node);
	client_path(&subject->lab, file, path, sizeof(path));
	err = cucm_service_control(path, subject->name, action_of(line->command), NULL, RPC_MS, &fail);
	while (!err && !receipt.seen && clock_now_us() < deadline) {
		poll(NULL, 0, POLL_MS);
		event_tail_read(&events, &subject->lab, look_for_receipt, &receipt);
	}
	event_tail_close(&events);
	if (err == -ENOENT)
		return err;
	if (err)
		return exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	if (!receipt.seen)
		return not_received(subject, verb, node);
	report_done(line, subject, node, NULL, result);
	return EXIT_AS_ASKED;
}

/* Why the call manager does not do it: NULL if it is the lab's and knows the phone. */
static const char *by_hand(const struct phone_subject *subject, const json_t *node, char text[200])
{
	const json_t *phone = NULL;
	size_t i;

	json_array_foreach (json_object_get(subject->status, "phones"), i, phone)
		if (!strcmp(json_text(phone, "name"), subject->name))
			break;
	if (node && status_read_named(subject->status, "user_servers", json_text(node, "name")))
		snprintf(text, 200, "call manager %s is yours", json_text(node, "name"));
	else if (!node && phone && status_read_by_word(phone))
		snprintf(text, 200, "call manager %s is yours", json_text(phone, "registered_with"));
	else if (!node)
		snprintf(text, 200, "it is not registered");
	else
		return NULL;
	return text;
}

/* --- waiting --- */

/* Is the phone registered, by its own report and by the call manager's table, as far as the lab can read it? */
static bool is_registered(const struct phone_subject *subject)
{
	struct fail ignored = {0};
	json_t *status = client_status(&subject->lab, &ignored);
	const json_t *phone = status_read_named(status, "phones", subject->name);
	bool yes = phone &&
		   (status_read_registered(phone) || status_read_partly(phone) || status_read_by_word(phone));

	json_decref(status);
	return yes;
}

/* Wait until the phone is registered again. It has received the command, so the rack does not report the old registration
 * any more. The result is added to the object, or printed. Returns an exit status. */
static int wait_registered(const struct command_line *line, const struct phone_subject *subject,
			   json_t *result)
{
	long limit_s = line->option[OPT_SERVICE_CONTROL_TIMEOUT].number ?: TIMEOUT_S;
	uint64_t start = clock_now_us(), deadline = start + (uint64_t)limit_s * 1000000;
	char state[40] = "";
	bool registered = false;
	int status = 0;
	double seconds;

	while (!status && !registered && clock_now_us() < deadline) {
		status = rack_state(subject, state);
		registered = !status && !strcmp(state, "registered") && is_registered(subject);
		if (!status && !registered)
			poll(NULL, 0, WAIT_MS);
	}
	if (status)
		return status;
	seconds = (double)(clock_now_us() - start) / 1e6;
	if (result) {
		json_object_set_new(result, "registered", json_boolean(registered));
		json_object_set_new(result, "seconds", json_real(seconds));
	} else if (registered) {
		print_text("%s: registered again after %.1f s\n", subject->name, seconds);
	}
	if (registered)
		return EXIT_AS_ASKED;
	return exit_complain(
	    EXIT_ASSERTION,
	    "%s: %s is not registered again within %ld s; the state of the phone is \"%s\". Find the "
	    "cause with: phonelab why %s",
	    line->command->name, subject->name, limit_s, state, subject->name);
}

/* --- the command --- */

/* As the administration page of the cluster does: by a NOTIFY of the call manager. A phone that is not registered cannot
 * receive one; the rack resets it as a hand at the phone would. */
int command_service_control(const struct command_line *line)
{
	const char *verb = line->command->name, *why;
	char text[200] = "it is not registered";
	struct phone_subject subject;
	json_t *result = NULL;
	const json_t *node;
	int status;

	if (line->option[OPT_SERVICE_CONTROL_TIMEOUT].given && !line->option[OPT_SERVICE_CONTROL_WAIT].given)
		return exit_complain(EXIT_USAGE, "%s: --timeout needs --wait", verb);
	status = phone_find(line, &subject);
	if (!status) {
		node = call_manager_of(&subject);
		why = by_hand(&subject, node, text);
		status = why ? -ENOENT : notify(line, &subject, json_text(node, "name"), &result);
	}
	if (status == -ENOENT) {
		json_decref(phone_call_rack(&subject, action_of(line->command), &status));
		if (!status)
			report_done(line, &subject, NULL, text, &result);
	}
	fflush(stdout);
	if (!status && line->option[OPT_SERVICE_CONTROL_WAIT].given)
		status = wait_registered(line, &subject, result);
	if (result)
		command_print(result);
	json_decref(subject.status);
	return status;
}
