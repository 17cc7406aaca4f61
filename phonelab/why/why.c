#include "phonelab/why/why.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/mac.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/attempt.h"
#include "phonelab/why/user.h"

int why_find_phone(struct why_case *it)
{
	it->phone = status_read_named(it->status, "phones", it->name);
	if (!it->phone)
		return -ENOENT;
	it->rung = status_read_open_step(it->phone);
	if (it->rung) {
		it->step = (int)json_integer_value(json_object_get(it->rung, "n"));
	} else if (!status_read_registered(it->phone) && !status_read_by_word(it->phone)) {
		/* The phone reports every step as done, but no call manager has it. */
		it->step = LADDER_REGISTER;
		it->rung = json_array_get(json_object_get(it->phone, "steps"), LADDER_REGISTER - 1);
	}
	return 0;
}

static const json_t *port_in(const struct why_case *it, const json_t *sw)
{
	const json_t *port;
	size_t i;

	json_array_foreach (json_object_get(sw, "ports"), i, port) {
		if (!strcmp(json_text(port, "neighbor"), it->name) ||
		    !strcmp(json_text(port, "device"), it->name))
			return port;
	}
	return NULL;
}

const json_t *why_port(const struct why_case *it, const char **sw_name)
{
	const json_t *sw = NULL, *port = NULL;
	size_t i;

	json_array_foreach (json_object_get(it->status, "switches"), i, sw) {
		port = port_in(it, sw);
		if (port)
			break;
	}
	if (sw_name)
		*sw_name = port ? json_text(sw, "name") : "";
	return port;
}

void why_free(struct why_case *it)
{
	json_decref(it->events);
	json_decref(it->phone_more);
	json_decref(it->facts);
	free(it->running);
	free(it->exchanges);
	why_attempt_free(it->attempt);
	free(it->others_ms);
	it->exchanges = NULL;
	it->attempt = NULL;
	it->others_ms = NULL;
	it->others = 0;
	it->events = it->phone_more = it->facts = NULL;
	it->running = NULL;
}

/* --- logs --- */

#define LOGS 8 /* that are looked into for a step */

/* Does the line tell of this phone: by its device name, its MAC, or its address? */
static bool tells_of(const struct why_case *it, const char *line)
{
	const char *address = json_text(it->phone, "ipv4");
	char text[MAC_TEXT];
	struct mac mac;

	if (!mac_parse_device(&mac, it->name)) {
		mac_format(&mac, text);
		if (strcasestr(line, text))
			return true;
	}
	if (strstr(line, it->name))
		return true;
	return *address && strstr(line, address);
}

/* A line of Kamailio's log without what stands before the words of our script. */
static const char *message_of(const char *line)
{
	static const char mark[] = "<script>: ";
	const char *words = strstr(line, mark);

	return words ? words + sizeof(mark) - 1 : line;
}

/* The same for a file of log/, named with its extension. */
static unsigned long find_in_file(const struct why_case *it, const char *file, const char *text, char *found,
				  size_t size)
{
	char path[400], *line = NULL;
	unsigned long number = 0, at = 0;
	size_t room = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%slog/%s", it->directory, file);
	in = *it->directory ? fopen(path, "re") : NULL;
	while (in && getline(&line, &room, in) > 0) {
		number++;
		if (!tells_of(it, line) || (text && !strcasestr(line, text)))
			continue;
		at = number;
		line[strcspn(line, "\n")] = 0;
		snprintf(found, size, "%s", message_of(line));
	}
	free(line);
	if (in)
		fclose(in);
	return at;
}

unsigned long why_find_in_log(const struct why_case *it, const char *log, const char *text, char *found,
			      size_t size)
{
	char file[100];

	snprintf(file, sizeof(file), "%.90s.log", log);
	return find_in_file(it, file, text, found, size);
}

const char *why_node(const struct why_case *it, const char *kind)
{
	const json_t *node;
	size_t i;

	json_array_foreach (it->nodes, i, node) {
		if (!strcmp(json_text(node, "kind"), kind))
			return json_text(node, "name");
	}
	return kind;
}

/* The files of log/ that concern a step, up to LOGS. Returns their number. */
static size_t logs_of(const struct why_case *it, char logs[LOGS][64])
{
	const json_t *node;
	size_t i, n = 0;

	if (it->step == LADDER_DHCP) {
		snprintf(logs[n++], 64, "%.40s.log", why_node(it, "dhcp"));
	} else if (it->step == LADDER_CM_CONNECT || it->step == LADDER_REGISTER) {
		json_array_foreach (json_object_get(it->status, "cluster"), i, node) {
			if (n < LOGS)
				snprintf(logs[n++], 64, "%.40s.log", json_text(node, "name"));
		}
	} else if (it->step >= LADDER_CTL) {
		snprintf(logs[n++], 64, "%.40s.log", why_node(it, "tftp"));
		snprintf(logs[n++], 64, "%.40s-http.access", why_node(it, "tftp"));
	}
	return n;
}

static void add(struct why_evidence *evidence, size_t *n, const char *from, unsigned long line,
		const char *text)
{
	if (*n >= WHY_EVIDENCE)
		return;
	if (line)
		snprintf(evidence[*n].from, sizeof(evidence[*n].from), "%.28s%c%lu", from,
			 strcmp(from, "frame") ? ':' : ' ', line);
	else
		snprintf(evidence[*n].from, sizeof(evidence[*n].from), "%.38s", from);
	snprintf(evidence[(*n)++].text, sizeof(evidence[0].text), "%s", text);
}

size_t why_evidence(const struct why_case *it, struct why_evidence evidence[WHY_EVIDENCE])
{
	size_t n = 0, total = json_array_size(it->events), first = total > 6 ? total - 6 : 0;
	const char *sw;
	const json_t *port = why_port(it, &sw);
	char text[sizeof(evidence[0].text)], log[80], logs[LOGS][64];
	struct why_user user;
	/* The log of a program of the user is shown on its own. */
	size_t log_count = why_user_cause(it, &user) ? 0 : logs_of(it, logs);

	if (port) {
		bool neighbour = !strcmp(json_text(port, "neighbor"), it->name);

		snprintf(text, sizeof(text),
			 neighbour ? "the phone is its neighbour at %s"
				   : "the phone's cable is plugged into %s; no CDP or LLDP neighbour there",
			 json_text(port, "name"));
		add(evidence, &n, sw, 0, text);
	}
	for (size_t i = first; i < total; i++) {
		const json_t *event = json_array_get(it->events, i);

		snprintf(text, sizeof(text), "%s %s", json_text(event, "event"), json_text(event, "detail"));
		add(evidence, &n, it->events_name ? it->events_name : "events.jsonl",
		    (unsigned long)json_integer_value(json_object_get(event, "line")), text);
	}
	for (size_t i = 0; i < log_count; i++) {
		unsigned long line = find_in_file(it, logs[i], NULL, text, sizeof(text));

		snprintf(log, sizeof(log), "log/%s", logs[i]);
		if (line)
			add(evidence, &n, log, line, text);
	}
	if (!n)
		add(evidence, &n, "events.jsonl", 0, "no event of the phone");
	return n;
}
