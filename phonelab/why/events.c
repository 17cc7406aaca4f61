/* events.jsonl, read once for one phone or for all phones of a lab. */
#include "phonelab/why/why.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/attempt.h"

#define BUFFER	    (1 << 20) /* of the stream */
#define LINES_MOST  16384     /* of a phone that are kept until they are parsed */
#define EARLIER	    64	      /* of a switch port that are kept from before the last boot */
#define OTHERS_MOST 4096      /* answers to other phones that are compared with those to this phone */

/* A line of the stream that matters to a phone. */
struct line {
	char *text;
	long long number;
	bool own; /* of the phone itself, not of the switch or the lab */
};

/* The lines of one phone, in a ring. */
struct bucket {
	struct line *line;
	size_t first, n, room;
};

/* How long a file took that a phone asked of a server of the user. */
struct other {
	size_t phone;
	long long ms;
};

struct reader {
	struct why_case *cases;
	size_t n;
	struct bucket *buckets;
	json_t *names; /* of the phones: {NAME: index} */
	json_t *ports; /* {"SWITCH PORT": index} */
	struct other *others;
	size_t other_count;
};

/* --- buckets --- */

static struct line *line_at(const struct bucket *it, size_t i)
{
	return &it->line[(it->first + i) % it->room];
}

static bool grow(struct bucket *it)
{
	size_t room = it->room ? 2 * it->room : 64;
	struct line *line = it->room < LINES_MOST ? calloc(room, sizeof(*line)) : NULL;

	if (!line)
		return false;
	for (size_t i = 0; i < it->n; i++)
		line[i] = *line_at(it, i);
	free(it->line);
	*it = (struct bucket){.line = line, .n = it->n, .room = room};
	return true;
}

static void put(struct bucket *it, const char *text, long long number, bool own)
{
	struct line new = {.text = strdup(text), .number = number, .own = own};

	if (it->n == it->room && !grow(it) && it->n) {
		free(line_at(it, 0)->text);
		it->first = (it->first + 1) % it->room;
		it->n--;
	}
	if (new.text && it->n < it->room)
		*line_at(it, it->n++) = new;
	else
		free(new.text);
}

/* The phone boots: of what was before, only its last registration matters, and what its port did of late. */
static void forget(struct bucket *it)
{
	size_t kept = 0, others = 0, registered = it->n;

	for (size_t i = 0; i < it->n; i++) {
		others += !line_at(it, i)->own;
		if (line_at(it, i)->own && strstr(line_at(it, i)->text, "\"phone.registered\""))
			registered = i;
	}
	for (size_t i = 0; i < it->n; i++) {
		struct line line = *line_at(it, i);

		if (i == registered || (!line.own && others-- <= EARLIER))
			*line_at(it, kept++) = line;
		else
			free(line.text);
	}
	it->n = kept;
}

static void free_bucket(struct bucket *it)
{
	for (size_t i = 0; i < it->n; i++)
		free(line_at(it, i)->text);
	free(it->line);
}

/* --- whose line it is, without parsing it --- */

/* The text behind key in a line as the programs write it, up to its quote: "node":"sw1". "" if there is none. */
static const char *value(const char *line, const char *key, char *text, size_t size)
{
	const char *at = strstr(line, key);

	at = at ? at + strlen(key) : "";
	snprintf(text, size, "%.*s", (int)strcspn(at, "\""), at);
	return text;
}

static struct bucket *bucket_of(struct reader *it, const json_t *index, const char *key)
{
	const json_t *number = json_object_get(index, key);

	return number ? &it->buckets[json_integer_value(number)] : NULL;
}

/* The phone that a line of another node names, in any text of it, or by its port. */
static struct bucket *named_in(struct reader *it, const char *line, const char *node)
{
	char name[64], port[32];
	struct bucket *found = NULL;

	for (const char *at = strstr(line, "SEP"); at && !found; at = strstr(at + 1, "SEP")) {
		size_t length = 3;

		while (length < 15 && isxdigit((unsigned char)at[length]))
			length++;
		snprintf(name, sizeof(name), "%.*s", (int)length, at);
		found = bucket_of(it, it->names, name);
	}
	if (found || !*value(line, "\"port\":\"", port, sizeof(port)))
		return found;
	snprintf(name, sizeof(name), "%.31s %.31s", node, port);
	return bucket_of(it, it->ports, name);
}

/* How long a file took of a server of the user. */
static void note_other(struct reader *it, const char *line, const char *node)
{
	const json_t *servers = json_object_get(it->cases[0].status, "user_servers"), *server;
	const json_t *number = json_object_get(it->names, node);
	char address[48], ms[24];
	size_t i;

	if (!servers || it->other_count >= OTHERS_MOST || !strstr(line, "\"file.ok\""))
		return;
	if (!it->others)
		it->others = calloc(OTHERS_MOST, sizeof(*it->others));
	value(line, "\"server\":\"", address, sizeof(address));
	value(line, "\"ms\":\"", ms, sizeof(ms));
	json_array_foreach (servers, i, server)
		if (it->others && *ms && !strcmp(json_text(server, "address"), address)) {
			it->others[it->other_count++] =
			    (struct other){number ? (size_t)json_integer_value(number) : it->n, atoll(ms)};
			return; /* two servers of the user may have one address */
		}
}

