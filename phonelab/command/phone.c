/* Commands about one phone: console, messages, reset, restart, erase, prt-report, plug, unplug. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "cucm/rpc.h"
#include "phonelab/client/client.h"
#include "phonelab/client/event_tail.h"
#include "phonelab/lab/status_read.h"

#define RPC_MS	    5000
#define RECEIVED_MS 5000 /* the limit for a NOTIFY to arrive at the phone */
#define POLL_MS	    20

/* A phone of a running lab. */
struct subject {
	struct lab lab;
	json_t *status;
	const char *name; /* borrowed from status */
};

/* Find the phone that the first word names. 0, or an exit status with the reason printed. The caller releases the status
 * in either case. */
static int find(const struct command_line *line, struct subject *subject)
{
	const char *verb = line->command->name;
	struct fail fail = {0};
	int status = client_choose(line->lab, &subject->lab);

	subject->status = NULL;
	if (status)
		return status;
	subject->status = client_status(&subject->lab, &fail);
	if (!subject->status)
		return exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	subject->name = status_read_find(subject->status, line->word[0]);
	if (!subject->name)
		return exit_complain(
		    EXIT_USAGE, "%s: unknown phone \"%s\"; list the phones of lab %s with: phonelab status",
		    verb, line->word[0], subject->lab.name);
	return 0;
}

/* Send a request about the phone to the rack. The reply, or NULL with *status set and the reason printed. */
static json_t *call_rack(const struct subject *subject, const char *verb, int *status)
{
	struct fail fail = {0};
	json_t *reply =
	    client_call(&subject->lab, "phones/rack.sock",
			json_pack("{s:s,s:s}", "do", verb, "node", subject->name), 10000, NULL, &fail);

	*status = reply ? 0 : exit_complain(EXIT_DEFECT, "%s: %s", verb, fail.text);
	return reply;
}

int command_in_rack(const struct command_line *line)
{
	struct subject subject;
	json_t *reply = NULL, *text;
	int status = find(line, &subject);
	size_t i;

	if (!status)
		reply = call_rack(&subject, line->command->name, &status);
	if (reply && command_wants_json(line)) {
		json_t *lines = json_object_get(reply, "lines");

		command_print(
		    lines ? json_pack("{s:s,s:O}", "phone", subject.name, "lines", lines)
			  : json_pack("{s:s,s:s}", "phone", subject.name, "done", line->command->name));
		json_object_del(reply, "lines");
	}
	json_decref(subject.status);
	json_array_foreach (json_object_get(reply, "lines"), i, text)
		if (json_is_string(text))
			print_line(json_string_value(text));
	json_decref(reply);
	return status;
}

/* --- reset and restart --- */

/* The call manager that knows the phone (`status --json` cluster[]), or NULL. */
static const json_t *call_manager_of(const struct subject *subject)
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

/* Complain, with the state that the rack reports. Returns the exit status. */
static int not_received(const struct subject *subject, const char *verb, const char *node)
{
	const char *state;
	json_t *reply;
	int status;

	reply = call_rack(subject, "status", &status);
	if (!reply)
		return status;
	state = json_text_or(json_array_get(json_object_get(reply, "phones"), 0), "state", "unknown");
	status =
	    exit_complain(EXIT_ASSERTION,
			  "%s: %s did not receive the NOTIFY of %s within %d s; the state of the phone is "
			  "\"%s\". Find the cause with: phonelab why %s",
			  verb, subject->name, node, RECEIVED_MS / 1000, state, subject->name);
	json_decref(reply);
	return status;
}

/* Print that the phone received the command: from a call manager, or by hand, which has a reason. */
static void print_done(const struct command_line *line, const struct subject *subject, const char *node,
		       const char *reason)
{
	const char *verb = line->command->name;

	if (command_wants_json(line))
		command_print(json_pack("{s:s,s:s,s:s,s:s?}", "phone", subject->name, "done", verb, "by",
					node ? node : "hand", "reason", reason));
	else if (node)
		print_text("%s: %s, by %s\n", subject->name, verb, node);
	else
		print_text("%s: %s, by hand: %s\n", subject->name, verb, reason);
}

/* Have the call manager send the NOTIFY, and wait until the phone reports it. -ENOENT if the call manager has no such
 * registration; else an exit status. */
static int notify(const struct command_line *line, const struct subject *subject, const char *node)
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
	err = cucm_service_control(path, subject->name, verb, RPC_MS, &fail);
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
	print_done(line, subject, node, NULL);
	return EXIT_AS_ASKED;
}

/* Why the call manager does not do it: NULL if it is the lab's and knows the phone. */
static const char *by_hand(const struct subject *subject, const json_t *node, char text[200])
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

/* As the administration page of the cluster does: by a NOTIFY of the call manager. A phone that is not registered cannot
 * receive one; the rack resets it as a hand at the phone would. */
int command_service_control(const struct command_line *line)
{
	const char *verb = line->command->name, *why;
	char text[200] = "it is not registered";
	const json_t *node;
	struct subject subject;
	int status = find(line, &subject);

	if (!status) {
		node = call_manager_of(&subject);
		why = by_hand(&subject, node, text);
		status = why ? -ENOENT : notify(line, &subject, json_text(node, "name"));
	}
	if (status == -ENOENT) {
		json_decref(call_rack(&subject, verb, &status));
		if (!status)
			print_done(line, &subject, NULL, text);
	}
	json_decref(subject.status);
	return status;
}
