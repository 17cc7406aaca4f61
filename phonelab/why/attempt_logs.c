/* Facts of the attempt: what the servers that the phone needs wrote while the step failed. */
#include "phonelab/why/attempt_internal.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/mac.h"
#include "phonelab/why/logs.h"

#define LOGS_MOST 32
#define KINDS	  (sizeof(kinds) / sizeof(kinds[0]))

/* What a line tells, whoever it names: the first row whose text it holds, case ignored. */
static const struct {
	const char *fact;
	const char *text;
} kinds[] = {
    {"log.no_range", "no address range available"},
    {"log.wrong_network", "wrong network"},
    {"log.wrong_server", "wrong server-ID"},
    {"log.no_address", "which has no address"},
    {"log.lease_limit", "no leases left"},
    {"log.lease_limit", "failed to allocate"},
    {"log.auto_exhausted", "OutOfDnForAutoRegistration"},
    {"log.in_use", "address already in use"},
    {"log.in_use", "failed to create listening socket"},
    {"log.in_use", "failed to bind"},
    {"log.permission", "permission denied"},
    {"log.permission", "operation not permitted"},
    {"log.memory", "out of memory"},
    {"log.memory", "no more memory"},
    {"log.memory", "no more pkg"},
    {"log.memory", "no more shm"},
    {"log.memory", "cannot allocate memory"},
    {"log.disk", "no space left"},
    {"log.disk", "read-only file system"},
    {"log.files", "too many open files"},
    {"log.database", "unable to open database"},
    {"log.database", "database is locked"},
    {"log.database", "database disk image"},
    {"log.database", "no such table"},
    {"log.database", "no such column"},
    {"log.database", "readonly database"},
    {"log.database", "file is not a database"},
    {"log.database", "sql error"},
    {"log.database", "sqlite3_"},
    {"log.configuration", "bad option"},
    {"log.configuration", "illegal repeated keyword"},
    {"log.configuration", "parse error"},
    {"log.configuration", "syntax error"},
    {"log.cannot_open", "cannot open"},
    {"log.cannot_open", "cannot read"},
    {"log.cannot_open", "failed to open"},
    {"log.cannot_open", "failed to read"},
    {"log.cannot_open", "failed sending"},
    {"log.cannot_open", "no such file or directory"},
    {"log.unreachable", "no route to host"},
    {"log.unreachable", "network is unreachable"},
    {"log.killed", "child process"},
    {"log.killed", "segfault"},
    {"log.error", "CRITICAL:"},
    {"log.error", "ALERT:"},
    {"log.error", "ERROR:"},
};

struct log {
	char file[80], program[64], node[64];
};

/* The last line of each kind in one log, and of the phone: the last row. */
struct found {
	unsigned long number;
	unsigned times;
	long long t;
	char text[400];
};

struct search {
	const struct attempt_source *source;
	char mac[MAC_TEXT];
	struct found found[KINDS + 1];
};

/* --- lines --- */

/* A line of Kamailio's log without what stands before the words of our script. */
static const char *message_of(const char *line)
{
	static const char mark[] = "<script>: ";
	const char *at = strstr(line, mark);

	return at ? at + sizeof(mark) - 1 : line;
}

/* Does it name the phone: by its device name, its MAC, or its address? */
static bool names_phone(const struct search *it, const char *line)
{
	const char *address = json_text(it->source->it->phone, "ipv4"), *at = strstr(line, address);
	size_t length = strlen(address);

	if (strstr(line, it->source->it->name) || (*it->mac && strcasestr(line, it->mac)))
		return true;
	/* 10.110.0.5 is not in 10.110.0.50. */
	return *address && at && !strchr("0123456789", at[length] ? at[length] : ' ');
}

/* Another phone's line tells nothing of this one. */
static bool names_another(const char *line)
{
	for (const char *at = strstr(line, "SEP"); at; at = strstr(at + 1, "SEP"))
		if (strspn(at + 3, "0123456789ABCDEFabcdef") >= 12)
			return true;
	return false;
}

static void take(void *arg, const struct why_log_entry *entry)
{
	struct search *it = arg;
	char line[2048];
	bool own;
	size_t kind = 0;

	snprintf(line, sizeof(line), "%.*s", (int)(entry->length < 2000 ? entry->length : 2000), entry->text);
	own = names_phone(it, line);
	if (!own && names_another(line))
		return;
	while (kind < KINDS && !strcasestr(line, kinds[kind].text))
		kind++;
	if (kind == KINDS && !own)
		return;
	for (size_t i = 0; i < kind && kind < KINDS; i++)
		if (!strcmp(kinds[i].fact, kinds[kind].fact)) {
			kind = i;
			break;
		}
	it->found[kind].number = entry->number;
	it->found[kind].times++;
	it->found[kind].t = entry->t;
	snprintf(it->found[kind].text, sizeof(it->found[kind].text), "%.390s", message_of(line));
}