static void on_line(struct reader *it, const char *line, long long number)
{
	struct bucket *bucket;
	char node[64];

	/* Events of an instructor's rules on the wire are no evidence. */
	if (strstr(line, "\"event\":\"phone.console\"") || strstr(line, "\"event\":\"impair."))
		return;
	value(line, "\"node\":\"", node, sizeof(node));
	note_other(it, line, node);
	bucket = bucket_of(it, it->names, node);
	if (bucket) {
		if (strstr(line, "\"event\":\"phone.plugged\"") ||
		    (strstr(line, "\"to\":\"boot\"") && !strstr(line, "\"from\":\"power\"") &&
		     !strstr(line, "\"from\":\"boot\"")))
			forget(bucket);
		put(bucket, line, number, true);
	} else if (!strcmp(node, "lab")) {
		for (size_t i = 0; i < it->n && strstr(line, "\"event\":\"lab.child_died\""); i++)
			put(&it->buckets[i], line, number, false);
	} else if ((bucket = named_in(it, line, node))) {
		put(bucket, line, number, false);
	}
}

/* --- a case out of its lines --- */

/* Is the event the beginning of what counts? Events before the phone's last registration are no evidence; if the phone is
 * registered although a step has failed, events before the beginning of that step. */
static bool begins(const struct why_case *it, const json_t *event)
{
	const char *name = json_text(event, "event");

	if (it->rung && (status_read_registered(it->phone) || status_read_by_word(it->phone)))
		return !strcmp(name, "step.active") && json_int(event, "step") == it->step;
	return !strcmp(name, "phone.registered");
}

static void add_event(struct why_case *it, json_t *event, bool own)
{
	if (own && it->exchanges)
		why_exchange_add(it->exchanges, event);
	if (it->attempt)
		why_attempt_add(it->attempt, event, own);
	if (own && begins(it, event))
		json_array_clear(it->events);
	if (json_array_size(it->events) >= WHY_EVENTS)
		json_array_remove(it->events, 0);
	json_array_append(it->events, event);
}

static void parse(struct why_case *it, const struct bucket *bucket)
{
	for (size_t i = 0; i < bucket->n; i++) {
		const struct line *line = line_at(bucket, i);
		json_t *event = json_loads(line->text, 0, NULL);

		if (!json_is_object(event)) {
			json_decref(event);
			continue;
		}
		json_object_set_new(event, "line", json_integer(line->number));
		add_event(it, event, line->own);
		json_decref(event);
	}
	/* A step that fails again with the same detail writes no event. */
	if (it->exchanges && it->rung && !strcmp(json_text(it->rung, "state"), "failed"))
		why_exchange_failed(it->exchanges, it->step, json_text(it->rung, "detail"));
}

static void take_others(const struct reader *it, size_t phone)
{
	struct why_case *to = &it->cases[phone];

	to->others_ms = it->other_count ? calloc(it->other_count, sizeof(*to->others_ms)) : NULL;
	for (size_t i = 0; i < it->other_count && to->others_ms; i++)
		if (it->others[i].phone != phone)
			to->others_ms[to->others++] = it->others[i].ms;
}

/* --- the stream --- */

static void read_lines(struct reader *it, const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (in)
		setvbuf(in, NULL, _IOFBF, BUFFER);
	for (long long number = 1; in && getline(&line, &room, in) > 0; number++)
		on_line(it, line, number);
	free(line);
	if (in)
		fclose(in);
}

static void index_cases(struct reader *it)
{
	char key[64];

	for (size_t i = 0; i < it->n; i++) {
		const char *sw, *port = json_text(why_port(&it->cases[i], &sw), "name");

		json_object_set_new(it->names, it->cases[i].name, json_integer((json_int_t)i));
		snprintf(key, sizeof(key), "%.31s %.31s", sw, port);
		if (*port)
			json_object_set_new(it->ports, key, json_integer((json_int_t)i));
	}
}

void why_read_all(struct why_case *cases, size_t n, const char *path)
{
	struct reader it = {.cases = cases,
			    .n = n,
			    .buckets = calloc(n ? n : 1, sizeof(*it.buckets)),
			    .names = json_object(),
			    .ports = json_object()};

	if (it.buckets && n) {
		index_cases(&it);
		read_lines(&it, path);
	}
	for (size_t i = 0; i < n; i++) {
		cases[i].events = json_array();
		cases[i].exchanges = calloc(1, sizeof(*cases[i].exchanges));
		cases[i].attempt = why_attempt_new();
		if (!it.buckets)
			continue;
		parse(&cases[i], &it.buckets[i]);
		take_others(&it, i);
		free_bucket(&it.buckets[i]);
	}
	free(it.buckets);
	free(it.others);
	json_decref(it.names);
	json_decref(it.ports);
}

void why_read_events(struct why_case *it, const char *path)
{
	why_read_all(it, 1, path);
}

void why_take_events(struct why_case *it, json_t *events)
{
	json_t *event;
	size_t i;

	it->events = json_incref(events);
	it->exchanges = calloc(1, sizeof(*it->exchanges));
	it->attempt = why_attempt_new();
	json_array_foreach (events, i, event) {
		if (it->attempt)
			why_attempt_add(it->attempt, event, true);
		if (it->exchanges)
			why_exchange_add(it->exchanges, event);
	}
	if (it->exchanges && it->rung && !strcmp(json_text(it->rung, "state"), "failed"))
		why_exchange_failed(it->exchanges, it->step, json_text(it->rung, "detail"));
}
