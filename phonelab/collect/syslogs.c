/* The logs of the nodes: CiscoSyslog has the alarms, messages what their programs wrote and what happened to them. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/collect/bundle.h"

#define NODES_MOST    64
#define PROGRAMS_MOST 8
#define ALARM	      "%UC_"
#define LOCAL7	      184 /* the facility 23 of RFC 3164, times 8 */

struct entry {
	long long t;
	size_t order; /* of the same time */
	char *text;
};

struct node {
	const char *name, *program[PROGRAMS_MOST];
	size_t programs;
	struct entry *entry; /* of messages */
	size_t entries, room;
	FILE *alarms;
	unsigned long alarm;
};

struct nodes {
	const struct bundle *bundle;
	struct node item[NODES_MOST];
	size_t n;
};

/* What why_logs_read_all() is asked for. */
struct reading {
	const struct bundle *bundle;
	struct node *node;
	const char *program;
};

/* --- lines --- */

static void add_entry(struct node *node, long long t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_entry(struct node *node, long long t, const char *format, ...)
{
	struct text text = {0};
	va_list args;

	if (node->entries == node->room) {
		size_t room = node->room ? 2 * node->room : 256;
		struct entry *more = realloc(node->entry, room * sizeof(*more));

		if (!more)
			return;
		node->entry = more;
		node->room = room;
	}
	va_start(args, format);
	text_addv(&text, format, args);
	va_end(args);
	node->entry[node->entries] = (struct entry){t, node->entries, text_take(&text)};
	node->entries++;
}

/* "<pri> <host> local7 <severity> : <n>: <fqdn> Mon DD YYYY hh:mm:ss UTC :   %UC_..", as the Event Viewer stores it. */
static void put_alarm(const struct bundle *bundle, struct node *node, long long t, const char *alarm)
{
	const char *dash = strchr(alarm, '-');
	int severity = dash && dash[1] >= '0' && dash[1] <= '7' ? dash[1] - '0' : 6;
	char time[64];

	if (!node->alarms)
		node->alarms = bundle_create(bundle, "%s/syslog/CiscoSyslog", node->name);
	if (!node->alarms)
		return;
	fprintf(node->alarms, "%d %s local7 %d : %lu: %s%s%s %s UTC :   %s\n", LOCAL7 + severity, node->name,
		severity, ++node->alarm, node->name, *bundle->domain ? "." : "", bundle->domain,
		bundle_time(bundle, t, BUNDLE_UTC, time), alarm);
}

static void take_line(void *arg, const struct why_log_entry *entry)
{
	const struct reading *it = arg;
	long long t = entry->t == LLONG_MAX ? (long long)clock_now_us() : entry->t;
	char *line = strndup(entry->text, entry->length), *alarm = line ? strstr(line, ALARM) : NULL;

	if (alarm && bundle_wants_line(it->bundle, alarm))
		put_alarm(it->bundle, it->node, t, alarm);
	else if (line && !alarm && *line)
		add_entry(it->node, t, "%s: %s", it->program, line);
	free(line);
}

/* --- events --- */

/* The first word of the detail is a program of a node, or the event is about the program itself. */
static struct node *node_of(struct nodes *nodes, const json_t *event, const char **program)
{
	const char *detail = json_text(event, "detail"), *own = json_text(event, "node");
	bool of_lab = !strcmp(own, "lab");
	size_t length = of_lab ? strcspn(detail, " :,") : strlen(own);
	const char *name = of_lab ? detail : own;

	for (size_t i = 0; i < nodes->n; i++)
		for (size_t p = 0; p < nodes->item[i].programs; p++) {
			*program = nodes->item[i].program[p];
			if (strlen(*program) == length && !strncmp(*program, name, length))
				return &nodes->item[i];
		}
	return NULL;
}

static void take_event(void *arg, const json_t *event)
{
	const char *program;
	struct node *node = node_of(arg, event, &program);

	if (node)
		add_entry(node, json_int(event, "t"), "%s: phonelab: %s %s", program,
			  json_text(event, "event"), json_text(event, "detail"));
}

/* --- the nodes --- */

static void add_program(struct nodes *nodes, const char *node, const char *program)
{
	struct node *at = nodes->item;

	if (!*node)
		node = program;
	while (at < nodes->item + nodes->n && strcmp(at->name, node))
		at++;
	if (at == nodes->item + NODES_MOST)
		return;
	if (at == nodes->item + nodes->n) {
		*at = (struct node){.name = node};
		nodes->n++;
	}
	for (size_t i = 0; i < at->programs; i++)
		if (!strcmp(at->program[i], program))
			return;
	if (at->programs < PROGRAMS_MOST)
		at->program[at->programs++] = program;
}

static void find_nodes(struct nodes *nodes)
{
	static const char *const lists[] = {"services", "user_servers"};
	const json_t *one;
	size_t i;

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++)
		json_array_foreach (json_object_get(nodes->bundle->status, lists[l]), i, one)
			add_program(nodes, json_text(one, "node"), json_text(one, "name"));
	json_array_foreach (json_object_get(nodes->bundle->status, "cluster"), i, one)
		add_program(nodes, json_text(one, "name"), json_text(one, "name"));
}

static int by_time(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	if (one->t != other->t)
		return one->t < other->t ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

/* "Nov 30 13:34:46 cucm-pub program: text", as syslogd writes it. */
static void put_messages(const struct bundle *bundle, struct node *node)
{
	FILE *out = bundle_create(bundle, "%s/syslog/messages", node->name);

	if (node->entries)
		qsort(node->entry, node->entries, sizeof(*node->entry), by_time);
	for (size_t i = 0; i < node->entries; i++) {
		char time[64];

		if (out && node->entry[i].text)
			fprintf(out, "%s %s %s\n", bundle_time(bundle, node->entry[i].t, BUNDLE_SYSLOG, time),
				node->name, node->entry[i].text);
		free(node->entry[i].text);
	}
	free(node->entry);
	if (out)
		fclose(out);
	if (node->alarms)
		fclose(node->alarms);
}

void bundle_syslogs(const struct bundle *bundle)
{
	static const char *const events[] = {"\"node\":\"lab\"", "\"service.action\"", NULL};
	struct nodes *nodes = calloc(1, sizeof(*nodes));

	if (!nodes)
		return;
	nodes->bundle = bundle;
	find_nodes(nodes);
	bundle_each_event(bundle, events, take_event, nodes);
	for (size_t i = 0; i < nodes->n; i++) {
		struct node *node = &nodes->item[i];

		for (size_t p = 0; p < node->programs; p++) {
			struct reading reading = {bundle, node, node->program[p]};
			char log[100];

			snprintf(log, sizeof(log), "%.90s.log", node->program[p]);
			why_logs_read_all(bundle->logs, log, bundle->since, take_line, &reading);
		}
		put_messages(bundle, node);
	}
	free(nodes);
}