static void search(const struct attempt_source *source, struct why_logs *logs, const struct log *log)
{
	struct search it = {.source = source};
	struct mac mac;

	if (!mac_parse_device(&mac, source->it->name))
		mac_format(&mac, it.mac);
	why_logs_read(logs, log->file, why_attempt_since(source->attempt, source->it->step), take, &it);
	for (size_t i = 0; i <= KINDS; i++) {
		const struct found *found = &it.found[i];
		char object[100], from[120];
		json_t *fact;

		if (!found->times)
			continue;
		snprintf(object, sizeof(object), "process %.60s", log->program);
		snprintf(from, sizeof(from), "log/%.80s:%lu", log->file, found->number);
		fact = fact_add(source->facts, i < KINDS ? kinds[i].fact : "log.phone", object,
				source->it->step, from, "%s", found->text);
		fact_value(fact, "times", "%u", found->times);
		fact_value(fact, "program", "%s", log->program);
		fact_value(fact, "node", "%s", log->node);
		fact_value(fact, "line", "%s", found->text);
		if (found->t != LLONG_MAX)
			fact_time(fact, found->t);
	}
}

/* --- which logs --- */

static void add_log(struct log logs[LOGS_MOST], size_t *n, const char *node, const char *program,
		    const char *ending)
{
	if (*n == LOGS_MOST || !*program)
		return;
	snprintf(logs[*n].file, sizeof(logs[0].file), "%.60s%s", program, ending);
	snprintf(logs[*n].node, sizeof(logs[0].node), "%.60s", *node ? node : program);
	snprintf(logs[(*n)++].program, sizeof(logs[0].program), "%.60s", program);
}

/* Does a phone need a server of that kind at a step? */
static bool is_needed(int step, const char *kind)
{
	bool manager = step == LADDER_CM_CONNECT || step == LADDER_REGISTER;

	if (step == LADDER_DHCP)
		return !strcmp(kind, "dhcp");
	if (manager)
		return !strcmp(kind, "call-manager");
	return step >= LADDER_CTL && (!strcmp(kind, "tftp") || !strcmp(kind, "http"));
}

/* All programs that the phone needs at the step, by the services of the lab; by its nodes if the services are unknown. */
static size_t logs_of(const struct why_case *it, struct log logs[LOGS_MOST])
{
	static const char *const lists[] = {"services", "user_servers"};
	const json_t *entry;
	size_t i, n = 0;

	for (size_t l = 0; l < 2; l++)
		json_array_foreach (json_object_get(it->status, lists[l]), i, entry) {
			const char *kind = json_text(entry, "kind"), *name = json_text(entry, "name");

			if (!is_needed(it->step, kind))
				continue;
			add_log(logs, &n, json_text(entry, "node"), name, ".log");
			if (!strcmp(kind, "http"))
				add_log(logs, &n, json_text(entry, "node"), name, ".access");
		}
	if (n)
		return n;
	json_array_foreach (it->nodes, i, entry) {
		const char *kind = json_text(entry, "kind"), *name = json_text(entry, "name");
		char http[64];

		if (!is_needed(it->step, kind))
			continue;
		add_log(logs, &n, name, name, ".log");
		if (strcmp(kind, "tftp"))
			continue;
		snprintf(http, sizeof(http), "%.50s-http", name);
		add_log(logs, &n, name, http, ".log");
		add_log(logs, &n, name, http, ".access");
	}
	if (it->step == LADDER_CM_CONNECT || it->step == LADDER_REGISTER)
		json_array_foreach (json_object_get(it->status, "cluster"), i, entry)
			add_log(logs, &n, "", json_text(entry, "name"), ".log");
	return n;
}

void attempt_logs(const struct attempt_source *source)
{
	const struct why_case *it = source->it;
	struct why_logs *own = it->logs || !*it->directory || !it->step ? NULL : why_logs_new(it->directory);
	struct why_logs *logs = it->logs ? it->logs : own;
	struct log list[LOGS_MOST];
	size_t n = it->step && logs ? logs_of(it, list) : 0;

	for (size_t i = 0; i < n; i++)
		search(source, logs, &list[i]);
	why_logs_free(own);
}
